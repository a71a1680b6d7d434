//! Opening a witness: from a root, values and their proof to the partial tree that they make.
//!
//! Nothing can be read before the proof was checked. Order: shape, points, challenges, and one
//! equation at the end, which the equations of other blocks may join.

use weakstate_codec::{Code, Error};

use super::shape::Shape;
use super::witness::{Proof, StemDiff};
use super::{TRANSCRIPT, Tree};
use crate::verkle::group::{MalformedPoint, decompress_beside};
use crate::verkle::machine::Machine;
use crate::verkle::proof::Equation;
use crate::verkle::proof::multiproof::Encoded;
use crate::verkle::transcript::Transcript;

/// A witness that is well formed, and not checked yet.
#[derive(Clone, Debug)]
#[must_use = "the tree of a witness can be had only by checking it"]
pub struct Opened {
    tree: Tree,
    equation: Equation,
}

impl Opened {
    /// Reads a witness of the tree with this root.
    ///
    /// # Errors
    ///
    /// [`Code::MalformedProof`], if parts of it are missing, left over or at odds with each other,
    /// or are no points.
    pub fn read(
        root: &[u8; 32],
        proof: &Proof,
        diff: &[StemDiff],
        machine: Machine,
    ) -> Result<Self, Error> {
        let mut encodings = Vec::with_capacity(1 + proof.commitments_by_path.len());
        encodings.push(*root);
        encodings.extend(&proof.commitments_by_path);
        let malformed = |index, error| match index {
            0 => malformed_point(error, "the state root".to_owned()),
            _ => malformed_point(error, format!("commitment {}", index - 1)),
        };
        let shape = || Shape::new(proof, diff);
        let (shape, commitments) = decompress_beside(&encodings, machine, shape, malformed)?;
        let (tree, openings) = shape.fill(&commitments);
        let committed: Vec<Encoded> = encodings
            .iter()
            .zip(&commitments)
            .map(|(bytes, commitment)| Encoded { point: commitment.point, bytes: *bytes })
            .collect();
        let mut transcript = Transcript::new(TRANSCRIPT);
        let equation =
            proof
                .multiproof
                .equation(&mut transcript, &committed, &openings, machine)
                .map_err(|(index, error)| malformed_point(error, format!("proof point {index}")))?;
        Ok(Self { tree, equation })
    }

    /// Checks the proof, and gives the tree that it opens.
    ///
    /// # Errors
    ///
    /// [`Code::WrongProof`], if the values are not what the root commits to.
    pub fn check(self, machine: Machine) -> Result<Tree, Error> {
        match self.equation.holds(machine) {
            true => Ok(self.tree),
            false => Err(Error::new(Code::WrongProof)),
        }
    }
}

/// Checks many witnesses at once, for little more than the price of one.
///
/// # Errors
///
/// The index of the first whose proof is wrong, and [`Code::WrongProof`].
pub fn check_all(opened: Vec<Opened>, machine: Machine) -> Result<Vec<Tree>, (usize, Error)> {
    let (trees, equations): (Vec<Tree>, Vec<Equation>) =
        opened.into_iter().map(|opened| (opened.tree, opened.equation)).unzip();
    match Equation::first_false(&equations, machine) {
        None => Ok(trees),
        Some(index) => Err((index, Error::new(Code::WrongProof))),
    }
}

fn malformed_point(error: MalformedPoint, at: String) -> Error {
    Error::new(Code::MalformedProof).expected("a point of the group").actual(error).at(at)
}
