//! What a JSON value holds: a block, a witness, a delta, all of them, or several of these.

use alloy_primitives::B256;

use super::field::{hex, word, wrong};
use super::json::{Tree, place};
use super::{FORMS, block, push, rlp_form, witness};
use crate::{Budget, Claims, Code, Error, Item, Witness};

/// Appends the items that `tree` holds.
pub(super) fn collect(
    tree: &Tree<'_>,
    at: &str,
    budget: &Budget,
    items: &mut Vec<Item>,
) -> Result<(), Error> {
    match tree {
        Tree::List(values) => {
            for (index, value) in values.iter().enumerate() {
                if matches!(value, Tree::List(_)) {
                    return Err(unknown(value, &format!("{at}[{index}]")));
                }
                collect(value, &format!("{at}[{index}]"), budget, items)?;
            }
        }
        Tree::String(text) => push(items, rlp_form::item(&hex(text, at)?, at, budget)?)?,
        Tree::Object(_) => {
            if let Some(result) = envelope(tree, at)? {
                return collect(result, &place(at, "result"), budget, items);
            }
            push(items, object(tree, at, budget)?)?;
        }
        _ => return Err(unknown(tree, at)),
    }
    Ok(())
}

/// What a JSON-RPC answer carries, if the object is one.
fn envelope<'a, 'b>(tree: &'b Tree<'a>, at: &str) -> Result<Option<&'b Tree<'a>>, Error> {
    if let Some(result) = tree.get("result", at)? {
        return Ok(Some(result));
    }
    let Some(error) = tree.get("error", at)? else {
        return match tree {
            Tree::Object(entries) if entries.iter().any(|(key, _)| key == "result") => {
                let error = Error::new(Code::UnknownForm).expected("the answer of a node");
                Err(error.actual("null: it does not have this block").at(place(at, "result")))
            }
            _ => Ok(None),
        };
    };
    let message = match error.get("message", at)? {
        Some(Tree::String(message)) => message.chars().take(120).collect(),
        _ => String::from("an error"),
    };
    let error = Error::new(Code::UnknownForm).expected("the answer of a node");
    Err(error.actual(format_args!("its error: {message}")).at(place(at, "error")))
}

fn object(tree: &Tree<'_>, at: &str, budget: &Budget) -> Result<Item, Error> {
    let mut item = Item { claims: claims(tree, at)?, ..Item::default() };
    for key in ["blockRlp", "rlp", "block"] {
        let Some(value) = tree.get(key, at)? else {
            continue;
        };
        let at = place(at, key);
        item.block = Some(match value {
            Tree::String(text) => hex(text, &at)?,
            _ => block::from_rpc(value, &at)?,
        });
        break;
    }
    if item.block.is_none() && block::is_rpc(tree) {
        item.block = Some(block::from_rpc(tree, at)?);
    }
    for key in ["witness", "executionWitness"] {
        let Some(value) = tree.get(key, at)? else {
            continue;
        };
        let at = place(at, key);
        item.witness = Some(match value {
            Tree::String(text) => Witness::read(&hex(text, &at)?, &at, budget)?,
            _ => witness::from_json(value, &at, budget)?,
        });
        item.claims.block_hashes = hashes(value, &at)?;
        break;
    }
    if item.witness.is_none() && tree.get("state", at)?.is_some() {
        item.witness = Some(witness::from_json(tree, at, budget)?);
        item.claims.block_hashes = hashes(tree, at)?;
    }
    if let Some(value) = tree.get("delta", at)? {
        let at = place(at, "delta");
        let text = value.string().ok_or_else(|| wrong("hexadecimal", value.kind(), &at))?;
        item.delta = Some(hex(text, &at)?);
    }
    if item.block.is_none() && item.witness.is_none() && item.delta.is_none() {
        return Err(unknown(tree, at));
    }
    Ok(item)
}

fn claims(tree: &Tree<'_>, at: &str) -> Result<Claims, Error> {
    let chain_id = tree.get("chainId", at)?.map(|id| number(id, &place(at, "chainId")));
    let root = tree.get("preStateRoot", at)?.map(|root| word(root, &place(at, "preStateRoot")));
    Ok(Claims {
        chain_id: chain_id.transpose()?,
        pre_state_root: root.transpose()?,
        block_hashes: Vec::new(),
    })
}

/// Hashes of ancestors that a witness states instead of headers, the parent's first.
fn hashes(tree: &Tree<'_>, at: &str) -> Result<Vec<B256>, Error> {
    match tree.get("blockHashes", at)? {
        None => Ok(Vec::new()),
        Some(Tree::List(values)) => {
            let each = values.iter().enumerate();
            each.map(|(index, hash)| word(hash, &format!("{at}.blockHashes[{index}]"))).collect()
        }
        Some(other) => Err(wrong("a list", other.kind(), &place(at, "blockHashes"))),
    }
}

fn number(tree: &Tree<'_>, at: &str) -> Result<u64, Error> {
    let parsed = match tree {
        Tree::Number(number) => Some(*number),
        Tree::String(text) => match text.strip_prefix("0x") {
            Some(digits) => signless(digits).and_then(|text| u64::from_str_radix(text, 16).ok()),
            None => signless(text).and_then(|text| text.parse().ok()),
        },
        _ => None,
    };
    parsed.ok_or_else(|| wrong("a whole number below 2^64", tree.kind(), at))
}

/// The text, unless a sign stands before it.
fn signless(text: &str) -> Option<&str> {
    (!text.starts_with(['+', '-'])).then_some(text)
}

fn unknown(tree: &Tree<'_>, at: &str) -> Error {
    let actual = match tree {
        Tree::Object(entries) => {
            let keys: Vec<&str> = entries.iter().take(8).map(|(key, _)| key.as_ref()).collect();
            let keys: String = keys.join(", ").chars().take(120).collect();
            format!("an object with keys: {keys}")
        }
        other => other.kind().to_owned(),
    };
    Error::new(Code::UnknownForm).expected(FORMS).actual(actual).at(at)
}
