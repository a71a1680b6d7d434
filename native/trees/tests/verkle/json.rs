//! Witnesses as JSON has them.

use serde_json::Value as Json;
use weakstate_trees::verkle::field::Fr;
use weakstate_trees::verkle::keys::Stem;
use weakstate_trees::verkle::proof::ipa::IpaProof;
use weakstate_trees::verkle::proof::multiproof::Multiproof;
use weakstate_trees::verkle::tree::{Key, Proof, StateDiff, StemDiff, SuffixDiff, Value};

/// A witness and the root that it is for.
#[derive(Clone, Debug)]
pub struct Witness {
    pub root: [u8; 32],
    pub proof: Proof,
    pub diff: StateDiff,
}

/// A member under either of the two ways to spell names.
fn member<'a>(object: &'a Json, name: &str) -> &'a Json {
    if let Some(found) = object.get(name) {
        return found;
    }
    let snake = name.chars().fold(String::new(), |mut snake, letter| {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
        snake
    });
    object.get(&snake).unwrap_or(&Json::Null)
}

/// A list; nothing counts as an empty one.
fn list(value: &Json) -> &[Json] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// 32 bytes of which some writers drop the leading zeros.
fn word(value: &Json) -> Option<[u8; 32]> {
    let digits = value.as_str()?.strip_prefix("0x").unwrap();
    const_hex::decode_to_array(format!("{digits:0>64}")).ok()
}

/// The bytes of a hexadecimal string, with or without its prefix.
fn hex(value: &Json) -> Vec<u8> {
    const_hex::decode(value.as_str().unwrap()).unwrap()
}

fn stem(value: &Json) -> Stem {
    hex(value).try_into().unwrap()
}

fn suffix_diff(value: &Json) -> SuffixDiff {
    let suffix = &value["suffix"];
    let suffix = suffix.as_u64().unwrap_or_else(|| suffix.as_str().unwrap().parse().unwrap());
    SuffixDiff {
        suffix: suffix.try_into().unwrap(),
        current: word(member(value, "currentValue")),
        new: word(member(value, "newValue")),
    }
}

impl Witness {
    /// The witness of a payload after another one.
    pub fn of_payload(parent: &Json, payload: &Json) -> Self {
        Self::from_json(word(&parent["state_root"]).unwrap(), &payload["execution_witness"])
    }

    pub fn from_json(root: [u8; 32], witness: &Json) -> Self {
        let stem_diff = |value: &Json| StemDiff {
            stem: stem(&value["stem"]),
            suffixes: list(member(value, "suffixDiffs")).iter().map(suffix_diff).collect(),
        };
        let diff = list(member(witness, "stateDiff")).iter().map(stem_diff).collect();
        let proof = member(witness, "verkleProof");
        let ipa = member(proof, "ipaProof");
        let points = |name: &str| {
            let points: Vec<[u8; 32]> =
                list(&ipa[name]).iter().map(|point| word(point).unwrap()).collect();
            points.try_into().unwrap()
        };
        let final_evaluation = word(member(ipa, "finalEvaluation")).unwrap();
        let multiproof = Multiproof {
            d: word(&proof["d"]).unwrap(),
            ipa: IpaProof {
                l: points("cl"),
                r: points("cr"),
                a: Fr::from_be_bytes(&final_evaluation).unwrap(),
            },
        };
        let other_stems = list(member(proof, "otherStems")).iter().map(stem).collect();
        let commitments = list(member(proof, "commitmentsByPath"));
        let proof = Proof {
            other_stems,
            depth_extension_present: hex(member(proof, "depthExtensionPresent")),
            commitments_by_path: commitments.iter().map(|point| word(point).unwrap()).collect(),
            multiproof,
        };
        Self { root, proof, diff }
    }

    /// What the block writes.
    pub fn writes(&self) -> Vec<(Key, Value)> {
        self.diffs().filter_map(|(key, diff)| Some((key, diff.new?))).collect()
    }

    /// Every key of the diff, and what is said of it.
    pub fn diffs(&self) -> impl Iterator<Item = (Key, &SuffixDiff)> {
        let key = |stem: &Stem, suffix: u8| [&stem[..], &[suffix]].concat().try_into().unwrap();
        let of = move |stem: &StemDiff, diff: &SuffixDiff| key(&stem.stem, diff.suffix);
        self.diff
            .iter()
            .flat_map(move |stem| stem.suffixes.iter().map(move |diff| (of(stem, diff), diff)))
    }
}
