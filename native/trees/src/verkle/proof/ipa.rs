//! The inner product argument: what a committed polynomial is at one place.
//!
//! With the values `a` that are committed to and the coefficients `b` of the place, the claim is
//! that their inner product is `y`. Eight rounds halve both vectors and the reference string; what
//! is left is one scalar. Source: Bootle et al., "Efficient Zero-Knowledge Arguments for Arithmetic
//! Circuits in the Discrete Log Setting", 2016, and Bünz et al., "Bulletproofs", 2018, without the
//! parts that hide the values; letters as there.

use super::equation::Equation;
use super::lagrange::Domain;
use crate::verkle::crs::WIDTH;
use crate::verkle::field::{Fr, invert_all};
use crate::verkle::group::{Affine, Commitment, MalformedPoint, commitments, decompress_all};
use crate::verkle::machine::Machine;
use crate::verkle::msm::{Tables, Update};
use crate::verkle::transcript::Transcript;

/// Rounds that halve 256 values to one.
pub const ROUNDS: usize = 8;

/// What is claimed of a commitment.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// The commitment's encoding.
    pub commitment: [u8; 32],
    /// Where the polynomial is evaluated.
    pub at: Fr,
    /// Its value there.
    pub value: Fr,
}

/// The proof of a claim. Its points may still be malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpaProof {
    /// Encodings of the rounds' left points.
    pub l: [[u8; 32]; ROUNDS],
    /// Encodings of the rounds' right points.
    pub r: [[u8; 32]; ROUNDS],
    /// What the values are folded to.
    pub a: Fr,
}

impl IpaProof {
    /// Bytes of a proof: left points, right points, and the scalar, least significant byte first.
    pub const BYTES: usize = 32 * (2 * ROUNDS + 1);

    /// Reads a proof; `None` if the scalar is not below `r`.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Option<Self> {
        let (words, _) = bytes.as_chunks::<32>();
        let (l, rest) = words.split_first_chunk()?;
        let (r, a) = rest.split_first_chunk()?;
        Some(Self { l: *l, r: *r, a: Fr::from_le_bytes(a.first()?)? })
    }

    /// The bytes of the proof.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let (words, _) = bytes.as_chunks_mut::<32>();
        let parts = self.l.iter().chain(&self.r).copied().chain([self.a.to_le_bytes()]);
        for (word, part) in words.iter_mut().zip(parts) {
            *word = part;
        }
        bytes
    }

    /// The equation that holds if, and only if, the proof proves the claim.
    ///
    /// # Errors
    ///
    /// If a point of the proof, `L0` to `L7` and `R0` to `R7` in this order, is malformed.
    pub fn equation(
        &self,
        transcript: &mut Transcript,
        claim: &Claim,
        commitment: Affine,
    ) -> Result<Equation, (usize, MalformedPoint)> {
        let points = decompress_all([self.l, self.r].as_flattened(), Machine::new(1))?;
        let (w, x) = self.challenges(transcript, claim);
        let mut x_inverse = x;
        invert_all(&mut x_inverse);

        // What the folding of the reference string has made of each of its points.
        let mut s = vec![Fr::ONE];
        for inverse in &x_inverse {
            s = s.iter().flat_map(|s| [*s, *s * *inverse]).collect();
        }
        let distances = Domain::inverse_distances(claim.at);
        let b = Domain::get().coefficients(claim.at, &distances);
        let b0 = b.iter().zip(&s).fold(Fr::ZERO, |sum, (b, s)| sum + *b * *s);

        let mut reference = [Fr::ZERO; WIDTH];
        for (scalar, s) in reference.iter_mut().zip(&s) {
            *scalar = -(self.a * *s);
        }
        let scalars = x.iter().chain(&x_inverse);
        let mut others: Vec<(Affine, Fr)> =
            points.iter().zip(scalars).map(|(found, scalar)| (found.point, *scalar)).collect();
        others.push((commitment, Fr::ONE));
        Ok(Equation { reference, generator: w * (claim.value - self.a * b0), others })
    }

    /// The challenge `w` and those of the rounds.
    fn challenges(&self, transcript: &mut Transcript, claim: &Claim) -> (Fr, [Fr; ROUNDS]) {
        let w = first_challenge(transcript, claim);
        let mut x = [Fr::ZERO; ROUNDS];
        for ((l, r), x) in self.l.iter().zip(&self.r).zip(&mut x) {
            *x = round_challenge(transcript, l, r);
        }
        (w, x)
    }
}

