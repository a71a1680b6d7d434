//! Blocks whose loss or mixture shows.
#![expect(clippy::unwrap_used, reason = "tests")]

use weakstate_store::{Disk, Result, Store, Table, tables::block_key};

/// Each block adds its header, and writes its number to half of 200 keys.
pub fn write(store: &Disk, number: u64) -> Result<()> {
    let mut batch = store.begin()?;
    for key in 0..200_u8 {
        if (u64::from(key) + number).is_multiple_of(2) {
            let value = number.to_be_bytes().repeat(1 + usize::from(key) % 60);
            batch.put(Table::Nodes, &[key], &value)?;
        }
    }
    batch.put(Table::Headers, &block_key(number), &[number as u8; 600])?;
    batch.commit()
}

/// The number after the store's last block, all of which must be there.
pub fn next(store: &Disk) -> u64 {
    let snapshot = store.snapshot().unwrap();
    let count = snapshot.count(Table::Headers).unwrap();
    let Some(last) = count.checked_sub(1) else { return 0 };
    let (key, value) = snapshot.last(Table::Headers).unwrap().unwrap();
    assert_eq!((key, value), (&block_key(last)[..], &[last as u8; 600][..]));
    for key in 0..200_u8 {
        // The last block of this key's parity.
        let age = (u64::from(key) + last) % 2;
        let number = last.checked_sub(age);
        let expected = number.map(|number| number.to_be_bytes().repeat(1 + usize::from(key) % 60));
        assert_eq!(snapshot.get(Table::Nodes, &[key]).unwrap(), expected.as_deref());
    }
    count
}
