"""Proofs in the form of `eth_getProof`: those of our state, and of the reference tree's nodes."""

import copy
import json

import pytest
import rlp
from eth_hash.auto import keccak

import weakstate
from fixtures.make import GENESIS, FullState
from tests.data import from_hex
from weakstate import InvalidWitness, NotWitnessed, Unreadable, verify_proof
from weakstate.trees.mpt import EMPTY_ROOT, MerklePatriciaTree, Nodes

ALLOC = json.loads(GENESIS.read_text())["alloc"]
# What EELS, by which the fixtures are made, says of the same accounts.
ROOT = from_hex(json.loads((GENESIS.parent / "1.json").read_text())["preStateRoot"])
ABSENT = bytes(19) + b"\x99"
EMPTY = keccak(b"")


@pytest.fixture(scope="module")
def state():
    text = GENESIS.read_bytes()
    return weakstate.State.from_genesis(weakstate.Chain.from_genesis(text), text)


@pytest.fixture(scope="module")
def reference():
    """The same accounts in the tree of the reference engine."""
    full = FullState(ALLOC)
    assert full.root == ROOT
    return full.nodes


def path(root, nodes, key):
    """The nodes of the reference tree on the way to a key, and the value there."""
    tree = MerklePatriciaTree(root, Nodes(nodes.values()))
    [value] = tree.get_many([key])
    return [f"0x{node.hex()}" for node in tree.prove([key])], value


def proof_of(reference, address, slots):
    """A proof as geth words it, from the reference tree."""
    account_proof, leaf = path(ROOT, reference, keccak(address))
    # Of an absent account geth says that its hashes are zero.
    nonce, balance, storage_root, code_hash = (
        rlp.decode(leaf) if leaf else (b"", b"", bytes(32), bytes(32))
    )
    storage = []
    for slot in slots:
        nodes, value = [], None
        if storage_root not in (bytes(32), EMPTY_ROOT):
            nodes, value = path(storage_root, reference, keccak(slot.to_bytes(32)))
        number = int.from_bytes(rlp.decode(value)) if value else 0
        storage.append({"key": f"0x{slot:064x}", "value": hex(number), "proof": nodes})
    return {
        "address": f"0x{address.hex()}",
        "accountProof": account_proof,
        "balance": hex(int.from_bytes(balance)),
        "codeHash": f"0x{code_hash.hex()}",
        "nonce": hex(int.from_bytes(nonce)),
        "storageHash": f"0x{storage_root.hex()}",
        "storageProof": storage,
    }


def cases():
    """Every account of the genesis file with its slots and an absent one; and an absent account."""
    for name, account in ALLOC.items():
        slots = [int(slot, 16) for slot in account.get("storage", {})]
        yield from_hex(name), [*slots, 2**256 - 1]
    yield ABSENT, [0]


def test_proofs_of_the_reference_tree_hold(reference):
    for address, slots in cases():
        verify_proof(ROOT, proof_of(reference, address, slots))


def test_our_proofs_hold_and_say_what_the_reference_tree_says(state, reference):
    seen = 0
    for address, slots in cases():
        proof, theirs = state.proof(address, slots), proof_of(reference, address, slots)
        verify_proof(ROOT, json.loads(json.dumps(proof)))
        assert sorted(proof["accountProof"]) == sorted(theirs["accountProof"])
        for ours, other in zip(proof["storageProof"], theirs["storageProof"], strict=True):
            assert sorted(ours["proof"]) == sorted(other["proof"])
            assert (int(ours["key"], 16), ours["value"]) == (int(other["key"], 16), other["value"])
            seen += other["value"] != "0x0"
        if address != ABSENT:
            same = ("balance", "codeHash", "nonce", "storageHash")
            assert [proof[name] for name in same] == [theirs[name] for name in same]
    assert seen > 10


@pytest.fixture(scope="module")
def proof(state):
    """Of an account with code, of two slots of it, and of one that is absent."""
    address, slots = max(cases(), key=lambda case: len(case[1]))
    return state.proof(address, [*slots[:2], slots[-1]])


def refused(proof, error, code, at=None):
    with pytest.raises(error) as refusal:
        verify_proof(ROOT, proof)
    assert refusal.value.code == code
    if at is not None:
        assert refusal.value.at == at


