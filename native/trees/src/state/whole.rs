//! The whole state, as a sequencer has it: read from flat tables, proven from its tree.
//!
//! What was asked for is kept. Before anything is written, the same is looked up in the tree,
//! so that the nodes that come to the witness do not depend on what a table or cache spared.

use std::fmt;
use std::ops::RangeInclusive;

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256};
use weakstate_codec::{Blobs, Code as ErrorCode, Error, PADDING, sort_unique};

use super::leaves::{Entry, Leaf, Made, Part, WholeLeaves};
use super::opened::{Layout, Scheme};
use super::{Account, Changes, Code, Codes, Result, State, Tries};
use crate::source::{Place, Source};

/// Tables of accounts, slots and codes, as they are before a block.
pub trait Tables {
    /// The account at `address`.
    fn account(&self, address: &Address) -> Result<Option<Account>>;

    /// Whether the account has any storage slot.
    fn has_storage(&self, address: &Address) -> Result<bool>;

    /// The value of a storage slot; zero where there is none.
    fn slot(&self, address: &Address, slot: &U256) -> Result<U256>;

    /// The value of a storage slot, if it is there: under a scheme that keeps zeros, zero is.
    fn slot_if_there(&self, address: &Address, slot: &U256) -> Result<Option<U256>> {
        Ok(Some(self.slot(address, slot)?).filter(|value| !value.is_zero()))
    }

    /// The code with this hash.
    fn code(&self, hash: &B256) -> Result<Bytes>;
}

/// Hands on the nodes of another source and keeps a list of them.
#[derive(Debug)]
struct Recorder<'s, N> {
    nodes: N,
    given: Vec<(Place, &'s [u8])>,
}

impl<'s, N: Source<'s>> Source<'s> for Recorder<'s, N> {
    fn node(&mut self, place: &Place, hash: &B256) -> Result<Option<&'s [u8]>> {
        let node = self.nodes.node(place, hash)?;
        if let Some(node) = node {
            self.given.push((place.canonical(), node));
        }
        Ok(node)
    }
}

/// One thing that a block asked of the state before it, and what the tables answered.
#[derive(Clone, Copy, Debug)]
pub enum Touch {
    /// An account, there or absent.
    Account(Address, Option<Account>),
    /// Whether an account has any storage slot.
    Storage(Address, bool),
    /// A storage slot of an account; zero where there is none.
    Slot(Address, U256, U256),
}

impl Touch {
    /// Whose part of the state was asked for.
    pub fn address(&self) -> Address {
        let (Self::Account(address, _) | Self::Storage(address, _) | Self::Slot(address, ..)) =
            *self;
        address
    }

    /// The slot that was asked for, with its account.
    fn slot(&self) -> Option<(Address, U256)> {
        match *self {
            Self::Account(..) | Self::Storage(..) => None,
            Self::Slot(address, slot, _) => Some((address, slot)),
        }
    }
}

impl fmt::Display for Touch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(address, _) => write!(f, "account {address}"),
            Self::Storage(address, _) => write!(f, "storage of account {address}"),
            Self::Slot(address, slot, _) => write!(f, "account {address} slot {slot:#x}"),
        }
    }
}

/// How much had been asked for at some time; see [`WholeState::forget`].
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    touches: usize,
    codes: usize,
    leaves: usize,
}

/// What is forgotten, and is asked for anew should it be needed again.
#[derive(Debug, Default)]
pub struct Forgotten {
    /// Slots that were read.
    pub slots: Vec<(Address, U256)>,
    /// Hashes of codes that were read.
    pub codes: Vec<B256>,
}

/// A state whose every part can be had, and what one block asked of it.
#[derive(Debug)]
pub struct WholeState<'s, T, N> {
    tables: T,
    tree: Kind<'s, N>,
    touches: Vec<Touch>,
    /// How many of them were looked up in the tree.
    proven: usize,
    /// As asked for, with their hashes.
    codes: Vec<(B256, Bytes)>,
    /// Whether somebody wants proof of what was asked for.
    proving: bool,
}

/// The tree that commits to the state.
#[derive(Debug)]
enum Kind<'s, N> {
    Mpt {
        tries: Tries<'s, Recorder<'s, N>>,
        /// As written: of equal places the last counts.
        changed: Vec<(Place, Box<[u8]>)>,
    },
    Leaves(Box<WholeLeaves<'s, N>>),
}

/// What a block needs of the tree, and what it makes of it.
#[derive(Clone, Debug, Default)]
pub struct Sealed {
    /// The nodes that reading and writing needed, without repetition, in ascending order.
    pub nodes: Blobs,
    /// The codes that were read, in ascending order.
    pub codes: Blobs,
    /// The hashes of these codes, in ascending order.
    pub code_hashes: Vec<B256>,
    /// What was asked for, in that order; the same may stand there again.
    pub touches: Vec<Touch>,
    /// Nodes that are new or have changed, in ascending order of their places.
    pub changed: Vec<(Place, Box<[u8]>)>,
    /// Under a scheme whose tree holds leaves alone: those that the block needed, and their proof.
    pub proof: Vec<u8>,
    /// Likewise, the chunks of code that were read, by account, in ascending order.
    pub chunks: Vec<(Address, u32)>,
    /// Likewise, the leaves that were written, as they were before; `None` under other schemes.
    pub before: Option<Vec<Entry>>,
    /// Places where there is no node any longer. Those of accounts whose storage was cleared
    /// are not listed: nothing of theirs stays.
    pub gone: Vec<Place>,
}

