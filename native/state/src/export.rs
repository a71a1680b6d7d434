//! A dump of all accounts, a line each, as [`StateStore::import`](crate::StateStore::import)
//! reads it: the root first, then codes, each once, then accounts in ascending order of address.
//! Where the tree holds leaves alone, slots that are zero are among them, and what delegations left
//! that were cleared comes last: without these another root would come out.

use std::fmt::Write as _;
use std::io::{self, Write};

use alloy_primitives::{Address, KECCAK256_EMPTY, hex};
use weakstate_codec::{Code, Error};
use weakstate_store::Table;

use crate::leaves::each_cleared;
use crate::view::View;
use crate::{Progress, Result};

/// Most slots on a line: the others of the same account stand on lines of their own.
const SLOTS: usize = 10_000;

/// Bytes of the code of a delegation (EIP-7702).
const DELEGATION: usize = 23;

/// How many accounts are written between two reports of progress.
const STRIDE: u64 = 10_000;

/// Writes the dump. `progress` hears now and then how many accounts were written, and ends the
/// work by an error.
///
/// # Errors
/// `store_damaged`; `store_failed` where `out` cannot be written to.
pub fn export(
    view: &View,
    out: &mut dyn Write,
    progress: &mut dyn FnMut(Progress) -> Result<()>,
) -> Result<()> {
    let head = view.head();
    let mut line = String::new();
    let mut say = |line: &mut String| {
        line.push('\n');
        let written = out.write_all(line.as_bytes());
        line.clear();
        written.map_err(|error| failed(&error))
    };
    let (root, number, hash) = (head.root, head.number, head.hash);
    let _ = write!(line, r#"{{"root":"{root}","number":{number},"hash":"{hash}"}}"#);
    say(&mut line)?;
    for entry in view.read().scan_from(Table::Codes, &[])? {
        let (hash, code) = entry?;
        let (hash, code) = (hex::encode_prefixed(hash), hex::encode_prefixed(code));
        let _ = write!(line, r#"{{"codeHash":"{hash}","code":"{code}"}}"#);
        say(&mut line)?;
    }
    let mut written = 0;
    for account in view.accounts(&Address::ZERO)? {
        let (address, account) = account?;
        let (nonce, balance) = (account.nonce, account.balance);
        let name = hex::encode_prefixed(address);
        let _ = write!(line, r#"{{"address":"{name}","balance":"{balance}","nonce":{nonce}"#);
        if account.code_hash != KECCAK256_EMPTY {
            let _ = write!(line, r#","codeHash":"{}""#, account.code_hash);
        }
        let mut open = false;
        for (index, slot) in view.slots(&address)?.enumerate() {
            let (slot, value) = slot?;
            if index > 0 && index % SLOTS == 0 {
                line.push_str("}}");
                say(&mut line)?;
                let _ = write!(line, r#"{{"address":"{name}""#);
                open = false;
            }
            line.push_str(if open { "," } else { r#","storage":{"# });
            let _ = write!(line, r#""{slot:#x}":"{value:#x}""#);
            open = true;
        }
        line.push_str(if open { "}}" } else { "}" });
        say(&mut line)?;
        written += 1;
        if written % STRIDE == 0 {
            progress(Progress::Accounts(written))?;
        }
    }
    if view.layout().scheme.zeros_stay() {
        each_cleared(view, |address, chunk| {
            let name = hex::encode_prefixed(address);
            let code = chunk.get(1..=DELEGATION).map(hex::encode_prefixed).unwrap_or_default();
            let _ = write!(line, r#"{{"address":"{name}","cleared":"{code}"}}"#);
            say(&mut line)
        })?;
    }
    out.flush().map_err(|error| failed(&error))
}

fn failed(error: &io::Error) -> Box<Error> {
    Box::new(Error::new(Code::StoreFailed).actual(error).at("dump"))
}
