//! Witnesses and items in forms that others read: sorted, each node and code once.

mod json;
mod rlp_form;

use crate::{Code, Error};

/// The refusal of a header that a form cannot hold.
fn malformed_header(index: usize, expected: &str) -> Error {
    let error = Error::new(Code::MalformedAncestor).expected(expected);
    error.at(format_args!("headers[{index}]"))
}
