//! Keys as bits.

use std::fmt;

/// Bytes of the longest key.
const MAX_BYTES: usize = 66;
/// Bits of the longest key.
pub(super) const MAX_BITS: usize = 8 * MAX_BYTES;

/// A key, or as much of one as leads to a node. What follows its bytes is zero.
/// The default has no bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    bytes: [u8; MAX_BYTES],
    length: u8,
}

impl Key {
    /// No bytes at all.
    pub(super) const EMPTY: Self = Self { bytes: [0; MAX_BYTES], length: 0 };

    /// The bytes one behind the other; what is beyond the longest key is cut off.
    pub(super) fn from_parts(parts: &[&[u8]]) -> Self {
        let mut key = Self::EMPTY;
        let mut length = 0;
        for (to, from) in key.bytes.iter_mut().zip(parts.iter().copied().flatten()) {
            *to = *from;
            length += 1;
        }
        key.length = length;
        key
    }

    /// The bytes of the key.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }

    #[inline]
    pub(super) fn bits(&self) -> usize {
        8 * usize::from(self.length)
    }

    /// The first `bits` bits, most significant first; what follows in the last byte is zero.
    #[must_use]
    pub fn prefix(&self, bits: usize) -> Self {
        let mut prefix = *self;
        let whole = bits / 8;
        let partial = usize::from(!bits.is_multiple_of(8));
        if let Some(rest) = prefix.bytes.get_mut(whole..) {
            if let (1, Some(byte)) = (partial, rest.first_mut()) {
                *byte &= !(0xff >> (bits % 8));
            }
            if let Some(rest) = rest.get_mut(partial..) {
                rest.fill(0);
            }
        }
        prefix.length = (whole + partial).min(MAX_BYTES) as u8;
        prefix
    }

    /// The bit at `index`, counted from the most significant of the first byte.
    #[inline]
    #[must_use]
    pub fn bit(&self, index: usize) -> bool {
        self.bytes.get(index / 8).is_some_and(|byte| byte << (index % 8) & 0x80 != 0)
    }

    pub(super) fn set_bit(&mut self, index: usize) {
        if let Some(byte) = self.bytes.get_mut(index / 8) {
            *byte |= 0x80 >> (index % 8);
        }
    }

    pub(super) fn clear_bit(&mut self, index: usize) {
        if let Some(byte) = self.bytes.get_mut(index / 8) {
            *byte &= !(0x80 >> (index % 8));
        }
    }

    /// The first byte.
    pub(super) const fn first(&self) -> u8 {
        self.bytes[0]
    }

    /// Fills a byte's bits from `bit` on.
    pub(super) fn set_bits(&mut self, bit: usize, bits: u8) {
        if let Some(byte) = self.bytes.get_mut(bit / 8) {
            *byte |= bits >> (bit % 8);
        }
    }

    /// The byte after a stem.
    pub(super) const fn suffix(&self) -> u8 {
        self.bytes[31]
    }

    /// The first eight bytes, as a number that orders keys as they do.
    pub(super) fn head(&self) -> u64 {
        u64::from_be_bytes(self.bytes.first_chunk().copied().unwrap_or_default())
    }

    /// The same bits, as a key of `length` bytes.
    pub(super) fn with_length(mut self, length: usize) -> Self {
        self.length = length.min(MAX_BYTES) as u8;
        self
    }

    /// The first bit from `from` on, which is before `to`, in which the two differ; else `to`.
    #[inline]
    pub(super) fn difference(&self, other: &Self, from: usize, to: usize) -> usize {
        let first = from / 8;
        let mask = 0xff_u8 >> (from % 8);
        let pairs = self.bytes.iter().zip(&other.bytes).enumerate().skip(first);
        for (index, (a, b)) in pairs {
            if 8 * index >= to {
                break;
            }
            let mut differ = a ^ b;
            if index == first {
                differ &= mask;
            }
            if differ != 0 {
                return to.min(8 * index + differ.leading_zeros() as usize);
            }
        }
        to
    }

    /// The bits from `from` to `to`, packed to bytes from the most significant bit on.
    pub(super) fn packed(&self, from: usize, to: usize) -> Self {
        let mut packed = Self::EMPTY;
        if from >= to {
            return packed;
        }
        let shift = from % 8;
        let source = self.bytes.get(from / 8..).unwrap_or_default();
        let next = source.iter().skip(1).chain(&[0]);
        let count = (to - from).div_ceil(8);
        for (to, (high, low)) in packed.bytes.iter_mut().zip(source.iter().zip(next)).take(count) {
            *to = (u16::from_be_bytes([*high, *low]) << shift >> 8) as u8;
        }
        packed.prefix(to.saturating_sub(from))
    }
}

impl Default for Key {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x")?;
        self.bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl AsRef<[u8]> for Key {
    fn as_ref(&self) -> &[u8] {
        self.bytes()
    }
}
