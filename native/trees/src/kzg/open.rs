//! Opening a witness: from a root, values and their proof to the partial tree that they make.

use weakstate_codec::{Code, Error};

use super::curve::{G1, MalformedPoint};
use super::multiproof::Encoded;
use super::scheme::{Kzg, committed, hash};
use crate::verkle::machine::Machine;
use crate::verkle::tree::{Committed, NoSource, Proof, Shape, StemDiff, Tree};

/// Commitments below which another thread costs more than it saves.
const WORTH_A_THREAD: usize = 8;

/// Checks a witness of the tree with this root, and gives the tree that it opens.
///
/// # Errors
/// [`Code::MalformedProof`], if parts of it are missing, left over or at odds with each other, or
/// are no points; [`Code::WrongProof`], if it is of another root, or the values are not what the
/// root commits to.
pub fn open(
    root: &[u8; 32],
    proof: &Proof<Kzg>,
    diff: &[StemDiff],
    machine: Machine,
) -> Result<Tree<NoSource, Kzg>, Error> {
    let after = |stem: &StemDiff| stem.suffixes.iter().any(|suffix| suffix.new.is_some());
    if let Some(stem) = diff.iter().find(|stem| after(stem)) {
        let error = Error::new(Code::MalformedProof).expected("no values of after the block");
        return Err(error.at(format_args!("stem {}", hex(&stem.stem))));
    }
    let shape = Shape::new(proof, diff)?;
    let found = hash(&proof.multiproof.root);
    if found != *root {
        let (expected, actual) = (hex(root), hex(&found));
        return Err(Error::new(Code::WrongProof).expected(expected).actual(actual).at("root"));
    }
    let encodings: Vec<[u8; 48]> =
        [proof.multiproof.root].into_iter().chain(proof.commitments_by_path.clone()).collect();
    let encoded = read_all(&encodings, machine).map_err(|(index, error)| match index {
        0 => malformed(error, "the root's commitment".to_owned()),
        _ => malformed(error, format!("commitment {}", index - 1)),
    })?;
    let commitments: Vec<Committed<Kzg>> =
        encoded.iter().map(|encoded| committed(encoded.point, &encoded.bytes)).collect();
    let (tree, openings) = shape.fill(&commitments);
    let holds = proof.multiproof.multiproof.holds(&encoded, &openings);
    match holds.map_err(|(name, error)| malformed(error, format!("proof point {name}")))? {
        true => Ok(tree),
        false => Err(Error::new(Code::WrongProof)),
    }
}

/// Reads elements; the error says which is the first that is malformed, and why.
fn read_all(
    encodings: &[[u8; 48]],
    machine: Machine,
) -> Result<Vec<Encoded>, (usize, MalformedPoint)> {
    let machine = machine.for_work(encodings.len(), WORTH_A_THREAD);
    let read = machine.map_ranges(encodings.len(), |range| {
        encodings.get(range).unwrap_or_default().iter().map(G1::from_bytes).collect()
    });
    let found = encodings.iter().zip(read).enumerate();
    let encoded = found.map(|(index, (bytes, point))| {
        let point = point.map_err(|error| (index, error))?;
        Ok(Encoded { point, bytes: *bytes })
    });
    encoded.collect()
}

fn malformed(error: MalformedPoint, at: String) -> Error {
    Error::new(Code::MalformedProof).expected("a point of the group").actual(error).at(at)
}

fn hex(bytes: &[u8]) -> String {
    alloy_primitives::hex::encode_prefixed(bytes)
}
