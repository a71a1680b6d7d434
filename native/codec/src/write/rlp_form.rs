//! Witnesses as geth's RLP.

use alloy_rlp::{Encodable, Header};

use super::malformed_header;
use crate::{Error, Witness, rlp};

impl Witness {
    /// Lists of headers, codes, nodes and, if `keys` is set, keys. geth up to release 1.17 wants
    /// the fourth list, later ones refuse it.
    ///
    /// # Errors
    /// [`Code::MalformedAncestor`](crate::Code::MalformedAncestor) if a header is no RLP list,
    /// which this form cannot hold.
    pub fn to_rlp(&self, keys: bool) -> Result<Vec<u8>, Error> {
        for (index, header) in self.headers.iter().enumerate() {
            if !rlp::list(header).is_some_and(|(_, rest)| rest.is_empty()) {
                return Err(malformed_header(index, "a list"));
            }
        }
        let mut lists = vec![self.codes.sorted(), self.nodes.sorted()];
        if keys {
            lists.push(self.keys.iter().collect());
        }
        let headers = list(self.headers.bytes());
        let heads: Vec<Header> = lists.iter().map(|strings| list(length(strings))).collect();
        let parts = heads.iter().chain([&headers]);
        let whole = list(parts.map(|part| part.length() + part.payload_length).sum());

        let mut out = Vec::with_capacity(whole.length() + whole.payload_length);
        whole.encode(&mut out);
        headers.encode(&mut out);
        self.headers.iter().for_each(|header| out.extend_from_slice(header));
        for (strings, head) in lists.iter().zip(heads) {
            head.encode(&mut out);
            strings.iter().for_each(|string| string.encode(&mut out));
        }
        Ok(out)
    }
}

const fn list(payload_length: usize) -> Header {
    Header { list: true, payload_length }
}

/// Length of byte strings in RLP.
fn length(strings: &[&[u8]]) -> usize {
    strings.iter().map(|string| string.length()).sum()
}
