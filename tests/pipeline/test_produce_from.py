"""A sequencer with an EVM of its own: the record of its execution stands in for ours."""

import pytest
import rlp

import weakstate
from fixtures.story import WITHDRAWAL_REQUESTS, stranger
from fixtures.wallet import GWEI, Wallet
from tests.pipeline.test_produce import BLOCKS, GENESIS
from weakstate import (
    Anchor,
    Block,
    Chain,
    Changes,
    InvalidBlock,
    InvalidDelta,
    NotWitnessed,
    State,
    Touches,
    Unreadable,
    produce_from,
)

CHAIN = Chain.from_genesis(GENESIS)
ITEMS = [weakstate.read(path)[0] for path in BLOCKS]
HISTORY = bytes.fromhex("0000f90827f1c53a10cb7a02335b175320002935")
NOBODY = b"\x77" * 20


@pytest.fixture
def state():
    return State.from_genesis(CHAIN, GENESIS)


def record(produced):
    """What an EVM of one's own would tell of a block."""
    return produced.touches, Changes(produced.changes, list(produced.created_codes.values()))


def known(touches, **other):
    """The touches with a part replaced."""
    names = ("accounts", "slots", "codes", "oldest_hash")
    return Touches(*({name: getattr(touches, name) for name in names} | other).values())


def test_the_record_of_an_execution_makes_the_same_witness_and_delta(state):
    for item in ITEMS:
        produced = state.produce(CHAIN, item.block)
        told = produce_from(CHAIN, state, Block.from_rlp(item.block), *record(produced))
        assert told.witness == produced.witness
        assert told.delta == produced.delta
        assert told.touches == produced.touches
        assert told.header.hash == produced.header.hash
        weakstate.verify(CHAIN, Anchor.hash(state.head.hash), item.block, told.witness)
        state.commit(told)
        assert state.root == produced.header.state_root


def test_the_access_list_of_an_execution_does_too(state):
    for item in ITEMS:
        assert state.produce(CHAIN, item.block).access_list is None
        produced = state.produce(CHAIN, item.block, access_list=True)
        data, touches = produced.access_list, produced.touches
        listed = Touches.from_access_list(data, touches.codes, touches.oldest_hash)
        told = produce_from(CHAIN, state, item.block, listed, Changes.from_access_list(data))
        assert (told.witness, told.delta) == (produced.witness, produced.delta)
        assert Changes.from_access_list(data).codes == produced.created_codes
        state.commit(told)


def test_each_change_stands_in_its_step(state):
    """0 before the transactions, then each of them, one more for withdrawals and requests."""
    lists = []
    for item in ITEMS:
        produced = state.produce(CHAIN, item.block, access_list=True)
        lists.append({entry[0]: entry[1:] for entry in rlp.decode(produced.access_list)})
        state.commit(produced)
    ada, bob = Wallet("ada").address, Wallet("bob").address
    transfers, requests = lists[0], lists[6]

    def steps(pairs):
        return [int.from_bytes(step) for step, _ in pairs]

    parent = Block.from_rlp(ITEMS[0].block).header.parent_hash
    assert transfers[HISTORY][0] == [[b"", [[b"", parent]]]]
    assert [(steps(transfers[who][2]), transfers[who][3]) for who in (ada, bob)] == [
        ([1, 2, 4], [[b"\x01", b"\x01"], [b"\x02", b"\x02"]]),
        ([1, 3], [[b"\x03", b"\x01"]]),
    ]
    assert transfers[stranger("new")][2:] == [[[b"\x02", b"\x05"]], [], []]
    assert transfers[stranger("newest")][2] == [[b"\x04", (3 * GWEI).to_bytes(4)]]
    [count] = [
        steps(changes) for slot, changes in requests[WITHDRAWAL_REQUESTS][0] if slot == b"\x01"
    ]
    assert count == [2, 3]


def test_codes_may_be_named_by_whose_they_are(state):
    for item in ITEMS:
        produced = state.produce(CHAIN, item.block)
        touches, changes = record(produced)
        hashes = {entry["code_hash"]: address for address, entry in state.to_dict().items()}
        owners = [hashes[code] for code in touches.codes]
        told = produce_from(CHAIN, state, item.block, known(touches, codes=owners), changes)
        assert told.witness == produced.witness
        # Nobody has no code, and a plain account none either.
        more = known(touches, codes=[*owners, NOBODY])
        assert produce_from(CHAIN, state, item.block, more, changes).witness == produced.witness
        state.commit(told)


def test_fields_that_are_as_before_may_be_left_out(state):
    for item in ITEMS:
        produced = state.produce(CHAIN, item.block)
        before = state.to_dict()
        fewer = {}
        for address, change in produced.changes.items():
            old = before.get(address, {})
            fewer[address] = dict(change)
            if change["account"] is not None:
                fields = change["account"].items()
                other = {key: value for key, value in fields if old.get(key) != value}
                fewer[address]["account"] = other
        changes = Changes(fewer, list(produced.created_codes.values()))
        told = produce_from(CHAIN, state, item.block, produced.touches, changes)
        assert (told.witness, told.delta) == (produced.witness, produced.delta)
        state.commit(told)


def test_what_did_not_change_may_be_among_the_changes(state):
    item = ITEMS[0]
    produced = state.produce(CHAIN, item.block)
    entries = state.to_dict().items()
    still = {address: {"slots": entry["slots"]} for address, entry in entries}
    assert sum(len(change["slots"]) for change in still.values()) > 20
    still |= {NOBODY: {"slots": {1: 0}}, **produced.changes}
    changes = Changes(still, list(produced.created_codes.values()))
    told = produce_from(CHAIN, state, item.block, produced.touches, changes)
    assert (told.witness, told.delta) == (produced.witness, produced.delta)


