//! Bounds on what one input may cost.
//!
//! The defaults leave room for the largest real inputs seen: a mainnet witness of 16,396 nodes,
//! blocks of 8 MiB (EIP-7934 allows 10), and benchmark blocks that run for seconds. At 300 Mgas
//! the frames of a call cannot pay for more than 400 MB.

use std::time::Duration;

/// How large an input may be and how long it may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Bytes of one input after decompression.
    pub bytes: usize,
    /// Nodes, and likewise codes, in one witness.
    pub nodes: usize,
    /// Bytes that all frames of a call together may use.
    pub memory: usize,
    /// Time that one block's verification may take.
    pub time: Duration,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            bytes: 512 << 20,
            nodes: 1_000_000,
            memory: 512 << 20,
            time: Duration::from_secs(60),
        }
    }
}
