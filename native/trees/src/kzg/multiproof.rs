//! Openings of many commitments at many places of the domain, proven at once.
//!
//! The openings are combined by the powers of a challenge `r` into one quotient polynomial `g`,
//! committed to by `D`. That `g` is a polynomial is checked at one place `t` outside the domain:
//! `h(t) - g(t)` is known there from the claimed values, where `h` is the combination of the opened
//! polynomials that the verifier commits to as `E` by itself. Both values at `t` are proven by one
//! element, of `h + q·g` for a last challenge `q`.
//!
//! Source: Feist, "PCS multiproofs using random evaluation", dankradfeist.de, 2021; letters as
//! there. What is hashed for the challenges is our own: see `docs/verkle/kzg.md`.

use super::curve::{G1, G2, MalformedPoint, pairings_agree};
use super::domain;
use super::setup::Setup;
use crate::verkle::crs::WIDTH;
use crate::verkle::field::{BasePrime, Fp};
use crate::verkle::proof::multiproof::Opening;
use crate::verkle::transcript::Transcript;

/// The label of the transcript.
const PROTOCOL: &[u8] = b"weakstate-verkle-kzg";

/// The proof of any number of openings. Its points may still be malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Multiproof {
    /// Encoding of the commitment to the quotient `g`.
    pub d: [u8; 48],
    /// `h(t)`.
    pub y: Fp,
    /// Encoding of the proof of both values at `t`.
    pub sigma: [u8; 48],
}

/// A proof, and the root's commitment, of which a header has no more than a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rooted {
    /// Encoding of the root's commitment.
    pub root: [u8; 48],
    /// The proof.
    pub multiproof: Multiproof,
}

/// A commitment beside its encoding.
#[derive(Clone, Copy, Debug)]
pub(super) struct Encoded {
    pub(super) point: G1,
    pub(super) bytes: [u8; 48],
}

/// The polynomial that is proven at `t` is `h + q·g`, and this is its value there.
struct Last {
    q: Fp,
    value: Fp,
}

/// What prover and verifier say to each other, in order.
struct Conversation(Transcript<BasePrime>);

impl Conversation {
    /// Says what is opened; the answer is `r`.
    fn openings<'a>(
        bytes: impl Fn(u32) -> Option<&'a [u8; 48]>,
        openings: &[Opening<Fp>],
    ) -> (Self, Fp) {
        let mut transcript = Transcript::new(PROTOCOL);
        for opening in openings {
            if let Some(bytes) = bytes(opening.commitment) {
                transcript.point(b"C", bytes);
            }
            transcript.place(b"z", opening.z);
            transcript.scalar(b"y", opening.y);
        }
        let r = transcript.challenge(b"r");
        (Self(transcript), r)
    }

    /// Says the quotient's commitment; the answer is `t`.
    fn quotient(&mut self, d: &[u8; 48]) -> Fp {
        self.0.point(b"D", d);
        self.0.challenge(b"t")
    }

    /// Says both values at `t`; the answer is `q`. `known` is `h(t) - g(t)`.
    fn values(mut self, e: &G1, h: Fp, known: Fp) -> Last {
        let g = h - known;
        self.0.point(b"E", &e.to_bytes());
        self.0.scalar(b"h", h);
        self.0.scalar(b"g", g);
        let q = self.0.challenge(b"q");
        Last { q, value: h + q * g }
    }
}

