//! Proving: the part of a tree that others need to read some keys and to make some changes.
//!
//! Shown are the paths of the keys, and of what is beside them the hashes. Two things more:
//!
//! * Where a removal leaves a branch with one child, that child takes the branch's place, and what
//!   it is made of must be known, since the bits that it shares are part of its hash (EIP-8297).
//! * A stem is hashed as `H(stem ‖ 0 ‖ root)` and a branch as `H(left ‖ right)`, so that either may
//!   pass for the other. Values tell: 8 levels below a stem's root, and nowhere else so near, hashes
//!   are of 32 bytes. So a stem is shown with at least one value. And a left hash that could be a
//!   stem's own bytes is shown with what it is the hash of.

use super::commit::raise;
use super::hash;
use super::node::{Child, Closed, Node};
use super::profile::STEM_BITS;
use super::source::Source;
use super::write::{Change, side_of};
use super::{Hash, Key, Miss, Tree};

/// What is done with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Read,
    Put,
    Remove,
}

type Touch = (Key, Effect);

/// What is shown of a subtree.
struct Shown {
    child: Child,
    /// Whether anything is left there after all changes.
    remains: bool,
}

impl<S: Source> Tree<S> {
    /// The witness of `reads` and `writes`: with it and the root, others can read all these keys,
    /// absent ones included, and make all these changes at once, and nothing in it can be spared.
    ///
    /// # Errors
    ///
    /// If there is a hole at what must be shown.
    pub fn prove(&mut self, reads: &[Key], writes: &[Change]) -> Result<Vec<u8>, Miss> {
        Ok(self.part(reads, writes)?.encode())
    }

    /// The partial tree that [`Self::prove`] puts into bytes.
    ///
    /// # Errors
    ///
    /// If there is a hole at what must be shown.
    pub fn part(&mut self, reads: &[Key], writes: &[Change]) -> Result<Tree, Miss> {
        let effect = |(key, value): &Change| match value {
            None if !self.profile.has_stems() => (*key, Effect::Remove),
            _ => (*key, Effect::Put),
        };
        // Of one key the last write counts, and a read not at all beside it.
        let mut touches: Vec<Touch> = writes.iter().rev().map(effect).collect();
        touches.extend(reads.iter().map(|key| (*key, Effect::Read)));
        touches.sort_by_key(|(key, _)| *key);
        touches.dedup_by_key(|(key, _)| *key);
        let mut part = Tree::new(self.profile);
        if let Some(mut top) = self.top {
            if let Some((key, _)) = touches.first() {
                top = self.resolve(top, key, 0)?;
                self.top = Some(top);
            }
            part.top = Some(self.show(top, 0, &touches, &mut part)?.child);
        }
        Ok(part)
    }

    /// Shows what hangs at `depth`; it is in memory if any key leads there.
    fn show(
        &mut self,
        child: Child,
        depth: usize,
        touches: &[Touch],
        part: &mut Tree,
    ) -> Result<Shown, Miss> {
        if touches.is_empty() {
            return Ok(Shown { child: Child::hole(child.hash), remains: true });
        }
        let (path, shared) = self.extent(child.node);
        let path = *path;
        if self.is_stem(depth, shared) {
            let mut holds = false;
            for (key, _) in touches {
                holds |= self.get_below(child.node, depth, key)?.is_some();
            }
            if !holds {
                let first = self.first_leaf(child.node)?;
                let mut touches = touches.to_vec();
                let at = touches.partition_point(|(key, _)| *key < first);
                touches.insert(at, (first, Effect::Read));
                return self.show_node(child, depth, &path, shared, &touches, part);
            }
        }
        self.show_node(child, depth, &path, shared, touches, part)
    }

    fn show_node(
        &mut self,
        child: Child,
        depth: usize,
        path: &Key,
        shared: usize,
        touches: &[Touch],
        part: &mut Tree,
    ) -> Result<Shown, Miss> {
        let known = |(key, _): &Touch| path.difference(key, depth, shared);
        let start = touches.iter().position(|touch| known(touch) == shared);
        let through = touches.get(start.unwrap_or(touches.len())..).unwrap_or_default();
        let end = through.iter().position(|touch| known(touch) < shared);
        let through = through.get(..end.unwrap_or(through.len())).unwrap_or_default();

        let put_aside = touches.iter().any(|touch| touch.1 == Effect::Put && known(touch) < shared);
        let with = |node: Node| Child { node, hash: child.hash };
        let mut shown = match child.node {
            _ if through.is_empty() && self.profile.has_stems() => {
                let end = touches.iter().map(known).max().unwrap_or(depth) + 1;
                Shown { child: with(self.close(child, end, part)), remains: true }
            }
            Node::Leaf(id) => {
                let leaf = self.leaves.get(id);
                let removed = through.iter().any(|(_, effect)| *effect == Effect::Remove);
                Shown { child: with(part.add_leaf(leaf.key, leaf.value)), remains: !removed }
            }
            Node::Branch(id) if through.is_empty() => {
                Shown { child: with(self.show_bare(id, part)), remains: true }
            }
            Node::Branch(id) => {
                let (node, remains) = self.show_branch(id, through, part)?;
                Shown { child: with(node), remains }
            }
            Node::Closed(_) | Node::Hole => {
                let key = through.first().map_or(*path, |(key, _)| *key);
                return Err(Miss { key, depth: shared, sibling: false });
            }
        };
        shown.remains |= put_aside;
        Ok(shown)
    }

