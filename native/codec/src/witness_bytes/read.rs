//! A witness's bytes, read: to the plain list, in one pass, within a budget.
//!
//! Each node takes at least one byte and becomes at most 532, besides what it carries itself;
//! one that stood before is named and not written again. So what is read is bounded by what is
//! there, and by the budget before memory is taken.

use alloy_primitives::{B256, KECCAK256_EMPTY, keccak256};
use alloy_rlp::{Encodable, Header};

use super::node::{HASH_PREFIX, HASHED, NIBBLES, Path, Value};
use super::write::EMPTY_ROOT;
use super::{MAGIC, MAX_HEADERS, Trie, VERSION, tag};
use crate::cursor::Cursor;
use crate::{BlobsBuilder, Budget, Code, Error, Witness, rlp};

impl Witness {
    /// Whether `bytes` start as [`Self::to_bytes`] does.
    pub fn is_bytes(bytes: &[u8]) -> bool {
        bytes.starts_with(&MAGIC)
    }

    /// Reads what [`Self::to_bytes`] wrote. A node comes after those that it carries, the root's
    /// last, then those that are surplus.
    ///
    /// What can be told from a place alone has one encoding; only the whole would tell that a
    /// hash stands where its node could, or that a node stands twice.
    ///
    /// # Errors
    /// [`Code::MalformedWitness`] with the offset, or a code whose blame is
    /// [`BudgetExceeded`](crate::Blame::BudgetExceeded).
    pub fn from_bytes(bytes: &[u8], budget: &Budget) -> Result<Self, Error> {
        let mut reader = Reader {
            cursor: Cursor::new(bytes, Code::MalformedWitness),
            nodes: BlobsBuilder::with_capacity(bytes.len().min(budget.bytes)),
            hashes: Vec::new(),
            open: Vec::new(),
            budget: *budget,
            bytes_left: budget.bytes,
        };
        reader.cursor.header(MAGIC, VERSION, "a witness")?;
        let mut proof = Vec::new();
        match reader.cursor.byte()? {
            tag::NONE => {}
            tag::PROOF => {
                proof.extend_from_slice(reader.cursor.bytes()?);
                if proof.is_empty() {
                    return Err(reader.cursor.refuse(1, "a proof, which has bytes"));
                }
            }
            tag => {
                reader.node(tag, 0, Trie::Accounts)?;
            }
        }
        let mut nodes = std::mem::take(&mut reader.nodes);
        reader.list(&mut nodes, budget.nodes, true)?;
        let [mut codes, mut keys, mut headers] = [const { BlobsBuilder::new() }; 3];
        reader.list(&mut codes, budget.nodes, true)?;
        reader.list(&mut keys, budget.nodes, false)?;
        reader.list(&mut headers, MAX_HEADERS, false)?;
        reader.cursor.end()?;
        Ok(Self {
            nodes: nodes.build(),
            codes: codes.build(),
            headers: headers.build(),
            keys: keys.build(),
            proof,
        })
    }
}

/// How a parent refers to a node: RLP of its hash, or the node itself.
#[derive(Clone, Copy, Debug)]
struct Reference<'a> {
    hash: B256,
    inline: Option<&'a [u8]>,
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    nodes: BlobsBuilder,
    /// Hashes of the nodes so far.
    hashes: Vec<B256>,
    /// Payloads of the nodes that have begun, each above its parent's.
    open: Vec<u8>,
    budget: Budget,
    bytes_left: usize,
}

