//! Bits one behind the other, the most significant of each byte first.

use super::Key;

/// Writes bits.
#[derive(Debug, Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    bits: usize,
}

impl BitWriter {
    pub(super) fn bit(&mut self, bit: bool) {
        if self.bits.is_multiple_of(8) {
            self.bytes.push(0);
        }
        if let (true, Some(last)) = (bit, self.bytes.last_mut()) {
            *last |= 0x80 >> (self.bits % 8);
        }
        self.bits += 1;
    }

    /// The `count` low bits of a number, the most significant first.
    pub(super) fn number(&mut self, number: usize, count: usize) {
        (0..count).rev().for_each(|index| self.bit(number >> index & 1 == 1));
    }

    /// The bits of a key from `from` to `to`.
    pub(super) fn key(&mut self, key: &Key, from: usize, to: usize) {
        let mut at = from;
        while at < to {
            if self.bits.is_multiple_of(8) {
                // Byte by byte from here on.
                self.bytes.extend_from_slice(key.packed(at, to).bytes());
                self.bits += to - at;
                return;
            }
            self.bit(key.bit(at));
            at += 1;
        }
    }

    /// The bytes; the last one is filled up with zeros.
    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// Reads bits.
#[derive(Debug)]
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn bit(&mut self) -> Option<bool> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte << (self.at % 8) & 0x80 != 0;
        self.at += 1;
        Some(bit)
    }

    /// A number of up to ten bits.
    pub(super) fn number(&mut self, count: usize) -> Option<usize> {
        (0..count).try_fold(0, |number, _| Some(number << 1 | usize::from(self.bit()?)))
    }

    /// The next `count` bits, at most eight, at the top of a byte.
    fn top(&mut self, count: usize) -> Option<u8> {
        let (first, shift) = (self.at / 8, self.at % 8);
        let high = *self.bytes.get(first)?;
        let low = match self.bytes.get(first + 1) {
            Some(low) => *low,
            None if shift + count > 8 => return None,
            None => 0,
        };
        self.at += count;
        let bits = (u16::from_be_bytes([high, low]) << shift >> 8) as u8;
        Some(bits & !(0xff_u16 >> count) as u8)
    }

    /// Reads the bits of a key from `from` to `to`; those were zero.
    pub(super) fn key(&mut self, key: &mut Key, from: usize, to: usize) -> Option<()> {
        let mut at = from;
        while at < to {
            let count = (8 - at % 8).min(to - at);
            let bits = self.top(count)?;
            key.set_bits(at, bits);
            at += count;
        }
        Some(())
    }

    /// Whether nothing is left but zeros that fill up the last byte.
    pub(super) fn is_at_end(&self) -> bool {
        let rest = self.bytes.get(self.at / 8..).unwrap_or_default();
        match rest {
            [] => true,
            [last] => !self.at.is_multiple_of(8) && last << (self.at % 8) == 0,
            _ => false,
        }
    }
}
