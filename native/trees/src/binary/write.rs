//! Writing, first part: leaves and branches change their places.
//!
//! Nothing is hashed here. What has to be is noted by height, lowest first, so that the second part
//! hashes many nodes at once.

use std::hint::black_box;

use super::key::MAX_BITS;
use super::node::{Child, Node, StoredBranch, StoredNode};
use super::source::Source;
use super::{Hash, Key, Miss, Tree, Value};

/// How many keys are followed at once.
const AT_ONCE: usize = 64;

/// A key, and its value from now on; `None` clears it.
///
/// A cleared key is removed in EIP-8297. In the other trees nothing is ever removed: there it is a
/// value of zeros from now on.
pub type Change = (Key, Option<Value>);

/// What a write has changed.
#[derive(Debug)]
pub struct Written {
    /// The root afterwards.
    pub root: Hash,
    plan: Plan,
}

/// Nodes that are to be hashed and where they hang, by height over the lowest one.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) levels: Vec<Vec<Due>>,
    /// Where nothing hangs any more: that many bits of a key.
    vacant: Vec<(Key, u16)>,
}

/// A node that is to be hashed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub(super) node: Node,
    /// How many bits lead there.
    pub(super) depth: u16,
    /// The branch that it hangs at, if any, and on which side.
    pub(super) link: Option<(u32, bool)>,
}

impl Plan {
    /// Notes a node that hangs at `depth`. A height of zero says that it has not changed.
    pub(super) fn add(&mut self, placed: &Placed, depth: usize, link: Option<(u32, bool)>) {
        let Some(index) = placed.height.checked_sub(1) else { return };
        if self.levels.len() <= index {
            self.levels.resize_with(index + 1, Vec::new);
        }
        if let Some(level) = self.levels.get_mut(index) {
            level.push(Due { node: placed.child.node, depth: depth as u16, link });
        }
    }
}

/// A node that is not hashed yet, and how high it stands above the lowest of these; zero if it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    pub(super) child: Child,
    pub(super) height: usize,
}

/// What comes to stand at a place.
#[derive(Clone, Copy)]
enum Item {
    Old(Placed, Key),
    New(Key, Value),
}

impl Item {
    fn key(&self) -> &Key {
        match self {
            Self::Old(_, key) | Self::New(key, _) => key,
        }
    }
}

impl<S: Source> Tree<S> {
    /// Writes and clears values. Of several changes of one key the last counts.
    ///
    /// # Errors
    ///
    /// If there is a hole at what is to be changed, or beside what is to be removed. The tree is
    /// then left half written, and must be dropped.
    pub fn write(&mut self, changes: &[Change]) -> Result<Written, Miss> {
        let mut sorted = sorted(changes);
        if self.profile.has_stems() {
            sorted.iter_mut().for_each(|(_, value)| *value = Some(value.unwrap_or_default()));
        }
        self.write_sorted(&sorted)
    }

    /// The same, but a cleared key is removed from any tree: so writes are taken back.
    ///
    /// # Errors
    ///
    /// As [`Self::write`]; trees with stems must be whole.
    pub fn restore(&mut self, changes: &[Change]) -> Result<Written, Miss> {
        self.write_sorted(&sorted(changes))
    }

    fn write_sorted(&mut self, sorted: &[Change]) -> Result<Written, Miss> {
        let mut plan = Plan::default();
        let placed = match self.top {
            Some(top) => self.write_at(top, 0, sorted, &mut plan)?,
            None => self.build(0, &new_items(sorted), &mut plan)?,
        };
        match placed {
            Some(placed) => plan.add(&placed, 0, None),
            None if self.top.is_some() => plan.vacant.push((Key::EMPTY, 0)),
            None => {}
        }
        self.top = placed.map(|placed| placed.child);
        self.commit(&plan);
        Ok(Written { root: self.root(), plan })
    }

