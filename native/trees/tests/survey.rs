//! What a list of nodes is: held against which node names which, and against lists that mislead.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

#[expect(dead_code, reason = "other tests use more of it")]
#[path = "../../codec/tests/random/mod.rs"]
mod random;
#[path = "../../codec/tests/trie/mod.rs"]
mod trie;

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{B256, U256, keccak256};
use random::Random;
use trie::{EMPTY_ROOT, Map, account, build};
use weakstate_codec::Blobs;
use weakstate_trees::survey::{Kind, Part, Standing, Survey, Trie, survey};

/// A whole state: its nodes, its root, and how many slots each account has.
struct World {
    nodes: Vec<Vec<u8>>,
    root: B256,
    slots: BTreeMap<B256, u64>,
}

fn storage(random: &mut Random) -> Map {
    let len = random.below(12);
    (0..len).map(|_| (random.key(), alloy_rlp::encode(1 + random.below(300)))).collect()
}

fn world(random: &mut Random) -> World {
    let (mut nodes, mut accounts, mut slots) = (Vec::new(), Map::new(), BTreeMap::new());
    let shared = storage(random);
    let keys: BTreeSet<B256> = (0..1 + random.below(20)).map(|_| random.key()).collect();
    for key in keys {
        let map = if random.one_in(4) { shared.clone() } else { storage(random) };
        let root = build(&map, &mut nodes);
        slots.insert(key, map.len() as u64);
        accounts.insert(key, account(random.next(), U256::from(random.next()), root, None));
    }
    let root = build(&accounts, &mut nodes);
    World { nodes, root, slots }
}

fn look(nodes: &[Vec<u8>], root: &B256) -> Survey {
    survey(&nodes.iter().collect::<Blobs>(), Some(root))
}

fn placed(survey: &Survey) -> Vec<bool> {
    survey.standings.iter().map(|found| matches!(found, Standing::Placed { .. })).collect()
}

/// How often `inner` stands in `outer`.
fn occurrences(outer: &[u8], inner: &B256) -> usize {
    outer.windows(32).filter(|window| *window == inner.as_slice()).count()
}

#[test]
fn every_node_of_a_whole_state_has_its_place() {
    let mut random = Random(1);
    for _ in 0..300 {
        let World { mut nodes, root, slots } = world(&mut random);
        nodes.sort();
        nodes.dedup();
        let found = look(&nodes, &root);
        assert!(placed(&found).into_iter().all(|placed| placed));
        assert_eq!(found.holes, 0);
        let present: BTreeMap<B256, u64> =
            found.accounts.iter().map(|account| (account.key, account.slots)).collect();
        assert_eq!(present, slots);
        assert!(found.accounts.is_sorted_by(|a, b| a.key < b.key));
        // Each storage node is some account's own.
        let list: Blobs = nodes.iter().collect();
        let of_storage = found
            .levels(&list, &[])
            .into_iter()
            .filter(|((trie, ..), _)| *trie == Trie::Storage)
            .fold((0, 0), |(nodes, bytes), (_, count)| (nodes + count.nodes, bytes + count.bytes));
        let owned = found.accounts.iter().map(|account| (account.nodes, account.bytes));
        assert_eq!(owned.fold((0, 0), |(a, b), (c, d)| (a + c, b + d)), of_storage);
    }
}

#[test]
fn what_is_reached_is_what_nodes_that_are_reached_name() {
    let mut random = Random(2);
    for _ in 0..300 {
        let World { nodes: whole, root, .. } = world(&mut random);
        let odds = 2 + random.below(8);
        let (kept, gone): (BTreeSet<Vec<u8>>, BTreeSet<Vec<u8>>) =
            whole.into_iter().partition(|_| !random.one_in(odds));
        let nodes: Vec<Vec<u8>> = kept.iter().cloned().collect();
        let hashes: Vec<B256> = nodes.iter().map(keccak256).collect();
        // The oracle: a node names another by the 32 bytes of its hash.
        let mut reached: Vec<bool> = hashes.iter().map(|hash| *hash == root).collect();
        while let Some(next) = (0..nodes.len()).find(|&index| {
            let named = |by: usize| occurrences(&nodes[by], &hashes[index]) > 0;
            !reached[index] && (0..nodes.len()).any(|by| reached[by] && named(by))
        }) {
            reached[next] = true;
        }
        let found = look(&nodes, &root);
        assert_eq!(placed(&found), reached);
        let mut holes = usize::from(gone.iter().any(|node| keccak256(node) == root));
        for node in gone.difference(&kept) {
            let hash = keccak256(node);
            let named = nodes.iter().zip(&reached).filter(|(_, reached)| **reached);
            holes += named.map(|(node, _)| occurrences(node, &hash)).sum::<usize>();
        }
        assert_eq!(found.holes, holes);
    }
}

