//! What the caller trusts, and how the witness's ancestors lead there.

use alloy_primitives::B256;
use alloy_primitives::map::HashMap;
use weakstate_codec::{Blobs, Code, Error};

use crate::Result;
use crate::block::SealedHeader;
use crate::verified::Status;

/// How far back a block may read the hashes of its ancestors.
pub const MAX_ANCESTORS: usize = 256;

/// What the caller trusts.
#[derive(Clone, Debug)]
pub enum Anchor {
    /// The parent's header.
    Header(Box<SealedHeader>),
    /// The parent's hash; its header then comes from the witness, proven by that hash.
    Hash(B256),
    /// A bare state root, and hashes of ancestors, the parent's first. What rests on them is
    /// trusted, not proven.
    StateRoot {
        /// The state root before the block.
        root: B256,
        /// Hashes of the block's ancestors, the parent's first.
        block_hashes: Vec<B256>,
    },
}

impl Anchor {
    /// How much is said by what rests on the parent.
    pub(crate) const fn status(&self) -> Status {
        match self {
            Self::Header(_) | Self::Hash(_) => Status::Proven,
            Self::StateRoot { .. } => Status::Trusted,
        }
    }

    /// The hash that the block must name as its parent's.
    fn hash(&self) -> Option<B256> {
        match self {
            Self::Header(sealed) => Some(sealed.hash),
            Self::Hash(hash) => Some(*hash),
            Self::StateRoot { block_hashes, .. } => block_hashes.first().copied(),
        }
    }
}

/// The block's parent and what is known of the hashes before it.
#[derive(Debug)]
pub struct Ancestors {
    /// The parent's header, unless the anchor is a bare state root.
    pub parent: Option<SealedHeader>,
    /// The state root before the block.
    pub state_root: B256,
    /// Hashes of ancestors by number.
    pub hashes: HashMap<u64, B256>,
}

impl Ancestors {
    /// Follows the witness's headers from the block's parent backwards, and holds the parent
    /// against the anchor. Returns the headers as well, the oldest first and the parent last.
    ///
    /// # Errors
    /// `too_many_ancestors`, `malformed_ancestor`, `broken_ancestry`, `missing_parent` if the
    /// witness is at fault, `wrong_parent` if the block is.
    pub fn link(
        anchor: &Anchor,
        headers: &Blobs,
        block: &SealedHeader,
    ) -> Result<(Self, Vec<SealedHeader>)> {
        Self::before(anchor, headers, block.header.number, block.header.parent_hash)
    }

    /// The same for the block with this number, of which no more is known than its parent.
    pub(crate) fn before(
        anchor: &Anchor,
        headers: &Blobs,
        number: u64,
        parent_hash: B256,
    ) -> Result<(Self, Vec<SealedHeader>)> {
        // Whatever the witness says, a block that names another parent extends it and no other.
        if let Some(trusted) = anchor.hash() {
            extends(parent_hash, trusted)?;
        }
        let mut chain = read(headers)?;
        let mut hashes = HashMap::default();
        // The block itself names its parent.
        if let Some(parent) = number.checked_sub(1) {
            hashes.insert(parent, parent_hash);
        }
        let mut next = parent_hash;
        for sealed in chain.iter().rev() {
            if sealed.hash != next {
                let error = Error::new(Code::BrokenAncestry).expected(next).actual(sealed.hash);
                return Err(Box::new(
                    error.at(format_args!("ancestor header {}", sealed.header.number)),
                ));
            }
            hashes.insert(sealed.header.number, sealed.hash);
            next = sealed.header.parent_hash;
        }
        let oldest = chain.first().map(|sealed| sealed.header.number);
        if let Some(number) = oldest.and_then(|number| number.checked_sub(1)) {
            hashes.insert(number, next);
        }
        let witnessed = chain.last().cloned();
        let (parent, state_root) = match anchor {
            Anchor::Header(sealed) => {
                if let Some(number) = sealed.header.number.checked_sub(1) {
                    hashes.insert(number, sealed.header.parent_hash);
                }
                if chain.is_empty() {
                    chain.push((**sealed).clone());
                }
                (Some((**sealed).clone()), sealed.header.state_root)
            }
            Anchor::Hash(hash) => {
                let Some(sealed) = witnessed else {
                    let error =
                        Error::new(Code::MissingParent).expected(format_args!("header {hash}"));
                    return Err(Box::new(error.at("witness.headers")));
                };
                let root = sealed.header.state_root;
                (Some(sealed), root)
            }
            Anchor::StateRoot { root, block_hashes } => {
                for (back, hash) in (1..).zip(block_hashes.iter().take(MAX_ANCESTORS)) {
                    if let Some(number) = number.checked_sub(back) {
                        hashes.entry(number).or_insert(*hash);
                    }
                }
                if let Some(sealed) = &witnessed
                    && sealed.header.state_root != *root
                {
                    let error = Error::new(Code::WrongParent).expected(root);
                    return Err(Box::new(
                        error.actual(sealed.header.state_root).at("parent.state_root"),
                    ));
                }
                (witnessed, *root)
            }
        };
        Ok((Self { parent, state_root, hashes }, chain))
    }
}

fn extends(parent_hash: B256, anchor: B256) -> Result<()> {
    if parent_hash == anchor {
        return Ok(());
    }
    let error = Error::new(Code::WrongParent).expected(anchor).actual(parent_hash);
    Err(Box::new(error.at("header.parent_hash")))
}

fn read(headers: &Blobs) -> Result<Vec<SealedHeader>> {
    if headers.len() > MAX_ANCESTORS {
        let error = Error::new(Code::TooManyAncestors).expected(MAX_ANCESTORS);
        return Err(Box::new(error.actual(headers.len()).at("witness.headers")));
    }
    let decode = |(index, rlp): (usize, &[u8])| {
        SealedHeader::decode(rlp).ok_or_else(|| {
            let error = Error::new(Code::MalformedAncestor).expected("the RLP of a header");
            Box::new(error.at(format_args!("witness.headers[{index}]")))
        })
    };
    headers.iter().enumerate().map(decode).collect()
}
