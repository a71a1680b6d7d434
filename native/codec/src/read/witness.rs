//! Witnesses as JSON: the answers of `debug_executionWitness`, old and new.

use alloy_consensus::Header;
use alloy_primitives::{B256, keccak256};
use alloy_rlp::Decodable;

use super::field::{word, wrong};
use super::json::{Tree, place};
use super::{check_count, decode_hex, digits, foreign, rlp_form};
use crate::{Blame, Blobs, BlobsBuilder, Budget, Code, Error, PADDING, Witness};

/// Most headers that are read; verification takes no more than 256.
pub(super) const MAX_HEADERS: usize = 4096;

/// A witness under any of the names of its fields.
pub(super) fn from_json(tree: &Tree<'_>, at: &str, budget: &Budget) -> Result<Witness, Error> {
    if !matches!(tree, Tree::Object(_)) {
        return Err(wrong("a witness's fields, or RLP in hexadecimal", tree.kind(), at));
    }
    let proof = match tree.get("proof", at)? {
        Some(Tree::String(text)) => decode_hex(text.as_bytes(), &place(at, "proof"))?,
        Some(other) => return Err(wrong("hexadecimal", other.kind(), &place(at, "proof"))),
        None => Vec::new(),
    };
    let Some(state) = tree.get("state", at)? else {
        let error = Error::new(Code::MissingField).expected("the witness's nodes");
        return Err(error.actual("none").at(place(at, "state")));
    };
    let nodes = blobs(state, &place(at, "state"), budget)?;
    let codes = match tree.get("codes", at)? {
        Some(codes) => blobs(codes, &place(at, "codes"), budget)?,
        None => Blobs::default(),
    };
    let headers = match tree.get("headers", at)? {
        Some(list) => headers(list, &place(at, "headers"))?,
        None => Blobs::default(),
    };
    let keys = match tree.get("keys", at)? {
        Some(keys) => hints(blobs(keys, &place(at, "keys"), budget))?,
        None => Blobs::default(),
    };
    Ok(Witness { nodes, codes, proof, headers, keys })
}

impl Witness {
    /// Reads a witness in our bytes or in geth's RLP, which stands at `at` of something larger.
    ///
    /// # Errors
    /// A code whose blame is [`Unreadable`](Blame::Unreadable) or
    /// [`BudgetExceeded`](Blame::BudgetExceeded).
    pub fn read(bytes: &[u8], at: &str, budget: &Budget) -> Result<Self, Error> {
        if !Self::is_bytes(bytes) {
            return rlp_form::witness(bytes, at, budget);
        }
        let read = Self::from_bytes(bytes, budget);
        read.map_err(|error| Error { at: format!("{at}, {}", error.at), ..error })
    }
}

/// Nothing rests on keys, so what is no list of byte strings is no reason to refuse a witness.
pub(super) fn hints(keys: Result<Blobs, Error>) -> Result<Blobs, Error> {
    match keys {
        Err(error) if error.blame() == Blame::Unreadable => Ok(Blobs::default()),
        keys => keys,
    }
}

/// A list of hexadecimal strings, or a map from hashes to them: the hashes say nothing.
fn blobs(tree: &Tree<'_>, at: &str, budget: &Budget) -> Result<Blobs, Error> {
    let values: Vec<&Tree<'_>> = match tree {
        Tree::List(values) => values.iter().collect(),
        Tree::Object(entries) => entries.iter().map(|(_, value)| value).collect(),
        other => return Err(wrong("a list of hexadecimal strings", other.kind(), at)),
    };
    check_count(values.len(), budget.nodes, at)?;
    let length: usize = values.iter().map(|value| value.string().map_or(0, str::len)).sum();
    let mut builder = BlobsBuilder::with_capacity(length / 2 + values.len() * PADDING);
    for (index, value) in values.iter().enumerate() {
        let place = || format!("{at}[{index}]");
        let Some(text) = value.string() else {
            return Err(wrong("a hexadecimal string", value.kind(), &place()));
        };
        let digits = digits(text.as_bytes(), "").map_err(|error| error.at(place()))?;
        let pushed: Result<(), Option<const_hex::FromHexError>> = builder
            .push_with(digits.len() / 2, |room| {
                const_hex::decode_to_slice(digits, room).map_err(Some)
            });
        pushed.map_err(|error| match error {
            Some(_) => foreign(digits, &place()),
            None => Error::new(Code::InputTooLarge).expected("less than 4 GiB").at(at),
        })?;
    }
    Ok(builder.build())
}

/// Headers as RLP or as objects, in any order; the youngest comes last.
fn headers(tree: &Tree<'_>, at: &str) -> Result<Blobs, Error> {
    let Tree::List(values) = tree else {
        return Err(wrong("a list of headers", tree.kind(), at));
    };
    check_count(values.len(), MAX_HEADERS, at)?;
    let mut headers = Vec::with_capacity(values.len());
    for (index, value) in values.iter().enumerate() {
        let at = format!("{at}[{index}]");
        headers.push(match value {
            Tree::String(text) => decode_hex(text.as_bytes(), &at)?,
            Tree::Object(_) => header_of(value, &at)?.1,
            other => return Err(wrong("a header", other.kind(), &at)),
        });
    }
    Ok(in_order(headers))
}

/// Sorts headers by number. What is no header comes first, for verification to refuse.
pub(super) fn in_order(mut headers: Vec<Vec<u8>>) -> Blobs {
    headers.sort_by_cached_key(|rlp| Header::decode(&mut rlp.as_slice()).ok().map(|h| h.number));
    headers.iter().collect()
}

/// A header that is given as an object, and its RLP, held against the hash given with it.
pub(super) fn header_of(tree: &Tree<'_>, at: &str) -> Result<(Header, Vec<u8>), Error> {
    let header: Header = tree.parse(at)?;
    let rlp = alloy_rlp::encode(&header);
    check_hash(tree, "hash", keccak256(&rlp), at)?;
    Ok((header, rlp))
}

/// Holds what was made of an object's fields against the hash that the object states, if any.
pub(super) fn check_hash(
    tree: &Tree<'_>,
    key: &str,
    computed: B256,
    at: &str,
) -> Result<(), Error> {
    let Some(stated) = tree.get(key, at)? else {
        return Ok(());
    };
    let at = place(at, key);
    let stated = word(stated, &at)?;
    if stated == computed {
        return Ok(());
    }
    let expected = format!("{computed}, the hash of the fields given");
    Err(wrong(&expected, &stated.to_string(), &at))
}
