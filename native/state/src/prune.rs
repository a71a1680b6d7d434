//! Gives up what only the past needs.

use alloy_primitives::map::HashSet;
use alloy_primitives::{Address, B256};
use weakstate_store::tables::{Head, decode_account};
use weakstate_store::{Batch, Table};

use crate::commit::forget;
use crate::undo::values_before;
use crate::{Result, StateStore};

/// What was given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Entries that took blocks back.
    pub undo_records: u64,
    /// Headers.
    pub headers: u64,
    /// Codes that no account has, nor has had in a state that can be gone back to.
    pub codes: u64,
}

impl StateStore {
    /// Keeps what takes the latest `blocks` blocks back, and codes that are in use. The file does
    /// not become shorter: what is given up is used again. A backup is without gaps.
    ///
    /// # Errors
    /// What a store may say.
    pub fn prune(&self, blocks: u64) -> Result<Pruned> {
        let view = self.view()?;
        let mut used: HashSet<B256> = HashSet::default();
        for account in view.accounts(&Address::ZERO)? {
            used.insert(account?.1.code_hash);
        }
        let mut batch = self.store.begin()?;
        if Head::read(&*batch)? != Some(view.head()) {
            // Somebody else took the state on meanwhile: what is in use is not known.
            return Ok(Pruned::default());
        }
        drop(view);
        let before = counts(&*batch)?;
        let number = Head::read(&*batch)?.map_or(0, |head| head.number);
        forget(&mut *batch, number, blocks)?;
        for value in values_before(&*batch, Table::Accounts)? {
            used.insert(decode_account(&value)?.2);
        }
        let mut unused = Vec::new();
        for entry in batch.scan_from(Table::Codes, &[])? {
            let (hash, _) = entry?;
            if !used.contains(hash) {
                unused.push(hash.to_vec());
            }
        }
        for hash in &unused {
            batch.delete(Table::Codes, hash)?;
        }
        let after = counts(&*batch)?;
        batch.commit()?;
        let [undo_records, headers, codes] = before;
        Ok(Pruned {
            undo_records: undo_records.saturating_sub(after[0]),
            headers: headers.saturating_sub(after[1]),
            codes: codes.saturating_sub(after[2]),
        })
    }
}

fn counts(batch: &dyn Batch) -> Result<[u64; 3]> {
    Ok([batch.count(Table::Undo)?, batch.count(Table::Headers)?, batch.count(Table::Codes)?])
}