    /// Shows a branch of which a child is shown, and says whether anything remains there.
    fn show_branch(
        &mut self,
        id: u32,
        touches: &[Touch],
        part: &mut Tree,
    ) -> Result<(Node, bool), Miss> {
        let branch = self.branches.get(id);
        let (bit, path) = (usize::from(branch.bit), branch.path);
        let middle = touches.partition_point(|(key, _)| !key.bit(bit));
        let (low, high) = touches.split_at(middle);
        let mut left = self.show_child(id, false, low, part)?;
        let mut right = self.show_child(id, true, high, part)?;
        if self.profile.has_stems() {
            if left.child.is_hole() && may_be_stem(&left.child.hash, &path, bit) {
                left.child.node = self.reveal(id, part)?;
            }
        } else if !left.remains && right.remains {
            right.child.node = self.show_survivor(id, true, right.child.node, part)?;
        } else if left.remains && !right.remains {
            left.child.node = self.show_survivor(id, false, left.child.node, part)?;
        }
        let id = part.add_branch(path.prefix(bit), bit, [left.child, right.child]);
        Ok((Node::Branch(id), left.remains || right.remains))
    }

    fn show_child(
        &mut self,
        id: u32,
        side: bool,
        touches: &[Touch],
        part: &mut Tree,
    ) -> Result<Shown, Miss> {
        let branch = self.branches.get(id);
        let depth = usize::from(branch.bit) + 1;
        let mut child = branch.child(side);
        if let Some((key, _)) = touches.first() {
            child = self.child(id, side, key)?;
        }
        self.show(child, depth, touches, part)
    }

    /// Shows what takes the place of a branch, if it is not shown yet.
    fn show_survivor(
        &mut self,
        id: u32,
        side: bool,
        shown: Node,
        part: &mut Tree,
    ) -> Result<Node, Miss> {
        if shown != Node::Hole {
            return Ok(shown);
        }
        let branch = self.branches.get(id);
        let path = side_of(&branch.path, usize::from(branch.bit), side);
        let child = self.child(id, side, &path).map_err(|miss| Miss { sibling: true, ..miss })?;
        Ok(match child.node {
            Node::Branch(id) => self.show_bare(id, part),
            Node::Leaf(id) => {
                let leaf = self.leaves.get(id);
                part.add_leaf(leaf.key, leaf.value)
            }
            Node::Closed(_) | Node::Hole => shown,
        })
    }

    /// Shows the left child of a branch, whose hash could be taken for a stem.
    fn reveal(&mut self, id: u32, part: &mut Tree) -> Result<Node, Miss> {
        let branch = self.branches.get(id);
        let depth = usize::from(branch.bit) + 1;
        let path = side_of(&branch.path, depth - 1, false);
        let child = self.child(id, false, &path)?;
        let (_, shared) = self.extent(child.node);
        if self.is_stem(depth, shared) {
            let first = self.first_leaf(child.node)?;
            return Ok(self.show(child, depth, &[(first, Effect::Read)], part)?.child.node);
        }
        let Node::Branch(id) = child.node else { return Ok(self.close(child, shared, part)) };
        let branch = self.branches.get(id);
        let (path, [mut left, right]) = (branch.path.prefix(shared), branch.children);
        left.node = Node::Hole;
        if may_be_stem(&left.hash, &path, shared) {
            left.node = self.reveal(id, part)?;
        }
        Ok(Node::Branch(part.add_branch(path, shared, [left, Child::hole(right.hash)])))
    }

    /// Shows a branch and nothing below.
    fn show_bare(&mut self, id: u32, part: &mut Tree) -> Node {
        let branch = self.branches.get(id);
        let bit = usize::from(branch.bit);
        let children = branch.children.map(|child| Child::hole(child.hash));
        Node::Branch(part.add_branch(branch.path.prefix(bit), bit, children))
    }

    /// Shows the way to a node down to depth `end`, and nothing of the node.
    fn close(&mut self, child: Child, end: usize, part: &mut Tree) -> Node {
        let function = self.profile.function();
        let inner: Hash = match child.node {
            Node::Leaf(id) => hash::hash(function, &[&self.leaves.get(id).value]),
            Node::Branch(id) => {
                let [left, right] = self.branches.get(id).children.map(|child| child.hash);
                hash::hash(function, &[&left, &right])
            }
            Node::Closed(id) => self.closed.get(id).inner,
            Node::Hole => child.hash,
        };
        let (path, shared) = self.extent(child.node);
        let inner = raise(self.profile, inner, path, shared, end);
        Node::Closed(part.closed.add(Closed { path: path.prefix(end), depth: end as u16, inner }))
    }

    /// The first key below a node.
    fn first_leaf(&mut self, mut node: Node) -> Result<Key, Miss> {
        loop {
            node = match node {
                Node::Leaf(id) => return Ok(self.leaves.get(id).key),
                Node::Branch(id) => {
                    let branch = self.branches.get(id);
                    let path = side_of(&branch.path, usize::from(branch.bit), false);
                    self.child(id, false, &path)?.node
                }
                Node::Closed(_) | Node::Hole => {
                    let (path, depth) = self.extent(node);
                    return Err(Miss { key: *path, depth, sibling: false });
                }
            };
        }
    }
}

impl<S> Tree<S> {
    /// Whether what hangs at `depth`, and shares that many bits, is a stem.
    pub(super) fn is_stem(&self, depth: usize, shared: usize) -> bool {
        self.profile.has_stems() && depth <= STEM_BITS && shared >= STEM_BITS
    }
}

/// Whether the hash of the left child of a branch at `bit` could be the stem and the zero of a stem
/// that hangs in the branch's place.
pub(super) fn may_be_stem(hash: &Hash, path: &Key, bit: usize) -> bool {
    let [.., last] = hash;
    bit < STEM_BITS && *last == 0 && Key::from_parts(&[hash]).difference(path, 0, bit) == bit
}