impl<'s, T: Tables, N: Source<'s> + fmt::Debug> WholeState<'s, T, N> {
    /// The state with this root: `tables` and `nodes` both hold all of it.
    ///
    /// # Errors
    /// What `nodes` fail with, where the scheme reads the root at once.
    pub fn new(layout: &Layout, root: &B256, tables: T, nodes: N) -> Result<Self> {
        let tree = match layout.scheme {
            Scheme::Mpt => {
                let recorder = Recorder { nodes, given: Vec::new() };
                Kind::Mpt { tries: Tries::open(root, recorder), changed: Vec::new() }
            }
            Scheme::Verkle | Scheme::VerkleKzg | Scheme::Binary(_) => {
                Kind::Leaves(Box::new(WholeLeaves::open(layout, root, nodes)?))
            }
        };
        let (touches, codes) = (Vec::new(), Vec::new());
        Ok(Self { tables, tree, touches, proven: 0, codes, proving: true })
    }

    /// The same for nobody else: what was read is neither kept nor proven, and what is sealed
    /// holds neither nodes nor codes that a verifier needs.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn unproven(layout: &Layout, root: &B256, tables: T, nodes: N) -> Result<Self> {
        Ok(Self { proving: false, ..Self::new(layout, root, tables, nodes)? })
    }

    /// Gives leaves what they held before a block wrote to them, and returns the root.
    ///
    /// # Errors
    /// What the nodes fail with; `store_damaged` under a scheme that keeps no leaves.
    pub fn restore(&mut self, entries: &[Entry]) -> Result<B256> {
        match &mut self.tree {
            Kind::Leaves(leaves) => leaves.restore(entries),
            Kind::Mpt { .. } => {
                let error = Error::new(ErrorCode::StoreDamaged);
                Err(Box::new(error.expected("accounts and slots, and no leaves")))
            }
        }
    }

    fn touch(&mut self, touch: Touch) {
        if self.proving {
            self.touches.push(touch);
        }
    }

    /// Looks up in the tree what was asked for since the last time. Every write does so first.
    ///
    /// # Errors
    /// `store_damaged` where the tables said something else.
    pub fn prove(&mut self) -> Result<()> {
        let tries = match &mut self.tree {
            Kind::Mpt { tries, .. } => tries,
            Kind::Leaves(leaves) if self.proving => {
                return leaves.prove(&self.touches, &[]);
            }
            Kind::Leaves(_) => return Ok(()),
        };
        let touches = self.touches.get(self.proven..).unwrap_or_default();
        tries.learn(touches.iter().map(Touch::address))?;
        let slots: Vec<(Address, U256)> = touches.iter().filter_map(Touch::slot).collect();
        let mut values = tries.slots(&slots)?.into_iter();
        for touch in touches {
            let same = match *touch {
                Touch::Account(address, told) => tries.account(&address)? == told,
                Touch::Storage(address, told) => tries.has_storage(&address)? == told,
                Touch::Slot(_, _, told) => values.next() == Some(told),
            };
            if !same {
                let error = Error::new(ErrorCode::StoreDamaged).expected("what the tree holds");
                return Err(Box::new(error.at(touch)));
            }
        }
        self.proven = self.touches.len();
        Ok(())
    }

    /// Everything that was asked for until now.
    pub fn mark(&self) -> Mark {
        let leaves = match &self.tree {
            Kind::Mpt { .. } => 0,
            Kind::Leaves(leaves) => leaves.mark(),
        };
        Mark { touches: self.touches.len(), codes: self.codes.len(), leaves }
    }

    /// Forgets what was asked for since `mark`, as if it had never been; nothing may have been
    /// written since.
    pub fn forget(&mut self, mark: Mark) -> Forgotten {
        if let Kind::Leaves(leaves) = &mut self.tree {
            leaves.forget(mark.leaves);
        }
        let touches = self.touches.drain(mark.touches.min(self.touches.len())..);
        let slots = touches.filter_map(|touch| touch.slot()).collect();
        self.proven = self.proven.min(self.touches.len());
        let codes = self.codes.drain(mark.codes.min(self.codes.len())..);
        Forgotten { slots, codes: codes.map(|(hash, _)| hash).collect() }
    }

    /// What the block needed and made. Call it after the last write, or once what was read is
    /// proven.
    pub fn seal(self) -> Sealed {
        let mut codes = self.codes;
        codes.sort_unstable_by_key(|(hash, _)| *hash);
        codes.dedup_by_key(|(hash, _)| *hash);
        let code_hashes = codes.iter().map(|(hash, _)| *hash).collect();
        let (tries, mut changed) = match self.tree {
            Kind::Mpt { tries, changed } => (tries, changed),
            Kind::Leaves(leaves) => {
                let Made { proof, chunks, before, changed, gone } = leaves.into_made();
                return Sealed {
                    code_hashes,
                    touches: self.touches,
                    changed,
                    proof,
                    chunks,
                    before: Some(before),
                    gone,
                    ..Sealed::default()
                };
            }
        };
        let mut left = Vec::new();
        tries.places(|place| left.push(place.canonical()));
        left.sort_unstable();
        let is_left = |place: &Place| left.binary_search(place).is_ok();
        let given = &tries.source().given;
        let mut gone: Vec<Place> = given.iter().map(|(place, _)| *place).collect();
        gone.retain(|place| !is_left(place));
        gone.sort_unstable();
        gone.dedup();
        let mut nodes: Vec<&[u8]> =
            given.iter().filter(|_| self.proving).map(|(_, node)| *node).collect();
        sort_unique(&mut nodes);
        let mut codes: Vec<&[u8]> = codes.iter().map(|(_, code)| code.as_ref()).collect();
        sort_unique(&mut codes);
        // The latest of equal places comes first, and stays.
        changed.reverse();
        changed.sort_by_key(|(place, _)| *place);
        changed.dedup_by_key(|(place, _)| *place);
        // What a later write of the same block has moved is not there in the end.
        changed.retain(|(place, _)| is_left(place));
        let (nodes, codes) = (nodes.into_iter().collect(), codes.into_iter().collect());
        let touches = self.touches;
        Sealed { nodes, codes, code_hashes, touches, changed, gone, ..Sealed::default() }
    }
}

