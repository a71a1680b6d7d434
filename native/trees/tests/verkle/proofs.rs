//! Encodings, transcripts, inner product arguments and multiproofs.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value;
use weakstate_trees::verkle::crs;
use weakstate_trees::verkle::field::Fr;
use weakstate_trees::verkle::group::{Affine, MalformedPoint, Point, commitments};
use weakstate_trees::verkle::machine::Machine;
use weakstate_trees::verkle::msm::{Budget, Tables, Update};
use weakstate_trees::verkle::proof::Equation;
use weakstate_trees::verkle::proof::ipa::{self, Claim, IpaProof};
use weakstate_trees::verkle::proof::multiproof::{self, Encoded, Known, Multiproof, Opening};
use weakstate_trees::verkle::transcript::Transcript;

use crate::data::{Random, decimal, hex, hex32, json};

const SHARED: &str = "shared/banderwagon_ipa_vectors.json";

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn jsign(name: &str) -> Option<Value> {
    let file = json(&format!("jsign-verkle-test-vectors/crypto/{name}.json"))?;
    Some(file["testData"].clone())
}

/// Tables that all tests share.
fn tables() -> &'static Tables {
    static TABLES: LazyLock<Tables> =
        LazyLock::new(|| Tables::new(Budget::VERIFIER, Machine::new(1)));
    &TABLES
}

fn commit(values: &[Fr; 256]) -> Affine {
    ipa::commit(tables(), values, Machine::new(1)).point
}

#[test]
fn doublings_of_the_generator_are_encoded_as_elsewhere() {
    let Some(file) = json(SHARED) else { return };
    let mut point = Point::from(Affine::GENERATOR);
    for encoding in list(&file["generator_doublings_compressed"]) {
        assert_eq!(point.to_bytes(), hex32(encoding));
        assert_eq!(Affine::from_bytes(&hex32(encoding)).unwrap(), point.to_affine());
        point = point.double();
    }
    let generator = commitments(&[Affine::GENERATOR.into()], Machine::new(1))[0];
    assert_eq!(generator.scalar.to_le_bytes(), hex32(&file["group_to_field_generator_LE"]));
}

#[test]
fn malformed_points_are_refused_as_elsewhere() {
    let Some(file) = json(SHARED) else { return };
    for encoding in list(&file["points_with_infinity_component_must_fail"]) {
        assert!(Affine::from_bytes(&hex32(encoding)).is_err());
    }
    let refusal = |name| {
        let bytes = hex32(&jsign(name).unwrap()["serializedPoint"]);
        Affine::from_bytes(&bytes).unwrap_err()
    };
    let not_on_curve = "005_deserialize_point_not_in_curve";
    assert_eq!(refusal(not_on_curve), MalformedPoint::NotOnCurve);
    let not_in_group = "006_deserialize_point_not_in_subgroup";
    assert_eq!(refusal(not_in_group), MalformedPoint::NotInGroup);
    let too_large = "007_deserialize_point_x_bigger_than_field";
    assert_eq!(refusal(too_large), MalformedPoint::NotCanonical);
}

#[test]
fn the_sign_is_that_of_the_larger_ordinate() {
    let Some(vector) = jsign("003_serialize_lexicographically_highest") else { return };
    let [x, y] = ["X", "Y"].map(|name| hex(&vector[format!("serialized{name}Coordinate")]));
    let point = Affine::from_uncompressed(&[x, y].concat().try_into().unwrap()).unwrap();
    assert_eq!(point.to_bytes(), hex32(&vector["expectedSerializedPoint"]));
    // The smaller ordinate belongs to the other encoding.
    let vector = jsign("004_deserialize_lexicographically_lowest").unwrap();
    let [x, y] = ["X", "Y"].map(|name| hex(&vector[format!("serialized{name}Coordinate")]));
    let lowest = [x.clone(), y].concat().try_into().unwrap();
    if let Some(point) = Affine::from_uncompressed(&lowest) {
        assert_ne!(point.to_bytes()[..], x);
    }
}

#[test]
fn points_map_to_scalars_as_elsewhere() {
    let Some(vector) = jsign("002_map_to_field_element") else { return };
    let point = Affine::from_bytes(&hex32(&vector["serializedPoint"])).unwrap();
    let scalar = commitments(&[point.into()], Machine::new(1))[0].scalar;
    assert_eq!(scalar, decimal(vector["fieldElement"].as_str().unwrap()));
}

