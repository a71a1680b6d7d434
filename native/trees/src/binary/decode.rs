//! Witnesses as bytes: reading, and checking against a root.
//!
//! Work is bounded by the bytes: every node but a branch takes 32 of them or more, and a branch has
//! two children; a way without forks is hashed once for each of its bits, and these are given.

use weakstate_codec::{Code, Error};

use super::bits::BitReader;
use super::encode::LENGTH_BITS;
use super::key::MAX_BITS;
use super::node::{Closed, Node};
use super::profile::STEM_BITS;
use super::prove::may_be_stem;
use super::write::{Placed, Plan, side_of};
use super::{Hash, Key, Profile, Tree};

/// The longest witness that is read.
const MAX_BYTES: usize = 1 << 30;
/// Zeros that precede an address where it is hashed to a key.
const ADDRESS_PADDING: usize = 12;

type Result<T> = std::result::Result<T, Error>;

impl Tree {
    /// Reads a witness of the tree with this root, and gives the partial tree that it opens.
    ///
    /// # Errors
    ///
    /// [`Code::MalformedProof`], if the bytes are not a witness's one encoding;
    /// [`Code::WrongProof`], if they do not hash to the root.
    pub fn open(profile: Profile, root: &Hash, bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(profile, bytes)?;
        if !reader.shape.is_at_end() {
            let top = reader.node(Key::EMPTY, 0)?;
            if top.bare {
                return Err(malformed("a branch of which something is shown", 0));
            }
            reader.plan.add(top.placed, 0);
            reader.tree.top = Some(top.placed.node);
        }
        let Reader { shape, paths, words, mut tree, plan, .. } = reader;
        if !shape.is_at_end() || !paths.is_at_end() || !words.is_empty() {
            return Err(Error::new(Code::MalformedProof).expected("no more bytes than are used"));
        }
        tree.commit(&plan);
        if tree.root() != *root {
            let (expected, actual) = (const_hex(root), const_hex(&tree.root()));
            return Err(Error::new(Code::WrongProof).expected(expected).actual(actual));
        }
        tree.check_left_children(&plan)?;
        Ok(tree)
    }

    /// Checks of each branch that its left child is shown where its hash could be taken for a stem.
    fn check_left_children(&self, plan: &Plan) -> Result<()> {
        for (node, _) in plan.levels.iter().flatten() {
            let Node::Branch(id) = node else { continue };
            let branch = self.branches.get(*id);
            let bit = usize::from(branch.bit);
            let [left, _] = branch.children;
            let doubtful =
                self.profile.has_stems() && may_be_stem(&self.hash(left), &branch.path, bit);
            if matches!(left, Node::Hole(_)) && doubtful {
                return Err(malformed("what a hash is of that could be a stem", bit));
            }
            if self.profile.has_stems() && self.is_bare(left) && !doubtful {
                return Err(malformed("a branch of which something is shown", bit));
            }
        }
        Ok(())
    }

    fn is_bare(&self, node: Node) -> bool {
        let Node::Branch(id) = node else { return false };
        self.branches.get(id).children.iter().all(|child| matches!(child, Node::Hole(_)))
    }
}

/// A node that was read.
struct Read {
    placed: Placed,
    /// Whether there is a value below.
    has_leaf: bool,
    /// Whether it is a branch that stands for itself alone, in a tree with stems.
    bare: bool,
}

/// Reads the columns of a witness.
struct Reader<'a> {
    shape: BitReader<'a>,
    paths: BitReader<'a>,
    words: &'a [Hash],
    tree: Tree,
    plan: Plan,
}

impl<'a> Reader<'a> {
    fn new(profile: Profile, bytes: &'a [u8]) -> Result<Self> {
        let error = |expected: &str| Error::new(Code::MalformedProof).expected(expected);
        if bytes.len() > MAX_BYTES {
            return Err(error("at most 2^30 bytes"));
        }
        let (tag, rest) = bytes.split_first().ok_or_else(|| error("a witness"))?;
        if *tag != profile.tag() {
            return Err(error(profile.name()).actual(format_args!("tag {tag}")));
        }
        let (shape, rest) = rest.split_first_chunk().ok_or_else(|| error("lengths"))?;
        let (paths, rest) = rest.split_first_chunk().ok_or_else(|| error("lengths"))?;
        let [shape, paths] = [shape, paths].map(|length| u32::from_le_bytes(*length) as usize);
        let (shape, rest) = rest.split_at_checked(shape).ok_or_else(|| error("the whole shape"))?;
        let (paths, rest) = rest.split_at_checked(paths).ok_or_else(|| error("all paths"))?;
        let (words, rest) = rest.as_chunks();
        if !rest.is_empty() {
            return Err(error("words of 32 bytes"));
        }
        let (shape, paths) = (BitReader::new(shape), BitReader::new(paths));
        Ok(Self { shape, paths, words, tree: Tree::new(profile), plan: Plan::default() })
    }