fn first_challenge(transcript: &mut Transcript, claim: &Claim) -> Fr {
    transcript.domain(b"ipa");
    transcript.point(b"C", &claim.commitment);
    transcript.scalar(b"input point", claim.at);
    transcript.scalar(b"output point", claim.value);
    transcript.challenge(b"w")
}

fn round_challenge(transcript: &mut Transcript, l: &[u8; 32], r: &[u8; 32]) -> Fr {
    transcript.point(b"L", l);
    transcript.point(b"R", r);
    transcript.challenge(b"x")
}

/// Proves the value, which must be the right one, of the polynomial with these values.
///
/// The reference string is never folded: each round multiplies the scalars of its points instead,
/// since multiples of known points are cheap. The points of the proof are the same.
#[must_use]
pub fn prove(
    transcript: &mut Transcript,
    tables: &Tables,
    claim: &Claim,
    values: &[Fr; WIDTH],
    machine: Machine,
) -> IpaProof {
    let w = first_challenge(transcript, claim);
    let distances = Domain::inverse_distances(claim.at);
    let (mut a, mut b) =
        (values.to_vec(), Domain::get().coefficients(claim.at, &distances).to_vec());
    // What the folding so far would have made of the points, by the highest bits of their numbers.
    let mut s = vec![Fr::ONE];
    let mut proof = IpaProof { l: [[0; 32]; ROUNDS], r: [[0; 32]; ROUNDS], a: Fr::ZERO };
    for (l, r) in proof.l.iter_mut().zip(&mut proof.r) {
        let half = a.len() / 2;
        let ((a_l, a_r), (b_l, b_r)) = (a.split_at(half), b.split_at(half));
        let left = multiples(&s, a_r, 0, w * inner_product(a_r, b_l));
        let right = multiples(&s, a_l, half, w * inner_product(a_l, b_r));
        let updates = [&left, &right]
            .map(|multiples| Update { start: Affine::IDENTITY, multiples: multiples.as_slice() });
        let points = commitments(&tables.update_all(&updates, machine), machine);
        if let [left, right] = points.as_slice() {
            (*l, *r) = (left.point.to_bytes(), right.point.to_bytes());
        }
        let x = round_challenge(transcript, l, r);
        let x_inverse = x.invert();
        a = a_l.iter().zip(a_r).map(|(l, r)| *l + x * *r).collect();
        b = b_l.iter().zip(b_r).map(|(l, r)| *l + x_inverse * *r).collect();
        s = s.iter().flat_map(|s| [*s, *s * x_inverse]).collect();
    }
    proof.a = a.first().copied().unwrap_or_default();
    proof
}

/// One half of a round's folded points, each multiplied by a value, as multiples of the reference
/// string's points: the `i`-th folded point is `Σ s[h] · G[h·2·half + i]`.
fn multiples(s: &[Fr], values: &[Fr], first: usize, generator: Fr) -> Vec<(u16, Fr)> {
    let size = 2 * values.len();
    let blocks = s.iter().enumerate().flat_map(|(block, s)| {
        let numbered = values.iter().enumerate();
        numbered.map(move |(index, value)| ((block * size + first + index) as u16, *s * *value))
    });
    blocks.chain([(Tables::GENERATOR, generator)]).collect()
}

fn inner_product(a: &[Fr], b: &[Fr]) -> Fr {
    a.iter().zip(b).fold(Fr::ZERO, |sum, (a, b)| sum + *a * *b)
}

/// What a polynomial with these values commits to.
#[must_use]
pub fn commit(tables: &Tables, values: &[Fr; WIDTH], machine: Machine) -> Commitment {
    let multiples: Vec<(u16, Fr)> = (0..).zip(values.iter().copied()).collect();
    let update = Update { start: Affine::IDENTITY, multiples: &multiples };
    commitments(&tables.update_all(&[update], machine), machine).pop().unwrap_or(Commitment::EMPTY)
}
