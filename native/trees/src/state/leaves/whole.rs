//! The whole of a state whose tree holds leaves alone: proven, written and kept.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256};
use weakstate_codec::{Code as ErrorCode, Error};

use super::header::Known;
use super::kept::{KeptLeaves, Noted};
use super::writes::writes;
use super::{Existence, Found, Leaf, Leaves, Part, Value};
use crate::source::{Place, Source};
use crate::state::embedding::Header;
use crate::state::opened::{Layout, Witnessed};
use crate::state::{Account, Changes, Codes, Embedding, Result, Touch};

/// The root of a tree that holds nothing: the encoding of the group's identity.
pub const EMPTY_ROOT: B256 = B256::ZERO;

/// A leaf's key, and what it holds; `None` if it is not there.
pub type Entry = (Vec<u8>, Option<Value>);

/// What a block made of a tree of leaves.
#[derive(Debug, Default)]
pub(in crate::state) struct Made {
    /// The leaves that a verifier needs, and their proof.
    pub proof: Vec<u8>,
    /// Chunks of code that were read, by account.
    pub chunks: Vec<(Address, u32)>,
    /// Leaves that were written, as they were before.
    pub before: Vec<Entry>,
    /// Records that are new or have changed.
    pub changed: Vec<(Place, Box<[u8]>)>,
    /// Places where there is no record any longer.
    pub gone: Vec<Place>,
}

/// A tree of leaves of which every node can be had.
#[derive(Debug)]
pub(in crate::state) struct WholeLeaves<'s, N> {
    leaves: KeptLeaves<'s, N>,
    rules: (Embedding, Existence),
    witnessed: Witnessed,
    zeros_stay: bool,
    /// What a verifier needs beside what was read and written.
    wanted: Vec<Leaf>,
    /// Whether the tree is another one by now.
    written: bool,
    made: Made,
}

