//! What the interpreter's instructions see beside their own frame.

use std::fmt;

use revm::context::{BlockEnv, CfgEnv, Context, Journal, TxEnv};

use crate::overlay::Overlay;

/// Asked from time to time whether to stop.
pub type Poll<'a> = &'a dyn Fn() -> bool;

/// What bounds an execution.
#[derive(Clone, Copy)]
pub struct Limits<'a> {
    /// Bytes that all frames of a call together may use.
    pub memory: usize,
    /// Stops it by answering `true`; asked every millisecond or so.
    pub poll: Poll<'a>,
}

impl fmt::Debug for Limits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits").field("memory", &self.memory).finish_non_exhaustive()
    }
}

/// Counts work down to the next time that [`Limits::poll`] is asked.
pub struct Watch<'a> {
    poll: Poll<'a>,
    left: u32,
    stopped: bool,
}

/// A jump is one unit; this many take about a millisecond.
const INTERVAL: u32 = 1 << 16;

impl<'a> Watch<'a> {
    pub(crate) fn new(poll: Poll<'a>) -> Self {
        Self { poll, left: INTERVAL, stopped: false }
    }

    /// Counts `work` units. Returns whether to stop.
    #[inline(always)]
    pub(crate) fn count(&mut self, work: u32) -> bool {
        match self.left.checked_sub(work) {
            Some(left) => {
                self.left = left;
                self.stopped
            }
            None => self.ask(),
        }
    }

    #[cold]
    fn ask(&mut self) -> bool {
        self.left = INTERVAL;
        self.stopped |= (self.poll)();
        self.stopped
    }

    /// Stops.
    pub(crate) fn stop(&mut self) {
        self.stopped = true;
    }

    /// Goes on after a stop, until it is told to stop again.
    pub(crate) fn resume(&mut self) {
        self.stopped = false;
    }

    /// Whether it was stopped.
    pub(crate) fn stopped(&self) -> bool {
        self.stopped
    }
}

impl fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("stopped", &self.stopped).finish_non_exhaustive()
    }
}

/// Block, transaction and state, and the watch over all of it.
pub(crate) type Ctx<'a, S> =
    Context<BlockEnv, TxEnv, CfgEnv, Overlay<S>, Journal<Overlay<S>>, Watch<'a>>;