def test_no_byte_of_a_node_can_be_another(proof):
    for slots in (proof["accountProof"], *(slot["proof"] for slot in proof["storageProof"])):
        for index, node in enumerate(slots):
            data = from_hex(node)
            for place in range(len(data)):
                other = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
                slots[index] = f"0x{other.hex()}"
                with pytest.raises(InvalidWitness):
                    verify_proof(ROOT, proof)
            slots[index] = node
    verify_proof(ROOT, proof)


def test_no_node_can_be_left_out(proof):
    for index in range(len(proof["accountProof"])):
        fewer = copy.deepcopy(proof)
        del fewer["accountProof"][index]
        refused(fewer, NotWitnessed, "account_not_witnessed")
    for number, slot in enumerate(proof["storageProof"]):
        for index in range(len(slot["proof"])):
            fewer = copy.deepcopy(proof)
            del fewer["storageProof"][number]["proof"][index]
            refused(fewer, NotWitnessed, "slot_not_witnessed")


@pytest.mark.parametrize("name", ["nonce", "balance", "codeHash", "storageHash"])
def test_no_field_can_be_another(proof, state, name):
    for found in (proof, state.proof(ABSENT)):
        digits = found[name]
        other = digits[:-1] + ("1" if digits[-1] != "1" else "2")
        refused(found | {name: other}, InvalidWitness, "wrong_proof", name)


def test_no_value_or_slot_can_be_another(proof):
    for index, slot in enumerate(proof["storageProof"]):
        others = copy.deepcopy(proof)
        others["storageProof"][index]["value"] = hex(int(slot["value"], 16) ^ 1)
        refused(others, InvalidWitness, "wrong_proof", f"storageProof[{index}].value")
        others["storageProof"][index] = slot | {"key": hex(int(slot["key"], 16) ^ 2**200)}
        with pytest.raises(InvalidWitness):
            verify_proof(ROOT, others)


def test_absence_is_proven_and_not_assumed(state, proof):
    absent = state.proof(ABSENT, [1])
    verify_proof(ROOT, absent)
    refused(absent | {"accountProof": []}, NotWitnessed, "account_not_witnessed")
    refused(absent | {"address": proof["address"]}, NotWitnessed, "account_not_witnessed")
    # An account that is there cannot be made absent by what geth says of absent ones.
    zeros = {"codeHash": "0x" + "00" * 32, "storageHash": "0x" + "00" * 32}
    refused(proof | zeros, InvalidWitness, "wrong_proof", "codeHash")


def test_another_root_is_refused(proof):
    with pytest.raises(NotWitnessed):
        verify_proof(keccak(ROOT), proof)
    with pytest.raises(ValueError, match="32 bytes"):
        verify_proof(ROOT[1:], proof)


def test_nodes_that_are_not_needed_are_passed_over(proof):
    more = copy.deepcopy(proof)
    more["accountProof"] += ["0x80", "0x"]
    verify_proof(ROOT, more)


@pytest.mark.parametrize(
    ("changes", "code", "at"),
    [
        ({"address": "0x22"}, "malformed_field", "address"),
        ({"address": 5}, "malformed_field", "address"),
        ({"accountProof": "0x80"}, "malformed_field", "accountProof"),
        ({"accountProof": ["0x8"]}, "malformed_field", "accountProof[0]"),
        ({"accountProof": [None]}, "malformed_field", "accountProof[0]"),
        ({"balance": "0x"}, "malformed_field", "balance"),
        ({"balance": "-1"}, "malformed_field", "balance"),
        ({"balance": "0x" + "1" * 65}, "malformed_field", "balance"),
        ({"nonce": "one"}, "malformed_field", "nonce"),
        ({"nonce": 1}, "malformed_field", "nonce"),
        ({"codeHash": "0x00"}, "malformed_field", "codeHash"),
        ({"storageProof": None}, "malformed_field", "storageProof"),
        ({"storageProof": [0]}, "malformed_field", "storageProof[0]"),
        ({"storageProof": [{"value": "0x1"}]}, "missing_field", "storageProof[0].key"),
    ],
)
def test_what_is_no_proof_is_unreadable(proof, changes, code, at):
    refused(proof | changes, Unreadable, code, at)


@pytest.mark.parametrize(
    "name",
    ["address", "accountProof", "balance", "codeHash", "nonce", "storageHash", "storageProof"],
)
def test_every_field_is_wanted(proof, name):
    fewer = {key: value for key, value in proof.items() if key != name}
    refused(fewer, Unreadable, "missing_field", name)