impl<'s, N: Source<'s> + std::fmt::Debug> WholeLeaves<'s, N> {
    /// The tree with this root.
    ///
    /// # Errors
    /// What `nodes` fail with; `store_damaged` if they hold another root.
    pub(in crate::state) fn open(layout: &Layout, root: &B256, nodes: N) -> Result<Self> {
        let leaves = KeptLeaves::open(layout.scheme, root, nodes)?;
        Ok(Self {
            leaves,
            rules: (layout.embedding, layout.existence),
            witnessed: layout.witnessed,
            zeros_stay: layout.scheme.zeros_stay(),
            wanted: Vec::new(),
            written: false,
            made: Made::default(),
        })
    }

    /// Whether an account of the tables counts as one.
    pub(in crate::state) fn exists(&self, account: &Account) -> bool {
        let (_, existence) = self.rules;
        existence == Existence::AnyLeaf || *account != Header::EMPTY.account
    }

    /// How much has been asked for until now.
    pub(in crate::state) fn mark(&self) -> usize {
        self.wanted.len()
    }

    /// Forgets what was asked for since.
    pub(in crate::state) fn forget(&mut self, mark: usize) {
        self.wanted.truncate(mark);
    }

    /// A verifier needs this leaf.
    pub(in crate::state) fn want(&mut self, leaf: Leaf) {
        self.wanted.push(leaf);
    }

    /// Proves what was read and asked for, and what is to be `written`.
    ///
    /// # Errors
    /// What the nodes fail with; `store_damaged` where the tables said something else.
    pub(in crate::state) fn prove(
        &mut self,
        touches: &[Touch],
        written: &[(Leaf, Value)],
    ) -> Result<()> {
        if self.written {
            // What was read before is proven, and can be no longer.
            return Ok(());
        }
        let mut wanted: BTreeSet<Leaf> = self.wanted.drain(..).collect();
        let charged: BTreeSet<Address> = match self.witnessed {
            Witnessed::Read => BTreeSet::new(),
            Witnessed::Charged => wanted.iter().filter_map(Leaf::of_header).collect(),
        };
        for touch in touches {
            let same = match *touch {
                Touch::Account(address, told) => {
                    let (embedding, existence) = self.rules;
                    let header = (0..embedding.header_leaves())
                        .map(|suffix| Leaf::new(address, Part::Header(suffix)));
                    // An account that is called need not be charged for, and must be known.
                    if !charged.contains(&address) {
                        wanted.extend(header);
                    }
                    let known = Known::read(&mut self.leaves, &address, embedding, existence);
                    let known = self.sound(known)?;
                    known.exists.then_some(known.header.account) == told
                }
                Touch::Storage(..) => true,
                Touch::Slot(address, slot, told) => {
                    let leaf = Leaf::new(address, Part::Slot(slot));
                    if self.witnessed == Witnessed::Read {
                        wanted.insert(leaf);
                    }
                    let found = self.leaves.get(&leaf);
                    let value = self.sound(found)?.value().unwrap_or_default();
                    value == told.to_be_bytes::<32>()
                }
            };
            if !same {
                let error = Error::new(ErrorCode::StoreDamaged).expected("what the tree holds");
                return Err(Box::new(error.at(touch)));
            }
        }
        let chunk = |leaf: &Leaf| match leaf.part {
            Part::Chunk(chunk) => Some((leaf.address, chunk)),
            _ => None,
        };
        self.made.chunks = wanted.iter().filter_map(chunk).collect();
        let wanted = self.with_codes(wanted)?;
        let proven = self.leaves.prove(&wanted, written);
        self.made.proof = self.sound(proven)?;
        Ok(())
    }

    /// The same leaves, with chunks of code that accounts share under the code's hash. A delegation
    /// stands in the account's header.
    fn with_codes(&mut self, mut wanted: BTreeSet<Leaf>) -> Result<BTreeSet<Leaf>> {
        let (embedding, existence) = self.rules;
        if embedding != Embedding::Zoned {
            return Ok(wanted);
        }
        let own = wanted.extract_if(.., |leaf| matches!(leaf.part, Part::Chunk(_)));
        let own: Vec<Leaf> = own.collect();
        for chunks in own.chunk_by(|a, b| a.address == b.address) {
            let Some(Leaf { address, .. }) = chunks.first() else { continue };
            let known = Known::read(&mut self.leaves, address, embedding, existence);
            let header = self.sound(known)?.header;
            let in_tree = header.delegation.is_none() && header.code_size > 0;
            wanted.extend(chunks.iter().filter(|_| in_tree).map(|leaf| match leaf.part {
                Part::Chunk(chunk) => embedding.chunk(address, header.account.code_hash, chunk),
                _ => *leaf,
            }));
        }
        Ok(wanted)
    }

    /// Proves what is kept under keys, in the form that a witness holds it in.
    ///
    /// # Errors
    /// What the nodes fail with.
    pub(in crate::state) fn prove_keys(&mut self, keys: &[Vec<u8>]) -> Result<Vec<u8>> {
        let proven = self.leaves.prove_keys(keys);
        self.sound(proven)
    }

    /// What is kept under leaves.
    ///
    /// # Errors
    /// What the nodes fail with.
    pub(in crate::state) fn get(&mut self, leaves: &[Leaf]) -> Result<Vec<Option<Value>>> {
        let found = leaves.iter().map(|leaf| self.leaves.get(leaf).map(Found::value)).collect();
        self.sound(found)
    }

    /// Writes changes; if `proving`, what is read or written is proven first.
    ///
    /// # Errors
    /// As [`Self::prove`].
    pub(in crate::state) fn write(
        &mut self,
        touches: Option<&[Touch]>,
        changes: &Changes,
        codes: &Codes,
    ) -> Result<B256> {
        let writes = writes(&mut self.leaves, self.rules, changes, codes);
        let writes = self.sound(writes)?;
        if let Some(touches) = touches {
            let written = match self.witnessed {
                Witnessed::Read => writes.as_slice(),
                Witnessed::Charged => &[],
            };
            self.prove(touches, written)?;
        }
        let mut entries = Vec::with_capacity(writes.len());
        for (leaf, value) in &writes {
            let found = self.leaves.get(leaf);
            let before = match self.sound(found)? {
                Found::Value(value) => Some(value),
                Found::Absent | Found::Unknown => None,
            };
            let key = self.leaves.key(leaf);
            let stays = self.zeros_stay || *value != Value::default();
            self.made.before.push((key.clone(), before));
            entries.push((key, stays.then_some(*value)));
        }
        self.change(entries)
    }

    /// Gives leaves what they once held.
    ///
    /// # Errors
    /// What the nodes fail with.
    pub(in crate::state) fn restore(&mut self, entries: &[Entry]) -> Result<B256> {
        self.change(entries.to_vec())
    }

    fn change(&mut self, mut entries: Vec<Entry>) -> Result<B256> {
        // Accounts that share a code write it once each.
        entries.sort_unstable();
        entries.dedup_by(|a, b| a.0 == b.0);
        self.written = true;
        let noted = self.leaves.change(&entries);
        let Noted { root, changed, gone } = self.sound(noted)?;
        self.made.gone.extend(gone);
        if root == EMPTY_ROOT {
            self.made.changed.clear();
        }
        self.made.changed.extend(changed);
        Ok(root)
    }

    /// What was made.
    pub(in crate::state) fn into_made(mut self) -> Made {
        let Made { changed, gone, .. } = &mut self.made;
        // The latest of equal places comes first, and stays.
        changed.reverse();
        changed.sort_by_key(|(place, _)| *place);
        changed.dedup_by_key(|(place, _)| *place);
        gone.sort_unstable();
        gone.dedup();
        gone.retain(|place| changed.binary_search_by_key(place, |(place, _)| *place).is_err());
        self.made
    }

    /// What was found, unless a node could not be read: that is no hole.
    fn sound<T>(&mut self, found: Result<T>) -> Result<T> {
        match self.leaves.failure() {
            Some(error) => Err(error),
            None => found,
        }
    }
}
