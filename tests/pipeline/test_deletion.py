"""What removal leaves in a tree of leaves: each row of ``docs/verkle/deletion.md``."""

import json

import pytest
import rlp
from eth_hash.auto import keccak

import weakstate
from fixtures.story import assemble
from fixtures.wallet import LEGACY, SET_CODE, Wallet
from tests.conformance.minimal import list_leaves
from tests.property.pending import ADDRESS, account, genesis, word
from weakstate import Attributes, Chain, State
from weakstate.trees.binary import EIP_7864, PROFILES, open_witness
from weakstate.trees.binary import embedding as binary
from weakstate.trees.verkle.embedding import (
    BASIC_DATA,
    CODE_HASH,
    chunks,
    code_key,
    key_of,
    storage_key,
)

ZERO, NO_CODE = bytes(32), keccak(b"")
EMPTY, BARE, SLOTTED = b"\x11" * 20, b"\x12" * 20, Wallet("bob").next_contract()
DIE = assemble("PUSH1 2a PUSH1 01 SSTORE CALLER SELFDESTRUCT")


class World:
    """A chain whose blocks hold the transactions of one sender."""

    def __init__(self, scheme):
        file = json.loads(genesis("Prague", scheme))
        file["alloc"]["0x" + EMPTY.hex()] = account(balance=0)
        file["alloc"]["0x" + SLOTTED.hex()] = account(balance=0) | {"storage": {"0x1": "0x5"}}
        text = json.dumps(file).encode()
        self.chain = Chain.from_genesis(text)
        self.state = State.from_genesis(self.chain, text)
        self.ada, self.friend = Wallet("ada"), Wallet("friend")
        self.profile = PROFILES.get(scheme)
        self.order = "little" if self.profile is EIP_7864 else "big"

    def block(self, **fields):
        """Takes a transaction, by the rules of `Wallet.sign`."""
        sender = fields.pop("sender", self.ada)
        signed = sender.sign(**{"kind": LEGACY, "gas": 300_000, **fields})
        raw = signed if isinstance(signed, bytes) else rlp.encode(signed)
        attributes = Attributes(
            timestamp=self.state.head.timestamp + 1,
            fee_recipient=b"\x77" * 20,
            parent_beacon_block_root=bytes(32),
        )
        built = weakstate.build(self.chain, self.state, attributes, [raw])
        assert not built.refused
        assert built.receipts[0]["success"]
        self.state.commit(built)

    def delegate(self, to):
        """Lets a friend run another's code."""
        self.block(kind=SET_CODE, to=BARE, authorizations=[self.friend.authorize(to)])

    def leaf(self, key):
        """What the tree holds; None where there is no leaf."""
        proof = self.state._prove_leaves([key])
        if self.profile:
            return open_witness(self.profile, self.state.root, proof).get(key)
        return list_leaves(proof)[key]

    def header(self, address):
        """An account's two leaves."""
        return tuple(self.header_leaf(address, place) for place in (BASIC_DATA, CODE_HASH))

    def header_leaf(self, address, place):
        if self.profile:
            return self.leaf(binary.header_key(self.profile, address, place))
        return self.leaf(key_of(address, place))

    def slot(self, address, slot):
        if self.profile:
            return self.leaf(binary.storage_key(self.profile, address, slot, self.order))
        return self.leaf(storage_key(address, slot))

    def chunk(self, address, code=b""):
        """The first chunk of an account's code; where accounts share it, of this code."""
        if self.profile:
            key = binary.code_key(self.profile, address, keccak(code), 0, self.order)
            return self.leaf(key)
        return self.leaf(code_key(address, 0))


@pytest.fixture(params=["verkle", "verkle-kzg", "binary-7864", "binary-geth"])
def world(request):
    return World(request.param)


@pytest.fixture
def zoned():
    """A world where zero is absence."""
    return World("binary-8297")


def nothing_there(world, address):
    return world.state.account(address) is None


def test_created_and_destroyed_where_no_account_was(world):
    address = world.ada.next_contract()
    world.block(data=DIE)
    assert nothing_there(world, address)
    assert world.header(address) == (None, None)
    assert (world.slot(address, 1), world.chunk(address)) == (None, None)


def test_created_and_destroyed_where_a_balance_was(world):
    address = keccak(rlp.encode([world.ada.address, 1]))[12:]
    world.block(to=address, value=1)
    assert world.state.account(address)["balance"] == 1
    world.block(data=DIE)
    assert nothing_there(world, address)
    assert world.header(address) == (ZERO, NO_CODE)
    assert world.slot(address, 1) is None


def test_an_older_contract_is_destroyed(world):
    address = ADDRESS["die"]
    before = world.header(address), world.slot(address, 1), world.chunk(address)
    assert None not in (*before[0], *before[1:])
    world.block(to=address)
    after = world.header(address), world.slot(address, 1), world.chunk(address)
    # The balance is in the last bytes.
    assert after[0][0] == before[0][0][:16] + bytes(16)
    assert (after[0][1], *after[1:]) == (before[0][1], *before[1:])
    assert world.state.account(address)["balance"] == 0


def test_an_account_that_is_empty_at_genesis(world):
    assert nothing_there(world, EMPTY)
    assert world.header(EMPTY) == (ZERO, NO_CODE)
    assert world.header(BARE) == (None, None)


