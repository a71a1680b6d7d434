"""Verkle trees over KZG commitments: the reference and the native engine say the same."""

import json
import re
from pathlib import Path

import pytest
from py_ecc.optimized_bls12_381.optimized_curve import G1, G2, normalize
from py_ecc.optimized_bls12_381.optimized_pairing import pairing

import weakstate
from fixtures.story import assemble
from fixtures.wallet import Wallet
from tests.property.pending import account, encode, genesis, word
from tests.reference.verkle_data import load, path_of
from weakstate import Attributes, Chain, InvalidWitness, State
from weakstate.trees.verkle import embedding
from weakstate.trees.verkle_kzg import KzgWitness, open_witness, root_of
from weakstate.trees.verkle_kzg.commitments import (
    FILE,
    PLACES,
    from_ceremony,
    setup,
    weighted_sum,
)

PAGE = Path(__file__).parents[2] / "docs" / "verkle" / "kzg.md"
STORE = b"\x55" * 20


def example(name):
    """Bytes of a block of the page: the digits before two spaces in each line."""
    [block] = re.findall(rf"```hex {name}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return bytes.fromhex("".join(line.split("  ")[0] for line in block.splitlines()))


def genesis_of(*addresses):
    """A genesis file with few accounts: what is computed here by the reference takes its time."""
    content = json.loads(genesis("Cancun"))
    content["config"]["weakstate"] = {"scheme": "verkle-kzg"}
    content["alloc"] = {"0x" + address.hex(): account(10**20, b"") for address in addresses}
    contract = account(1, assemble("PUSH1 20 CALLDATALOAD PUSH1 00 CALLDATALOAD SSTORE STOP"))
    contract["storage"] = {"0x1": "0x2", hex(1 << 100): "0x3"}
    content["alloc"]["0x" + STORE.hex()] = contract
    return json.dumps(content).encode()


def leaves(state):
    """All leaves of a state."""
    found = {}
    for address, entry in state.to_dict().items():
        code = state.code(address) or b""
        found |= dict(
            embedding.account_leaves(
                address, entry["nonce"], entry["balance"], code, entry["slots"]
            )
        )
    return found


@pytest.fixture(scope="module")
def chain():
    """Two blocks of a small chain; before each the state's leaves and root, and after all."""
    ada = Wallet("ada")
    text = genesis_of(ada.address)
    rules = Chain.from_genesis(text)
    state = State.from_genesis(rules, text)
    steps = []
    for number in range(2):
        writes = word(1 << 100 | number << 8) + word(number)
        built = weakstate.build(
            rules,
            state,
            Attributes(
                timestamp=state.head.timestamp + 12,
                fee_recipient=b"\x42" * 20,
                parent_beacon_block_root=bytes(32),
            ),
            [encode(ada.sign(to=STORE, gas=100_000, data=writes))],
        )
        assert not built.refused
        steps.append((state.root, leaves(state), built.witness.proof))
        state.commit(built.produced)
    return [*steps, (state.root, leaves(state), None)]


@pytest.mark.parametrize("step", range(3))
def test_roots_are_those_of_the_native_engine(chain, step):
    root, values, _ = chain[step]
    assert root_of(values) == root


@pytest.mark.parametrize("step", range(2))
def test_witnesses_of_the_native_engine_are_proven(chain, step):
    root, values, proof = chain[step]
    found = open_witness(root, KzgWitness.decode(proof))
    assert found == {key: values.get(key) for key in found}
    assert any(value is None for value in found.values())
    assert len(set(found.values())) > 5
    with pytest.raises(InvalidWitness) as refusal:
        open_witness(chain[step + 1][0], KzgWitness.decode(proof))
    assert refusal.value.code == "wrong_proof"


def test_the_witness_of_the_page():
    found = open_witness(example("root"), KzgWitness.decode(example("witness")))
    first, second = b"\x11" * 31 + b"\0", b"\x33" * 31 + b"\1"
    assert found == {first: b"\xaa" * 32, second: None}
    other = b"\x22" * 31 + bytes([130])
    assert root_of({first: b"\xaa" * 32, other: b"\xbb" * 32}) == example("root")
    assert root_of({}) == bytes(32)


@pytest.mark.parametrize(
    ("part", "offset", "code"),
    [
        ("value", 70, "wrong_proof"),
        ("root", 170, "wrong_proof"),
        ("D", 230, "malformed_proof"),
        ("y", 260, "wrong_proof"),
        ("sigma", 300, "malformed_proof"),
        ("extension", 333, "malformed_proof"),
        ("commitment", 350, "malformed_proof"),
    ],
)
def test_what_was_altered_is_refused(part, offset, code):
    content = bytearray(example("witness"))
    content[offset] ^= 1
    with pytest.raises(InvalidWitness) as refusal:
        open_witness(example("root"), KzgWitness.decode(bytes(content)))
    assert refusal.value.code == code


def test_a_witness_has_one_encoding():
    content = example("witness")
    for altered in (content[:-1], content + b"\0", b"", b"\x09" + content[1:]):
        with pytest.raises(InvalidWitness) as refusal:
            open_witness(example("root"), KzgWitness.decode(altered))
        assert refusal.value.code == "malformed_proof"


def test_the_setup_holds_by_pairing():
    points, tau = setup()
    assert normalize(weighted_sum((1, point) for point in points)) == normalize(G1)
    first = weighted_sum(zip(PLACES, points, strict=True))
    assert pairing(G2, first) == pairing(tau, G1)


def test_the_setup_is_that_of_another_implementation():
    points = "".join(load("kzg/g1_lagrange_256.json")["g1_lagrange_256"])
    assert FILE.read_bytes()[: 48 * 256].hex() == points


@pytest.mark.full
def test_the_setup_is_what_the_ceremony_gives():
    assert from_ceremony(path_of("kzg/trusted_setup.txt").read_text()) == FILE.read_bytes()
