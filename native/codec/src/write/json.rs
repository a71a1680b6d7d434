//! Witnesses as answers of `debug_executionWitness`, and whole items in one object.

use alloy_consensus::Header;
use alloy_primitives::keccak256;
use alloy_rlp::Decodable;
use serde_json::{Value, json};

use super::malformed_header;
use crate::{Error, Item, Witness};

impl Witness {
    /// The answer of reth and most others: headers in RLP.
    pub fn to_json(&self) -> String {
        let mut object = self.object();
        object.list("headers", self.headers.iter());
        object.end()
    }

    /// The answer of geth: headers by their fields.
    ///
    /// # Errors
    /// [`Code::MalformedAncestor`](crate::Code::MalformedAncestor) if a header is not the RLP of
    /// one, and so has no fields.
    pub fn to_geth_json(&self) -> Result<String, Error> {
        let headers = self.headers.iter().enumerate().map(|(index, rlp)| {
            header_fields(rlp).ok_or_else(|| malformed_header(index, "the RLP of a header"))
        });
        let headers = headers.collect::<Result<Value, Error>>()?;
        let mut object = self.object();
        object.value("headers", &headers.to_string());
        Ok(object.end())
    }

    /// All but the headers. Readers want `keys` to be there, though they do not use it.
    fn object(&self) -> Object {
        let all = [&self.nodes, &self.codes, &self.keys, &self.headers];
        let digits: usize = all.iter().map(|blobs| 2 * blobs.bytes() + 5 * blobs.len()).sum();
        let mut object = Object::with_capacity(digits + 64);
        if !self.proof.is_empty() {
            object.hex("proof", &self.proof);
        }
        object.list("state", self.nodes.sorted());
        object.list("codes", self.codes.sorted());
        object.list("keys", self.keys.iter());
        object
    }
}

impl Item {
    /// Block, witness, delta and what is stated beside them, in one object.
    pub fn to_json(&self) -> String {
        let parts = [self.block.as_ref(), self.delta.as_ref()];
        let digits = parts.iter().flatten().map(|part| 2 * part.len()).sum::<usize>();
        let mut object = Object::with_capacity(digits + 256);
        if let Some(id) = self.claims.chain_id {
            object.value("chainId", &id.to_string());
        }
        if let Some(root) = &self.claims.pre_state_root {
            object.hex("preStateRoot", root.as_slice());
        }
        for (name, part) in ["blockRlp", "delta"].into_iter().zip(parts) {
            if let Some(bytes) = part {
                object.hex(name, bytes);
            }
        }
        if let Some(witness) = &self.witness {
            let mut inner = witness.object();
            inner.list("headers", witness.headers.iter());
            let hashes = &self.claims.block_hashes;
            if !hashes.is_empty() {
                inner.list("blockHashes", hashes.iter().map(|hash| hash.as_slice()));
            }
            object.value("witness", &inner.end());
        }
        object.end()
    }
}

/// A header by its fields and its hash, if they say all that its RLP does.
fn header_fields(rlp: &[u8]) -> Option<Value> {
    let header = Header::decode(&mut &*rlp).ok()?;
    if alloy_rlp::encode(&header) != rlp {
        return None;
    }
    let mut fields = serde_json::to_value(&header).ok()?;
    fields.as_object_mut()?.insert("hash".to_owned(), json!(keccak256(rlp)));
    Some(fields)
}

/// A JSON object, written one entry after the other.
struct Object(String);

impl Object {
    fn with_capacity(capacity: usize) -> Self {
        Self(String::with_capacity(capacity))
    }

    /// An entry whose value is JSON already.
    fn value(&mut self, name: &str, value: &str) {
        self.name(name);
        self.0.push_str(value);
    }

    fn hex(&mut self, name: &str, bytes: &[u8]) {
        self.name(name);
        self.push_hex(bytes);
    }

    fn list<'a>(&mut self, name: &str, strings: impl IntoIterator<Item = &'a [u8]>) {
        self.name(name);
        self.0.push('[');
        for (index, string) in strings.into_iter().enumerate() {
            if index > 0 {
                self.0.push(',');
            }
            self.push_hex(string);
        }
        self.0.push(']');
    }

    fn end(mut self) -> String {
        self.0.push_str(if self.0.is_empty() { "{}" } else { "}" });
        self.0
    }

    fn name(&mut self, name: &str) {
        self.0.push_str(if self.0.is_empty() { "{\"" } else { ",\"" });
        self.0.push_str(name);
        self.0.push_str("\":");
    }

    fn push_hex(&mut self, bytes: &[u8]) {
        self.0.push('"');
        self.0.push_str(&const_hex::encode_prefixed(bytes));
        self.0.push('"');
    }
}
