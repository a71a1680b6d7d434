//! A witness's bytes, written.

use alloy_primitives::{B256, KECCAK256_EMPTY, keccak256};

use super::by_hash::ByHash;
use super::node::{Account, Child, HASHED, Node, Path, Value, parse};
use super::{MAGIC, Trie, VERSION, tag};
use crate::cursor::{put_bytes, put_integer, put_number};
use crate::{Blobs, Witness, rlp};

/// Root of the trie that holds nothing: the hash of RLP's empty string.
pub(super) const EMPTY_ROOT: B256 =
    alloy_primitives::b256!("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");

impl Witness {
    /// The state root that the last header, the parent's, states; nothing proves it here.
    pub fn parent_state_root(&self) -> Option<B256> {
        let parent = self.headers.iter().last()?;
        let (mut fields, _) = rlp::list(parent)?;
        for _ in 0..3 {
            (_, fields) = rlp::item(fields)?;
        }
        let (root, _) = rlp::string(fields)?;
        B256::try_from(root).ok()
    }

    /// What the nodes take of [`Self::to_bytes`].
    pub fn nested_nodes(&self, root: Option<&B256>) -> Vec<u8> {
        let out = Vec::with_capacity(self.nodes.bytes());
        put_nodes(out, &self.nodes, root, hash_each)
    }

    /// The witness in weakstate's own bytes.
    ///
    /// Nodes that hang below `root` are nested; others, and all of them if there is no root, are
    /// listed. The order of nodes and codes, and duplicates among them, are not kept.
    pub fn to_bytes(&self, root: Option<&B256>) -> Vec<u8> {
        self.to_bytes_with(root, hash_each)
    }

    /// As [`Self::to_bytes`], where the caller has a faster way to the Keccak-256 of many strings.
    pub fn to_bytes_with(
        &self,
        root: Option<&B256>,
        hash_all: impl FnOnce(&[&[u8]]) -> Vec<B256>,
    ) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.nodes.bytes() + self.codes.bytes() + 1024);
        out.extend_from_slice(&MAGIC);
        out.push(VERSION);
        if self.proof.is_empty() {
            out = put_nodes(out, &self.nodes, root, hash_all);
        } else {
            out.push(tag::PROOF);
            put_bytes(&mut out, &self.proof);
            put_list(&mut out, &self.nodes.sorted());
        }
        put_list(&mut out, &self.codes.sorted());
        put_list(&mut out, &self.keys.iter().collect::<Vec<_>>());
        put_list(&mut out, &self.headers.iter().collect::<Vec<_>>());
        out
    }
}

/// Appends nodes, those that hang below `root` nested, the others after them as a list.
fn put_nodes(
    out: Vec<u8>,
    nodes: &Blobs,
    root: Option<&B256>,
    hash_all: impl FnOnce(&[&[u8]]) -> Vec<B256>,
) -> Vec<u8> {
    let nodes = nodes.sorted();
    let hashes = hash_all(&nodes);
    let mut writer = Writer::new(nodes, hashes, out);
    match root.and_then(|root| writer.carried(root, 0, Trie::Accounts)) {
        Some(root) => writer.node(&root, 0, Trie::Accounts),
        None => writer.out.push(tag::NONE),
    }
    let (mut out, surplus) = writer.finish();
    put_list(&mut out, &surplus);
    out
}

fn hash_each(strings: &[&[u8]]) -> Vec<B256> {
    strings.iter().map(keccak256).collect()
}

fn put_list(out: &mut Vec<u8>, strings: &[&[u8]]) {
    put_number(out, strings.len() as u64);
    for string in strings {
        put_bytes(out, string);
    }
}

/// How far a node has been written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    NotYet,
    Begun,
    /// Its number in the order in which nodes end.
    Ended(u64),
}

/// What stands in the place of a child's hash.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::large_enum_variant, reason = "it lives for one step, on the stack")]
enum Carried<'a> {
    Node(usize, Node<'a>),
    Same(u64),
}

struct Writer<'a> {
    nodes: Vec<(&'a [u8], Progress)>,
    by_hash: ByHash,
    /// What the branches that are being written carry, each child until its turn.
    waiting: Vec<Carried<'a>>,
    ended: u64,
    out: Vec<u8>,
}

impl<'a> Writer<'a> {
    fn new(nodes: Vec<&'a [u8]>, hashes: Vec<B256>, out: Vec<u8>) -> Self {
        let by_hash = ByHash::new(hashes);
        let nodes = nodes.into_iter().map(|raw| (raw, Progress::NotYet)).collect();
        Self { by_hash, nodes, waiting: Vec::new(), ended: 0, out }
    }

    /// The bytes so far, and the nodes that are not in them.
    fn finish(self) -> (Vec<u8>, Vec<&'a [u8]>) {
        let left = self.nodes.into_iter().filter(|(_, progress)| *progress == Progress::NotYet);
        (self.out, left.map(|(raw, _)| raw).collect())
    }

