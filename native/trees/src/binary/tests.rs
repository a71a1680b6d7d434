//! Witnesses hold nothing that could be spared.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::node::Node;
use super::{Change, Key, Profile, Tree, Value};

/// A small generator (splitmix64), so that a failure comes again.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    fn key(&mut self, profile: Profile) -> Key {
        let length = profile.key_bytes(0).unwrap();
        let mut bytes = vec![0; length];
        for _ in 0..3 {
            let at = 1 + self.below(length as u64 - 1);
            bytes.iter_mut().skip(at as usize).take(1).for_each(|byte| *byte = 0x41);
        }
        profile.key(&bytes).unwrap()
    }

    fn value(&mut self) -> Value {
        [1 + self.below(200) as u8; 32]
    }
}

/// The places of a partial tree where something is shown, but the top.
fn places(tree: &Tree) -> Vec<(u32, usize)> {
    let mut open: Vec<Node> = tree.top.iter().map(|top| top.node).collect();
    let mut found = Vec::new();
    while let Some(node) = open.pop() {
        let Node::Branch(id) = node else { continue };
        for (side, child) in tree.branches.get(id).children.into_iter().enumerate() {
            if !child.is_hole() {
                found.push((id, side));
                open.push(child.node);
            }
        }
    }
    found
}

#[test]
fn no_node_can_be_spared() {
    for profile in Profile::ALL {
        let mut random = Random(61);
        let (mut refused, mut not_enough) = (0, 0);
        for _ in 0..300 {
            let present: Vec<Change> =
                (0..25).map(|_| (random.key(profile), Some(random.value()))).collect();
            let mut whole = Tree::new(profile);
            whole.write(&present).unwrap();
            let mut reads: Vec<Key> = (0..3).map(|_| random.key(profile)).collect();
            reads.extend(present.iter().step_by(9).map(|(key, _)| *key));
            let mut writes: Vec<Change> =
                present.iter().step_by(4).map(|(key, _)| (*key, None)).collect();
            writes.push((random.key(profile), Some(random.value())));
            let part = whole.part(&reads, &writes).unwrap();
            let after = whole.clone().write(&writes).unwrap().root;
            let is_enough = |part: &mut Tree| {
                let read = reads.iter().all(|key| part.get(key).is_ok());
                read && part.write(&writes).is_ok_and(|written| written.root == after)
            };
            assert!(is_enough(&mut part.clone()));
            for (id, side) in places(&part) {
                let mut less = part.clone();
                less.branches.get_mut(id).children.get_mut(side).unwrap().node = Node::Hole;
                // A stem of which no value is left is refused before anything can be read.
                match Tree::open(profile, &whole.root(), &less.encode()) {
                    Ok(mut opened) => {
                        assert!(!is_enough(&mut opened), "{profile:?}");
                        not_enough += 1;
                    }
                    Err(_) => refused += 1,
                }
            }
        }
        assert!(not_enough > 1_000 && (refused > 100) == profile.has_stems(), "{refused}");
    }
}
