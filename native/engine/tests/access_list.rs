//! An access list has one encoding: whatever else is read as one is another list.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test that fails may panic")]

use alloy_primitives::hex;
use weakstate_codec::{Budget, Code};
use weakstate_engine::AccessList;

/// Two accounts: changes of a slot, a read slot, a balance and a code; and a nonce.
const LIST: [u8; 76] = hex!(
    "f84a eb94 0101010101010101010101010101010101010101 c9c805c6c28007c20280 c106 c3c20109 c0"
    "c4c30181fe dd94 0202020202020202020202020202020202020202 c0 c0 c0 c3c20102 c0"
);

#[test]
fn what_is_read_is_written_as_it_was() {
    let budget = Budget::default();
    let list = AccessList::from_rlp(&LIST, 1, &budget).expect("a list");
    assert_eq!(list.to_rlp(), LIST);
    let mut read = 0;
    for place in 0..LIST.len() {
        for byte in 0..=u8::MAX {
            let mut bytes = LIST;
            bytes[place] = byte;
            if let Ok(list) = AccessList::from_rlp(&bytes, 1, &budget) {
                assert_eq!(list.to_rlp(), bytes);
                read += 1;
            }
        }
    }
    assert!(read > 40 * 255, "other addresses alone are that many: {read}");
}

#[test]
fn the_last_step_is_one_after_the_transactions() {
    let budget = Budget::default();
    let refused = AccessList::from_rlp(&LIST, 0, &budget).expect_err("step 2 of a block without");
    assert_eq!(refused.code, Code::MalformedAccessList);
}
