//! One part of a witness, counted as a list.

use std::collections::HashSet;

use weakstate_codec::Blobs;

/// Byte strings of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// How many.
    pub number: usize,
    /// Their bytes.
    pub bytes: usize,
    /// Bytes of the largest.
    pub largest: usize,
    /// Those that equal one before them.
    pub duplicates: usize,
    /// Those that are below the one before them.
    pub unsorted: usize,
    /// Those that stand for nothing.
    pub empty: usize,
}

impl Part {
    /// Counts the strings of a list, of which `empty` is the one that stands for nothing.
    pub fn of(strings: &Blobs, empty: &[u8]) -> Self {
        let mut part = Self { number: strings.len(), bytes: strings.bytes(), ..Self::default() };
        let mut seen = HashSet::with_capacity(strings.len());
        let mut last: &[u8] = &[];
        for string in strings.iter() {
            part.largest = part.largest.max(string.len());
            part.duplicates += usize::from(!seen.insert(string));
            part.unsorted += usize::from(string < last);
            part.empty += usize::from(string == empty);
            last = string;
        }
        part
    }
}
