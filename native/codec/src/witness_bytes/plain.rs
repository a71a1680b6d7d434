//! A witness in the plain forms that others read: sorted, each node and code once.

use alloy_rlp::{Encodable, Header};

use super::write::sorted;
use crate::{Blobs, Code, Error, Witness, rlp};

impl Witness {
    /// The answer of `debug_executionWitness`, headers in RLP, as reth and others give it.
    pub fn to_json(&self) -> String {
        let bytes = self.nodes.bytes() + self.codes.bytes() + self.headers.bytes();
        let count = self.nodes.len() + self.codes.len() + self.headers.len();
        let mut out = String::with_capacity(2 * bytes + 5 * count + 64);
        for (start, strings) in [
            ("{\"state\":[", sorted(&self.nodes)),
            ("],\"codes\":[", sorted(&self.codes)),
            // Readers of this form want the field; they do not use it.
            ("],\"keys\":[],\"headers\":[", self.headers.iter().collect()),
        ] {
            out.push_str(start);
            for (index, string) in strings.into_iter().enumerate() {
                out.push_str(if index == 0 { "\"" } else { ",\"" });
                out.push_str(&const_hex::encode_prefixed(string));
                out.push('"');
            }
        }
        out.push_str("]}");
        out
    }

    /// The RLP that geth reads: headers, codes, nodes.
    ///
    /// # Errors
    /// [`Code::MalformedAncestor`] if a header is no RLP list, which this form cannot hold.
    pub fn to_rlp(&self) -> Result<Vec<u8>, Error> {
        for (index, header) in self.headers.iter().enumerate() {
            if !rlp::list(header).is_some_and(|(_, rest)| rest.is_empty()) {
                let error = Error::new(Code::MalformedAncestor).expected("a list");
                return Err(error.at(format_args!("headers[{index}]")));
            }
        }
        let headers = Header { list: true, payload_length: self.headers.bytes() };
        let (codes, codes_header) = strings(&self.codes);
        let (nodes, nodes_header) = strings(&self.nodes);
        let parts = [&headers, &codes_header, &nodes_header];
        let payload_length = parts.map(|part| part.length() + part.payload_length).iter().sum();
        let whole = Header { list: true, payload_length };
        let mut out = Vec::with_capacity(whole.length() + payload_length);
        whole.encode(&mut out);
        headers.encode(&mut out);
        self.headers.iter().for_each(|header| out.extend_from_slice(header));
        for (header, strings) in [(codes_header, codes), (nodes_header, nodes)] {
            header.encode(&mut out);
            strings.iter().for_each(|string| string.encode(&mut out));
        }
        Ok(out)
    }
}

/// The strings in order and the header of their list.
fn strings(blobs: &Blobs) -> (Vec<&[u8]>, Header) {
    let strings = sorted(blobs);
    let payload_length = strings.iter().map(|string| string.length()).sum();
    (strings, Header { list: true, payload_length })
}
