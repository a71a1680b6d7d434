//! Witnesses as bytes: reading, and checking against a root.
//!
//! Work is bounded by the bytes: every node but a branch takes 32 of them or more, and a branch has
//! two children; a way without forks is hashed once for each of its bits, and these are given.

use weakstate_codec::{Code, Error};

use super::bits::BitReader;
use super::encode::LENGTH_BITS;
use super::key::MAX_BITS;
use super::node::{Child, Closed, Node};
use super::profile::STEM_BITS;
use super::prove::may_be_stem;
use super::write::{Placed, Plan};
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
        let (mut tree, plan, has_bare) = read(profile, bytes)?;
        tree.commit(&plan);
        if tree.root() != *root {
            let (expected, actual) = (const_hex(root), const_hex(&tree.root()));
            return Err(Error::new(Code::WrongProof).expected(expected).actual(actual));
        }
        tree.check_left_children(&plan, has_bare)?;
        Ok(tree)
    }

    /// Checks of each branch that its left child is shown where its hash could be taken for a stem.
    fn check_left_children(&self, plan: &Plan, has_bare: bool) -> Result<()> {
        for due in plan.levels.iter().flatten().filter(|_| self.profile.has_stems()) {
            let Node::Branch(id) = due.node else { continue };
            let branch = self.branches.get(id);
            let bit = usize::from(branch.bit);
            let [left, _] = branch.children;
            let doubtful = may_be_stem(&left.hash, &branch.path, bit);
            if left.is_hole() && doubtful {
                return Err(malformed("what a hash is of that could be a stem", bit));
            }
            if has_bare && self.is_bare(left.node) && !doubtful {
                return Err(malformed("a branch of which something is shown", bit));
            }
        }
        Ok(())
    }

    fn is_bare(&self, node: Node) -> bool {
        let Node::Branch(id) = node else { return false };
        self.branches.get(id).children.iter().all(Child::is_hole)
    }
}

