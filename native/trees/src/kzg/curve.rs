//! The pairing-friendly curve BLS12-381, through `blst`.
//!
//! Commitments, proofs and challenges are public: variable time is right throughout. Scalars are
//! [`Fp`]: the order of this group is the prime over which Bandersnatch is defined.
#![expect(unsafe_code, reason = "blst is a library in C; nothing else of this crate calls it")]

use std::fmt;

use blst::{BLST_ERROR, blst_fp12, blst_p1, blst_p1_affine, blst_p2_affine};

use crate::verkle::field::Fp;

/// Bits of a scalar.
const SCALAR_BITS: usize = 255;
/// Terms from which on buckets (Pippenger) are faster than one multiplication after the other.
const WORTH_BUCKETS: usize = 8;

/// Bytes that are not the encoding of an element of the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MalformedPoint {
    /// No point of the curve is written so.
    NotOnCurve,
    /// The point is outside the subgroup of prime order.
    NotInGroup,
}

impl fmt::Display for MalformedPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotOnCurve => "no encoding of a point of the curve",
            Self::NotInGroup => "a point outside the group",
        })
    }
}

impl std::error::Error for MalformedPoint {}

/// An element of the first group, by its coordinates.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct G1(blst_p1_affine);

impl fmt::Debug for G1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl G1 {
    /// The neutral element.
    pub const IDENTITY: Self =
        Self(blst_p1_affine { x: blst::blst_fp { l: [0; 6] }, y: blst::blst_fp { l: [0; 6] } });

    /// The generator.
    #[must_use]
    pub fn generator() -> Self {
        // SAFETY: the pointer is to a constant of the library.
        Self(unsafe { *blst::blst_p1_affine_generator() })
    }

    /// Reads an element's 48 bytes.
    ///
    /// # Errors
    /// If they are not the one encoding of an element.
    pub fn from_bytes(bytes: &[u8; 48]) -> Result<Self, MalformedPoint> {
        let mut point = Self::IDENTITY;
        // SAFETY: blst reads the 48 bytes that begin here.
        match unsafe { blst::blst_p1_uncompress(&mut point.0, bytes.as_ptr()) } {
            BLST_ERROR::BLST_SUCCESS if point.is_in_group() => Ok(point),
            BLST_ERROR::BLST_SUCCESS => Err(MalformedPoint::NotInGroup),
            _ => Err(MalformedPoint::NotOnCurve),
        }
    }

    /// The element's 48 bytes: its first coordinate, and three bits in front.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 48] {
        let mut bytes = [0; 48];
        // SAFETY: blst writes the 48 bytes that begin here.
        unsafe { blst::blst_p1_affine_compress(bytes.as_mut_ptr(), &self.0) };
        bytes
    }

    /// Reads both coordinates of an element of our own; `None` if they are not of the curve.
    #[must_use]
    pub fn from_coordinates(bytes: &[u8; 96]) -> Option<Self> {
        let mut point = Self::IDENTITY;
        // SAFETY: blst reads the 96 bytes that begin here.
        let read = unsafe { blst::blst_p1_deserialize(&mut point.0, bytes.as_ptr()) };
        (read == BLST_ERROR::BLST_SUCCESS).then_some(point)
    }

    /// Both coordinates, most significant byte first.
    #[must_use]
    pub fn to_coordinates(&self) -> [u8; 96] {
        let mut bytes = [0; 96];
        // SAFETY: blst writes the 96 bytes that begin here.
        unsafe { blst::blst_p1_affine_serialize(bytes.as_mut_ptr(), &self.0) };
        bytes
    }

    /// Whether this is the neutral element.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        *self == Self::IDENTITY
    }

    /// Whether the point is in the subgroup of prime order.
    #[must_use]
    pub fn is_in_group(&self) -> bool {
        // SAFETY: blst reads the point only.
        unsafe { blst::blst_p1_affine_in_g1(&self.0) }
    }

    /// The sum of multiples of elements.
    #[must_use]
    pub fn sum(terms: &[(Self, Fp)]) -> Self {
        Self::IDENTITY.plus(terms)
    }

    /// The element and multiples of others.
    #[must_use]
    pub fn plus(&self, terms: &[(Self, Fp)]) -> Self {
        let terms = || terms.iter().filter(|(point, by)| !point.is_identity() && !by.is_zero());
        let count = terms().count();
        let mut sum = blst_p1::default();
        if count < WORTH_BUCKETS {
            for (point, by) in terms() {
                let by = by.to_le_bytes();
                let (mut start, mut multiple) = (blst_p1::default(), blst_p1::default());
                // SAFETY: a scalar has 32 bytes, in which its bits fit; source and target differ,
                // or may be the same where blst adds.
                unsafe {
                    blst::blst_p1_from_affine(&mut start, &point.0);
                    blst::blst_p1_mult(&mut multiple, &start, by.as_ptr(), SCALAR_BITS);
                    blst::blst_p1_add_or_double(&mut sum, &sum, &multiple);
                }
            }
        } else {
            let scalars: Vec<[u8; 32]> = terms().map(|(_, by)| by.to_le_bytes()).collect();
            let points: Vec<*const blst_p1_affine> =
                terms().map(|(point, _)| &raw const point.0).collect();
            let starts: Vec<*const u8> = scalars.iter().map(|scalar| scalar.as_ptr()).collect();
            // SAFETY: one pointer to a point and one to 32 bytes for each term, and as many words
            // of scratch space as blst asks for.
            unsafe {
                let bytes = blst::blst_p1s_mult_pippenger_scratch_sizeof(count);
                let mut scratch = vec![0; bytes.div_ceil(8)];
                blst::blst_p1s_mult_pippenger(
                    &mut sum,
                    points.as_ptr(),
                    count,
                    starts.as_ptr(),
                    SCALAR_BITS,
                    scratch.as_mut_ptr(),
                );
            }
        }
        let mut affine = Self::IDENTITY;
        // SAFETY: blst reads two points and writes a third, which may be one of them.
        unsafe {
            if !self.is_identity() {
                blst::blst_p1_add_or_double_affine(&mut sum, &sum, &self.0);
            }
            blst::blst_p1_to_affine(&mut affine.0, &sum);
        }
        affine
    }
}

/// An element of the second group, by its coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct G2(blst_p2_affine);

impl G2 {
    /// The generator.
    #[must_use]
    pub fn generator() -> Self {
        // SAFETY: the pointer is to a constant of the library.
        Self(unsafe { *blst::blst_p2_affine_generator() })
    }

    /// Reads an element's 96 bytes; `None` if they are not the one encoding of an element.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 96]) -> Option<Self> {
        let mut point = blst_p2_affine::default();
        // SAFETY: blst reads the 96 bytes that begin here, and then the point.
        let read = unsafe {
            blst::blst_p2_uncompress(&mut point, bytes.as_ptr()) == BLST_ERROR::BLST_SUCCESS
                && blst::blst_p2_affine_in_g2(&point)
        };
        read.then_some(Self(point))
    }
}

/// Whether `e(a, c)` is `e(b, d)`.
#[must_use]
pub fn pairings_agree((a, c): (G1, G2), (b, d): (G1, G2)) -> bool {
    let pairing = |p: G1, q: G2| {
        // The loop is not made for the neutral element, whose pairings are all one.
        if p.is_identity() { blst_fp12::default() } else { blst_fp12::miller_loop(&q.0, &p.0) }
    };
    blst_fp12::finalverify(&pairing(a, c), &pairing(b, d))
}
