//! The whole state, as a sequencer has it: read from flat tables, proven from its tree.
//!
//! What was asked for is kept. Before anything is written, the same is looked up in the tree,
//! so that the nodes that come to the witness do not depend on what a table or cache spared.

use std::fmt;

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256};
use weakstate_codec::{Blobs, Code as ErrorCode, Error, PADDING};

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
    tries: Tries<'s, Recorder<'s, N>>,
    touches: Vec<Touch>,
    /// How many of them were looked up in the tree.
    proven: usize,
    /// As asked for, with their hashes.
    codes: Vec<(B256, Bytes)>,
    /// As written: of equal places the last counts.
    changed: Vec<(Place, Box<[u8]>)>,
    /// Whether somebody wants proof of what was asked for.
    proving: bool,
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
    /// Places where there is no node any longer. Those of accounts whose storage was cleared
    /// are not listed: nothing of theirs stays.
    pub gone: Vec<Place>,
}

impl<'s, T: Tables, N: Source<'s>> WholeState<'s, T, N> {
    /// The state with this root: `tables` and `nodes` both hold all of it.
    pub fn new(root: &B256, tables: T, nodes: N) -> Self {
        let recorder = Recorder { nodes, given: Vec::new() };
        Self {
            tables,
            tries: Tries::open(root, recorder),
            touches: Vec::new(),
            proven: 0,
            codes: Vec::new(),
            changed: Vec::new(),
            proving: true,
        }
    }

    /// The same for nobody else: what was read is neither kept nor proven, and what is sealed
    /// holds neither nodes nor codes that a verifier needs.
    pub fn unproven(root: &B256, tables: T, nodes: N) -> Self {
        Self { proving: false, ..Self::new(root, tables, nodes) }
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
        for touch in self.touches.get(self.proven..).unwrap_or_default() {
            let same = match *touch {
                Touch::Account(address, told) => self.tries.account(&address)? == told,
                Touch::Storage(address, told) => self.tries.has_storage(&address)? == told,
                Touch::Slot(address, slot, told) => self.tries.slot(&address, &slot)? == told,
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
        Mark { touches: self.touches.len(), codes: self.codes.len() }
    }

    /// Forgets what was asked for since `mark`, as if it had never been; nothing may have been
    /// written since.
    pub fn forget(&mut self, mark: Mark) -> Forgotten {
        let touches = self.touches.drain(mark.touches.min(self.touches.len())..);
        let slots = touches.filter_map(|touch| match touch {
            Touch::Account(..) | Touch::Storage(..) => None,
            Touch::Slot(address, slot, _) => Some((address, slot)),
        });
        let slots = slots.collect();
        self.proven = self.proven.min(self.touches.len());
        let codes = self.codes.drain(mark.codes.min(self.codes.len())..);
        Forgotten { slots, codes: codes.map(|(hash, _)| hash).collect() }
    }

    /// What the block needed and made. Call it after the last write, or once what was read is
    /// proven.
    pub fn seal(self) -> Sealed {
        let mut left = Vec::new();
        self.tries.places(|place| left.push(place.canonical()));
        left.sort_unstable();
        let is_left = |place: &Place| left.binary_search(place).is_ok();
        let given = &self.tries.source().given;
        let mut gone: Vec<Place> = given.iter().map(|(place, _)| *place).collect();
        gone.retain(|place| !is_left(place));
        gone.sort_unstable();
        gone.dedup();
        let mut nodes: Vec<&[u8]> =
            given.iter().filter(|_| self.proving).map(|(_, node)| *node).collect();
        nodes.sort_unstable();
        nodes.dedup();
        let mut codes = self.codes;
        codes.sort_unstable_by_key(|(hash, _)| *hash);
        codes.dedup_by_key(|(hash, _)| *hash);
        let code_hashes = codes.iter().map(|(hash, _)| *hash).collect();
        let mut codes: Vec<&[u8]> = codes.iter().map(|(_, code)| code.as_ref()).collect();
        codes.sort_unstable();
        let mut changed = self.changed;
        // The latest of equal places comes first, and stays.
        changed.reverse();
        changed.sort_by_key(|(place, _)| *place);
        changed.dedup_by_key(|(place, _)| *place);
        // What a later write of the same block has moved is not there in the end.
        changed.retain(|(place, _)| is_left(place));
        let (nodes, codes) = (nodes.into_iter().collect(), codes.into_iter().collect());
        Sealed { nodes, codes, code_hashes, touches: self.touches, changed, gone }
    }
}

impl<'s, T: Tables, N: Source<'s>> State for WholeState<'s, T, N> {
    fn account(&mut self, address: &Address) -> Result<Option<Account>> {
        let account = self.tables.account(address)?;
        self.touch(Touch::Account(*address, account));
        Ok(account)
    }

    fn has_storage(&mut self, address: &Address) -> Result<bool> {
        let found = self.tables.has_storage(address)?;
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

    fn write(&mut self, changes: &Changes, _: &Codes) -> Result<B256> {
        self.prove()?;
        let changed = &mut self.changed;
        self.tries.write(changes, |place, _, node| {
            changed.push((place.canonical(), node.into()));
        })
    }
}
