//! Values that no block wrote, put into a state: so that a block of elsewhere finds there what it
//! touches.

use weakstate_trees::Source;
use weakstate_trees::state::{Changes, Layout, Sealed, State, Tables, WholeState};

use crate::Result;
use crate::block::SealedHeader;
use crate::produce_from::change;
use crate::touches::PostValues;

/// What was put into a state.
#[derive(Debug)]
pub struct Planted {
    /// The header that was given, with the state root that came out.
    pub header: SealedHeader,
    /// What is other than before.
    pub changes: Changes,
    /// Nodes of the tree that have changed or gone.
    pub sealed: Sealed,
}

/// Puts `values` into the state with the root of `head`, which `tables` and `nodes` hold and which
/// stays as it is. The block of `header` becomes the one after which this is the state.
///
/// # Errors
/// `delta_missing_code` if the values name a code that is nowhere; else what `tables` and `nodes`
/// fail with.
pub fn plant<'s, T, N>(
    layout: &Layout,
    head: &SealedHeader,
    header: &SealedHeader,
    values: &PostValues,
    tables: T,
    nodes: N,
) -> Result<Planted>
where
    T: Tables + Copy + std::fmt::Debug,
    N: Source<'s> + std::fmt::Debug,
{
    let mut changes = Changes::new();
    for (address, post) in &values.accounts {
        if let Some(change) = change(&tables, values, address, post)? {
            changes.push((*address, change));
        }
    }
    let mut state = WholeState::unproven(layout, &head.header.state_root, tables, nodes)?;
    let root = state.write(&changes, &values.codes)?;
    Ok(Planted { header: header.with_state_root(root), changes, sealed: state.seal() })
}