#[test]
fn vectors_are_committed_to_as_elsewhere() {
    let Some(vector) = jsign("001_vector_commitment") else { return };
    let scalars = list(&vector["scalars"]).iter().map(|text| decimal(text.as_str().unwrap()));
    let values: Vec<Fr> = scalars.collect();
    let expected = vector.as_object().unwrap().iter().find(|(name, _)| *name != "scalars").unwrap();
    assert_eq!(commit(&values.try_into().unwrap()).to_bytes(), hex32(expected.1));

    for case in list(&json("rust-verkle/commit_root_test.json").unwrap()) {
        let scalar = |text| Fr::from_be_bytes(&hex32(text)).unwrap();
        let values: Vec<Fr> = list(&case["frs"]).iter().map(scalar).collect();
        let expected = case.as_object().unwrap().iter().find(|(name, _)| *name != "frs").unwrap();
        assert_eq!(commit(&values.try_into().unwrap()).to_bytes(), hex32(expected.1));
    }
    for case in list(&json("rust-verkle/pedersen_commitment_test.json").unwrap()) {
        let scalar = |text| Fr::from_le_bytes_reduced(&hex32(text));
        let values: Vec<Fr> = list(&case["frs"]).iter().map(scalar).collect();
        let expected = case.as_object().unwrap().iter().find(|(name, _)| *name != "frs").unwrap();
        let point = commit(&values.try_into().unwrap());
        let scalar = commitments(&[point.into()], Machine::new(1))[0].scalar;
        assert_eq!(scalar.to_le_bytes(), hex32(expected.1));
    }
}

#[test]
fn sparse_updates_give_what_they_give_elsewhere() {
    let Some(file) = json("rust-verkle/ffi_vectors.json") else { return };
    // Both coordinates, least significant byte first.
    let read = |value: &Value| {
        let mut bytes = hex(value);
        let (x, y) = bytes.split_at_mut(32);
        x.reverse();
        y.reverse();
        Affine::from_uncompressed(&bytes.try_into().unwrap()).unwrap()
    };
    for case in list(&file["update_sparse"]) {
        let number = |name: &str, index: usize| case[name][index].as_u64().unwrap();
        let multiples: Vec<(u16, Fr)> = (0..list(&case["indices"]).len())
            .map(|index| {
                let difference =
                    Fr::from(number("new_scalars", index)) - Fr::from(number("old_scalars", index));
                (number("indices", index) as u16, difference)
            })
            .collect();
        let update = Update { start: read(&case["old"]), multiples: &multiples };
        let updated = tables().update_all(&[update], Machine::new(1))[0];
        assert_eq!(updated, Point::from(read(&case["result"])));
    }
    let sum = &file["add_commitment_uncompressed"];
    let [a, b, c] = ["lhs", "rhs", "sum"].map(|name| Point::from(read(&sum[name])));
    assert_eq!(a + b, c);
}

#[test]
fn challenges_are_those_of_other_implementations() {
    let Some(file) = json(SHARED) else { return };
    for case in list(&file["transcript"]) {
        let text = |value: &Value| value.as_str().unwrap().as_bytes().to_vec();
        let mut transcript = Transcript::new(&text(&case["label"]));
        for operation in list(&case["ops"]) {
            let label = text(&operation[1]);
            match operation[0].as_str().unwrap() {
                "scalar" => transcript.scalar(&label, decimal(operation[2].as_str().unwrap())),
                "domain_sep" => transcript.domain(&label),
                "point" => transcript.point(&label, &Affine::GENERATOR.to_bytes()),
                other => panic!("{other}"),
            }
        }
        let challenge = transcript.challenge(&text(&case["challenge_label"]));
        assert_eq!(challenge.to_le_bytes(), hex32(&case["challenge_LE"]));
    }
}

fn ramp() -> [Fr; 256] {
    std::array::from_fn(|index| Fr::from(index as u64 % 32 + 1))
}