@pytest.mark.parametrize("part", ["accounts", "slots"])
def test_a_read_that_is_not_told_is_one_that_verifiers_miss(state, part):
    """An account, or all slots of one: of so few slots each lies on another's path."""
    missed = 0
    for item in ITEMS:
        produced = state.produce(CHAIN, item.block)
        touches, changes = record(produced)
        anchor = Anchor.hash(state.head.hash)
        for address in touches.accounts:
            fewer = {
                "accounts": [other for other in touches.accounts if other != address],
                "slots": [(other, slot) for other, slot in touches.slots if other != address],
            }[part]
            told = produce_from(CHAIN, state, item.block, known(touches, **{part: fewer}), changes)
            # What is written as well is proven all the same.
            if told.witness != produced.witness:
                missed += 1
                with pytest.raises(NotWitnessed):
                    weakstate.verify(CHAIN, anchor, item.block, told.witness)
        state.commit(produced)
    assert missed


def test_changes_that_do_not_lead_to_the_header_are_refused(state):
    produced = state.produce(CHAIN, ITEMS[0].block)
    root = state.root
    for address in produced.changes:
        fewer = {key: value for key, value in produced.changes.items() if key != address}
        changes = Changes(fewer, list(produced.created_codes.values()))
        with pytest.raises(InvalidDelta) as caught:
            produce_from(CHAIN, state, ITEMS[0].block, produced.touches, changes)
        assert caught.value.code == "delta_wrong_post_state"
        assert caught.value.expected == f"0x{produced.header.state_root.hex()}"
    assert state.root == root


def test_a_code_that_is_nowhere_is_refused(state):
    for item in ITEMS:
        produced = state.produce(CHAIN, item.block)
        if produced.created_codes:
            with pytest.raises(InvalidDelta, match="delta_missing_code"):
                produce_from(CHAIN, state, item.block, produced.touches, Changes(produced.changes))
        state.commit(produced)


def test_a_touched_code_that_the_state_does_not_hold_is_refused(state):
    touches, changes = record(state.produce(CHAIN, ITEMS[0].block))
    with pytest.raises(Unreadable) as caught:
        produce_from(CHAIN, state, ITEMS[0].block, known(touches, codes=[b"\x11" * 32]), changes)
    assert (caught.value.code, caught.value.at) == ("missing_part", "touches.codes")


def test_a_block_hash_is_proven_by_headers_that_are_there(state):
    """A replica that has skipped blocks does not know their headers."""
    sequencer, replica = state, state.copy()
    whole = None
    for item in ITEMS[:5]:
        produced = sequencer.produce(CHAIN, item.block)
        whole = produced.delta if whole is None else whole.then(produced.delta)
        sequencer.commit(produced)
    replica.apply(whole, sequencer.head.rlp)
    produced = sequencer.produce(CHAIN, ITEMS[5].block)
    touches, changes = record(produced)
    assert touches.oldest_hash == 2
    with pytest.raises(NotWitnessed) as caught:
        produce_from(CHAIN, replica, ITEMS[5].block, touches, changes)
    assert (caught.value.code, caught.value.at) == ("block_hash_not_witnessed", "block 2")
    nearer = known(touches, oldest_hash=4)
    assert len(produce_from(CHAIN, replica, ITEMS[5].block, nearer, changes).witness.headers) == 1


def test_a_block_that_extends_another_is_refused(state):
    produced = state.produce(CHAIN, ITEMS[0].block)
    with pytest.raises(InvalidBlock, match="wrong_parent"):
        produce_from(CHAIN, state, ITEMS[1].block, *record(produced))
    with pytest.raises(InvalidBlock, match="malformed_block"):
        produce_from(CHAIN, state, b"\xc0", *record(produced))


def test_a_list_of_a_longer_block_is_refused(state):
    produced = state.produce(CHAIN, ITEMS[0].block, access_list=True)
    accounts = rlp.decode(produced.access_list)
    balances = next(account[3] for account in accounts if account[3])
    last = Block.from_rlp(ITEMS[0].block).transactions + 1
    for step, refused in ((last, False), (last + 1, True)):
        balances[-1][0] = bytes([step])
        changes = Changes.from_access_list(rlp.encode(accounts))
        if refused:
            with pytest.raises(Unreadable) as caught:
                produce_from(CHAIN, state, ITEMS[0].block, produced.touches, changes)
            assert (caught.value.code, caught.value.actual) == ("malformed_access_list", str(step))
        else:
            produce_from(CHAIN, state, ITEMS[0].block, produced.touches, changes)


def test_parts_of_another_form_are_the_caller_s_mistake():
    with pytest.raises(ValueError, match="20 bytes, not 19"):
        Touches([b"\x11" * 19], [])
    with pytest.raises(ValueError, match="32 or 20 bytes, not 21"):
        Touches([], [], [b"\x11" * 21])
    with pytest.raises(TypeError, match="integer"):
        Touches([], [(NOBODY, "1")])
    with pytest.raises(OverflowError):
        Touches([], [(NOBODY, 1 << 256)])
    with pytest.raises(ValueError, match='"code" is none of nonce, balance, code_hash'):
        Changes({NOBODY: {"account": {"code": b""}}})
    with pytest.raises(ValueError, match='"nonce" is none of account, storage_cleared, slots'):
        Changes({NOBODY: {"nonce": 1}})
    with pytest.raises(ValueError, match="32 bytes, not 1"):
        Changes({NOBODY: {"account": {"code_hash": b"\x11"}}})