    /// Changes what hangs at `depth`, to where all keys lead.
    fn write_at(
        &mut self,
        child: Child,
        depth: usize,
        changes: &[Change],
        plan: &mut Plan,
    ) -> Result<Option<Placed>, Miss> {
        let Some((first, _)) = changes.first() else {
            return Ok(Some(Placed { child, height: 0 }));
        };
        let child = self.resolve(child, first, depth)?;
        let (path, shared) = self.extent(child.node);
        if let (true, Node::Branch(id)) = (depth == shared, child.node) {
            return self.write_branch(child, id, changes, plan);
        }
        let path = *path;
        let reaches = |(key, _): &Change| path.difference(key, depth, shared) == shared;
        let start = changes.iter().position(reaches);
        let start = start.unwrap_or_else(|| changes.partition_point(|(key, _)| *key < path));
        let (before, rest) = changes.split_at(start);
        let end = rest.iter().position(|change| !reaches(change)).unwrap_or(rest.len());
        let (through, after) = rest.split_at(end);

        let placed = match child.node {
            _ if through.is_empty() => Some(Placed { child, height: 0 }),
            Node::Branch(id) => self.write_branch(child, id, through, plan)?,
            Node::Leaf(id) => self.write_leaf(child, id, through),
            Node::Closed(_) | Node::Hole => {
                let key = through.first().map_or(path, |(key, _)| *key);
                return Err(Miss { key, depth: shared, sibling: false });
            }
        };
        if before.is_empty() && after.is_empty() {
            return Ok(placed);
        }
        let mut items = new_items(before);
        items.extend(placed.map(|placed| Item::Old(placed, path)));
        items.extend(new_items(after));
        self.build(depth, &items, plan)
    }

    /// Follows a few keys from a node down, all at the same time, so that what comes next has their
    /// nodes in the cache: one after the other, each step would wait for memory.
    fn touch(&self, node: Node, changes: &[Change]) {
        let mut nodes = [node; AT_ONCE];
        let Some(nodes) = nodes.get_mut(..changes.len()) else { return };
        let mut is_moving = true;
        while is_moving {
            is_moving = false;
            for (node, (key, _)) in nodes.iter_mut().zip(changes) {
                if let Node::Branch(id) = *node {
                    let branch = self.branches.get(id);
                    *node = branch.child(key.bit(usize::from(branch.bit))).node;
                    is_moving = true;
                }
            }
        }
        for node in nodes {
            if let Node::Leaf(id) = *node {
                let leaf = self.leaves.get(id);
                black_box((leaf.key.first(), leaf.value.first()));
            }
        }
    }

    fn write_leaf(&mut self, child: Child, id: u32, changes: &[Change]) -> Option<Placed> {
        match changes.last() {
            Some((_, Some(value))) => {
                let leaf = self.leaves.get_mut(id);
                let height = usize::from(leaf.value != *value);
                leaf.value = *value;
                Some(Placed { child, height })
            }
            Some((_, None)) => {
                self.leaves.remove(id);
                None
            }
            None => Some(Placed { child, height: 0 }),
        }
    }

    /// Changes what is below a branch; where only one child is left, it takes the branch's place.
    fn write_branch(
        &mut self,
        child: Child,
        id: u32,
        changes: &[Change],
        plan: &mut Plan,
    ) -> Result<Option<Placed>, Miss> {
        let branch = self.branches.get(id);
        let (bit, children) = (usize::from(branch.bit), branch.children);
        let middle = changes.partition_point(|(key, _)| !key.bit(bit));
        let (low, high) = changes.split_at(middle);
        let [left, right] = children;
        if changes.len() > AT_ONCE {
            self.touch(left.node, low);
            self.touch(right.node, high);
        }
        let left = self.write_at(left, bit + 1, low, plan)?;
        let right = self.write_at(right, bit + 1, high, plan)?;
        let (only, side) = match (left, right) {
            (Some(left), Some(right)) => {
                self.branches.get_mut(id).children = [left.child, right.child];
                plan.add(&left, bit + 1, Some((id, false)));
                plan.add(&right, bit + 1, Some((id, true)));
                let height = match left.height.max(right.height) {
                    0 => 0,
                    height => height + 1,
                };
                return Ok(Some(Placed { child, height }));
            }
            (Some(left), None) => (Some(left), false),
            (None, right) => (right, true),
        };
        let path = self.branches.get(id).path;
        for side in [false, true] {
            plan.vacant.push((side_of(&path, bit, side), bit as u16 + 1));
        }
        self.branches.remove(id);
        let Some(Placed { child, height }) = only else { return Ok(None) };
        let path = side_of(&path, bit, side);
        let child = self.resolve(child, &path, bit + 1).map_err(|_| Miss {
            key: path,
            depth: bit + 1,
            sibling: true,
        })?;
        Ok(Some(Placed { child, height: height.max(1) }))
    }

