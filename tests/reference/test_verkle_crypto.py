"""Points, commitments and openings agree byte for byte with other implementations."""

from hashlib import sha256

import pytest

from tests.data import from_hex
from tests.reference.verkle_data import load
from weakstate.errors import InvalidWitness
from weakstate.trees.verkle import ipa, multiproof
from weakstate.trees.verkle.banderwagon import (
    GENERATOR,
    IDENTITY,
    P,
    Point,
    R,
    is_square,
    square_root,
    weighted_sum,
)
from weakstate.trees.verkle.ipa import IpaProof
from weakstate.trees.verkle.multiproof import MultiProof, Opening
from weakstate.trees.verkle.nodes import scalars
from weakstate.trees.verkle.pedersen import commit, generators
from weakstate.trees.verkle.polynomial import DOMAIN, inner, invert, lagrange_at, quotient
from weakstate.trees.verkle.transcript import Transcript

JSIGN = "jsign-verkle-test-vectors/crypto"
SHARED = "shared/banderwagon_ipa_vectors.json"
RAMP = [i % 32 + 1 for i in DOMAIN]
FALL = [32 - i % 32 for i in DOMAIN]


def little(text):
    return int.from_bytes(from_hex(text), "little")


def uncompressed(text):
    """A point as rust-verkle keeps it: x and y, little-endian."""
    return Point(little(text[:64]), little(text[64:]))


def jsign(name):
    return load(f"{JSIGN}/{name}.json")["testData"]


def test_the_generator_has_the_group_s_order_and_lies_on_the_curve():
    assert GENERATOR * R == IDENTITY
    assert GENERATOR * (R - 1) == -GENERATOR
    assert GENERATOR != IDENTITY
    assert Point.decode(GENERATOR.encode()) == GENERATOR
    assert Point.decode(bytes(32)) == IDENTITY
    assert IDENTITY.encode() == bytes(32)


def test_a_point_and_its_twin_are_one_element():
    twin = Point(P - GENERATOR.x, P - GENERATOR.y)
    assert twin == GENERATOR
    assert twin.encode() == GENERATOR.encode()
    assert twin.to_scalar() == GENERATOR.to_scalar()
    assert twin + twin == GENERATOR + GENERATOR
    assert twin - GENERATOR == IDENTITY


def test_doublings():
    point = GENERATOR
    for encoded in load(SHARED)["generator_doublings_compressed"]:
        assert point.encode().hex() == encoded
        assert Point.decode(from_hex(encoded)) == point
        point += point


def test_points_at_infinity_are_no_elements():
    for encoded in load(SHARED)["points_with_infinity_component_must_fail"]:
        with pytest.raises(ValueError, match="point"):
            Point.decode(from_hex(encoded))


def test_scalar_of_the_generator():
    assert GENERATOR.to_scalar() == little(load(SHARED)["group_to_field_generator_LE"])
    assert IDENTITY.to_scalar() == 0


def test_map_to_field():
    data = jsign("002_map_to_field_element")
    assert Point.decode(from_hex(data["serializedPoint"])).to_scalar() == int(data["fieldElement"])


def test_encoding_takes_the_larger_y():
    data = jsign("003_serialize_lexicographically_highest")
    x, y = (int(data[f"serialized{name}Coordinate"], 16) for name in "XY")
    assert Point(x, y).encode() == from_hex(data["expectedSerializedPoint"])
    assert Point.decode(from_hex(data["expectedSerializedPoint"])).y == y
    data = jsign("004_deserialize_lexicographically_lowest")
    x, y = (int(data[f"serialized{name}Coordinate"], 16) for name in "XY")
    assert Point.decode(x.to_bytes(32)).y == P - y


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("005_deserialize_point_not_in_curve", "no point of the curve"),
        ("006_deserialize_point_not_in_subgroup", "not in the group"),
        ("007_deserialize_point_x_bigger_than_field", "not below"),
    ],
)
def test_points_that_are_none(name, reason):
    with pytest.raises(ValueError, match=reason):
        Point.decode(from_hex(jsign(name)["serializedPoint"]))


def test_points_of_wrong_length():
    for text in jsign("008_deserialize_point_x_wrong_length")["serializedPoints"]:
        digits = text.removeprefix("0x")
        with pytest.raises(ValueError, match="32 bytes"):
            Point.decode(bytes.fromhex(digits.zfill(len(digits) + len(digits) % 2)))