    /// What can stand for the node with this hash at this place, if it is here and fits.
    fn carried(&self, hash: &B256, depth: usize, trie: Trie) -> Option<Carried<'a>> {
        let index = self.by_hash.get(hash)?;
        let &(raw, progress) = self.nodes.get(index)?;
        match progress {
            Progress::Begun => None,
            Progress::Ended(number) => Some(Carried::Same(number)),
            // Only a root is hashed when it is shorter.
            Progress::NotYet if raw.len() < HASHED && depth > 0 => None,
            Progress::NotYet => parse(raw, depth, trie).map(|node| Carried::Node(index, node)),
        }
    }

    fn node(&mut self, carried: &Carried<'a>, depth: usize, trie: Trie) {
        let (index, node) = match carried {
            Carried::Same(number) => return self.same(*number),
            Carried::Node(index, node) => (*index, node),
        };
        // A sibling may have held it since its parent found it.
        if let Some(&(_, Progress::Ended(number))) = self.nodes.get(index) {
            return self.same(number);
        }
        self.mark(index, Progress::Begun);
        match node {
            Node::Branch(children) => self.branch(children, depth, trie),
            Node::Extension { path, child } => {
                self.out.extend([tag::EXTENSION, path.nibbles as u8]);
                self.path(path);
                self.child(*child, depth + path.nibbles, trie);
            }
            Node::Leaf { path, value } => self.leaf(path, *value),
        }
        self.mark(index, Progress::Ended(self.ended));
        self.ended += 1;
    }

    fn same(&mut self, number: u64) {
        self.out.push(tag::SAME);
        put_number(&mut self.out, number);
    }

    fn mark(&mut self, index: usize, now: Progress) {
        if let Some((_, progress)) = self.nodes.get_mut(index) {
            *progress = now;
        }
    }

    fn branch(&mut self, children: &[Child<'a>; 16], depth: usize, trie: Trie) {
        let (mut present, mut carried) = (0u16, 0u16);
        let mut next = self.waiting.len();
        for (index, child) in children.iter().enumerate() {
            present |= u16::from(!matches!(child, Child::Empty)) << index;
            let found = match child {
                Child::Hash(hash) => self.carried(hash, depth + 1, trie),
                Child::Empty | Child::Inline(_) => None,
            };
            let carries = found.is_some() || matches!(child, Child::Inline(_));
            self.waiting.extend(found);
            carried |= u16::from(carries) << index;
        }
        let first = next;
        let full = present == u16::MAX;
        self.out.push(match carried.count_ones() {
            0 => tag::BARE | u8::from(full),
            1 if full => tag::FULL_CARRIES | carried.trailing_zeros() as u8,
            1 => tag::CARRIES | carried.trailing_zeros() as u8,
            _ => tag::BRANCH | u8::from(full),
        });
        if !full {
            self.out.extend(present.to_be_bytes());
        }
        if carried.count_ones() > 1 {
            self.out.extend(carried.to_be_bytes());
        }
        for (index, child) in children.iter().enumerate() {
            match child {
                Child::Empty => {}
                Child::Inline(raw) => self.inline(raw),
                Child::Hash(hash) if carried >> index & 1 == 0 => {
                    self.out.extend_from_slice(hash.as_slice());
                }
                Child::Hash(_) => {
                    if let Some(&child) = self.waiting.get(next) {
                        self.node(&child, depth + 1, trie);
                    }
                    next += 1;
                }
            }
        }
        self.waiting.truncate(first);
    }

    fn inline(&mut self, raw: &[u8]) {
        self.out.extend([tag::INLINE, raw.len() as u8]);
        self.out.extend_from_slice(raw);
    }

    /// The child of an extension with its tag; an empty one is nothing.
    fn child(&mut self, child: Child<'a>, depth: usize, trie: Trie) {
        match child {
            Child::Empty => {}
            Child::Inline(raw) => self.inline(raw),
            Child::Hash(hash) => match self.carried(hash, depth, trie) {
                Some(carried) => self.node(&carried, depth, trie),
                None => {
                    self.out.push(tag::HASH);
                    self.out.extend_from_slice(hash.as_slice());
                }
            },
        }
    }

    fn leaf(&mut self, path: &Path<'a>, value: Value<'a>) {
        match value {
            Value::Account(account) => self.account(path, &account),
            Value::Slot(value) => {
                self.out.push(tag::SLOT);
                self.path(path);
                put_integer(&mut self.out, &value);
            }
            Value::Other(bytes) => {
                self.out.push(tag::LEAF);
                self.path(path);
                put_bytes(&mut self.out, bytes);
            }
        }
    }

    fn account(&mut self, path: &Path<'_>, account: &Account) {
        let root = &account.storage_root;
        let trie = self.carried(root, 0, Trie::Storage).filter(|_| *root != EMPTY_ROOT);
        let storage = match trie {
            Some(_) => tag::STORAGE_TRIE,
            None if *root == EMPTY_ROOT => 0,
            None => tag::STORAGE_HASH,
        };
        let code = if account.code_hash == KECCAK256_EMPTY { 0 } else { tag::CODE };
        self.out.push(tag::ACCOUNT | storage | code);
        self.path(path);
        put_number(&mut self.out, account.nonce);
        put_integer(&mut self.out, &account.balance);
        if code != 0 {
            self.out.extend_from_slice(account.code_hash.as_slice());
        }
        match trie {
            Some(root) => self.node(&root, 0, Trie::Storage),
            None if storage != 0 => self.out.extend_from_slice(root.as_slice()),
            None => {}
        }
    }

    fn path(&mut self, path: &Path<'_>) {
        self.out.extend(path.odd);
        self.out.extend_from_slice(path.pairs);
    }
}
