//! Code in chunks, as Verkle and binary trees keep it.

/// Bytes of code in a chunk.
const CHUNK_CODE: usize = 31;
const PUSH1: u8 = 0x60;
const PUSH32: u8 = 0x7f;

/// The chunks of a code, 32 bytes each: how many of the 31 that follow are data of a push before
/// them, and these 31, zeros after the code's end. Source: EIP-6800, EIP-7864.
#[must_use]
pub fn chunks(code: &[u8]) -> Vec<[u8; 32]> {
    let mut pushed = 0;
    let chunk = |part: &[u8]| {
        let mut chunk = [0; 32];
        let (first, rest) = chunk.split_at_mut(1);
        first.fill(pushed.min(CHUNK_CODE) as u8);
        rest.iter_mut().zip(part).for_each(|(to, from)| *to = *from);
        for byte in part {
            pushed = match byte {
                _ if pushed > 0 => pushed - 1,
                PUSH1..=PUSH32 => usize::from(byte - PUSH1) + 1,
                _ => 0,
            };
        }
        chunk
    };
    code.chunks(CHUNK_CODE).map(chunk).collect()
}
