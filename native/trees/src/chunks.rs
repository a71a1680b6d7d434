//! Code in chunks, as trees of stems hold it.
//!
//! A chunk is 31 bytes of code behind a byte that says how many of them, counted from the first,
//! are data of a push that began before. Source: EIP-6800.

/// Bytes of code in a chunk.
pub const CHUNK: usize = 31;

/// What the tree holds under a chunk's key.
pub type Chunk = [u8; 32];

/// Opcodes from the push of one byte to the push of 32.
const PUSHES: std::ops::RangeInclusive<u8> = 0x60..=0x7f;

/// The chunks of a code.
pub fn chunks(code: &[u8]) -> impl Iterator<Item = Chunk> + '_ {
    // Bytes of data that still come, at the start of the next chunk.
    let mut data = 0usize;
    code.chunks(CHUNK).map(move |bytes| {
        let mut chunk = [0; 32];
        let [first, rest @ ..] = &mut chunk;
        *first = data.min(CHUNK) as u8;
        rest.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        let mut at = data;
        while let Some(byte) = bytes.get(at) {
            at += if PUSHES.contains(byte) { usize::from(byte - PUSHES.start()) + 2 } else { 1 };
        }
        data = at.saturating_sub(CHUNK);
        chunk
    })
}

/// Number of chunks of a code of this many bytes.
pub fn count(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(CHUNK)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_of_a_push_is_counted_over_two_chunks() {
        // A push of 32 bytes as the last of 31: its data fills a chunk, and one byte of the next.
        let mut code = vec![0x5b; 30];
        code.push(0x7f);
        code.extend([0x5b; 40]);
        let firsts: Vec<u8> = chunks(&code).map(|chunk| chunk[0]).collect();
        assert_eq!(firsts, [0, 31, 1]);
        assert_eq!(chunks(&[]).count(), 0);
        assert_eq!((count(31), count(32)), (1, 2));
    }
}