def test_square_roots():
    for value in range(200):
        root = square_root(value)
        assert (root is not None) == is_square(value)
        assert root is None or root * root % P == value


def test_weighted_sums_are_sums():
    points = generators()[:20]
    for count in (0, 1, 2, 7, 20):
        weights = [pow(3, 90 + 17 * i, R) for i in range(count)]
        one_by_one = IDENTITY
        for weight, point in zip(weights, points, strict=False):
            one_by_one += point * weight
        assert weighted_sum(zip(weights, points, strict=False)) == one_by_one
    assert weighted_sum([(-1, points[0]), (R, points[1])]) == -points[0]


def test_generators():
    encoded = [point.encode() for point in generators()]
    expected = load(SHARED)["crs"]
    assert (encoded[0].hex(), encoded[-1].hex()) == (expected["first"], expected["last"])
    assert sha256(b"".join(encoded)).hexdigest() == expected["sha256_of_all_256_compressed"]
    *points, q = load("rust-verkle/default_crs_uncompressed.json")["points"]
    assert [uncompressed(point).encode() for point in points] == encoded
    assert uncompressed(q) == GENERATOR


def test_commitments():
    data = jsign("001_vector_commitment")
    found = commit(dict(enumerate(map(int, data["scalars"]))))
    assert found.encode() == from_hex(data["serializedCommitment"])


def test_commitments_of_besu_s_tests():
    for case in load("rust-verkle/commit_root_test.json"):
        values = (int(scalar, 16) for scalar in case["frs"])
        assert commit(dict(enumerate(values))).encode() == from_hex(case["expected"])


@pytest.mark.parametrize("count", [2, pytest.param(10, marks=pytest.mark.full)])
def test_scalars_of_commitments(count):
    for case in load("rust-verkle/pedersen_commitment_test.json")[:count]:
        found = commit(dict(enumerate(map(little, case["frs"]))))
        assert found.to_scalar() == little(case["commitment"])


def test_commitments_of_rust_verkle_s_interface():
    data = load("rust-verkle/ffi_vectors.json")
    terms = data["add_commitment_uncompressed"]
    assert uncompressed(terms["lhs"]) + uncompressed(terms["rhs"]) == uncompressed(terms["sum"])
    for case in data["commit"]:
        [scalar] = case["scalars_le"]
        found = commit(dict.fromkeys(range(case.get("repeat", 1)), little(scalar)))
        if "result_compressed" in case:
            assert found.encode() == from_hex(case["result_compressed"])
        elif "result_uncompressed" in case:
            assert found == uncompressed(case["result_uncompressed"])
        else:
            assert found == uncompressed(from_hex(case["result_uncompressed_reversed"])[::-1].hex())


def test_commitments_are_updated_by_differences():
    for case in load("rust-verkle/ffi_vectors.json")["update_sparse"]:
        difference = {
            index: new - old
            for index, old, new in zip(
                case["indices"], case["old_scalars"], case["new_scalars"], strict=True
            )
        }
        assert uncompressed(case["old"]) + commit(difference) == uncompressed(case["result"])


def test_commitment_to_the_empty_code_s_hash():
    data = load("go-verkle/misc.json")
    empty = from_hex("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")
    found = commit(scalars(data["empty_codehash_position"], empty))
    assert found.encode().hex() == data["empty_codehash_point_compressed"]


def test_transcripts():
    for case in load(SHARED)["transcript"]:
        transcript = Transcript(case["label"].encode())
        for kind, label, *rest in case["ops"]:
            match kind, rest:
                case "scalar", [text]:
                    transcript.scalar(label.encode(), int(text))
                case "point", ["G"]:
                    transcript.point(label.encode(), GENERATOR)
                case "domain_sep", _:
                    transcript.domain((rest or [label])[0].encode())
        challenge = transcript.challenge(case["challenge_label"].encode())
        assert challenge == little(case["challenge_LE"])


def test_lagrange_values_interpolate():
    cubes = [i**3 % R for i in DOMAIN]
    for point in (7, 255, 256, 12345, R - 1):
        assert inner(cubes, lagrange_at(point)) == pow(point, 3, R)


@pytest.mark.parametrize("point", [0, 8, 255])
def test_quotients_divide(point):
    divided = quotient(RAMP, point)
    for elsewhere in (1000, R - 5):
        whole = inner(RAMP, lagrange_at(elsewhere)) - RAMP[point]
        assert inner(divided, lagrange_at(elsewhere)) == whole * invert(elsewhere - point) % R