/// Reads all columns of a witness, and holds it against no root.
pub(super) fn read(profile: Profile, bytes: &[u8]) -> Result<(Tree, Plan, bool)> {
    let mut reader = Reader::new(profile, bytes)?;
    if !reader.shape.is_at_end() {
        let top = reader.node(0)?;
        if top.bare {
            return Err(malformed("a branch of which something is shown", 0));
        }
        reader.plan.add(&top.placed, 0, None);
        reader.tree.top = Some(top.placed.child);
    }
    let Reader { shape, paths, words, tree, plan, has_bare, .. } = reader;
    if !shape.is_at_end() || !paths.is_at_end() || !words.is_empty() {
        return Err(Error::new(Code::MalformedProof).expected("no more bytes than are used"));
    }
    Ok((tree, plan, has_bare))
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
    /// The bits that lead to where it is; zeros after them.
    path: Key,
    /// Whether any branch stands for itself alone, in a tree with stems.
    has_bare: bool,
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
        let mut tree = Tree::new(profile);
        // Each branch has one word more below it than there are branches.
        tree.branches.reserve(words.len());
        let (shape, paths) = (BitReader::new(shape), BitReader::new(paths));
        Ok(Self {
            shape,
            paths,
            words,
            tree,
            plan: Plan::default(),
            path: Key::EMPTY,
            has_bare: false,
        })
    }

    /// Reads what hangs at `depth`. Leaves the path as it was.
    fn node(&mut self, depth: usize) -> Result<Read> {
        let ends = || malformed("a node", depth);
        if !self.shape.bit().ok_or_else(ends)? {
            let hash = self.hash(depth)?;
            let placed = Placed { child: Child::hole(hash), height: 0 };
            return Ok(Read { placed, has_leaf: false, bare: false });
        }
        if !self.shape.bit().ok_or_else(ends)? {
            return self.branch(depth, depth);
        }
        if !self.shape.bit().ok_or_else(ends)? {
            return self.leaf(depth);
        }
        let closed = self.shape.bit().ok_or_else(ends)?;
        let end = depth + 1 + self.paths.number(LENGTH_BITS).ok_or_else(ends)?;
        if end > MAX_BITS {
            return Err(malformed("a path no longer than a key", depth));
        }
        self.paths.key(&mut self.path, depth, end).ok_or_else(ends)?;
        let read = match closed {
            true => self.closed(depth, end),
            false => self.branch(depth, end),
        };
        self.path = self.path.prefix(depth);
        read
    }

    fn branch(&mut self, depth: usize, bit: usize) -> Result<Read> {
        if bit >= self.key_bits(bit).ok_or_else(|| malformed("a zone", bit))? {
            return Err(malformed("a path no longer than a key", bit));
        }
        let path = self.path.with_length(bit.div_ceil(8));
        let id = self.tree.add_branch(path, bit, [Child::hole([0; 32]); 2]);
        let left = self.node(bit + 1)?;
        self.path.set_bit(bit);
        let right = self.node(bit + 1)?;
        self.path.clear_bit(bit);
        self.plan.add(&left.placed, bit + 1, Some((id, false)));
        self.plan.add(&right.placed, bit + 1, Some((id, true)));
        let has_leaf = left.has_leaf || right.has_leaf;
        if self.tree.is_stem(depth, bit) && !has_leaf {
            return Err(malformed("a value of the stem", bit));
        }
        let children = [left.placed.child, right.placed.child];
        let bare = children.iter().all(Child::is_hole) && self.tree.profile.has_stems();
        self.has_bare |= bare;
        // A bare branch stands to the left, above stems.
        if right.bare || (bare && bit >= STEM_BITS) || (left.bare && bit >= STEM_BITS) {
            return Err(malformed("a branch of which something is shown", bit));
        }
        let height = left.placed.height.max(right.placed.height) + 1;
        self.tree.branches.get_mut(id).children = children;
        Ok(Read { placed: placed(Node::Branch(id), height), has_leaf, bare })
    }

    fn leaf(&mut self, depth: usize) -> Result<Read> {
        let ends = || malformed("the bits of a key", depth);
        let known = depth.max(8);
        self.paths.key(&mut self.path, depth, known).ok_or_else(ends)?;
        let bits = self.key_bits(known).ok_or_else(|| malformed("a zone", depth))?;
        if depth > bits {
            return Err(malformed("a path no longer than a key", depth));
        }
        self.paths.key(&mut self.path, known, bits).ok_or_else(ends)?;
        let value = self.word(depth)?;
        let node = self.tree.add_leaf(self.path.with_length(bits / 8), value);
        self.path = self.path.prefix(depth);
        Ok(Read { placed: placed(node, 1), has_leaf: true, bare: false })
    }

    fn closed(&mut self, depth: usize, end: usize) -> Result<Read> {
        let within = self.key_bits(end).is_some_and(|bits| end <= bits);
        if !self.tree.profile.has_stems() || !within || self.tree.is_stem(depth, end) {
            return Err(malformed("a path that may be closed", depth));
        }
        let inner = self.hash(depth)?;
        let path = self.path.with_length(end.div_ceil(8));
        let node = Node::Closed(self.tree.closed.add(Closed { path, depth: end as u16, inner }));
        Ok(Read { placed: placed(node, 1), has_leaf: false, bare: false })
    }

    /// How many bits a key has that begins like this; the most, if that is not known yet.
    fn key_bits(&self, known: usize) -> Option<usize> {
        let first = self.path.first();
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

fn placed(node: Node, height: usize) -> Placed {
    Placed { child: Child { node, hash: [0; 32] }, height }
}

fn malformed(expected: &str, depth: usize) -> Error {
    let error = Error::new(Code::MalformedProof);
    error.expected(expected).at(format_args!("depth {depth}"))
}

fn const_hex(hash: &Hash) -> String {
    alloy_primitives::B256::from(*hash).to_string()
}
