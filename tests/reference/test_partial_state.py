"""The dictionaries that the specification gets for a state keep what it relies on."""

import copy
import sys

import pytest
import rlp
from eth_hash.auto import keccak
from ethereum_types.bytes import Bytes20, Bytes32
from ethereum_types.numeric import U256

from fixtures.make import Osaka
from weakstate.errors import NotWitnessed
from weakstate.trees.mpt import EMPTY_ROOT, MerklePatriciaTree, Nodes
from weakstate.verifier.reference.code import Code, hash_of_code
from weakstate.verifier.reference.forks import replaced, rules_at
from weakstate.verifier.reference.state import Overlay, PartialState

CONTRACT, STRANGER = Bytes20(b"\xc0" * 20), Bytes20(b"\xee" * 20)
SLOT, OTHER = Bytes32(bytes(31) + b"\x01"), Bytes32(bytes(31) + b"\x02")
CODE = b"\x60\x00"
RULES = rules_at(Osaka(), 1, 0)
EELS = sys.modules["ethereum.forks.osaka.state"]


@pytest.fixture
def state():
    """One contract with two slots, wholly witnessed."""
    nodes = Nodes()
    storage = MerklePatriciaTree(EMPTY_ROOT, nodes)
    storage.update((keccak(slot), rlp.encode(7)) for slot in (SLOT, OTHER))
    leaf = rlp.encode([1, 5, storage.root, keccak(CODE)])
    root = MerklePatriciaTree(EMPTY_ROOT, nodes).update([(keccak(CONTRACT), leaf)])
    return PartialState(RULES, root, Nodes(nodes.made.values()), {keccak(CODE): CODE})


def test_a_deleted_key_does_not_load_again():
    loads = []
    overlay = Overlay(lambda key: loads.append(key) or 7)
    assert overlay.get("a") == 7
    del overlay["a"]
    assert overlay.get("a") is None
    assert overlay.get("a", 0) == 0
    assert "a" not in overlay
    assert loads == ["a"]


def test_a_copy_keeps_what_was_written_apart():
    overlay = Overlay({"a": 1}.get)
    overlay["b"] = 2
    other = copy.copy(overlay)
    other["a"] = 3
    del other["b"]
    assert (overlay.get("a"), overlay.get("b")) == (1, 2)
    assert (other.get("a"), other.get("b")) == (3, None)


def test_nothing_written_leaves_the_root(state):
    before = state.root()
    assert EELS.get_storage(state, CONTRACT, SLOT) == 7
    assert EELS.get_account_optional(state, STRANGER) is None
    assert state.root() == before


def test_a_write_of_the_old_value_leaves_the_root(state):
    before = state.root()
    EELS.set_storage(state, CONTRACT, SLOT, U256(0))
    assert state.root() != before
    EELS.set_storage(state, CONTRACT, SLOT, U256(7))
    assert state.root() == before


def test_a_rollback_also_forgets_destroyed_storage(state):
    before = state.root()
    transient = EELS.TransientStorage()
    EELS.begin_transaction(state, transient)
    EELS.destroy_account(state, CONTRACT)
    EELS.set_account(state, CONTRACT, EELS.EMPTY_ACCOUNT)
    EELS.set_storage(state, CONTRACT, OTHER, U256(9))
    assert EELS.get_storage(state, CONTRACT, SLOT) == 0
    assert EELS.get_storage_original(state, CONTRACT, SLOT) == 7
    EELS.rollback_transaction(state, transient)
    assert EELS.get_storage(state, CONTRACT, SLOT) == 7
    assert EELS.get_storage(state, CONTRACT, OTHER) == 7
    assert state.root() == before


def test_destroyed_storage_starts_from_nothing(state):
    EELS.destroy_storage(state, CONTRACT)
    EELS.set_storage(state, CONTRACT, OTHER, U256(9))
    fresh = MerklePatriciaTree.from_items([(keccak(OTHER), rlp.encode(9))])
    leaf = rlp.encode([1, 5, fresh.root, keccak(CODE)])
    assert state.root() == MerklePatriciaTree.from_items([(keccak(CONTRACT), leaf)]).root


def test_storage_counts_as_there_until_it_is_destroyed(state):
    assert EELS.account_has_storage(state, CONTRACT)
    assert not EELS.account_has_storage(state, STRANGER)
    EELS.set_storage(state, CONTRACT, SLOT, U256(0))
    assert EELS.account_has_storage(state, CONTRACT)
    EELS.destroy_storage(state, CONTRACT)
    assert not EELS.account_has_storage(state, CONTRACT)


def test_balances_and_code_hashes_need_no_code(state):
    account = EELS.get_account(state, CONTRACT)
    EELS.set_account_balance(state, CONTRACT, U256(6))
    assert account.code != b""
    assert account != EELS.EMPTY_ACCOUNT
    assert hash_of_code(account.code) == keccak(CODE)
    state.root()
    assert state.used_codes == set()
    assert account.code[0] == 0x60
    assert state.used_codes == {keccak(CODE)}


def test_a_code_that_is_not_there_raises_at_any_look_inside():
    def look_up(hash_):
        raise NotWitnessed("code_not_witnessed")

    code = Code(keccak(CODE), look_up)
    assert code
    assert code == CODE
    assert code == Code(keccak(CODE), look_up)
    assert code != b"\x00"
    assert len({code, Code(keccak(CODE), look_up)}) == 1
    for look in (len, bytes, lambda code: code[0], lambda code: code[:3]):
        with pytest.raises(NotWitnessed):
            look(code)


def test_what_was_replaced_comes_back_after_an_error():
    before = RULES.gas.GAS_PER_BLOB
    changes = iter([(RULES.gas, "GAS_PER_BLOB", 1), (RULES.gas, "no such name", 2)])
    with pytest.raises(AttributeError), replaced(changes):
        pass
    assert before == RULES.gas.GAS_PER_BLOB
