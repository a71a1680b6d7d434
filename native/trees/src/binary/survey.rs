//! What a witness is made of, counted from its bytes. It is held against no root.

use std::collections::BTreeMap;

use weakstate_codec::{Code, Error};

use super::node::{Child, Node};
use super::{Key, Profile, Tree, decode};

/// What hangs at one depth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// Values.
    pub values: usize,
    /// Hashes of what the witness does not show.
    pub siblings: usize,
    /// Ways without forks whose end is not shown.
    pub closed: usize,
}

/// What a witness is made of.
#[derive(Clone, Debug)]
pub struct Survey {
    /// The tree that it is of.
    pub profile: Profile,
    /// By how many bits of a key lead there.
    pub levels: BTreeMap<usize, Level>,
    /// Keys that have a value, in ascending order.
    pub keys: Vec<Key>,
    /// Bytes that say where nodes are.
    pub shape_bytes: usize,
    /// Bytes of the keys' parts that follow from nothing else.
    pub path_bytes: usize,
}

/// Takes a witness apart.
///
/// # Errors
/// [`Code::MalformedProof`], if the bytes are not a witness's one encoding.
pub fn survey(bytes: &[u8]) -> Result<Survey, Error> {
    let tag = bytes.first().copied();
    let profile = Profile::ALL.into_iter().find(|profile| Some(profile.tag()) == tag);
    let profile = profile
        .ok_or_else(|| Error::new(Code::MalformedProof).expected("the witness of a binary tree"))?;
    let (tree, ..) = decode::read(profile, bytes)?;
    let length = |at: usize| {
        let length = bytes.get(at..).and_then(|rest| rest.first_chunk());
        length.map_or(0, |length| u32::from_le_bytes(*length) as usize)
    };
    let (shape_bytes, path_bytes) = (length(1), length(5));
    let (levels, keys) = Default::default();
    let mut survey = Survey { profile, levels, keys, shape_bytes, path_bytes };
    if let Some(top) = &tree.top {
        survey.visit(&tree, top, 0);
    }
    Ok(survey)
}

impl Survey {
    /// All levels together.
    pub fn total(&self) -> Level {
        self.levels.values().fold(Level::default(), |sum, level| Level {
            values: sum.values + level.values,
            siblings: sum.siblings + level.siblings,
            closed: sum.closed + level.closed,
        })
    }

    fn visit(&mut self, tree: &Tree, child: &Child, depth: usize) {
        let level = self.levels.entry(depth);
        match child.node {
            Node::Hole => level.or_default().siblings += 1,
            Node::Closed(_) => level.or_default().closed += 1,
            Node::Leaf(id) => {
                level.or_default().values += 1;
                self.keys.push(tree.leaves.get(id).key);
            }
            Node::Branch(id) => {
                let branch = tree.branches.get(id);
                for child in &branch.children {
                    self.visit(tree, child, usize::from(branch.bit) + 1);
                }
            }
        }
    }
}
