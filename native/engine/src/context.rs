//! What the interpreter's instructions see beside their own frame.

use std::sync::atomic::AtomicBool;

use revm::context::{BlockEnv, CfgEnv, Context, Journal, TxEnv};

use crate::overlay::Overlay;

/// Raised by whoever wants execution to stop.
pub type Interrupt<'a> = &'a AtomicBool;

/// What bounds an execution.
#[derive(Clone, Copy, Debug)]
pub struct Limits<'a> {
    /// Bytes that all frames of a call together may use.
    pub memory: usize,
    /// Stops it once raised.
    pub interrupt: Interrupt<'a>,
}

/// Block, transaction and state, and the flag that stops all of it.
pub(crate) type Ctx<'a, S> =
    Context<BlockEnv, TxEnv, CfgEnv, Overlay<S>, Journal<Overlay<S>>, Interrupt<'a>>;