    /// Puts together what comes to hang at `depth`, in ascending order.
    fn build(
        &mut self,
        depth: usize,
        items: &[Item],
        plan: &mut Plan,
    ) -> Result<Option<Placed>, Miss> {
        let [first, .., last] = items else {
            return Ok(match items.first() {
                Some(Item::Old(placed, _)) => Some(*placed),
                Some(Item::New(key, value)) => {
                    let child = Child { node: self.add_leaf(*key, *value), hash: [0; 32] };
                    Some(Placed { child, height: 1 })
                }
                None => None,
            });
        };
        let path = *first.key();
        let bit = path.difference(last.key(), depth, MAX_BITS);
        let middle = items.partition_point(|item| !item.key().bit(bit));
        let (low, high) = items.split_at(middle);
        // Keys of which one begins with another are of no tree at all.
        let miss = Miss { key: path, depth: bit, sibling: false };
        if bit == MAX_BITS || low.is_empty() || high.is_empty() {
            return Err(miss);
        }
        let mut height = 1;
        let id = self.add_branch(path, bit, [Child::hole([0; 32]); 2]);
        for (side, items) in [(false, low), (true, high)] {
            let mut placed = self.build(bit + 1, items, plan)?.ok_or(miss)?;
            // What was here before hangs lower now.
            placed.height = placed.height.max(1);
            plan.add(&placed, bit + 1, Some((id, side)));
            height = height.max(placed.height);
            *self.branches.get_mut(id).child_mut(side) = placed.child;
        }
        let child = Child { node: Node::Branch(id), hash: [0; 32] };
        Ok(Some(Placed { child, height: height + 1 }))
    }

    /// Calls `each` with every place that a write has changed, that many bits of a key, and what
    /// hangs there now.
    ///
    /// Meant for whole trees. Of a place that is named twice the last call counts.
    pub fn each_change(
        &self,
        written: &Written,
        mut each: impl FnMut(&Key, usize, Option<StoredNode>),
    ) {
        for (path, depth) in &written.plan.vacant {
            each(&path.prefix(usize::from(*depth)), usize::from(*depth), None);
        }
        for Due { node, depth, .. } in written.plan.levels.iter().flatten() {
            let stored = match *node {
                Node::Branch(id) => {
                    let branch = self.branches.get(id);
                    let bit = usize::from(branch.bit);
                    let children = branch.children.map(|child| child.hash);
                    StoredNode::Branch(StoredBranch {
                        prefix: branch.path.prefix(bit),
                        bit,
                        children,
                    })
                }
                Node::Leaf(id) => {
                    let leaf = self.leaves.get(id);
                    StoredNode::Leaf(leaf.key, leaf.value)
                }
                Node::Closed(_) | Node::Hole => continue,
            };
            let depth = usize::from(*depth);
            each(&self.extent(*node).0.prefix(depth), depth, Some(stored));
        }
    }
}

/// The path to a child of a branch.
pub(super) fn side_of(path: &Key, bit: usize, side: bool) -> Key {
    let mut path = path.prefix(bit).with_length(path.bytes().len().max(bit / 8 + 1));
    if side {
        path.set_bit(bit);
    }
    path
}

/// The changes in ascending order of key, of each key the last.
fn sorted(changes: &[Change]) -> Vec<Change> {
    // Few keys have their first eight bytes in common: numbers are sorted, not keys.
    let mut order: Vec<(u64, &Change)> =
        changes.iter().map(|change| (change.0.head(), change)).collect();
    // A stable sort: the last of equal keys stays the last.
    order.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.0.cmp(&b.1.0)));
    let mut next = order.iter().skip(1).map(|(_, (key, _))| Some(key)).chain([None]);
    let is_last = |(_, (key, _)): &&(u64, &Change)| next.next().flatten() != Some(key);
    order.iter().filter(is_last).map(|(_, change)| **change).collect()
}

fn new_items(changes: &[Change]) -> Vec<Item> {
    changes.iter().filter_map(|(key, value)| Some(Item::New(*key, (*value)?))).collect()
}