def test_ipa_proof():
    data = load(SHARED)["ipa_consistency"]
    commitment = commit(dict(enumerate(RAMP)))
    assert commitment.encode().hex() == data["commitment"]
    transcript = Transcript(data["transcript_label"].encode())
    proof = ipa.prove(transcript, commitment, RAMP, data["input_point"])
    assert proof.encode().hex() == data["proof_544B"]
    assert transcript.challenge(b"state") == little(data["challenge_state_LE"])
    assert IpaProof.decode(proof.encode()) == proof
    value = little(data["output_point_LE"])
    ipa.verify(Transcript(b"test"), commitment, data["input_point"], value, proof)
    for wrong in (
        (commitment, data["input_point"], value + 1, proof),
        (commitment, data["input_point"] + 1, value, proof),
        (commitment + GENERATOR, data["input_point"], value, proof),
        (commitment, data["input_point"], value, IpaProof(proof.right, proof.left, proof.last)),
        (commitment, data["input_point"], value, IpaProof(proof.left, proof.right, 1)),
        (commitment, data["input_point"], value, IpaProof(proof.left[:7], proof.right, 1)),
    ):
        with pytest.raises(InvalidWitness, match="wrong_proof"):
            ipa.verify(Transcript(b"test"), *wrong)


def test_multiproof():
    data = load(SHARED)["multiproof_consistency"]
    polynomials = [RAMP, FALL]
    openings = [
        Opening(commit(dict(enumerate(values))), point, value)
        for values, point, value in zip(polynomials, data["points"], data["ys"], strict=True)
    ]
    transcript = Transcript(data["transcript_label"].encode())
    proof = multiproof.prove(transcript, openings, polynomials)
    assert proof.encode().hex() == data["proof_576B"]
    assert transcript.challenge(b"state") == little(data["challenge_state_LE"])
    multiproof.verify(Transcript(b"test"), openings, MultiProof.decode(proof.encode()))
    with pytest.raises(InvalidWitness, match="wrong_proof"):
        multiproof.verify(Transcript(b"test"), openings[::-1], proof)
    with pytest.raises(InvalidWitness, match="wrong_proof"):
        multiproof.verify(Transcript(b"vt"), openings, proof)


@pytest.mark.parametrize(
    "points", [(7, 8, 9), pytest.param(range(256), marks=pytest.mark.full)], ids=["some", "all"]
)
def test_a_proof_is_of_one_point_alone(points):
    data = jsign("011_range_proof_verification")["forgedEvaluationResult"]
    commitment = Point.decode(from_hex(data["pedersenCommitment"]))
    proof = MultiProof.decode(from_hex(data["serializedProof"]))
    value = int(data["evaluationResultFr"], 16)
    passed = []
    for point in points:
        try:
            multiproof.verify(Transcript(b"multiproof"), [Opening(commitment, point, value)], proof)
        except InvalidWitness:
            continue
        passed.append(point)
    assert passed == [data["evaluationPoint"]]


def test_an_ipa_proof_inside_the_domain():
    data = jsign("012_in_domain_ipa_proof_verification")
    commitment = Point.decode(from_hex(data["pedersenCommitment"]))
    proof = IpaProof.decode(from_hex(data["ipaSerializedProof"]))
    value = int(data["evaluationResultFr"], 16)
    ipa.verify(Transcript(b"ipa"), commitment, data["evaluationPoint"], value, proof)


def test_proofs_that_are_none():
    with pytest.raises(ValueError, match=r"point|scalar"):
        MultiProof.decode(
            from_hex(jsign("009_deserialize_proof_invalid_final_scalar")["serializedProof"])
        )
    for proof in jsign("010_deserialize_proof_wrong_length")["serializedProofs"]:
        with pytest.raises(ValueError, match="bytes"):
            MultiProof.decode(from_hex(proof))


def test_a_last_scalar_beyond_the_order_is_refused():
    last = ipa.prove(Transcript(b"x"), commit({0: 5}), [5] + [0] * 255, 300).encode()[:-32]
    IpaProof.decode(last + (R - 1).to_bytes(32, "little"))
    with pytest.raises(ValueError, match="below the group's order"):
        IpaProof.decode(last + R.to_bytes(32, "little"))