#[test]
fn an_argument_has_the_bytes_that_it_has_elsewhere() {
    let Some(file) = json(SHARED) else { return };
    let vector = &file["ipa_consistency"];
    let commitment = commit(&ramp());
    assert_eq!(commitment.to_bytes(), hex32(&vector["commitment"]));
    let at = Fr::from(vector["input_point"].as_u64().unwrap());
    let value = Fr::from_le_bytes(&hex32(&vector["output_point_LE"])).unwrap();
    let claim = Claim { commitment: commitment.to_bytes(), at, value };

    for budget in [Budget::VERIFIER, Budget { bytes: 13 << 20 }] {
        let mut transcript = Transcript::new(b"test");
        let tables = Tables::new(budget, Machine::new(1));
        let proof = ipa::prove(&mut transcript, &tables, &claim, &ramp(), Machine::new(2));
        assert_eq!(proof.to_bytes()[..], hex(&vector["proof_544B"]));
        let state = transcript.challenge(b"state");
        assert_eq!(state.to_le_bytes(), hex32(&vector["challenge_state_LE"]));
    }
    let bytes = hex(&vector["proof_544B"]).try_into().unwrap();
    let proof = IpaProof::from_bytes(&bytes).unwrap();
    let holds = |claim: &Claim| {
        let mut transcript = Transcript::new(b"test");
        let equation = proof.equation(&mut transcript, claim, commitment).unwrap();
        equation.holds(Machine::new(1))
    };
    assert!(holds(&claim));
    assert!(!holds(&Claim { value: value + Fr::ONE, ..claim }));
    assert!(!holds(&Claim { at: at + Fr::ONE, ..claim }));
}

#[test]
fn an_argument_inside_the_domain_is_verified() {
    let Some(vector) = jsign("012_in_domain_ipa_proof_verification") else { return };
    let encoding = hex32(&vector["pedersenCommitment"]);
    let claim = Claim {
        commitment: encoding,
        at: Fr::from(vector["evaluationPoint"].as_u64().unwrap()),
        value: Fr::from_be_bytes(&hex32(&vector["evaluationResultFr"])).unwrap(),
    };
    let bytes = hex(&vector["ipaSerializedProof"]).try_into().unwrap();
    let proof = IpaProof::from_bytes(&bytes).unwrap();
    let commitment = Affine::from_bytes(&encoding).unwrap();
    let mut transcript = Transcript::new(b"ipa");
    let equation = proof.equation(&mut transcript, &claim, commitment).unwrap();
    assert!(equation.holds(Machine::new(1)));
}

fn encoded(point: Affine) -> Encoded {
    Encoded { point, bytes: point.to_bytes() }
}

fn check(label: &[u8], proof: &Multiproof, committed: &[Encoded], openings: &[Opening]) -> bool {
    let mut transcript = Transcript::new(label);
    let equation = proof.equation(&mut transcript, committed, openings, Machine::new(2));
    equation.unwrap().holds(Machine::new(1))
}

#[test]
fn a_multiproof_has_the_bytes_that_it_has_elsewhere() {
    let Some(file) = json(SHARED) else { return };
    let vector = &file["multiproof_consistency"];
    let polynomials = [ramp(), std::array::from_fn(|index| Fr::from(32 - index as u64 % 32))];
    let sparse = polynomials.map(|values| (0..=255).zip(values).collect::<Vec<(u8, Fr)>>());
    let committed = polynomials.map(|values| encoded(commit(&values)));
    let opening = |commitment, y: u64| Opening { commitment, z: 0, y: Fr::from(y) };
    let openings = [opening(0, 1), opening(1, 32)];
    let known = [0, 1].map(|i| Known { commitment: committed[i], values: &sparse[i] });

    let mut transcript = Transcript::new(b"test");
    let proof = multiproof::prove(&mut transcript, tables(), &known, &openings, Machine::new(1));
    assert_eq!(proof.to_bytes()[..], hex(&vector["proof_576B"]));
    let state = transcript.challenge(b"state");
    assert_eq!(state.to_le_bytes(), hex32(&vector["challenge_state_LE"]));
    assert!(check(b"test", &proof, &committed, &openings));
    assert!(!check(b"vt", &proof, &committed, &openings));
}

#[test]
fn a_proof_for_one_place_proves_no_other() {
    let Some(file) = jsign("011_range_proof_verification") else { return };
    let vector = &file["forgedEvaluationResult"];
    let proof = Multiproof::from_bytes(&hex(&vector["serializedProof"])).unwrap();
    let point = Affine::from_bytes(&hex32(&vector["pedersenCommitment"])).unwrap();
    let y = Fr::from_be_bytes(&hex32(&vector["evaluationResultFr"])).unwrap();
    for z in 0..=255 {
        let holds =
            check(b"multiproof", &proof, &[encoded(point)], &[Opening { commitment: 0, z, y }]);
        assert_eq!(holds, u64::from(z) == vector["evaluationPoint"].as_u64().unwrap());
    }
}

#[test]
fn malformed_proofs_are_refused() {
    let Some(vector) = jsign("009_deserialize_proof_invalid_final_scalar") else { return };
    assert_eq!(Multiproof::from_bytes(&hex(&vector["serializedProof"])), None);
    let vector = jsign("010_deserialize_proof_wrong_length").unwrap();
    for bytes in list(&vector["serializedProofs"]) {
        assert_eq!(Multiproof::from_bytes(&hex(bytes)), None);
    }
}

