//! Openings of many commitments at many places of the domain, proven at once.
//!
//! The openings are combined by the powers of a challenge `r` into one quotient polynomial `g`,
//! committed to by `D`; that `g` is a polynomial is checked at one place `t` outside the domain, by
//! one inner product argument. Source: Feist, "Multiproofs", dankradfeist.de, 2021; letters as
//! there.

use super::equation::Equation;
use super::ipa::{self, Claim, IpaProof};
use super::lagrange::Domain;
use crate::verkle::crs::WIDTH;
use crate::verkle::field::Fr;
use crate::verkle::group::{Affine, MalformedPoint, Point, commitments};
use crate::verkle::machine::Machine;
use crate::verkle::msm::{Tables, multiply_sum};
use crate::verkle::transcript::Transcript;

/// What is claimed of one commitment at one place.
#[derive(Clone, Copy, Debug)]
pub struct Opening<S = Fr> {
    /// Index of the commitment.
    pub commitment: u32,
    /// Where its polynomial is evaluated.
    pub z: u8,
    /// Its value there.
    pub y: S,
}

/// A commitment beside its encoding.
#[derive(Clone, Copy, Debug)]
pub struct Encoded {
    /// The commitment's point.
    pub point: Affine,
    /// Its encoding.
    pub bytes: [u8; 32],
}

/// The proof of any number of openings. Its points may still be malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Multiproof {
    /// Encoding of the commitment to the quotient.
    pub d: [u8; 32],
    /// The argument at the place outside the domain.
    pub ipa: IpaProof,
}

impl Multiproof {
    /// Bytes of a proof: `D`, then the argument.
    pub const BYTES: usize = 32 + IpaProof::BYTES;

    /// Reads a proof; `None` if the length is another or the last scalar is not below `r`.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (d, ipa) = bytes.split_first_chunk()?;
        Some(Self { d: *d, ipa: IpaProof::from_bytes(ipa.try_into().ok()?)? })
    }

    /// The bytes of the proof.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let (d, ipa) = bytes.split_at_mut(32);
        d.copy_from_slice(&self.d);
        ipa.copy_from_slice(&self.ipa.to_bytes());
        bytes
    }

    /// The equation that holds if, and only if, the proof proves all openings.
    ///
    /// Openings are in the order that prover and verifier agree on; each names one of the
    /// commitments.
    ///
    /// # Errors
    ///
    /// If a point of the proof, `D` first, is malformed.
    pub fn equation(
        &self,
        transcript: &mut Transcript,
        committed: &[Encoded],
        openings: &[Opening],
        machine: Machine,
    ) -> Result<Equation, (usize, MalformedPoint)> {
        let d = Affine::from_bytes(&self.d).map_err(|error| (0, error))?;
        let r = first_challenge(transcript, committed, openings);
        let t = second_challenge(transcript, &self.d);

        // Openings of one commitment differ in the scalar alone: they are merged.
        let distances = Domain::inverse_distances(t);
        let mut merged: Vec<(Affine, Fr)> =
            committed.iter().map(|commitment| (commitment.point, Fr::ZERO)).collect();
        let mut value = Fr::ZERO;
        let mut power = Fr::ONE;
        for opening in openings {
            let distance = distances.get(usize::from(opening.z)).copied().unwrap_or_default();
            let scalar = power * distance;
            if let Some((_, sum)) = merged.get_mut(opening.commitment as usize) {
                *sum += scalar;
            }
            value += scalar * opening.y;
            power *= r;
        }
        let e = multiply_sum(&merged, machine);
        let (claim, commitment) = last_claim(transcript, e, d, t, value);
        self.ipa
            .equation(transcript, &claim, commitment)
            .map_err(|(index, error)| (index + 1, error))
    }
}

fn first_challenge(transcript: &mut Transcript, committed: &[Encoded], openings: &[Opening]) -> Fr {
    transcript.domain(b"multiproof");
    for opening in openings {
        if let Some(commitment) = committed.get(opening.commitment as usize) {
            transcript.point(b"C", &commitment.bytes);
        }
        transcript.place(b"z", opening.z);
        transcript.scalar(b"y", opening.y);
    }
    transcript.challenge(b"r")
}

fn second_challenge(transcript: &mut Transcript, d: &[u8; 32]) -> Fr {
    transcript.point(b"D", d);
    transcript.challenge(b"t")
}

/// The claim that the inner product argument proves, and the commitment `E - D` that it is about.
fn last_claim(
    transcript: &mut Transcript,
    e: Point,
    d: Affine,
    at: Fr,
    value: Fr,
) -> (Claim, Affine) {
    let points = commitments(&[e, e - Point::from(d)], Machine::new(1));
    let [e, difference] = match points.as_slice() {
        [e, difference] => [e.point, difference.point],
        _ => [Affine::IDENTITY; 2],
    };
    transcript.point(b"E", &e.to_bytes());
    (Claim { commitment: difference.to_bytes(), at, value }, difference)
}

/// What the prover knows of a commitment: its encoding and the values that are not zero.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The commitment.
    pub commitment: Encoded,
    /// Places and values; places that are not named hold zero.
    pub values: &'a [(u8, Fr)],
}

/// Proves openings, whose values must be the right ones.
#[must_use]
pub fn prove(
    transcript: &mut Transcript,
    tables: &Tables,
    known: &[Known<'_>],
    openings: &[Opening],
    machine: Machine,
) -> Multiproof {
    let committed: Vec<Encoded> = known.iter().map(|known| known.commitment).collect();
    let r = first_challenge(transcript, &committed, openings);
    let groups = group_by_place(known, openings, r);
    let mut g = [Fr::ZERO; WIDTH];
    for (z, values) in &groups {
        Domain::get().add_quotient(values, *z, &mut g);
    }
    let d = ipa::commit(tables, &g, machine).point;
    let encoded = d.to_bytes();
    let t = second_challenge(transcript, &encoded);

    let distances = Domain::inverse_distances(t);
    let mut h = [Fr::ZERO; WIDTH];
    let mut value = Fr::ZERO;
    for (z, values) in &groups {
        let distance = distances.get(usize::from(*z)).copied().unwrap_or_default();
        for (h, value) in h.iter_mut().zip(values.iter()) {
            *h += *value * distance;
        }
        value += values.get(usize::from(*z)).copied().unwrap_or_default() * distance;
    }
    let e = ipa::commit(tables, &h, machine).point;
    let (claim, _) = last_claim(transcript, e.into(), d, t, value);
    let mut difference = h;
    for (h, g) in difference.iter_mut().zip(&g) {
        *h -= *g;
    }
    let ipa = ipa::prove(transcript, tables, &claim, &difference, machine);
    Multiproof { d: encoded, ipa }
}

/// For each place that is opened, the combination of the polynomials that are opened there, each
/// times the power of `r` that belongs to the opening.
fn group_by_place(known: &[Known<'_>], openings: &[Opening], r: Fr) -> Vec<(u8, Box<[Fr; WIDTH]>)> {
    let mut groups: [Option<Box<[Fr; WIDTH]>>; WIDTH] = [const { None }; WIDTH];
    let mut power = Fr::ONE;
    for opening in openings {
        let values = known.get(opening.commitment as usize).map_or(&[][..], |known| known.values);
        if let Some(group) = groups.get_mut(usize::from(opening.z)) {
            let group = group.get_or_insert_with(|| Box::new([Fr::ZERO; WIDTH]));
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