impl<'s, T: Tables, N: Source<'s> + fmt::Debug> State for WholeState<'s, T, N> {
    fn account(&mut self, address: &Address) -> Result<Option<Account>> {
        let mut account = self.tables.account(address)?;
        if let Kind::Leaves(leaves) = &self.tree {
            account = account.filter(|account| leaves.exists(account));
        }
        self.touch(Touch::Account(*address, account));
        Ok(account)
    }

    fn has_storage(&mut self, address: &Address) -> Result<bool> {
        let found = match &self.tree {
            Kind::Mpt { .. } => self.tables.has_storage(address)?,
            // No verifier could tell.
            Kind::Leaves(_) => false,
        };
        self.touch(Touch::Storage(*address, found));
        Ok(found)
    }

    fn slot(&mut self, address: &Address, slot: &U256) -> Result<U256> {
        let value = self.tables.slot(address, slot)?;
        self.touch(Touch::Slot(*address, *slot, value));
        Ok(value)
    }

    fn code(&mut self, hash: &B256) -> Result<Code> {
        if *hash == KECCAK256_EMPTY {
            return Ok(Code::empty());
        }
        let code = self.tables.code(hash)?;
        let len = code.len();
        let mut padded = Vec::with_capacity(len + PADDING);
        padded.extend_from_slice(&code);
        padded.resize(len + PADDING, 0);
        if self.proving {
            self.codes.push((*hash, code));
        }
        Ok(Code { padded: padded.into(), len, chunks: None })
    }

    /// Under a scheme whose witnesses hold chunks of code by the account, who is asked for one here
    /// is told whose chunks are used.
    fn code_of(&mut self, _: &Address, account: &Account) -> Result<Option<Code>> {
        match &self.tree {
            Kind::Leaves(_) if account.code_hash != KECCAK256_EMPTY => {
                self.code(&account.code_hash).map(Some)
            }
            Kind::Leaves(_) | Kind::Mpt { .. } => Ok(None),
        }
    }

    fn touch_code(&mut self, address: &Address, chunks: RangeInclusive<u32>) {
        if let Kind::Leaves(leaves) = &mut self.tree
            && self.proving
        {
            chunks.for_each(|chunk| leaves.want(Leaf::new(*address, Part::Chunk(chunk))));
        }
    }

    fn records_code(&self) -> bool {
        match &self.tree {
            Kind::Mpt { .. } => false,
            Kind::Leaves(_) => self.proving,
        }
    }

    fn touch_leaf(&mut self, leaf: Leaf) {
        if let Kind::Leaves(leaves) = &mut self.tree
            && self.proving
        {
            leaves.want(leaf);
        }
    }

    fn write(&mut self, changes: &Changes, codes: &Codes) -> Result<B256> {
        if let Kind::Leaves(leaves) = &mut self.tree {
            let touches = self.proving.then_some(self.touches.as_slice());
            return leaves.write(touches, changes, codes);
        }
        self.prove()?;
        let Kind::Mpt { tries, changed } = &mut self.tree else { return Ok(B256::ZERO) };
        tries.write(changes, |place, _, node| changed.push((place.canonical(), node.into())))
    }
}
