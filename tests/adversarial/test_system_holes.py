"""What the protocol itself touches is a hole when it is not witnessed, never "absent".

Libraries turn a failed read inside a system call, a withdrawal or a fee payment into other
errors; here each node that only one of these needs is taken out, and must be named.
"""

import json
from functools import cache

import pytest
import rlp
from eth_hash.auto import keccak

import weakstate
from fixtures.make import GENESIS, Builder
from fixtures.story import (
    DEPOSIT_CONTRACT,
    ETHER,
    LEDGER,
    WITHDRAWAL_REQUESTS,
    Scene,
    deposit,
    pairs,
    stranger,
)
from fixtures.wallet import GWEI, Wallet
from weakstate.trees.mpt import MerklePatriciaTree

BEACON_ROOTS = bytes.fromhex("000f3df6d732807ef1319fb7b8bb8522d0beac02")
HISTORY = bytes.fromhex("0000f90827f1c53a10cb7a02335b175320002935")
CONSOLIDATION_REQUESTS = bytes.fromhex("0000bbddc7ce488642fb579f8b00f3a590007251")
RING = 8191
"""Slots of the two contracts that remember roots and hashes."""

ADA, BOB = Wallet("ada").address, Wallet("bob").address
LEDGER_AT = stranger("ledger")
FULL_SLOT, EMPTY_SLOT = 101, 3

ROLES = {
    "beacon roots": BEACON_ROOTS,
    "history": HISTORY,
    "withdrawal requests": WITHDRAWAL_REQUESTS,
    "consolidation requests": CONSOLIDATION_REQUESTS,
    "deposit contract": DEPOSIT_CONTRACT,
    "sender": ADA,
    "recipient": BOB,
    "called contract": LEDGER_AT,
    "recipient that is new": stranger("new recipient"),
    "fee recipient": stranger("fee recipient"),
    "withdrawal": stranger("validator"),
    "withdrawal that is new": stranger("a new validator"),
    "withdrawal of nothing": stranger("an idle validator"),
}
WITH_SLOTS = [
    "beacon roots",
    "history",
    "withdrawal requests",
    "consolidation requests",
    "called contract",
]


def genesis():
    """Our chain's genesis with more accounts, and more slots in the system's contracts."""
    content = json.loads(GENESIS.read_text())
    alloc = content["alloc"]
    for index in range(300):
        alloc[f"0x{stranger(f'someone {index}').hex()}"] = {"balance": "0x1"}
    alloc[f"0x{ROLES['withdrawal'].hex()}"] = {"balance": "0x1"}
    alloc[f"0x{LEDGER_AT.hex()}"] = {"balance": "0x0", "code": f"0x{LEDGER.hex()}"}
    for value, role in enumerate(WITH_SLOTS, start=1):
        account = alloc[f"0x{ROLES[role].hex()}"]
        account["storage"] = {f"0x{slot:064x}": hex(value) for slot in range(100, 140)}
    return content


@cache
def world():
    """The parent's state root, and a block in which all of this is touched."""
    ada = Wallet("ada")
    scene = Scene(
        [
            ada.sign(to=BOB, value=ETHER, gas=21_000),
            ada.sign(to=ROLES["recipient that is new"], value=1, gas=21_000),
            ada.sign(to=DEPOSIT_CONTRACT, value=ETHER, data=deposit(10**9), gas=200_000),
            ada.sign(to=WITHDRAWAL_REQUESTS, value=1, data=b"\xab" * 48 + bytes(8), gas=200_000),
            ada.sign(to=LEDGER_AT, data=pairs({FULL_SLOT: 2, EMPTY_SLOT: 1})),
        ],
        [
            [0, 11, ROLES["withdrawal"], 32 * GWEI],
            [1, 12, ROLES["withdrawal that is new"], 3],
            [2, 13, ROLES["withdrawal of nothing"], 0],
        ],
    )
    return Builder(genesis()).build(scene)


def verify(nodes=None, codes=None):
    made = world()
    witness = weakstate.Witness(
        made.witness.nodes if nodes is None else nodes,
        made.witness.codes if codes is None else codes,
        made.witness.headers,
    )
    chain = weakstate.Chain.from_genesis(GENESIS.read_bytes())
    parent = weakstate.Anchor.hash(weakstate.Block.from_rlp(made.block).header.parent_hash)
    return weakstate.verify(chain, parent, made.block, witness)


def without(node):
    """The refusal of the block without this node."""
    nodes = list(world().witness.nodes)
    nodes.remove(node)
    with pytest.raises(weakstate.NotWitnessed) as caught:
        verify(nodes=nodes)
    assert caught.value.expected == f"node 0x{keccak(node).hex()}"
    return caught.value


def path(root, key):
    """The witness's nodes on the path of a key, from the root."""
    return MerklePatriciaTree(root, world().witness.nodes).prove([keccak(key)])


def account_path(role):
    return path(world().verified.pre_state_root, ROLES[role])


def slots(role):
    """The slots that the block touches."""
    header = weakstate.Block.from_rlp(world().block).header
    return {
        "beacon roots": [header.timestamp % RING, header.timestamp % RING + RING],
        "history": [header.number - 1],
        "withdrawal requests": [0, 1, 2, 3, 4, 5, 6],
        "consolidation requests": [0, 1, 2, 3],
        "called contract": [FULL_SLOT, EMPTY_SLOT],
    }[role]


def test_the_block_is_valid_and_its_witness_minimal():
    verified = verify()
    assert all(verified.node_use)
    assert all(verified.code_use)


@pytest.mark.parametrize("role", ROLES)
def test_a_node_that_only_one_account_needs(role):
    """The last nodes of the account's path, which no other touched account shares."""
    others = {node for other in ROLES if other != role for node in account_path(other)}
    alone = [node for node in account_path(role) if node not in others]
    assert alone
    for node in alone:
        refusal = without(node)
        assert refusal.code == "account_not_witnessed"
        assert refusal.at.lower().startswith(f"account 0x{ROLES[role].hex()}, path 0x")


@pytest.mark.parametrize("role", WITH_SLOTS)
def test_a_node_that_only_a_contracts_slots_need(role):
    leaf = rlp.decode(rlp.decode(account_path(role)[-1])[1])
    touched = {slot: path(leaf[2], slot.to_bytes(32)) for slot in slots(role)}
    nodes = {node for found in touched.values() for node in found}
    assert len(nodes) > len(touched) / 2
    for node in nodes:
        refusal = without(node)
        assert refusal.code == "slot_not_witnessed"
        needing = [slot for slot, found in touched.items() if node in found]
        assert any(
            refusal.at.lower().startswith(f"account 0x{ROLES[role].hex()} slot {slot:#x}, path 0x")
            for slot in needing
        )


@pytest.mark.parametrize("role", [*WITH_SLOTS, "deposit contract"])
def test_a_contracts_code(role):
    code_hash = rlp.decode(rlp.decode(account_path(role)[-1])[1])[3]
    codes = [code for code in world().witness.codes if keccak(code) != code_hash]
    assert len(codes) == len(world().witness.codes) - 1
    with pytest.raises(weakstate.NotWitnessed) as caught:
        verify(codes=codes)
    assert caught.value.code == "code_not_witnessed"
    assert caught.value.at == f"code 0x{code_hash.hex()}"


def test_every_node_is_needed_by_someone():
    codes = {without(node).code for node in world().witness.nodes}
    assert codes == {"account_not_witnessed", "slot_not_witnessed"}
