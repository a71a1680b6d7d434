//! An access list's RLP, read: strictly, within a budget.

use alloy_eip7928::{AccountChanges, validate_block_access_list};
use alloy_rlp::Decodable as _;
use weakstate_codec::{Budget, Code, Error, rlp};

use super::AccessList;
use crate::Result;

/// How deep a list's items lie: accounts, their lists, slots, their lists, changes, values.
const MAX_DEPTH: usize = 6;

/// Items that one account, slot or change takes at most, its own list included.
const ITEMS: usize = 7;

impl AccessList {
    /// Reads the list of a block with this many transactions. Accounts, slots and steps must
    /// ascend, each slot is either read or changed, and no step is beyond the block's last.
    ///
    /// # Errors
    /// `malformed_access_list`; `too_many_changes` if there are more accounts, slots and
    /// changes than `budget.nodes`.
    pub fn from_rlp(bytes: &[u8], transactions: usize, budget: &Budget) -> Result<Self> {
        let malformed = || Error::new(Code::MalformedAccessList);
        let mut left = budget.nodes.saturating_mul(ITEMS);
        match count(bytes, MAX_DEPTH, &mut left) {
            Some(()) => {}
            None if left == 0 => {
                let expected = format!("at most {} accounts, slots and changes", budget.nodes);
                let error = Error::new(Code::TooManyChanges).expected(expected);
                return Err(Box::new(error.actual("more")));
            }
            None => return Err(Box::new(malformed().expected("canonical RLP"))),
        }
        let mut rest = bytes;
        let list = Vec::<AccountChanges>::decode(&mut rest);
        let list = list.map_err(|error| malformed().actual(error))?;
        if !rest.is_empty() {
            let actual = format!("{} more bytes", rest.len());
            return Err(Box::new(malformed().expected("the end").actual(actual)));
        }
        validate_block_access_list(&list, transactions)
            .map_err(|error| malformed().actual(error))?;
        Ok(Self(list))
    }
}

/// Counts items before memory is taken for them; `None` if there are more than are left, or
/// if they are no RLP of this depth.
fn count(mut bytes: &[u8], depth: usize, left: &mut usize) -> Option<()> {
    while !bytes.is_empty() {
        *left = left.checked_sub(1)?;
        bytes = match rlp::list(bytes) {
            Some((payload, rest)) => {
                count(payload, depth.checked_sub(1)?, left)?;
                rest
            }
            None => rlp::string(bytes)?.1,
        };
    }
    Some(())
}
