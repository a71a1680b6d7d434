//! Messages in one allocation, as blocks.

/// Bytes of a block, in both functions.
pub(super) const BLOCK: usize = 64;

/// A block's bytes.
pub(super) type Block = [u8; BLOCK];

/// Byte strings to be hashed. Each is kept as whole blocks, zeros after its end.
#[derive(Clone, Debug, Default)]
pub struct Messages {
    blocks: Vec<Block>,
    /// Where the blocks of each message begin, and how many bytes it has.
    starts: Vec<(u32, u32)>,
}

/// One of the messages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'a> {
    /// At least one block.
    pub(super) blocks: &'a [Block],
    pub(super) bytes: usize,
}

impl Messages {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Removes all.
    pub fn clear(&mut self) {
        self.blocks.clear();
        self.starts.clear();
    }

    /// Adds a message, its parts one behind the other.
    #[inline]
    #[expect(clippy::indexing_slicing, reason = "the blocks hold the length of all parts")]
    pub fn add(&mut self, parts: &[&[u8]]) {
        let start = self.blocks.len();
        let bytes: usize = parts.iter().map(|part| part.len()).sum();
        self.starts.push((start as u32, bytes as u32));
        self.blocks.resize(start + bytes.div_ceil(BLOCK).max(1), [0; BLOCK]);
        let mut rest = self.blocks[start..].as_flattened_mut();
        for part in parts {
            rest[..part.len()].copy_from_slice(part);
            rest = &mut rest[part.len()..];
        }
    }

    /// Adds a message of two halves.
    #[inline]
    pub fn add_pair(&mut self, first: &[u8; 32], second: &[u8; 32]) {
        self.starts.push((self.blocks.len() as u32, BLOCK as u32));
        let mut block = [0; BLOCK];
        let (low, high) = block.split_at_mut(32);
        low.copy_from_slice(first);
        high.copy_from_slice(second);
        self.blocks.push(block);
    }

    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<Message<'_>> {
        let (start, bytes) = *self.starts.get(index)?;
        let (start, bytes) = (start as usize, bytes as usize);
        let blocks = self.blocks.get(start..start + bytes.div_ceil(BLOCK).max(1))?;
        Some(Message { blocks, bytes })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Message<'_>> {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}