#[test]
fn duplicates_empty_and_foreign_nodes_have_no_place() {
    let World { mut nodes, root, .. } = world(&mut Random(3));
    nodes.sort();
    nodes.dedup();
    let count = nodes.len();
    let first = nodes[0].clone();
    nodes.extend([first, vec![0x80], vec![], vec![0xc0], vec![0x80]]);
    let found = look(&nodes, &root);
    assert!(placed(&found)[..count].iter().all(|placed| *placed));
    use Standing::{Duplicate, Empty, Unreachable};
    assert_eq!(found.standings[count..], [Duplicate, Empty, Unreachable, Unreachable, Empty]);
    let list: Blobs = nodes.iter().collect();
    assert_eq!(found.count(&list, Duplicate).bytes, nodes[0].len());
    assert_eq!(found.count(&list, Empty).nodes, 2);
    let without = survey(&list, None);
    assert!(placed(&without).into_iter().all(|placed| !placed));
    assert_eq!(survey(&list, Some(&EMPTY_ROOT)).holes, 0);
}

#[test]
fn used_nodes_are_counted_at_their_places() {
    let World { nodes, root, .. } = world(&mut Random(4));
    let list: Blobs = nodes.iter().collect();
    let found = survey(&list, Some(&root));
    let root_at = nodes.iter().position(|node| keccak256(node) == root).expect("root");
    let used: Vec<bool> = (0..nodes.len()).map(|index| index == root_at).collect();
    let levels = found.levels(&list, &used);
    let used: Vec<_> = levels.iter().filter(|(_, count)| count.used_nodes > 0).collect();
    assert_eq!(used.len(), 1);
    let ((trie, depth, _), count) = used[0];
    assert_eq!((*trie, *depth), (Trie::Accounts, 0));
    assert_eq!((count.used_nodes, count.used_bytes), (1, nodes[root_at].len()));
}

fn list(items: &[Vec<u8>]) -> Vec<u8> {
    let payload = items.concat();
    let mut out = Vec::new();
    alloy_rlp::Header { list: true, payload_length: payload.len() }.encode(&mut out);
    out.extend(payload);
    out
}

/// A branch whose sixteen children are one node.
fn branch(child: &[u8]) -> Vec<u8> {
    let mut items = vec![alloy_rlp::encode(keccak256(child)); 16];
    items.push(vec![0x80]);
    list(&items)
}

#[test]
fn a_node_that_can_be_reached_in_very_many_ways_counts_once() {
    // Sixteen to the power of 64 paths lead to one leaf, in storage and among accounts.
    let leaf = |value: &[u8]| list(&[vec![0x20], alloy_rlp::encode(value)]);
    for value in [alloy_rlp::encode(7u64), account(0, U256::ZERO, EMPTY_ROOT, None)] {
        let mut nodes = vec![leaf(&value)];
        for _ in 0..64 {
            nodes.push(branch(&nodes[nodes.len() - 1]));
        }
        let root = keccak256(&nodes[64]);
        let holder = list(&[
            [&[0xa1, 0x20][..], &[0; 32]].concat(),
            alloy_rlp::encode(account(0, U256::ZERO, root, None).as_slice()),
        ]);
        let top = keccak256(&holder);
        nodes.push(holder);
        for (root, in_storage) in [(root, false), (top, true)] {
            let found = look(&nodes, &root);
            let right = in_storage == (value.len() == 1);
            let trie = if in_storage { Trie::Storage } else { Trie::Accounts };
            let expected = match right {
                true => Standing::Placed { trie, depth: 64, kind: Kind::Leaf },
                false => Standing::Malformed,
            };
            assert_eq!(found.standings[0], expected);
            assert!(placed(&found)[1..65].iter().all(|placed| *placed));
            if in_storage {
                let slots = if right { u64::MAX } else { 0 };
                assert_eq!((found.accounts.len(), found.accounts[0].slots), (1, slots));
            }
        }
    }
}

#[test]
fn a_tower_that_no_key_can_climb_ends_at_its_height() {
    let mut nodes = vec![branch(b"hole")];
    for _ in 0..100 {
        nodes.push(branch(&nodes[nodes.len() - 1]));
    }
    let root = keccak256(&nodes[100]);
    let found = look(&nodes, &root);
    // Branches hang at depths 0 to 63; the next is none that a state can have.
    assert_eq!(placed(&found).into_iter().filter(|placed| *placed).count(), 64);
    assert_eq!(found.standings[36], Standing::Malformed);
    assert_eq!(found.standings[35], Standing::Unreachable);
    assert_eq!(found.holes, 0);
}

#[test]
fn random_lists_never_panic() {
    let mut random = Random(5);
    for _ in 0..3000 {
        let World { mut nodes, root, .. } = world(&mut random);
        for _ in 0..random.below(4) {
            let index = random.below(nodes.len() as u64) as usize;
            let place = random.below(nodes[index].len() as u64) as usize;
            nodes[index][place] ^= 1 << random.below(8);
        }
        let top = keccak256(&nodes[nodes.len() - 1]);
        for root in [root, top] {
            let found = look(&nodes, &root);
            assert_eq!(found.standings.len(), nodes.len());
        }
    }
}

#[test]
fn a_part_counts_what_a_reader_would_want_to_know() {
    let strings: [&[u8]; 6] = [b"b", b"bb", b"a", b"b", b"", b""];
    let expected = Part { number: 6, bytes: 5, largest: 2, duplicates: 2, unsorted: 2, empty: 2 };
    assert_eq!(Part::of(&strings.into_iter().collect(), b""), expected);
    assert_eq!(Part::of(&Blobs::default(), b""), Part::default());
}