impl Multiproof {
    /// Whether the proof proves all openings.
    ///
    /// Openings are in the order that prover and verifier agree on; each names one of the
    /// commitments.
    ///
    /// # Errors
    /// If a point of the proof, `D` first, is malformed.
    pub(super) fn holds(
        &self,
        committed: &[Encoded],
        openings: &[Opening<Fp>],
    ) -> Result<bool, (&'static str, MalformedPoint)> {
        let d = G1::from_bytes(&self.d).map_err(|error| ("D", error))?;
        let sigma = G1::from_bytes(&self.sigma).map_err(|error| ("σ", error))?;
        let bytes = |index: u32| committed.get(index as usize).map(|encoded| &encoded.bytes);
        let (mut conversation, r) = Conversation::openings(bytes, openings);
        let t = conversation.quotient(&self.d);
        let Some(distances) = domain::inverse_distances(t) else { return Ok(false) };

        // Openings of one commitment differ in the scalar alone: they are merged.
        let mut terms: Vec<(G1, Fp)> =
            committed.iter().map(|encoded| (encoded.point, Fp::ZERO)).collect();
        let mut known = Fp::ZERO;
        let mut power = Fp::ONE;
        for opening in openings {
            let distance = distances.get(usize::from(opening.z)).copied().unwrap_or_default();
            let scalar = power * distance;
            if let Some((_, sum)) = terms.get_mut(opening.commitment as usize) {
                *sum += scalar;
            }
            known += scalar * opening.y;
            power *= r;
        }
        let e = G1::sum(&terms);
        let Last { q, value } = conversation.values(&e, self.y, known);
        // E + q·D commits to a polynomial f, and σ to (f(X) - value) / (X - t).
        let one = G1::generator();
        let left = e.plus(&[(d, q), (one, -value), (sigma, t)]);
        Ok(pairings_agree((left, G2::generator()), (sigma, Setup::get().tau)))
    }
}

/// What the prover knows of a commitment: its encoding, and places and values that are not zero.
pub(super) struct Known<'a> {
    pub(super) bytes: [u8; 48],
    pub(super) values: &'a [(u8, Fp)],
}

/// Proves openings, whose values must be the right ones.
pub(super) fn prove(known: &[Known<'_>], openings: &[Opening<Fp>]) -> Multiproof {
    let bytes = |index: u32| known.get(index as usize).map(|known| &known.bytes);
    let (mut conversation, r) = Conversation::openings(bytes, openings);
    let groups = group_by_place(known, openings, r);
    let mut g = [Fp::ZERO; WIDTH];
    for (z, values) in &groups {
        domain::add_quotient(values, *z, &mut g);
    }
    let d = commit(&g).to_bytes();
    let t = conversation.quotient(&d);
    // A hash that is one of 256 numbers of 255 bits does not occur.
    let distances = domain::inverse_distances(t).unwrap_or([Fp::ZERO; WIDTH]);
    let mut h = [Fp::ZERO; WIDTH];
    let mut difference = Fp::ZERO;
    for (z, values) in &groups {
        let distance = distances.get(usize::from(*z)).copied().unwrap_or_default();
        for (h, value) in h.iter_mut().zip(values.iter()) {
            *h += *value * distance;
        }
        difference += values.get(usize::from(*z)).copied().unwrap_or_default() * distance;
    }
    let y = domain::evaluate(&h, t, &distances);
    let Last { q, value } = conversation.values(&commit(&h), y, difference);
    let mut quotient = h;
    for ((quotient, g), distance) in quotient.iter_mut().zip(&g).zip(&distances) {
        *quotient = (value - *quotient - q * *g) * *distance;
    }
    Multiproof { d, y, sigma: commit(&quotient).to_bytes() }
}

fn commit(values: &[Fp; WIDTH]) -> G1 {
    let points = Setup::get().lagrange.iter().copied();
    G1::sum(&points.zip(values.iter().copied()).collect::<Vec<_>>())
}

/// For each place that is opened, the combination of the polynomials that are opened there, each
/// times the power of `r` that belongs to the opening.
fn group_by_place(
    known: &[Known<'_>],
    openings: &[Opening<Fp>],
    r: Fp,
) -> Vec<(u8, Box<[Fp; WIDTH]>)> {
    let mut groups: [Option<Box<[Fp; WIDTH]>>; WIDTH] = [const { None }; WIDTH];
    let mut power = Fp::ONE;
    for opening in openings {
        let values = known.get(opening.commitment as usize).map_or(&[][..], |known| known.values);
        if let Some(group) = groups.get_mut(usize::from(opening.z)) {
            let group = group.get_or_insert_with(|| Box::new([Fp::ZERO; WIDTH]));
            for (place, value) in values {
                if let Some(sum) = group.get_mut(usize::from(*place)) {
                    *sum += power * *value;
                }
            }
        }
        power *= r;
    }
    (0..=u8::MAX).zip(groups).filter_map(|(z, group)| Some((z, group?))).collect()
}
