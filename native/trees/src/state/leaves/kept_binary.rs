//! Binary trees whose nodes are kept as records.

use alloy_primitives::{B256, keccak256};

use super::Entry;
use super::binary::{BinaryLeaves, beside};
use super::kept::{Kept, Noted, Visit, damaged, no_such_key};
use super::whole::EMPTY_ROOT;
use crate::binary::{self, Key, Profile, Source as NodeSource, StoredNode, Tree};
use crate::nibbles;
use crate::source::{Place, Source};
use crate::state::Result;

/// Bytes of paths that are told apart by their hash: those of stems, and in EIP-8297 that of all
/// storage of an account and those of its stems.
const HEADS: [usize; 3] = [65, 33, 31];

/// Where the node is kept to which the first `depth` bits of a key lead.
///
/// A place has room for 64 nibbles. What stands below a head is owned by it; the bits behind it are
/// nibbles, the last of which holds those that are left over behind a one, so that it is never zero.
fn place(key: &Key, depth: usize) -> Place {
    let head = HEADS.into_iter().find(|head| depth >= 8 * head).unwrap_or_default();
    let (head, rest) = key.bytes().split_at_checked(head).unwrap_or((key.bytes(), &[]));
    let depth = depth - 8 * head.len();
    let mut path = B256::ZERO;
    path.0.iter_mut().zip(rest.iter().chain(&[0])).for_each(|(to, from)| *to = *from);
    let left = depth % 4;
    let last = 1 << left | nibbles::nibble(&path, depth / 4) >> (4 - left);
    nibbles::set_nibble(&mut path, depth / 4, last as u8);
    let owner = (!head.is_empty()).then(|| keccak256(head));
    Place { owner, path, depth: depth / 4 + 1 }.canonical()
}

impl<'s, N: Source<'s>> NodeSource for (Profile, Kept<'s, N>) {
    fn node(&mut self, key: &Key, depth: usize) -> Option<StoredNode> {
        let (profile, kept) = self;
        let record = kept.record(&place(key, depth));
        kept.expect(record.and_then(|record| binary::record::decode(*profile, record)))
    }
}

/// The key that these bytes are.
///
/// # Errors
/// `missing_part` if the tree has no such key.
pub(super) fn key_of(profile: Profile, key: &[u8]) -> Result<Key> {
    profile.key(key).ok_or_else(no_such_key)
}

/// Gives keys other values, or none.
///
/// # Errors
/// What the tree lacks; `missing_part` if it has no such keys.
pub(super) fn change<S: NodeSource>(tree: &mut Tree<S>, entries: &[Entry]) -> Result<Noted> {
    let profile = tree.profile();
    let changes = entries.iter().map(|(key, value)| Ok((key_of(profile, key)?, *value)));
    let changes = changes.collect::<Result<Vec<_>>>()?;
    let written = tree.restore(&changes).map_err(beside)?;
    let (mut changed, mut gone) = (Vec::new(), Vec::new());
    tree.each_change(&written, |path, depth, node| {
        let place = place(path, depth);
        match node {
            Some(node) => changed.push((place, binary::record::encode(&node).into())),
            None => gone.push(place),
        }
    });
    Ok(Noted { root: B256::from(written.root), changed, gone })
}

/// The binary tree with this root.
///
/// # Errors
/// What `nodes` fail with; `store_damaged` if they hold another root.
pub(super) fn open<'s, N: Source<'s>>(
    profile: Profile,
    root: &B256,
    nodes: N,
) -> Result<BinaryLeaves<(Profile, Kept<'s, N>)>> {
    let mut kept = (profile, Kept::new(nodes));
    if *root != EMPTY_ROOT {
        let top = NodeSource::node(&mut kept, &Key::default(), 0);
        if let Some(error) = kept.1.failed.take() {
            return Err(error);
        }
        let found = top.map(|node| B256::from(binary::hash_of(profile, &node, 0)));
        if found != Some(*root) {
            return Err(damaged(root, &found.unwrap_or_default().to_string()));
        }
    }
    Ok(BinaryLeaves::new(Tree::load(profile, root.0, kept)))
}

/// Visits the whole tree with this root, as [`binary::check`] does.
///
/// # Errors
/// What the nodes fail with; `store_damaged` if they are not those of this tree.
pub(super) fn check<'s, N: Source<'s>>(
    profile: Profile,
    root: &B256,
    nodes: N,
    mut each: impl FnMut(Visit<'_>) -> Result<()>,
) -> Result<()> {
    if *root == EMPTY_ROOT {
        return Ok(());
    }
    let mut kept = (profile, Kept::new(nodes));
    let found = binary::check(profile, &mut kept, &mut |node| {
        each(Visit::Node(1))?;
        match node {
            StoredNode::Leaf(key, value) => each(Visit::Leaf(key.bytes(), *value)),
            StoredNode::Branch(_) => Ok(()),
        }
    });
    let found = B256::from(found.map_err(|error| kept.1.failed.take().unwrap_or(error))?);
    match found == *root {
        true => Ok(()),
        false => Err(damaged(root, &found.to_string())),
    }
}
