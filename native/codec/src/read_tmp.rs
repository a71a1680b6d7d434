//! Reads the combined JSON form.
use crate::*;

/// Reads.
pub fn read(bytes: &[u8], _budget: &Budget) -> Result<Vec<Item>, Error> {
    use std::io::Read;
    let mut text = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let _ = flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut text);
    } else {
        text.extend_from_slice(bytes);
    }
    let bad = || Error::new(Code::MalformedJson);
    let j: serde_json::Value = serde_json::from_slice(&text).map_err(|_| bad())?;
    let hex = |v: &serde_json::Value| const_hex::decode(v.as_str().unwrap_or_default()).unwrap_or_default();
    let list = |k: &str| -> Blobs {
        j["witness"][k].as_array().map(|a| a.iter().map(hex).collect::<Vec<_>>()).unwrap_or_default().iter().collect()
    };
    let block_hashes = j["witness"]["blockHashes"].as_array().map(|a| {
        a.iter().filter_map(|h| h.as_str().and_then(|h| h.parse().ok())).collect()
    });
    Ok(vec![Item {
        block: Some(hex(&j["blockRlp"])),
        witness: Some(Witness { nodes: list("state"), codes: list("codes"), headers: list("headers") }),
        claims: Claims {
            chain_id: j["chainId"].as_u64(),
            pre_state_root: j["preStateRoot"].as_str().and_then(|r| r.parse().ok()),
            block_hashes: block_hashes.unwrap_or_default(),
        },
    }])
}
