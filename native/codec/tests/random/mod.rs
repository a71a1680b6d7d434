//! Numbers that look random and are the same in every run.

use alloy_primitives::{B256, keccak256};

pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub fn one_in(&mut self, odds: u64) -> bool {
        self.below(odds) == 0
    }

    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }

    /// A key that shares long prefixes with others: extensions and inline nodes come up.
    pub fn key(&mut self) -> B256 {
        let mut key = B256::ZERO;
        match self.below(3) {
            0 => key = keccak256(self.below(64).to_be_bytes()),
            1 => key.0[31] = self.below(256) as u8,
            _ => {
                key.0[0] = self.below(4) as u8;
                key.0[15] = self.below(4) as u8 * 17;
                key.0[31] = self.below(16) as u8;
            }
        }
        key
    }
}
