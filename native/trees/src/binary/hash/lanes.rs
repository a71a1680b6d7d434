//! Feeds messages to a kernel that works on several at once.
//!
//! Lanes work in step, so messages of as many blocks go together.

use std::sync::LazyLock;

use super::Function;
use super::messages::{BLOCK, Block, Message, Messages};
use super::portable::{self, START, flags};
use super::rounds::SHA256;
use crate::binary::Hash;

/// `L` states side by side, word by word; aligned for the widest vector.
#[repr(C, align(64))]
pub(super) struct States<const L: usize>(pub(super) [[u32; L]; 8]);

/// Compressions of `L` states at once.
pub(super) trait Kernel<const L: usize> {
    /// BLAKE3: adds a block of so many bytes in each lane.
    fn blake3(&self, states: &mut States<L>, blocks: &[&Block; L], bytes: &[u32; L], flags: u32);

    /// BLAKE3: adds the only block, of 64 bytes, in each lane; its words side by side.
    fn blake3_pair(&self, states: &mut States<L>, words: &[[u32; L]; 16]);

    /// SHA-256: adds a block in each lane.
    fn sha256(&self, states: &mut States<L>, blocks: &[&Block; L]);

    /// The words of each lane.
    fn words(&self, states: &States<L>) -> [[u32; 8]; L] {
        std::array::from_fn(|lane| {
            states.0.map(|words| words.get(lane).copied().unwrap_or_default())
        })
    }

    /// SHA-256: adds the same block in all lanes, given the words of its rounds with the rounds'
    /// constants added.
    fn sha256_known(&self, states: &mut States<L>, words: &[u32; 64]);
}

/// Messages of at most so many blocks go to the lanes.
const MAX_BLOCKS: usize = 3;
/// With no more than so many messages, one after the other is faster.
const TOO_FEW: usize = 2;

/// Replaces the contents of `digests` by the digests of `messages`, in their order.
pub(super) fn hash_all<K: Kernel<L>, const L: usize>(
    kernel: &K,
    function: Function,
    messages: &Messages,
    digests: &mut Vec<Hash>,
) {
    digests.clear();
    digests.resize(messages.len(), [0; 32]);
    let mut queues = [const { Queue::<L>::new() }; MAX_BLOCKS];
    for (index, message) in messages.iter().enumerate() {
        let Some(queue) = class(function, message).and_then(|class| queues.get_mut(class)) else {
            set(digests, index, portable::hash(function, message));
            continue;
        };
        if let Some(slot) = queue.waiting.get_mut(queue.count) {
            *slot = (index, message);
            queue.count += 1;
        }
        if queue.count == L {
            hash_some(kernel, function, &queue.waiting, digests);
            queue.count = 0;
        }
    }
    for queue in &queues {
        let waiting = queue.waiting.get(..queue.count).unwrap_or_default();
        if waiting.len() > TOO_FEW {
            hash_some(kernel, function, waiting, digests);
        } else {
            for (index, message) in waiting {
                set(digests, *index, portable::hash(function, *message));
            }
        }
    }
}

/// Messages of one class that wait for others, and their places.
struct Queue<'a, const L: usize> {
    waiting: [(usize, Message<'a>); L],
    count: usize,
}

impl<const L: usize> Queue<'_, L> {
    const fn new() -> Self {
        Self { waiting: [(0, Message { blocks: &[], bytes: 0 }); L], count: 0 }
    }
}

/// Messages of one class take the same steps; none, if lanes do not know these.
#[inline]
fn class(function: Function, message: Message<'_>) -> Option<usize> {
    match function {
        Function::Blake3 => (message.blocks.len() <= MAX_BLOCKS).then(|| message.blocks.len() - 1),
        // The length, eight bytes, and a byte before it fit in.
        Function::Sha256 if message.bytes < BLOCK - 8 => Some(0),
        Function::Sha256 => (message.bytes == BLOCK).then_some(1),
    }
}

/// Hashes up to `L` messages of one class.
fn hash_some<K: Kernel<L>, const L: usize>(
    kernel: &K,
    function: Function,
    messages: &[(usize, Message<'_>)],
    digests: &mut [Hash],
) {
    let mut states = States(START.map(|word| [word; L]));
    let mut blocks = [&[0; BLOCK]; L];
    let Some(count) = messages.first().map(|(_, message)| message.blocks.len()) else { return };
    match function {
        Function::Blake3 => {
            for place in 0..count {
                let mut bytes = [0; L];
                let lanes = blocks.iter_mut().zip(&mut bytes);
                for ((block, bytes), (_, message)) in lanes.zip(messages) {
                    if let Some(found) = message.blocks.get(place) {
                        *block = found;
                    }
                    *bytes = message.bytes.saturating_sub(BLOCK * place).min(BLOCK) as u32;
                }
                kernel.blake3(&mut states, &blocks, &bytes, flags(place, count));
            }
        }
        Function::Sha256 => {
            let whole = messages.first().is_some_and(|(_, message)| message.bytes == BLOCK);
            let mut padded = [[0; BLOCK]; L];
            for ((block, padded), (_, message)) in blocks.iter_mut().zip(&mut padded).zip(messages)
            {
                let Some(found) = message.blocks.first() else { continue };
                *block = found;
                if !whole {
                    *padded = *found;
                    pad(padded, message.bytes);
                    *block = padded;
                }
            }
            kernel.sha256(&mut states, &blocks);
            if whole {
                kernel.sha256_known(&mut states, &AFTER_BLOCK);
            }
        }
    }
    for (words, (index, _)) in kernel.words(&states).into_iter().zip(messages) {
        let words = match function {
            Function::Blake3 => words.map(u32::to_le),
            Function::Sha256 => words.map(u32::to_be),
        };
        let mut digest = [0; 32];
        let (bytes, _) = digest.as_chunks_mut();
        bytes.iter_mut().zip(words).for_each(|(bytes, word)| *bytes = word.to_ne_bytes());
        set(digests, *index, digest);
    }
}

#[inline]
fn set(digests: &mut [Hash], index: usize, digest: Hash) {
    if let Some(to) = digests.get_mut(index) {
        *to = digest;
    }
}

/// Ends a message of SHA-256 that has so many bytes, in its last block.
fn pad(block: &mut Block, bytes: usize) {
    if let Some(end) = block.get_mut(bytes % BLOCK) {
        *end = 0x80;
    }
    if let Some(length) = block.last_chunk_mut() {
        *length = (8 * bytes as u64).to_be_bytes();
    }
}

/// What follows a message of one whole block, as the words of the rounds, constants added.
static AFTER_BLOCK: LazyLock<[u32; 64]> = LazyLock::new(|| {
    let mut block = [0; BLOCK];
    pad(&mut block, BLOCK);
    let mut words: Vec<u32> =
        block.as_chunks().0.iter().map(|bytes| u32::from_be_bytes(*bytes)).collect();
    while words.len() < 64 {
        let word = |back: usize| words.get(words.len() - back).copied().unwrap_or_default();
        let (early, late) = (word(15), word(2));
        let early = early.rotate_right(7) ^ early.rotate_right(18) ^ (early >> 3);
        let late = late.rotate_right(17) ^ late.rotate_right(19) ^ (late >> 10);
        words.push(word(16).wrapping_add(early).wrapping_add(word(7)).wrapping_add(late));
    }
    let mut sums = SHA256;
    sums.iter_mut().zip(words).for_each(|(sum, word)| *sum = sum.wrapping_add(word));
    sums
});
