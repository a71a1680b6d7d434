//! What a block came to, once its changes are written: step 7 of
//! [`verify`](crate::verify()).

use std::collections::BTreeMap;

use alloy_primitives::{B256, Bytes};
use weakstate_trees::state::{AccountChange, Changes, State};

use crate::Result;
use crate::access_list::AccessList;
use crate::overlay::Overlay;
use crate::receipt::Receipt;
use crate::witness_gas::AccessEvents;

/// What a block came to.
#[derive(Debug)]
pub(crate) struct Written<S> {
    /// The state, after the block's changes were written.
    pub state: S,
    pub receipts: Vec<Receipt>,
    pub changes: Changes,
    pub created_codes: BTreeMap<B256, Bytes>,
    /// What each step read and changed, if it was asked for.
    pub access_list: Option<AccessList>,
    /// The lowest block whose hash was read.
    pub oldest_hash: Option<u64>,
    /// The leaves that were touched, where gas is charged by them.
    pub access_events: AccessEvents,
}

impl<S: State> Written<S> {
    /// What an overlay holds after [`write`].
    pub(crate) fn new(mut overlay: Overlay<S>, receipts: Vec<Receipt>, changes: Changes) -> Self {
        Self {
            receipts,
            changes,
            created_codes: overlay.take_created(),
            access_list: overlay.take_accesses(),
            oldest_hash: overlay.oldest_hash(),
            access_events: overlay.take_events(),
            state: overlay.into_state(),
        }
    }
}

/// Writes what is left to write, after the changes that were `written` while executing.
/// Returns the state root afterwards and all changes of the block.
///
/// # Errors
/// A hole in the state.
pub(crate) fn write<S: State>(
    overlay: &mut Overlay<S>,
    written: Vec<Changes>,
) -> Result<(B256, Changes)> {
    let (root, last) = overlay.write()?;
    Ok((root, merge(written, last)))
}

/// All changes of a block whose transactions were written one by one.
fn merge(written: Vec<Changes>, last: Changes) -> Changes {
    if written.is_empty() {
        return last;
    }
    let mut merged = BTreeMap::new();
    for (address, change) in written.into_iter().flatten().chain(last) {
        let all: &mut AccountChange = merged.entry(address).or_default();
        if change.storage_cleared {
            all.storage_cleared = true;
            all.slots.clear();
        }
        all.account = change.account;
        let mut slots: BTreeMap<_, _> = all.slots.drain(..).collect();
        slots.extend(change.slots);
        all.slots = slots.into_iter().collect();
    }
    merged.into_iter().collect()
}
