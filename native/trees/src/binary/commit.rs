//! Writing, second part: what has changed is hashed, many nodes at once, the lowest first.

use super::hash::{self, Climb, Function, Messages};
use super::node::{Child, Node};
use super::profile::{Profile, STEM_BITS};
use super::write::{Due, Plan};
use super::{Hash, Key, Tree};

/// How many nodes are hashed at once: enough for all lanes, and few enough for a core's own cache.
const AT_ONCE: usize = 1_024;

impl<S> Tree<S> {
    /// Hashes all nodes of a plan.
    pub(super) fn commit(&mut self, plan: &Plan) {
        let mut scratch = Scratch::default();
        for level in &plan.levels {
            level.chunks(AT_ONCE).for_each(|level| self.commit_level(level, &mut scratch));
        }
    }

    /// Hashes nodes none of which is below another.
    fn commit_level(&mut self, level: &[Due], scratch: &mut Scratch) {
        let Scratch { messages, hashes, digests, rising } = scratch;
        messages.clear();
        for due in level {
            self.add_message(due.node, usize::from(due.depth), messages);
        }
        hash::hash_all(self.profile.function(), messages, hashes);
        if self.profile.has_stems() {
            rising.clear();
            for ((index, due), hash) in level.iter().enumerate().zip(hashes.iter_mut()) {
                let (path, at) = self.extent(due.node);
                let suffix = path.suffix();
                if let Node::Closed(id) = due.node {
                    *hash = self.closed.get(id).inner;
                }
                rising.push(Rising { index: index as u32, at: at as u16, to: due.depth, suffix });
            }
            let path = |index: u32| match level.get(index as usize) {
                Some(due) => self.extent(due.node).0,
                None => &Key::EMPTY,
            };
            rise(self.profile, hashes, rising, path, messages, digests);
        }
        for (due, hash) in level.iter().zip(hashes.iter()) {
            match due.link {
                Some((id, side)) => self.branches.get_mut(id).child_mut(side).hash = *hash,
                None => self.top = Some(Child { node: due.node, hash: *hash }),
            }
        }
    }

    /// What a node at `depth` is the hash of, not counting the way to there in trees with stems.
    fn add_message(&self, node: Node, depth: usize, messages: &mut Messages) {
        match node {
            Node::Leaf(id) => {
                let leaf = self.leaves.get(id);
                match self.profile.has_stems() {
                    true => messages.add(&[&leaf.value]),
                    false => messages.add(&[&[0], leaf.key.bytes(), &leaf.value]),
                }
            }
            Node::Branch(id) => {
                let branch = self.branches.get(id);
                let [Child { hash: left, .. }, Child { hash: right, .. }] = &branch.children;
                let bit = usize::from(branch.bit);
                if self.profile.has_stems() {
                    messages.add_pair(left, right);
                } else if bit == depth {
                    messages.add(&[&[1, 0, 0], left, right]);
                } else {
                    let [high, low] = ((bit - depth) as u16).to_be_bytes();
                    let bits = branch.path.packed(depth, bit);
                    messages.add(&[&[1, high, low], bits.bytes(), left, right]);
                }
            }
            // Its hash is known.
            Node::Closed(_) | Node::Hole => messages.add(&[]),
        }
    }
}

/// What hashing needs again and again.
#[derive(Default)]
struct Scratch {
    messages: Messages,
    hashes: Vec<Hash>,
    digests: Vec<Hash>,
    rising: Vec<Rising>,
}

/// A hash on its way up, in a tree with stems.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rising {
    index: u32,
    /// How many bits lead to what is hashed.
    at: u16,
    /// How many shall.
    to: u16,
    /// The last eight bits of the way, if it is that long: most ways do not leave their stem.
    suffix: u8,
}

impl Rising {
    /// The last bit that leads to what is hashed.
    fn side<'a>(&self, path: impl Fn(u32) -> &'a Key) -> bool {
        match usize::from(self.at).checked_sub(STEM_BITS + 1) {
            Some(bit) => self.suffix << bit & 0x80 != 0,
            None => path(self.index).bit(usize::from(self.at) - 1),
        }
    }
}

/// Hashes what stands at the end of a way without forks up to the begin of that way.
///
/// Beside the way there is nothing, which is zero; and a stem stands as high as it is alone.
fn rise<'a>(
    profile: Profile,
    hashes: &mut [Hash],
    rising: &mut Vec<Rising>,
    path: impl Fn(u32) -> &'a Key,
    messages: &mut Messages,
    digests: &mut Vec<Hash>,
) {
    const STEM: u16 = STEM_BITS as u16;
    if profile.function() == Function::Blake3 {
        climb_in_stems(hashes, rising);
    }
    loop {
        // A branch that chooses among stems has its hash at `at`; a stem is hashed once more there.
        rising.retain(|step| step.at > step.to || is_stem(step));
        if rising.is_empty() {
            return;
        }
        messages.clear();
        for step in rising.iter() {
            let hash = hashes.get(step.index as usize).copied().unwrap_or_default();
            if is_stem(step) {
                let stem = path(step.index).prefix(STEM_BITS);
                messages.add(&[stem.bytes(), &[0], &hash]);
            } else if step.side(&path) {
                messages.add_pair(&[0; 32], &hash);
            } else {
                messages.add_pair(&hash, &[0; 32]);
            }
        }
        hash::hash_all(profile.function(), messages, digests);
        for (step, digest) in rising.iter_mut().zip(digests.iter()) {
            if let Some(hash) = hashes.get_mut(step.index as usize) {
                *hash = *digest;
            }
            step.at = match is_stem(step) {
                // Done: a mark that no step can have.
                true => {
                    step.to = STEM - 1;
                    STEM - 1
                }
                false => step.at - 1,
            };
        }
    }

    /// Whether the values of a stem are hashed up to their root, and the stem is to come.
    fn is_stem(step: &Rising) -> bool {
        step.at == STEM && step.to <= STEM
    }
}

/// Takes ways without forks up to where they leave their stem, eight bits at most.
fn climb_in_stems(hashes: &mut [Hash], rising: &mut [Rising]) {
    const BITS: u16 = STEM_BITS as u16;
    let climbs: Vec<Climb> = rising
        .iter_mut()
        .filter_map(|step| {
            let end = step.to.max(BITS);
            let steps = step.at.checked_sub(end).filter(|steps| *steps > 0)?;
            let sides = step.suffix >> (BITS + 8 - step.at);
            step.at = end;
            Some(Climb { index: step.index, steps: steps as u8, sides })
        })
        .collect();
    hash::climb(&climbs, hashes);
}

/// The hash at depth `to` of what `hash` stands for at depth `at`, on the way that `path` is.
pub(super) fn raise(profile: Profile, hash: Hash, path: &Key, at: usize, to: usize) -> Hash {
    let mut hashes = [hash];
    let mut rising = vec![Rising { index: 0, at: at as u16, to: to as u16, suffix: path.suffix() }];
    let (mut messages, mut digests) = Default::default();
    rise(profile, &mut hashes, &mut rising, |_| path, &mut messages, &mut digests);
    let [hash] = hashes;
    hash
}
