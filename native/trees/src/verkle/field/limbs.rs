//! 256-bit integers as four 64-bit limbs, least significant first.
//!
//! Nothing here depends on the values in a way that must be kept secret: everything that this
//! module is used for is public, so variable time is right.

/// A 256-bit integer, least significant limb first.
pub(crate) type Limbs = [u64; 4];

/// `a + b * c + carry`, as the low and the high word. It cannot overflow.
#[inline(always)]
pub(crate) const fn multiply_add(a: u64, b: u64, c: u64, carry: u64) -> (u64, u64) {
    let sum = a as u128 + (b as u128) * (c as u128) + carry as u128;
    (sum as u64, (sum >> 64) as u64)
}

/// The sum modulo 2²⁵⁶, and whether it was reduced.
#[inline(always)]
pub(crate) fn add(a: &Limbs, b: &Limbs) -> (Limbs, bool) {
    let (r0, carry) = a[0].carrying_add(b[0], false);
    let (r1, carry) = a[1].carrying_add(b[1], carry);
    let (r2, carry) = a[2].carrying_add(b[2], carry);
    let (r3, carry) = a[3].carrying_add(b[3], carry);
    ([r0, r1, r2, r3], carry)
}

/// The difference modulo 2²⁵⁶, and whether it was reduced: whether `a < b`.
#[inline(always)]
pub(crate) fn subtract(a: &Limbs, b: &Limbs) -> (Limbs, bool) {
    let (r0, borrow) = a[0].borrowing_sub(b[0], false);
    let (r1, borrow) = a[1].borrowing_sub(b[1], borrow);
    let (r2, borrow) = a[2].borrowing_sub(b[2], borrow);
    let (r3, borrow) = a[3].borrowing_sub(b[3], borrow);
    ([r0, r1, r2, r3], borrow)
}

/// Whether `a < b`.
#[inline(always)]
pub(crate) fn less(a: &Limbs, b: &Limbs) -> bool {
    subtract(a, b).1
}

/// Whether the integer is zero.
#[inline(always)]
pub(crate) const fn is_zero(a: &Limbs) -> bool {
    a[0] | a[1] | a[2] | a[3] == 0
}

/// Half of the integer, rounded down.
pub(crate) const fn half(a: &Limbs) -> Limbs {
    [a[0] >> 1 | a[1] << 63, a[1] >> 1 | a[2] << 63, a[2] >> 1 | a[3] << 63, a[3] >> 1]
}

/// Reads 32 bytes, least significant first.
pub(crate) fn from_le_bytes(bytes: &[u8; 32]) -> Limbs {
    let mut limbs = [0; 4];
    let (words, _) = bytes.as_chunks();
    for (limb, word) in limbs.iter_mut().zip(words) {
        *limb = u64::from_le_bytes(*word);
    }
    limbs
}

/// Writes 32 bytes, least significant first.
pub(crate) fn to_le_bytes(limbs: &Limbs) -> [u8; 32] {
    let mut bytes = [0; 32];
    let (words, _) = bytes.as_chunks_mut();
    for (word, limb) in words.iter_mut().zip(limbs) {
        *word = limb.to_le_bytes();
    }
    bytes
}
