//! KZG commitments as what a tree commits with.

use sha2::{Digest, Sha256};
use weakstate_codec::{Code, Error};

use super::curve::G1;
use super::multiproof::{self, Known, Multiproof, Rooted};
use super::setup::Setup;
use crate::verkle::field::{BasePrime, Fp};
use crate::verkle::group::Commitment;
use crate::verkle::machine::Machine;
use crate::verkle::msm::Update;
use crate::verkle::tree::{Claims, Committed, Scalar, VectorCommitment};

/// Updates below which another thread costs more than it saves.
const WORTH_A_THREAD: usize = 4;

/// KZG commitments over BLS12-381.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kzg;

/// What the root of a header is: SHA-256 of a commitment's encoding, and zeros for the commitment
/// to nothing but zeros.
#[must_use]
pub fn hash(encoding: &[u8; 48]) -> [u8; 32] {
    match encoding {
        // The neutral element.
        [0xc0, rest @ ..] if rest.iter().all(|byte| *byte == 0) => [0; 32],
        _ => Sha256::digest(encoding).into(),
    }
}

/// The root that a header has, by the root's commitment.
#[must_use]
pub fn root_hash(root: &Committed<Kzg>) -> [u8; 32] {
    hash(&root.point.to_bytes())
}

/// A commitment by its encoding, which is the point's.
pub(super) fn committed(point: G1, encoding: &[u8; 48]) -> Committed<Kzg> {
    Commitment { point, scalar: Fp::from_le_bytes_reduced(&hash(encoding)) }
}

impl VectorCommitment for Kzg {
    type Prime = BasePrime;
    type Point = G1;
    type Encoding = [u8; 48];
    type Multiproof = Rooted;
    type Tables = Setup;

    const MULTIPROOF_BYTES: usize = 48 + 48 + 32 + 48;
    const EMPTY: Committed<Self> = Commitment { point: G1::IDENTITY, scalar: Fp::ZERO };

    fn marker() -> G1 {
        let [marker, ..] = *Setup::get().lagrange;
        marker
    }

    fn scalar_of(point: &G1) -> Scalar<Self> {
        committed(*point, &point.to_bytes()).scalar
    }

    fn update_all(
        setup: &Setup,
        updates: &[Update<'_, G1, Fp>],
        machine: Machine,
    ) -> Vec<Committed<Self>> {
        let update = |update: &Update<'_, G1, Fp>| {
            let base = |place: u16| setup.lagrange.get(usize::from(place)).copied();
            let terms =
                update.multiples.iter().filter_map(|(place, by)| Some((base(*place)?, *by)));
            let point = update.start.plus(&terms.collect::<Vec<_>>());
            committed(point, &point.to_bytes())
        };
        machine.for_work(updates.len(), WORTH_A_THREAD).map_ranges(updates.len(), |range| {
            updates.get(range).unwrap_or_default().iter().map(update).collect()
        })
    }

    fn prove(claims: &Claims<Self>, _: &Setup, _: Machine) -> (Vec<[u8; 48]>, Rooted) {
        let known: Vec<Known<'_>> = claims
            .known()
            .map(|(commitment, values)| Known { bytes: commitment.point.to_bytes(), values })
            .collect();
        let multiproof: Multiproof = multiproof::prove(&known, &claims.openings);
        let encodings: Vec<[u8; 48]> = known.iter().map(|known| known.bytes).collect();
        let root = encodings.first().copied().unwrap_or_else(|| G1::IDENTITY.to_bytes());
        (encodings, Rooted { root, multiproof })
    }

    fn put_multiproof(proof: &Rooted, bytes: &mut Vec<u8>) {
        let Rooted { root, multiproof: Multiproof { d, y, sigma } } = proof;
        for part in [&root[..], d, &y.to_le_bytes(), sigma] {
            bytes.extend_from_slice(part);
        }
    }

    fn take_multiproof(bytes: &[u8]) -> Result<Rooted, Error> {
        let read = || {
            let (root, bytes) = bytes.split_first_chunk()?;
            let (d, bytes) = bytes.split_first_chunk()?;
            let (y, bytes) = bytes.split_first_chunk()?;
            let (y, sigma) = (Fp::from_le_bytes(y)?, bytes.try_into().ok()?);
            Some(Rooted { root: *root, multiproof: Multiproof { d: *d, y, sigma } })
        };
        read().ok_or_else(|| {
            let error = Error::new(Code::MalformedProof);
            error.expected("a scalar below the order of the group").at("proof scalar y")
        })
    }

    /// Others are not read.
    fn is_on_curve(_: &G1) -> bool {
        true
    }

    fn put_point(point: &G1, record: &mut Vec<u8>) {
        record.extend_from_slice(&point.to_coordinates());
    }

    fn take_point(record: &mut &[u8]) -> Option<G1> {
        let (point, rest) = record.split_first_chunk()?;
        *record = rest;
        G1::from_coordinates(point)
    }
}
