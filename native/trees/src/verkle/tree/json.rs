//! Witnesses as JSON, in the spellings that the test networks had.
//!
//! Names in camel case or with underscores; a suffix as a number or a decimal string; words
//! that lack leading zeros; a value that is `null` or not there. Source: `ExecutionWitness` of
//! the engine and beacon interfaces of the Kaustinen networks.

use alloy_primitives::hex;
use serde_json::{Map, Value as Json};
use weakstate_codec::{Code, Error};

use super::Value;
use super::witness::{Proof, StateDiff, StemDiff, SuffixDiff};
use crate::verkle::field::Fr;
use crate::verkle::proof::ipa::{IpaProof, ROUNDS};
use crate::verkle::proof::multiproof::Multiproof;

type Result<T> = std::result::Result<T, Error>;

/// Reads a state diff and its proof.
///
/// # Errors
///
/// [`Code::MissingField`], [`Code::MalformedField`]; [`Code::MalformedProof`] if the last scalar of
/// the proof is not below the order of the group.
pub fn read(witness: &Json) -> Result<(StateDiff, Proof)> {
    let witness = object(witness, "witness")?;
    let diff = array(witness, "stateDiff")?.iter().map(stem_diff).collect::<Result<_>>()?;
    let proof = object(member(witness, "verkleProof")?, "verkleProof")?;
    let ipa = object(member(proof, "ipaProof")?, "ipaProof")?;
    let a = word(member(ipa, "finalEvaluation")?, "finalEvaluation")?;
    let a = Fr::from_be_bytes(&a).ok_or_else(|| {
        Error::new(Code::MalformedProof).expected("a scalar").at("finalEvaluation")
    })?;
    let multiproof = Multiproof {
        d: word(member(proof, "d")?, "d")?,
        ipa: IpaProof { l: round(ipa, "cl")?, r: round(ipa, "cr")?, a },
    };
    let other_stems = array(proof, "otherStems")?.iter().map(|stem| fixed(stem, "otherStems"));
    let commitments = array(proof, "commitmentsByPath")?;
    let proof = Proof {
        other_stems: other_stems.collect::<Result<_>>()?,
        depth_extension_present: bytes(
            member(proof, "depthExtensionPresent")?,
            "depthExtensionPresent",
        )?,
        commitments_by_path: commitments
            .iter()
            .map(|point| word(point, "commitmentsByPath"))
            .collect::<Result<_>>()?,
        multiproof,
    };
    Ok((diff, proof))
}

/// Writes a state diff and its proof, as the engine interface has them.
#[must_use]
pub fn write(diff: &[StemDiff], proof: &Proof) -> Json {
    let show = |bytes: &[u8]| Json::from(hex::encode_prefixed(bytes));
    let value = |value: Option<Value>| value.map_or(Json::Null, |value| show(&value));
    let list = |words: &[[u8; 32]]| words.iter().map(|word| show(word)).collect::<Json>();
    let suffix = |diff: &SuffixDiff| {
        serde_json::json!({
            "suffix": diff.suffix,
            "currentValue": value(diff.current),
            "newValue": value(diff.new),
        })
    };
    let stem = |diff: &StemDiff| {
        serde_json::json!({
            "stem": show(&diff.stem),
            "suffixDiffs": diff.suffixes.iter().map(suffix).collect::<Json>(),
        })
    };
    let Multiproof { d, ipa } = &proof.multiproof;
    let mut a = ipa.a.to_le_bytes();
    a.reverse();
    serde_json::json!({
        "stateDiff": diff.iter().map(stem).collect::<Json>(),
        "verkleProof": {
            "otherStems": proof.other_stems.iter().map(|stem| show(stem)).collect::<Json>(),
            "depthExtensionPresent": show(&proof.depth_extension_present),
            "commitmentsByPath": list(&proof.commitments_by_path),
            "d": show(d),
            "ipaProof": { "cl": list(&ipa.l), "cr": list(&ipa.r), "finalEvaluation": show(&a) },
        },
    })
}

