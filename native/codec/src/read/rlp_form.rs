//! Blocks, and geth's witnesses, as RLP.
//!
//! Source: go-ethereum `core/stateless/encoding.go`: a witness is a list of headers, codes,
//! nodes and, up to release 1.17, keys.

use super::witness::{MAX_HEADERS, hints, in_order};
use super::{FORMS, check_count, json::place};
use crate::{Blobs, BlobsBuilder, Budget, Code, Error, Item, Witness, rlp};

/// Fields of the first headers; later forks only add to them.
const HEADER_FIELDS: usize = 15;

/// A block or a witness, told apart by its first part: a block's is a header.
pub(super) fn item(bytes: &[u8], at: &str, budget: &Budget) -> Result<Item, Error> {
    let unknown = |actual| Error::new(Code::UnknownForm).expected(FORMS).actual(actual).at(at);
    if bytes.first().is_none_or(|&first| first < 0xc0) {
        return Err(unknown("RLP that is no list"));
    }
    let payload = whole_list(bytes, at)?;
    if payload.is_empty() {
        return Err(unknown("an empty RLP list"));
    }
    let (first, _) = rlp::item(payload).ok_or_else(|| malformed("a whole first item", at))?;
    let Some((header, _)) = rlp::list(first) else {
        return Err(unknown("RLP whose first item is no list"));
    };
    if header.first().is_none_or(|&first| first >= 0xc0) {
        return Ok(Item { witness: Some(witness(bytes, at, budget)?), ..Item::default() });
    }
    if rlp::items(header).take(HEADER_FIELDS).filter(Result::is_ok).count() < HEADER_FIELDS {
        return Err(unknown("RLP whose first item is no header"));
    }
    Ok(Item { block: Some(bytes.to_vec()), ..Item::default() })
}

/// A witness of three or four parts.
pub(super) fn witness(bytes: &[u8], at: &str, budget: &Budget) -> Result<Witness, Error> {
    let four = || malformed("lists of headers, codes, nodes and perhaps keys", at);
    let mut parts = rlp::items(whole_list(bytes, at)?);
    let mut part = || parts.next()?.ok();
    let (headers, codes, state) = (part(), part(), part());
    let (Some(headers), Some(codes), Some(state)) = (headers, codes, state) else {
        return Err(four());
    };
    let keys = match (parts.next(), parts.next()) {
        (None, _) => Blobs::default(),
        (Some(Ok(keys)), None) => hints(strings(keys, &place(at, "keys"), budget))?,
        _ => return Err(four()),
    };
    Ok(Witness {
        nodes: strings(state, &place(at, "state"), budget)?,
        codes: strings(codes, &place(at, "codes"), budget)?,
        headers: headers_of(headers, &place(at, "headers"))?,
        keys,
        ..Witness::default()
    })
}

fn headers_of(list: &[u8], at: &str) -> Result<Blobs, Error> {
    let (payload, _) = rlp::list(list).ok_or_else(|| malformed("a list", at))?;
    let mut headers = Vec::new();
    for (index, header) in rlp::items(payload).enumerate() {
        check_count(index + 1, MAX_HEADERS, at)?;
        let header = header.ok().filter(|header| rlp::list(header).is_some());
        let error = || malformed("a header as a list", &format!("{at}[{index}]"));
        headers.push(header.ok_or_else(error)?.to_vec());
    }
    Ok(in_order(headers))
}

fn strings(list: &[u8], at: &str, budget: &Budget) -> Result<Blobs, Error> {
    let (payload, _) = rlp::list(list).ok_or_else(|| malformed("a list", at))?;
    let mut builder = BlobsBuilder::with_capacity(payload.len());
    for (index, item) in rlp::items(payload).enumerate() {
        let string = item.ok().and_then(rlp::string);
        let error = || malformed("a byte string", &format!("{at}[{index}]"));
        let (string, _) = string.ok_or_else(error)?;
        check_count(index + 1, budget.nodes, at)?;
        if !builder.push(string) {
            return Err(Error::new(Code::InputTooLarge).expected("less than 4 GiB").at(at));
        }
    }
    Ok(builder.build())
}

/// The payload of the one list that `bytes` are.
fn whole_list<'a>(bytes: &'a [u8], at: &str) -> Result<&'a [u8], Error> {
    match rlp::list(bytes) {
        Some((payload, [])) => Ok(payload),
        Some((_, rest)) => {
            let error = malformed("nothing after the list", at);
            Err(error.actual(format_args!("{} bytes", rest.len())))
        }
        None => Err(malformed("a whole list", at)),
    }
}

fn malformed(expected: &str, at: &str) -> Error {
    Error::new(Code::MalformedRlp).expected(expected).at(at)
}