/// Polynomials, their commitments, and openings of them.
struct Sample {
    polynomials: Vec<Vec<(u8, Fr)>>,
    committed: Vec<Encoded>,
    openings: Vec<Opening>,
}

impl Sample {
    /// Random sparse polynomials, each opened at a few places.
    fn new(random: &mut Random, count: u32) -> Self {
        let mut sample = Self { polynomials: vec![], committed: vec![], openings: vec![] };
        for commitment in 0..count {
            let mut values = [Fr::ZERO; 256];
            for _ in 0..random.below(20) {
                values[random.below(256) as usize] = random.scalar();
            }
            sample.committed.push(encoded(commit(&values)));
            let places: BTreeSet<u8> = (0..=random.below(4)).map(|_| random.next() as u8).collect();
            let open = |z: u8| Opening { commitment, z, y: values[usize::from(z)] };
            sample.openings.extend(places.into_iter().map(open));
            let sparse = (0..=255).zip(values).filter(|(_, value)| !value.is_zero());
            sample.polynomials.push(sparse.collect());
        }
        sample
    }

    fn prove(&self, openings: &[Opening]) -> Multiproof {
        let known = self.polynomials.iter().zip(&self.committed);
        let known: Vec<Known<'_>> =
            known.map(|(values, &commitment)| Known { commitment, values }).collect();
        let mut transcript = Transcript::new(b"vt");
        multiproof::prove(&mut transcript, tables(), &known, openings, Machine::new(1))
    }
}

#[test]
fn every_part_of_a_proof_and_its_openings_counts() {
    let mut random = Random(99);
    let sample = Sample::new(&mut random, 9);
    let Sample { committed, openings, .. } = &sample;
    let check = |proof: &Multiproof, openings: &[Opening]| {
        super::proofs::check(b"vt", proof, committed, openings)
    };
    let proof = sample.prove(openings);
    assert!(check(&proof, openings));
    assert_eq!(Multiproof::from_bytes(&proof.to_bytes()), Some(proof));
    assert!(check(&sample.prove(&[]), &[]));

    for index in 0..openings.len() {
        let mut wrong = openings.clone();
        wrong[index].y += Fr::ONE;
        assert!(!check(&proof, &wrong));
        let mut wrong = openings.clone();
        wrong[index].z ^= 1;
        assert!(!check(&proof, &wrong));
        let mut wrong = openings.clone();
        wrong.remove(index);
        assert!(!check(&proof, &wrong));
    }
    let mut swapped = openings.clone();
    swapped.swap(0, 1);
    assert!(!check(&proof, &swapped));
    for part in 0..18 {
        // Another element, or scalar, in the place of one part.
        let mut bytes = proof.to_bytes();
        let other = if part < 17 { crs::points()[part].to_bytes() } else { [7; 32] };
        bytes[32 * part..][..32].copy_from_slice(&other);
        let wrong = Multiproof::from_bytes(&bytes).unwrap();
        assert!(!check(&wrong, openings), "part {part}");
    }
    let mut bytes = proof.to_bytes();
    bytes[32..64].copy_from_slice(&[0xff; 32]);
    let malformed = Multiproof::from_bytes(&bytes).unwrap();
    let mut transcript = Transcript::new(b"vt");
    let result = malformed.equation(&mut transcript, committed, openings, Machine::new(1));
    assert_eq!(result.unwrap_err(), (1, MalformedPoint::NotCanonical));
}

#[test]
fn the_guilty_one_of_a_batch_is_found() {
    let mut random = Random(5);
    let mut equations: Vec<Equation> = Vec::new();
    for index in 0..5 {
        let Sample { committed, mut openings, polynomials } = Sample::new(&mut random, 3);
        let honest = Sample { committed, openings: openings.clone(), polynomials };
        let proof = honest.prove(&openings);
        if index == 3 {
            openings[0].y += Fr::ONE;
        }
        let mut transcript = Transcript::new(b"vt");
        let equation =
            proof.equation(&mut transcript, &honest.committed, &openings, Machine::new(1));
        equations.push(equation.unwrap());
    }
    assert_eq!(Equation::first_false(&equations, Machine::new(1)), Some(3));
    drop(equations.remove(3));
    assert_eq!(Equation::first_false(&equations, Machine::new(1)), None);
    assert_eq!(Equation::first_false(&equations[..1], Machine::new(1)), None);
    assert_eq!(Equation::first_false(&[], Machine::new(1)), None);
}