impl<'a> Reader<'a> {
    /// A node of which only the tag has been read.
    fn node(&mut self, tag: u8, depth: usize, trie: Trie) -> Result<Reference<'a>, Error> {
        let start = self.open.len();
        match tag {
            tag::SAME => return self.same(),
            tag::INLINE if depth > 0 => return self.inline(),
            tag::EXTENSION => self.extension(depth, trie)?,
            tag::LEAF => {
                let path = self.leaf_path(depth)?;
                let value = self.cursor.bytes()?;
                if !matches!(Value::of(value, trie), Value::Other(_)) {
                    return Err(self.cursor.refuse(value.len(), "a value of no known form"));
                }
                self.put_path(&path, true);
                value.encode(&mut self.open);
            }
            tag::SLOT if trie == Trie::Storage => {
                let path = self.leaf_path(depth)?;
                let value = self.cursor.integer(32)?;
                self.put_path(&path, true);
                match value.length() {
                    // A byte below 0x80 is its own encoding, twice over.
                    1 if !value.is_zero() => value.encode(&mut self.open),
                    len => put_string(&mut self.open, len, |out| value.encode(out)),
                }
            }
            tag::ACCOUNT..=0x27 if trie == Trie::Accounts => self.account(tag, depth)?,
            tag::BRANCH..=0x0b | tag::CARRIES..=0x5f if depth < NIBBLES => {
                let (present, carried) = self.children(tag)?;
                self.branch(present, carried, depth, trie)?;
            }
            _ => {
                let error = self.cursor.refuse(1, "a node that can be here");
                return Err(error.actual(format_args!("tag {tag:#04x}")));
            }
        }
        self.end(start, depth)
    }

    /// Bits of the children of a branch that are there, and of those that are carried.
    fn children(&mut self, tag: u8) -> Result<(u16, u16), Error> {
        let lone = tag >= tag::CARRIES;
        let full = if lone { tag >= tag::FULL_CARRIES } else { tag & tag::FULL != 0 };
        let mut bits = || self.cursor.array().map(u16::from_be_bytes);
        let present = if full { u16::MAX } else { bits()? };
        let carried = match tag {
            _ if lone => 1 << (tag & 0x0f),
            tag::BARE.. => 0,
            _ => bits()?,
        };
        let shortest =
            (full || present != u16::MAX) && (tag >= tag::BARE || carried.count_ones() > 1);
        if carried & !present != 0 || !shortest {
            return Err(self.cursor.refuse(0, "children that are there, in the shortest form"));
        }
        Ok((present, carried))
    }

    /// A node that stood before.
    fn same(&mut self) -> Result<Reference<'a>, Error> {
        let number = self.cursor.number()?;
        let hash = usize::try_from(number).ok().and_then(|number| self.hashes.get(number));
        let Some(hash) = hash else {
            let error = self.cursor.refuse(1, &format!("less than {}", self.hashes.len()));
            return Err(error.actual(format_args!("node {number}")));
        };
        Ok(Reference { hash: *hash, inline: None })
    }

    fn inline(&mut self) -> Result<Reference<'a>, Error> {
        let raw = self.cursor.bytes()?;
        let list = rlp::list(raw).is_some_and(|(_, rest)| rest.is_empty());
        if raw.len() >= HASHED || !list {
            return Err(self.cursor.refuse(raw.len(), "a node of less than 32 bytes"));
        }
        Ok(Reference { hash: B256::ZERO, inline: Some(raw) })
    }

    fn branch(
        &mut self,
        present: u16,
        carried: u16,
        depth: usize,
        trie: Trie,
    ) -> Result<(), Error> {
        for index in 0..16 {
            if present >> index & 1 == 0 {
                self.open.push(0x80);
                continue;
            }
            let child = if carried >> index & 1 == 0 {
                self.hash()?
            } else {
                let tag = self.cursor.byte()?;
                self.node(tag, depth + 1, trie)?
            };
            self.refer(&child);
        }
        self.open.push(0x80);
        Ok(())
    }

    fn extension(&mut self, depth: usize, trie: Trie) -> Result<(), Error> {
        let nibbles = usize::from(self.cursor.byte()?);
        if nibbles == 0 || depth + nibbles >= NIBBLES {
            let error = self.cursor.refuse(1, "a path that ends above the leaves");
            return Err(error.actual(format_args!("{nibbles} nibbles at depth {depth}")));
        }
        let path = self.path(nibbles)?;
        let child = match self.cursor.byte()? {
            tag::HASH => self.hash()?,
            tag => self.node(tag, depth + nibbles, trie)?,
        };
        self.put_path(&path, false);
        self.refer(&child);
        Ok(())
    }

    fn account(&mut self, tag: u8, depth: usize) -> Result<(), Error> {
        let path = self.leaf_path(depth)?;
        let nonce = self.cursor.number()?;
        let balance = self.cursor.integer(32)?;
        let code_hash = match tag & tag::CODE {
            0 => KECCAK256_EMPTY,
            _ => self.hash_other_than(KECCAK256_EMPTY)?,
        };
        let storage_root = match tag & (tag::STORAGE_HASH | tag::STORAGE_TRIE) {
            0 => EMPTY_ROOT,
            tag::STORAGE_HASH => self.hash_other_than(EMPTY_ROOT)?,
            tag::STORAGE_TRIE => {
                let tag = self.cursor.byte()?;
                self.node(tag, 0, Trie::Storage)?.hash
            }
            _ => return Err(self.cursor.refuse(0, "a storage root or a trie, not both")),
        };
        self.put_path(&path, true);
        let payload_length = nonce.length() + balance.length() + 2 * storage_root.length();
        let list = Header { list: true, payload_length };
        put_string(&mut self.open, list.length() + payload_length, |out| {
            list.encode(out);
            nonce.encode(out);
            balance.encode(out);
            storage_root.encode(out);
            code_hash.encode(out);
        });
        Ok(())
    }

    fn hash(&mut self) -> Result<Reference<'a>, Error> {
        Ok(Reference { hash: B256::new(self.cursor.array()?), inline: None })
    }

    fn hash_other_than(&mut self, known: B256) -> Result<B256, Error> {
        let hash = B256::new(self.cursor.array()?);
        if hash == known {
            return Err(self.cursor.refuse(32, "no hash where there is nothing"));
        }
        Ok(hash)
    }

    fn leaf_path(&mut self, depth: usize) -> Result<Path<'a>, Error> {
        self.path(NIBBLES.saturating_sub(depth))
    }

    fn path(&mut self, nibbles: usize) -> Result<Path<'a>, Error> {
        let odd = match nibbles % 2 {
            0 => None,
            _ => Some(self.cursor.byte()?),
        };
        if odd.is_some_and(|nibble| nibble > 0x0f) {
            return Err(self.cursor.refuse(1, "a nibble"));
        }
        Ok(Path { nibbles, odd, pairs: self.cursor.take(nibbles / 2)? })
    }

    fn put_path(&mut self, path: &Path<'_>, leaf: bool) {
        let flag = path.flag(leaf);
        if path.pairs.is_empty() {
            self.open.push(flag);
            return;
        }
        // At most 33 bytes.
        self.open.extend([0x80 + 1 + path.pairs.len() as u8, flag]);
        self.open.extend_from_slice(path.pairs);
    }

    fn refer(&mut self, reference: &Reference<'_>) {
        match reference.inline {
            Some(raw) => self.open.extend_from_slice(raw),
            None => {
                self.open.push(HASH_PREFIX);
                self.open.extend_from_slice(reference.hash.as_slice());
            }
        }
    }

    /// Makes the node whose payload lies in `open` from `start` on.
    fn end(&mut self, start: usize, depth: usize) -> Result<Reference<'a>, Error> {
        let end = self.open.len();
        let header = Header { list: true, payload_length: end - start };
        header.encode(&mut self.open);
        let (Some(payload), Some(header)) = (self.open.get(start..end), self.open.get(end..))
        else {
            return Err(self.cursor.refuse(0, "a node"));
        };
        let len = header.len() + payload.len();
        if len < HASHED && depth > 0 {
            return Err(self.cursor.refuse(0, "a node of at least 32 bytes, or one inline"));
        }
        check_count(self.nodes.len(), self.budget.nodes)?;
        self.bytes_left = spend(self.bytes_left, len, &self.budget)?;
        let mut hash = B256::ZERO;
        let pushed: Result<(), ()> = self.nodes.push_with(len, |room| {
            let (first, second) = room.split_at_mut_checked(header.len()).ok_or(())?;
            first.copy_from_slice(header);
            second.copy_from_slice(payload);
            hash = keccak256(room);
            Ok(())
        });
        pushed.map_err(|()| too_large())?;
        self.hashes.push(hash);
        self.open.truncate(start);
        Ok(Reference { hash, inline: None })
    }

    /// Strings after their number: `ordered` ones ascend.
    fn list(
        &mut self,
        strings: &mut BlobsBuilder,
        limit: usize,
        ordered: bool,
    ) -> Result<(), Error> {
        let mut last = None;
        for _ in 0..self.cursor.number()? {
            let string = self.cursor.bytes()?;
            if ordered && last.is_some_and(|last| last >= string) {
                return Err(self.cursor.refuse(string.len(), "strings in ascending order"));
            }
            last = Some(string);
            check_count(strings.len(), limit)?;
            self.bytes_left = spend(self.bytes_left, string.len(), &self.budget)?;
            if !strings.push(string) {
                return Err(too_large());
            }
        }
        Ok(())
    }
}

/// Appends a string of `len` bytes that `put` writes and that is no encoding of its own.
fn put_string(out: &mut Vec<u8>, len: usize, put: impl FnOnce(&mut Vec<u8>)) {
    Header { list: false, payload_length: len }.encode(out);
    put(out);
}

/// What is left of the budget's bytes after `len` more.
fn spend(left: usize, len: usize, budget: &Budget) -> Result<usize, Error> {
    left.checked_sub(len).ok_or_else(|| {
        let error = Error::new(Code::InputTooLarge).actual("more, once nodes are whole");
        error.expected(format_args!("at most {} bytes", budget.bytes))
    })
}

fn check_count(count: usize, limit: usize) -> Result<(), Error> {
    if count < limit {
        return Ok(());
    }
    let error = Error::new(Code::TooManyNodes).expected(format_args!("at most {limit}"));
    Err(error.actual("more"))
}

fn too_large() -> Error {
    Error::new(Code::InputTooLarge).expected("less than 4 GiB")
}
