//! What the interpreter's instructions see beside their own frame.

use std::sync::atomic::AtomicBool;

use revm::context::{BlockEnv, CfgEnv, Context, Journal, TxEnv};

use crate::overlay::Overlay;

/// Raised by whoever wants execution to stop.
pub type Interrupt<'a> = &'a AtomicBool;

/// Block, transaction and state, and the flag that stops all of it.
pub(crate) type Ctx<'a, S> =
    Context<BlockEnv, TxEnv, CfgEnv, Overlay<S>, Journal<Overlay<S>>, Interrupt<'a>>;