fn stem_diff(diff: &Json) -> Result<StemDiff> {
    let diff = object(diff, "stateDiff")?;
    let suffixes = array(diff, "suffixDiffs")?;
    Ok(StemDiff {
        stem: fixed(member(diff, "stem")?, "stem")?,
        suffixes: suffixes.iter().map(suffix_diff).collect::<Result<_>>()?,
    })
}

fn suffix_diff(diff: &Json) -> Result<SuffixDiff> {
    let diff = object(diff, "suffixDiffs")?;
    let suffix = match member(diff, "suffix")? {
        Json::Number(number) => number.as_u64().and_then(|number| u8::try_from(number).ok()),
        Json::String(text) => text.parse().ok(),
        _ => None,
    };
    let value = |name: &str| match find(diff, name) {
        None | Some(Json::Null) => Ok(None),
        Some(value) => word(value, name).map(Some),
    };
    Ok(SuffixDiff {
        suffix: suffix.ok_or_else(|| malformed("suffix", "a number below 256"))?,
        current: value("currentValue")?,
        new: value("newValue")?,
    })
}

fn round(ipa: &Map<String, Json>, name: &str) -> Result<[[u8; 32]; ROUNDS]> {
    let points = array(ipa, name)?;
    let points: Vec<[u8; 32]> =
        points.iter().map(|point| word(point, name)).collect::<Result<_>>()?;
    points.try_into().map_err(|_| malformed(name, "8 points"))
}

/// A member by its name in camel case, or with underscores.
fn find<'a>(object: &'a Map<String, Json>, name: &str) -> Option<&'a Json> {
    object.get(name).or_else(|| {
        let mut underscored = String::with_capacity(name.len() + 4);
        for letter in name.chars() {
            if letter.is_ascii_uppercase() {
                underscored.push('_');
            }
            underscored.push(letter.to_ascii_lowercase());
        }
        object.get(&underscored)
    })
}

fn member<'a>(object: &'a Map<String, Json>, name: &str) -> Result<&'a Json> {
    find(object, name).ok_or_else(|| Error::new(Code::MissingField).at(name))
}

fn object<'a>(value: &'a Json, at: &str) -> Result<&'a Map<String, Json>> {
    value.as_object().ok_or_else(|| malformed(at, "an object"))
}

/// A list. What is `null` is an empty one, as Go writes it.
fn array<'a>(object: &'a Map<String, Json>, name: &str) -> Result<&'a [Json]> {
    match member(object, name)? {
        Json::Null => Ok(&[]),
        Json::Array(list) => Ok(list),
        _ => Err(malformed(name, "a list")),
    }
}

fn bytes(value: &Json, at: &str) -> Result<Vec<u8>> {
    let text = value.as_str().and_then(|text| text.strip_prefix("0x"));
    let text = text.ok_or_else(|| malformed(at, "hexadecimal after 0x"))?;
    let odd = if text.len().is_multiple_of(2) { "" } else { "0" };
    hex::decode([odd, text].concat()).map_err(|_| malformed(at, "hexadecimal after 0x"))
}

fn fixed<const N: usize>(value: &Json, at: &str) -> Result<[u8; N]> {
    let bytes = bytes(value, at)?;
    let start = N.checked_sub(bytes.len());
    let mut padded = [0; N];
    let place = start.and_then(|start| padded.get_mut(start..));
    let place = place.ok_or_else(|| malformed(at, &format!("at most {N} bytes")))?;
    place.copy_from_slice(&bytes);
    Ok(padded)
}

fn word(value: &Json, at: &str) -> Result<[u8; 32]> {
    fixed(value, at)
}

fn malformed(at: &str, expected: &str) -> Error {
    Error::new(Code::MalformedField).expected(expected).at(at)
}
