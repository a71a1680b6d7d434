use std::sync::atomic::AtomicBool;
use weakstate_codec::*;
use weakstate_engine::*;
use std::io::Read;
fn hex(v: &serde_json::Value) -> Vec<u8> { alloy_primitives::hex::decode(v.as_str().unwrap()).unwrap() }
fn main() {
    for path in std::env::args().skip(1) {
        let mut text = String::new();
        std::process::Command::new("zcat").arg(&path).stdout(std::process::Stdio::piped()).spawn().unwrap().stdout.unwrap().read_to_string(&mut text).unwrap();
        let j: serde_json::Value = serde_json::from_str(&text).unwrap();
        let list = |k: &str| -> Blobs { j["witness"][k].as_array().map(|a| a.iter().map(hex).collect::<Vec<_>>()).unwrap_or_default().iter().collect() };
        let witness = Witness { nodes: list("state"), codes: list("codes"), headers: list("headers") };
        let block = hex(&j["blockRlp"]);
        let chain = Chain::by_id(j["chainId"].as_u64().unwrap()).unwrap();
        let anchor = if witness.headers.is_empty() {
            Anchor::StateRoot { root: j["preStateRoot"].as_str().unwrap().parse().unwrap(), block_hashes: j["witness"]["blockHashes"].as_array().map(|a| a.iter().map(|h| h.as_str().unwrap().parse().unwrap()).collect()).unwrap_or_default() }
        } else {
            Anchor::Hash(alloy_primitives::keccak256(witness.headers.iter().last().unwrap()))
        };
        let budget = Budget::default();
        let flag = AtomicBool::new(false);
        let req = Request { chain: &chain, anchor: &anchor, block: &block, witness: &witness, ancestry: None, budget: &budget };
        let mut best = f64::MAX;
        let n: usize = std::env::var("N").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
        for i in 0..n {
            let t = std::time::Instant::now();
            let r = verify(&req, &flag);
            let ms = t.elapsed().as_secs_f64() * 1e3;
            best = best.min(ms);
            if i == n - 1 { match r {
                Ok(v) => println!("{path} OK {} best {best:.2} ms nodes {}/{} {:?}", v.fork(), v.nodes_used().iter().filter(|u| **u).count(), v.nodes_used().len(), v.phases().iter().map(|(n, d)| format!("{n} {:.2}", d.as_secs_f64()*1e3)).collect::<Vec<_>>()),
                Err(e) => println!("{path} FAIL {e}"),
            } }
        }
    }
}