    /// Reads what hangs at `depth`; the bits that lead there are those of `path`.
    fn node(&mut self, path: Key, depth: usize) -> Result<Read> {
        let ends = || malformed("a node", depth);
        if !self.shape.bit().ok_or_else(ends)? {
            let hash = self.hash(depth)?;
            let node = self.tree.add_hole(hash);
            let placed = Placed { node, height: 0 };
            return Ok(Read { placed, has_leaf: false, bare: false });
        }
        if !self.shape.bit().ok_or_else(ends)? {
            return self.branch(path, depth, depth);
        }
        if !self.shape.bit().ok_or_else(ends)? {
            return self.leaf(path, depth);
        }
        let closed = self.shape.bit().ok_or_else(ends)?;
        let (path, end) = self.way(path, depth)?;
        match closed {
            true => self.closed(path, depth, end),
            false => self.branch(path, depth, end),
        }
    }

    /// Reads a way without forks.
    fn way(&mut self, mut path: Key, depth: usize) -> Result<(Key, usize)> {
        let ends = || malformed("the bits of a path", depth);
        let end = depth + 1 + self.paths.number(LENGTH_BITS).ok_or_else(ends)?;
        if end > MAX_BITS {
            return Err(malformed("a path no longer than a key", depth));
        }
        self.paths.key(&mut path, depth, end).ok_or_else(ends)?;
        Ok((path.with_length(end.div_ceil(8)), end))
    }

    fn branch(&mut self, path: Key, depth: usize, bit: usize) -> Result<Read> {
        if bit >= self.key_bits(&path, bit).ok_or_else(|| malformed("a zone", bit))? {
            return Err(malformed("a path no longer than a key", bit));
        }
        let left = self.node(side_of(&path, bit, false), bit + 1)?;
        let right = self.node(side_of(&path, bit, true), bit + 1)?;
        self.plan.add(left.placed, bit + 1);
        self.plan.add(right.placed, bit + 1);
        let has_leaf = left.has_leaf || right.has_leaf;
        if self.tree.is_stem(depth, bit) && !has_leaf {
            return Err(malformed("a value of the stem", bit));
        }
        let children = [left.placed.node, right.placed.node];
        let holes = children.iter().all(|child| matches!(child, Node::Hole(_)));
        let bare = holes && self.tree.profile.has_stems();
        // A bare branch stands to the left, above stems.
        if right.bare || (bare && bit >= STEM_BITS) || (left.bare && bit >= STEM_BITS) {
            return Err(malformed("a branch of which something is shown", bit));
        }
        let height = left.placed.height.max(right.placed.height) + 1;
        let node = self.tree.add_branch(path, bit, children);
        Ok(Read { placed: Placed { node, height }, has_leaf, bare })
    }

    fn leaf(&mut self, mut path: Key, depth: usize) -> Result<Read> {
        let ends = || malformed("the bits of a key", depth);
        let known = depth.max(8);
        self.paths.key(&mut path, depth, known).ok_or_else(ends)?;
        let bits = self.key_bits(&path, known).ok_or_else(|| malformed("a zone", depth))?;
        if depth > bits {
            return Err(malformed("a path no longer than a key", depth));
        }
        self.paths.key(&mut path, known, bits).ok_or_else(ends)?;
        let value = self.word(depth)?;
        let node = self.tree.add_leaf(path.with_length(bits / 8), value);
        Ok(Read { placed: Placed { node, height: 1 }, has_leaf: true, bare: false })
    }

    fn closed(&mut self, path: Key, depth: usize, end: usize) -> Result<Read> {
        let within = self.key_bits(&path, end).is_some_and(|bits| end <= bits);
        if !self.tree.profile.has_stems() || !within || self.tree.is_stem(depth, end) {
            return Err(malformed("a path that may be closed", depth));
        }
        let inner = self.hash(depth)?;
        let closed = Closed { path, depth: end as u16, inner, hash: [0; 32] };
        let node = Node::Closed(self.tree.closed.add(closed));
        Ok(Read { placed: Placed { node, height: 1 }, has_leaf: false, bare: false })
    }

    /// How many bits a key has that begins like this; the most, if that is not known yet.
    fn key_bits(&self, path: &Key, known: usize) -> Option<usize> {
        let first = path.packed(0, 8).bytes().first().copied().unwrap_or_default();
        match known {
            8.. => Some(8 * self.tree.profile.key_bytes(first)?),
            _ if self.tree.profile.has_stems() => Some(STEM_BITS + 8),
            _ => Some(MAX_BITS),
        }
    }

    /// A hash, which is that of something: neither zero, nor what stands where keys are hashed.
    fn hash(&mut self, depth: usize) -> Result<Hash> {
        let hash = self.word(depth)?;
        let zeros = if self.tree.profile.has_stems() { ADDRESS_PADDING } else { hash.len() };
        if hash.iter().take(zeros).all(|byte| *byte == 0) {
            return Err(malformed("a hash", depth));
        }
        Ok(hash)
    }

    fn word(&mut self, depth: usize) -> Result<Hash> {
        let (word, rest) = self.words.split_first().ok_or_else(|| malformed("a word", depth))?;
        self.words = rest;
        Ok(*word)
    }
}

fn malformed(expected: &str, depth: usize) -> Error {
    let error = Error::new(Code::MalformedProof);
    error.expected(expected).at(format_args!("depth {depth}"))
}

fn const_hex(hash: &Hash) -> String {
    alloy_primitives::B256::from(*hash).to_string()
}
