//! Two deltas in a row as one.

use alloy_primitives::U256;

use super::{Account, AccountDelta, Ascending, Delta, SlotDelta, StorageDelta};
use crate::{Code, Error};

/// What a scheme makes of a slot that is written zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZeroWrites {
    /// It is gone, and with an account all its slots are, so writing back what was there
    /// changes nothing (Merkle Patricia).
    Delete,
    /// It is a value: whatever was written stays in the tree, so nothing is left out (Verkle).
    Stay,
}

impl Delta {
    /// What `self` and then `next` change, as one delta.
    ///
    /// # Errors
    /// `next` does not start where `self` ends: its parent, its root or a value that it states
    /// as the one before.
    pub fn then(&self, next: &Self, zeros: ZeroWrites) -> Result<Self, Error> {
        if next.parent_hash != self.block_hash {
            let error = Error::new(Code::DeltaWrongParent).expected(self.block_hash);
            return Err(error.actual(next.parent_hash).at("parent_hash"));
        }
        if next.number.checked_sub(next.blocks) != Some(self.number) {
            let error = Error::new(Code::DeltaWrongParent);
            let error = error.expected(format_args!("a delta that starts after {}", self.number));
            let actual = format_args!("{} blocks up to {}", next.blocks, next.number);
            return Err(error.actual(actual).at("number"));
        }
        if next.pre_state_root != self.post_state_root {
            let error = Error::new(Code::DeltaWrongPreState).expected(self.post_state_root);
            return Err(error.actual(next.pre_state_root).at("pre_state_root"));
        }
        let accounts = self.accounts.merge(&next.accounts, |address, first, second| {
            let joined = match (first, second) {
                (Some(first), Some(second)) => {
                    let (first, second) = (first.normal(zeros), second.normal(zeros));
                    join(&first, &second)
                        .map_err(|(what, error)| error.at(format_args!("{address}{what}")))?
                }
                (Some(account), None) | (None, Some(account)) => account.clone(),
                (None, None) => return Ok(None),
            };
            let joined = joined.normal(zeros);
            Ok(Some(joined).filter(|joined| zeros == ZeroWrites::Stay || !joined.is_nothing()))
        })?;
        let codes = self
            .codes
            .merge(&next.codes, |_, first, second| Ok::<_, Error>(first.or(second).cloned()))?;
        Ok(Self {
            number: next.number,
            blocks: self.blocks.saturating_add(next.blocks),
            block_hash: next.block_hash,
            parent_hash: self.parent_hash,
            pre_state_root: self.pre_state_root,
            post_state_root: next.post_state_root,
            accounts,
            codes,
        })
    }

    /// The same change without what the scheme takes for none, in the form in which
    /// [`Self::then`] gives it.
    #[must_use]
    pub fn normal(&self, zeros: ZeroWrites) -> Self {
        let keep = |account: &AccountDelta| zeros == ZeroWrites::Stay || !account.is_nothing();
        let accounts = self.accounts.iter().map(|(address, a)| (*address, a.normal(zeros)));
        let accounts = accounts.filter(|(_, account)| keep(account)).collect();
        Self { accounts, ..self.clone() }
    }
}

impl AccountDelta {
    /// Whether nothing changed, if writing what was there is no change.
    fn is_nothing(&self) -> bool {
        let still = matches!(&self.storage, StorageDelta::Written(slots) if slots.is_empty());
        still && self.before == self.after
    }

    /// The same change in the scheme's own terms: where zero deletes, zero is absence, what was
    /// written back is left out, and an account that is not there has no slots.
    fn normal(&self, zeros: ZeroWrites) -> Self {
        if zeros == ZeroWrites::Stay {
            return self.clone();
        }
        let value = |value: Option<U256>| value.filter(|value| !value.is_zero());
        let storage = match (&self.before, &self.after, &self.storage) {
            (None, None, _) => StorageDelta::default(),
            (Some(_), None, _) => StorageDelta::Cleared(Ascending::default()),
            (_, Some(_), StorageDelta::Written(slots)) => {
                let slots = slots.iter().map(|(key, slot)| {
                    (*key, SlotDelta { before: value(slot.before), after: value(slot.after) })
                });
                StorageDelta::Written(slots.filter(|(_, s)| s.before != s.after).collect())
            }
            (before, Some(_), StorageDelta::Cleared(slots)) => {
                let slots = slots.iter().filter(|(_, value)| !value.is_zero());
                match before {
                    // There was nothing to clear.
                    None => StorageDelta::Written(
                        slots.map(|(key, value)| (*key, written(None, Some(*value)))).collect(),
                    ),
                    Some(_) => StorageDelta::Cleared(slots.copied().collect()),
                }
            }
        };
        Self { before: self.before, after: self.after, storage }
    }
}

const fn written(before: Option<U256>, after: Option<U256>) -> SlotDelta {
    SlotDelta { before, after }
}

/// Where two deltas disagree about an account, and the refusal.
type Break = (String, Error);

/// What happened to an account in both.
fn join(first: &AccountDelta, second: &AccountDelta) -> Result<AccountDelta, Break> {
    if first.after != second.before {
        let error = Error::new(Code::DeltaWrongPreState).expected(tell(first.after.as_ref()));
        return Err((String::new(), error.actual(tell(second.before.as_ref()))));
    }
    let storage = match (&first.storage, &second.storage) {
        (_, StorageDelta::Cleared(slots)) => StorageDelta::Cleared(slots.clone()),
        (StorageDelta::Cleared(first), StorageDelta::Written(second)) => {
            StorageDelta::Cleared(first.merge(second, |key, first, second| match second {
                None => Ok(first.copied()),
                Some(second) => {
                    same(key, first.copied(), second.before)?;
                    Ok(second.after)
                }
            })?)
        }
        (StorageDelta::Written(first), StorageDelta::Written(second)) => {
            StorageDelta::Written(first.merge(second, |key, first, second| {
                Ok(match (first, second) {
                    (Some(first), Some(second)) => {
                        same(key, first.after, second.before)?;
                        Some(written(first.before, second.after))
                    }
                    (one, other) => one.or(other).copied(),
                })
            })?)
        }
    };
    Ok(AccountDelta { before: first.before, after: second.after, storage })
}

fn tell(account: Option<&Account>) -> String {
    let tell = |Account { nonce, balance, code_hash }: &Account| {
        format!("nonce {nonce}, balance {balance}, code {code_hash}")
    };
    account.map_or_else(|| "no account".to_owned(), tell)
}

/// Holds what one delta left in a slot against what the next found there.
fn same(key: &U256, left: Option<U256>, found: Option<U256>) -> Result<(), Break> {
    if left == found {
        return Ok(());
    }
    let tell = |value: Option<U256>| value.map_or("none".to_owned(), |value| format!("{value:#x}"));
    let error = Error::new(Code::DeltaWrongPreState).expected(tell(left)).actual(tell(found));
    Err((format!(" slot {key:#x}"), error))
}
