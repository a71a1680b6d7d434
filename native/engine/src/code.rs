//! A code made ready for the interpreter without copying it.

use revm::bytecode::{Bytecode, JumpTable, opcode};
use weakstate_trees::chunks::CHUNK;
use weakstate_trees::state::Code;

/// Finds the jump destinations of a code.
pub fn analyse(code: &Code) -> Bytecode {
    let bytes = code.padded.get(..code.len).unwrap_or_default();
    if bytes.is_empty() {
        return Bytecode::new();
    }
    if bytes.starts_with(&[0xef, 0x01]) {
        // A delegation, or what only looks like one: both are short.
        let raw = code.padded.slice(..code.len);
        return Bytecode::new_raw_checked(raw.clone())
            .unwrap_or_else(|_| Bytecode::new_legacy(raw));
    }
    let destinations = match &code.chunks {
        None => jump_destinations(bytes),
        Some(chunks) => known_destinations(bytes, chunks),
    };
    let jumps = JumpTable::from_slice(&destinations, bytes.len());
    // SAFETY: every push finds its data and a STOP after it, since `padded` goes on with
    // zeros for the longest push and one more byte; the jump table is as long as the code
    // and holds the destinations that a walk from its first byte reaches.
    #[expect(unsafe_code, reason = "the interpreter's own analysis would copy the code")]
    unsafe {
        Bytecode::new_analyzed(code.padded.clone(), code.len, jumps)
    }
}

/// One bit a byte of code: whether a jump may go there.
///
/// Works on 64 bytes at a time: both kinds of instruction that matter are found at once, and
/// only pushes are visited, to leave out the data behind them.
fn jump_destinations(code: &[u8]) -> Vec<u8> {
    let mut bits = Vec::with_capacity(code.len().div_ceil(64) * 8);
    // Bytes at the start of the next chunk that belong to a push before it.
    let mut carried = 0;
    let (chunks, rest) = code.as_chunks::<64>();
    let mut last = [0; 64];
    if let Some(start) = last.get_mut(..rest.len()) {
        start.copy_from_slice(rest);
    }
    for chunk in chunks.iter().chain((!rest.is_empty()).then_some(&last)) {
        bits.extend_from_slice(&destinations(chunk, &mut carried).to_le_bytes());
    }
    bits.truncate(code.len().div_ceil(8));
    bits
}

/// The destinations in the chunks that are known. Each says how much of it is data of a push
/// before it, so that none needs the one before.
fn known_destinations(code: &[u8], chunks: &[Option<u8>]) -> Vec<u8> {
    let mut bits = vec![0; code.len().div_ceil(8)];
    for (index, (bytes, data)) in code.chunks(CHUNK).zip(chunks).enumerate() {
        let Some(data) = data else { continue };
        let mut at = usize::from(*data);
        while let Some(&byte) = bytes.get(at) {
            let place = index * CHUNK + at;
            if byte == opcode::JUMPDEST
                && let Some(eight) = bits.get_mut(place / 8)
            {
                *eight |= 1 << (place % 8);
            }
            let pushed = byte.wrapping_sub(opcode::PUSH1);
            at += if pushed < 32 { usize::from(pushed) + 2 } else { 1 };
        }
    }
    bits
}

/// The destinations among 64 bytes, the first `carried` of which are data.
fn destinations(chunk: &[u8; 64], carried: &mut u32) -> u64 {
    let (mut pushes, jumps) =
        (matching(chunk, 0xe0, opcode::PUSH1), matching(chunk, 0xff, opcode::JUMPDEST));
    let mut data = (1 << *carried) - 1;
    *carried = 0;
    pushes &= !data;
    while pushes != 0 {
        let at = pushes.trailing_zeros();
        let push = chunk.get(at as usize).copied().unwrap_or_default();
        let len = u32::from(push - opcode::PUSH1) + 1;
        let behind = (((1 << len) - 1) << at) << 1;
        data |= behind;
        pushes &= !(behind | 1 << at);
        *carried = (at + 1 + len).saturating_sub(64);
    }
    jumps & !data
}

/// One bit a byte: whether `byte & mask == value`.
#[inline(always)]
fn matching(chunk: &[u8; 64], mask: u8, value: u8) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let mask = u64::from_le_bytes([mask; 8]);
    let value = u64::from_le_bytes([value; 8]);
    let (words, _) = chunk.as_chunks::<8>();
    words.iter().enumerate().fold(0, |bits, (index, word)| {
        let differing = (u64::from_le_bytes(*word) & mask) ^ value;
        // The top bit of each byte that does not differ, then all of these side by side.
        let equal = !((differing & LOW).wrapping_add(LOW) | differing | LOW);
        let gathered = (equal >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits | gathered << (index * 8)
    })
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    /// One byte after the other, as the Yellow Paper has it (section 9.4.3).
    fn one_by_one(code: &[u8]) -> Vec<u8> {
        let mut bits = vec![0u8; code.len().div_ceil(8)];
        let mut at = 0;
        while let Some(&byte) = code.get(at) {
            bits[at / 8] |= u8::from(byte == opcode::JUMPDEST) << (at % 8);
            let push = byte.wrapping_sub(opcode::PUSH1);
            at += if push < 32 { usize::from(push) + 2 } else { 1 };
        }
        bits
    }

    #[test]
    fn destinations_are_those_of_a_walk_byte_by_byte() {
        let mut random = 1u64;
        let mut byte = |odds: u64| {
            random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let value = (random >> 33) as u8;
            if random >> 41 & 3 < odds { opcode::JUMPDEST } else { value }
        };
        for len in 0..1_500 {
            for odds in [0, 1, 3] {
                let code: Vec<u8> = (0..len).map(|_| byte(odds)).collect();
                assert_eq!(jump_destinations(&code), one_by_one(&code), "{len} bytes");
            }
        }
        for push in opcode::PUSH1..=opcode::PUSH32 {
            for at in 0..130 {
                let mut code = vec![opcode::JUMPDEST; 200];
                code[at] = push;
                assert_eq!(jump_destinations(&code), one_by_one(&code), "push {push:x} at {at}");
            }
        }
    }
}
