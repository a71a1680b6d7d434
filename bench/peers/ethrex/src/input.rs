//! Reading a block with its witness.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use bytes::Bytes;
use ethrex_common::types::block_execution_witness::RpcExecutionWitness;
use flate2::bufread::MultiGzDecoder;
use serde::Deserialize;

/// A block with its witness: byte strings, nothing decoded yet.
pub struct Input {
    pub name: Option<String>,
    /// For test chains: the name of the rules in force from genesis on.
    pub network: Option<String>,
    pub chain_id: u64,
    pub number: u64,
    pub block_rlp: Vec<u8>,
    pub witness: RpcExecutionWitness,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    name: Option<String>,
    network: Option<String>,
    chain_id: u64,
    number: u64,
    #[serde(default)]
    block_rlp: String,
    #[serde(default)]
    witness: Witness,
}

#[derive(Deserialize, Default)]
struct Witness {
    state: Vec<String>,
    codes: Vec<String>,
    #[serde(default)]
    headers: Vec<String>,
}

impl Input {
    pub fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
        let file: Document = serde_json::from_slice(&read_file(path)?)?;
        let Witness {
            state,
            codes,
            headers,
        } = file.witness;
        Ok(Input {
            name: file.name,
            network: file.network,
            chain_id: file.chain_id,
            number: file.number,
            block_rlp: from_hex(&file.block_rlp)?,
            witness: RpcExecutionWitness {
                state: all_from_hex(&state)?,
                keys: Vec::new(),
                codes: all_from_hex(&codes)?,
                headers: all_from_hex(&headers)?,
            },
        })
    }

    /// Why this block is nothing for a stateless verifier.
    pub fn skip_reason(&self) -> Option<String> {
        if self.block_rlp.is_empty() {
            Some("no block RLP".into())
        } else if self.witness.headers.is_empty() {
            Some("no parent header".into())
        } else {
            None
        }
    }
}

/// A file's content, unpacked if it is gzipped.
fn read_file(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut reader = BufReader::new(File::open(path)?);
    let mut content = Vec::new();
    if reader.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        MultiGzDecoder::new(reader).read_to_end(&mut content)?;
    } else {
        reader.read_to_end(&mut content)?;
    }
    Ok(content)
}

fn all_from_hex(texts: &[String]) -> Result<Vec<Bytes>, String> {
    texts
        .iter()
        .map(|text| from_hex(text).map(Bytes::from))
        .collect()
}

fn from_hex(text: &str) -> Result<Vec<u8>, String> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    hex::decode(digits).map_err(|error| error.to_string())
}
