//! Ommers: valid headers beside the chain that a mined block may name for a reward.
//!
//! Source: Yellow Paper section 11.1. Whether an ommer is new and a sibling of an ancestor
//! depends on the headers and ommers of up to seven ancestors.

use alloy_primitives::{B256, keccak256};
use weakstate_codec::rlp;
use weakstate_codec::{Code, Error};

use crate::block::{Block, SealedHeader};
use crate::chain::Chain;
use crate::{Result, header};

const MAX_OMMERS: usize = 2;
const MAX_DEPTH: u64 = 6;

/// An ancestor and the ommers that it named.
#[derive(Debug)]
pub struct Ancestor {
    sealed: SealedHeader,
    ommers: Vec<B256>,
}

impl Ancestor {
    /// Reads a block, or a list of a header and its ommers. `None` if it is neither, or if
    /// the ommers are not those of the header.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (payload, rest) = rlp::list(bytes)?;
        let (header, second) = rlp::item(payload)?;
        let (item, third) = rlp::item(second)?;
        // A block has its transactions in between.
        let ommers = if third.is_empty() { item } else { rlp::item(third)?.0 };
        let sealed = SealedHeader::decode(header)?;
        if !rest.is_empty() || keccak256(ommers) != sealed.header.ommers_hash {
            return None;
        }
        let ommers = rlp::items(rlp::list(ommers)?.0).map(|ommer| ommer.map(keccak256));
        Some(Self { sealed, ommers: ommers.collect::<std::result::Result<_, _>>().ok()? })
    }
}

/// What can be said without ancestors: there are at most two, and no two are the same.
///
/// # Errors
/// `invalid_ommer`
pub fn check_alone(block: &Block<'_>) -> Result<()> {
    if block.ommers.len() > MAX_OMMERS {
        let error = Error::new(Code::InvalidOmmer).expected("at most 2 ommers");
        return Err(Box::new(error.actual(block.ommers.len())));
    }
    if let [first, second] = block.ommers.as_slice()
        && first.hash == second.hash
    {
        return refuse(1, "another ommer", "the same twice");
    }
    let parent_hash = block.header().parent_hash;
    for (index, ommer) in block.ommers.iter().enumerate() {
        let age = block.header().number.checked_sub(ommer.header.number);
        if !age.is_some_and(|age| (1..=MAX_DEPTH).contains(&age)) {
            let actual = format!("{}: {}", Code::WrongNumber.slug(), ommer.header.number);
            return refuse(index, "a number 1 to 6 below the block's", &actual);
        }
        if ommer.hash == parent_hash || ommer.header.parent_hash == parent_hash {
            return refuse(index, "a sibling of an ancestor", "parent or sibling of the block");
        }
    }
    Ok(())
}

/// What depends on ancestors, given newest first or oldest first. Returns `false` if they do
/// not reach back far enough to decide.
///
/// # Errors
/// `invalid_ommer`
pub fn check(block: &Block<'_>, ancestry: &[Ancestor], chain: &Chain) -> Result<bool> {
    let Some(line) = line(block, ancestry) else {
        return Ok(false);
    };
    for (index, ommer) in block.ommers.iter().enumerate() {
        if line.iter().any(|ancestor| ancestor.sealed.hash == ommer.hash) {
            return refuse(index, "a block beside the chain", "an ancestor");
        }
        if line.iter().take(MAX_DEPTH as usize).any(|a| a.ommers.contains(&ommer.hash)) {
            return refuse(index, "an ommer not named before", "one that an ancestor names");
        }
        let parent = line.iter().skip(1).find(|a| a.sealed.hash == ommer.header.parent_hash);
        let Some(parent) = parent else {
            return refuse(index, "a child of an ancestor", &ommer.header.parent_hash.to_string());
        };
        let parent = &parent.sealed.header;
        let rules = chain.rules_at(ommer.header.number, ommer.header.timestamp)?;
        let valid = header::check_alone(&ommer.header, chain, &rules)
            .and_then(|()| header::check_child(&ommer.header, parent, chain, &rules));
        if let Err(error) = valid {
            return refuse(index, "a valid header", &error.to_string());
        }
    }
    Ok(true)
}

/// The seven ancestors of a block, or all there are, from its parent backwards.
fn line<'a>(block: &Block<'_>, ancestry: &'a [Ancestor]) -> Option<Vec<&'a Ancestor>> {
    let mut line = Vec::new();
    let mut next = block.header().parent_hash;
    while line.len() <= MAX_DEPTH as usize {
        let ancestor = ancestry.iter().find(|ancestor| ancestor.sealed.hash == next)?;
        next = ancestor.sealed.header.parent_hash;
        line.push(ancestor);
        if ancestor.sealed.header.number == 0 {
            break;
        }
    }
    Some(line)
}

fn refuse<T>(index: usize, expected: &str, actual: &str) -> Result<T> {
    let error = Error::new(Code::InvalidOmmer).expected(expected).actual(actual);
    Err(Box::new(error.at(format_args!("ommer {index}"))))
}
