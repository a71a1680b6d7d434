//! A code made ready for the interpreter without copying it.

use revm::bytecode::{Bytecode, JumpTable, opcode};
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
    let jumps = JumpTable::from_slice(&jump_destinations(bytes), bytes.len());
    // SAFETY: every push finds its data and a STOP after it, since `padded` goes on with
    // zeros for the longest push and one more byte; the jump table is as long as the code
    // and holds the destinations that a walk from its first byte reaches.
    #[expect(unsafe_code, reason = "the interpreter's own analysis would copy the code")]
    unsafe {
        Bytecode::new_analyzed(code.padded.clone(), code.len, jumps)
    }
}

/// One bit a byte of code: whether a jump may go there.
fn jump_destinations(code: &[u8]) -> Vec<u8> {
    let mut bits = vec![0u8; code.len().div_ceil(8)];
    let mut at = 0;
    while let Some(&byte) = code.get(at) {
        if byte == opcode::JUMPDEST
            && let Some(bits) = bits.get_mut(at / 8)
        {
            *bits |= 1 << (at % 8);
        }
        let push = byte.wrapping_sub(opcode::PUSH1);
        at += if push < 32 { usize::from(push) + 2 } else { 1 };
    }
    bits
}