def test_an_account_where_one_went(world):
    world.block(to=EMPTY, value=5)
    assert world.state.account(EMPTY) == {"nonce": 0, "balance": 5, "code_hash": NO_CODE}
    assert world.header(EMPTY) == ((5).to_bytes(32), NO_CODE)


def test_a_slot_is_set_to_zero(world):
    store = ADDRESS["store"]
    assert world.slot(store, 3) == word(3)
    world.block(to=store, data=word(3) + word(0))
    assert world.slot(store, 3) == ZERO
    assert world.state.slot(store, 3) == 0


def test_a_slot_that_was_never_written_is_set_to_zero(world):
    store = ADDRESS["store"]
    world.block(to=store, data=word(70) + word(0))
    assert world.slot(store, 70) is None
    assert world.state.slot(store, 70) == 0


def test_a_delegation_is_replaced_and_cleared(world):
    address = world.friend.address
    for target in ("store", "log"):
        world.delegate(ADDRESS[target])
        code = b"\xef\x01\x00" + ADDRESS[target]
        basic, code_hash = world.header(address)
        assert (int.from_bytes(basic[5:8]), code_hash) == (len(code), keccak(code))
        assert world.chunk(address) == chunks(code)[0]
        assert world.state.code(address) == code
    world.delegate(bytes(20))
    basic, code_hash = world.header(address)
    assert (int.from_bytes(basic[5:8]), code_hash) == (0, NO_CODE)
    assert world.chunk(address) == chunks(code)[0]
    assert world.state.code(address) == b""
    assert world.state.account(address) == {"nonce": 3, "balance": 0, "code_hash": NO_CODE}


def test_a_contract_is_created_where_slots_are(world):
    assert nothing_there(world, SLOTTED)
    # It keeps in slot 2 what it finds in slot 1.
    init = assemble("PUSH1 01 SLOAD PUSH1 02 SSTORE PUSH1 07 PUSH1 03 SSTORE")
    world.block(sender=Wallet("bob"), data=init)
    assert world.state.account(SLOTTED)["nonce"] == 1
    slots = [world.state.slot(SLOTTED, slot) for slot in (1, 2, 3)]
    assert slots == [5, 0, 7]
    assert world.slot(SLOTTED, 1) == word(5)


def test_a_block_is_taken_back(world):
    root = world.state.root
    address = world.ada.next_contract()
    world.block(data=assemble("PUSH1 2a PUSH1 46 SSTORE PUSH1 01 PUSH1 00 RETURN"))
    assert world.slot(address, 0x46) == word(0x2A)
    assert world.header(address) != (None, None)
    assert world.chunk(address) == ZERO
    world.state.revert()
    assert world.state.root == root
    assert world.header(address) == (None, None)
    assert (world.slot(address, 0x46), world.chunk(address)) == (None, None)


def test_where_zero_is_absence_an_account_that_goes_leaves_nothing(zoned):
    address = keccak(rlp.encode([zoned.ada.address, 1]))[12:]
    before = zoned.state.root, zoned.state.to_dict()
    zoned.block(to=address, value=1)
    assert zoned.header(address) == ((1).to_bytes(32), NO_CODE)
    zoned.block(data=DIE)
    assert nothing_there(zoned, address)
    assert zoned.header(address) == (None, None)
    assert (zoned.slot(address, 1), zoned.chunk(address, DIE)) == (None, None)
    assert address not in zoned.state.to_dict()
    zoned.state.check()
    zoned.state.revert(2)
    assert (zoned.state.root, zoned.state.to_dict()) == before


def test_where_zero_is_absence_an_account_that_is_empty_at_genesis(zoned):
    assert nothing_there(zoned, EMPTY)
    assert zoned.header(EMPTY) == (None, NO_CODE)
    zoned.block(to=EMPTY, value=0)
    zoned.state.check()
    zoned.block(to=EMPTY, value=5)
    assert zoned.header(EMPTY) == ((5).to_bytes(32), NO_CODE)


def test_where_zero_is_absence_a_slot_that_is_set_to_zero_goes(zoned):
    store = ADDRESS["store"]
    for slot in (3, 70):
        zoned.block(to=store, data=word(slot) + word(9))
        assert zoned.slot(store, slot) == word(9)
        zoned.block(to=store, data=word(slot) + word(0))
        assert zoned.slot(store, slot) is None
        assert slot not in zoned.state.to_dict()[store]["slots"]
    zoned.state.check()


def test_a_delegation_that_has_a_leaf_of_its_own(zoned):
    address = zoned.friend.address
    for target in ("store", "log"):
        zoned.delegate(ADDRESS[target])
        code = b"\xef\x01\x00" + ADDRESS[target]
        basic, code_hash = zoned.header(address)
        assert (int.from_bytes(basic[4:8]), code_hash) == (len(code), None)
        assert zoned.header_leaf(address, binary.DELEGATION) == code.ljust(32, b"\0")
        assert zoned.chunk(address, code) is None
        assert zoned.state.code(address) == code
        # It is run: what it says is in the witness.
        zoned.block(to=address, data=word(1) + word(8))
    zoned.delegate(bytes(20))
    basic, code_hash = zoned.header(address)
    assert (int.from_bytes(basic[4:8]), code_hash) == (0, NO_CODE)
    assert zoned.header_leaf(address, binary.DELEGATION) is None
    assert zoned.state.slot(address, 1) == 8
    zoned.state.check()
