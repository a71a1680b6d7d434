"""A delta is consistent only if it leads from what is trusted to the header's root."""

import json

import pytest
from eth_hash.auto import keccak

import weakstate
from fixtures.delta_form import NO_CODE, read_delta, write_delta
from tests.pipeline.test_produce import BLOCKS, GENESIS
from weakstate import (
    Anchor,
    Block,
    Chain,
    Delta,
    InvalidBlock,
    InvalidDelta,
    InvalidWitness,
    NotWitnessed,
    Witness,
    check_delta,
)
from weakstate._native import State

CHAIN = Chain.from_genesis(GENESIS)
OTHER = b"\x11" * 32
PROVEN = ["pre_state_values", "created_codes", "post_state_root"]


@pytest.fixture(scope="module")
def produced():
    """All blocks of our chain, executed one after the other."""
    state = State.from_genesis(CHAIN, GENESIS)
    blocks = []
    for path in BLOCKS:
        blocks.append(state.produce(CHAIN, weakstate.read(path)[0].block))
        state.commit(blocks[-1])
    return blocks


@pytest.fixture(scope="module")
def genesis():
    return State.from_genesis(CHAIN, GENESIS).head


def check(block, delta=None, witness=None, anchor=None, header=None):
    """Check one block's delta, with any part replaced."""
    delta = delta or block.delta
    anchor = anchor or Anchor.hash(block.header.parent_hash)
    return check_delta(anchor, witness or block.witness, delta, header or block.header.rlp)


def changed(block, change):
    """The block's delta with a change to its content."""
    content = read_delta(block.delta.to_bytes())
    change(content)
    return Delta.from_bytes(write_delta(content))


def statuses(consistent):
    return {check.name: check.status for check in consistent.checks}


def refusal(*args, **parts):
    with pytest.raises(InvalidDelta) as caught:
        check(*args, **parts)
    return caught.value


def test_deltas_have_two_readers(produced):
    for block in produced:
        data = block.delta.to_bytes()
        assert write_delta(read_delta(data)) == data


def test_what_the_sequencer_hands_out_is_consistent_and_no_more(produced, genesis):
    parent = genesis
    for block in produced:
        proven = {**dict.fromkeys(["parent", "ancestry", "pre_state_root", *PROVEN], "proven")}
        for anchor in (Anchor.hash(parent.hash), Anchor.header(parent.rlp)):
            consistent = check(block, anchor=anchor)
            assert statuses(consistent) == {**proven, "execution": "skipped"}
            assert consistent.meaning.startswith("consistent, which is not valid: ")
            assert (consistent.header.hash, consistent.blocks) == (block.header.hash, 1)
            assert consistent.pre_state_root == parent.state_root
            assert consistent.post_state_root == block.header.state_root
        trusted = statuses(check(block, anchor=Anchor.state_root(parent.state_root)))
        assert trusted["parent"] == trusted["pre_state_root"] == "trusted"
        assert [trusted[name] for name in PROVEN] == ["proven"] * 3
        parent = block.header


def test_a_bare_root_needs_no_headers(produced, genesis):
    bare = Witness(produced[0].witness.nodes, [], [])
    check(produced[0], witness=bare, anchor=Anchor.state_root(genesis.state_root, [genesis.hash]))
    check(produced[0], witness=bare, anchor=Anchor.header(genesis.rlp))
    with pytest.raises(InvalidWitness) as caught:
        check(produced[0], witness=bare)
    assert caught.value.code == "missing_parent"


@pytest.mark.parametrize("part", ["post_state_root", "block_hash", "parent_hash", "pre_state_root"])
def test_hashes_and_roots_are_held_against_anchor_and_header(produced, part):
    delta = changed(produced[1], lambda content: content.update({part: OTHER}))
    code = {
        "post_state_root": "delta_wrong_post_state",
        "block_hash": "delta_wrong_block",
        "parent_hash": "delta_wrong_parent",
        "pre_state_root": "delta_wrong_pre_state",
    }[part]
    error = refusal(produced[1], delta)
    assert (error.code, error.at) == (code, part)
    assert OTHER.hex() in error.actual


def test_numbers_are_held_against_anchor_and_header(produced):
    later = changed(produced[1], lambda content: content.update(number=3))
    assert refusal(produced[1], later).at == "number"
    error = refusal(produced[1], later, anchor=Anchor.state_root(produced[0].header.state_root))
    assert (error.code, error.at) == ("delta_wrong_parent", "number")
    # Nothing but the header tells where a bare root stands.
    bare = Witness(produced[1].witness.nodes, [], [])
    root = Anchor.state_root(produced[0].header.state_root)
    error = refusal(produced[1], later, witness=bare, anchor=root)
    assert (error.code, error.at) == ("delta_wrong_block", "number")
    longer = changed(produced[1], lambda content: content.update(blocks=2))
    error = refusal(produced[1], longer)
    assert (error.code, error.at) == ("delta_wrong_parent", "number")


def test_a_header_of_another_block_is_refused(produced):
    error = refusal(produced[1], header=produced[2].header.rlp)
    assert (error.code, error.at) == ("delta_wrong_block", "block_hash")


def test_a_header_that_names_another_parent_is_refused(produced):
    """The delta ends with the header and starts at the anchor, but these two do not meet."""
    renamed = changed(
        produced[1],
        lambda content: content.update(
            parent_hash=produced[2].header.parent_hash,
            pre_state_root=produced[1].header.state_root,
        ),
    )
    root = Anchor.state_root(produced[1].header.state_root)
    bare = Witness(produced[2].witness.nodes, [], [])
    error = refusal(produced[1], renamed, witness=bare, anchor=root)
    assert (error.code, error.at) == ("delta_wrong_block", "header.parent_hash")


def test_a_delta_that_starts_elsewhere_than_the_anchor_is_refused(produced, genesis):
    for anchor in (
        Anchor.hash(genesis.hash),
        Anchor.header(genesis.rlp),
        Anchor.state_root(produced[0].header.state_root, [genesis.hash]),
    ):
        error = refusal(produced[1], anchor=anchor)
        assert (error.code, error.at) == ("delta_wrong_parent", "parent_hash")
    # The root is trusted and the header proven; the delta names the header.
    error = refusal(produced[1], anchor=Anchor.state_root(genesis.state_root))
    assert (error.code, error.at) == ("delta_wrong_parent", "parent.state_root")


def first_account(content, wanted):
    return next((a, entry) for a, entry in content["accounts"].items() if wanted(entry))


def test_a_balance_before_must_be_the_state_s(produced):
    def change(content):
        _, entry = first_account(content, lambda entry: entry["before"])
        nonce, balance, code = entry["before"]
        entry["before"] = (nonce, balance + 1, code)

    error = refusal(produced[1], changed(produced[1], change))
    assert error.code == "delta_wrong_pre_state"
    assert error.at.startswith("account 0x")


def test_an_account_must_not_have_been_there(produced):
    def change(content):
        _, entry = first_account(content, lambda entry: entry["before"])
        entry["before"] = None

    assert refusal(produced[1], changed(produced[1], change)).code == "delta_wrong_pre_state"


def test_a_slot_before_must_be_the_state_s(produced):
    def change(content):
        _, entry = first_account(content, lambda entry: not entry["cleared"] and entry["slots"])
        slot, (_, after) = next(iter(entry["slots"].items()))
        entry["slots"][slot] = (12345, after)

    error = refusal(produced[1], changed(produced[1], change))
    assert error.code == "delta_wrong_pre_state"
    assert " slot 0x" in error.at
    assert error.actual == "12345"


@pytest.mark.parametrize("index", range(8))
def test_a_value_after_must_lead_to_the_root(produced, index):
    def change(content):
        _, entry = first_account(content, lambda entry: entry["after"])
        nonce, balance, code = entry["after"]
        entry["after"] = (nonce, balance + 1, code)

    error = refusal(produced[index], changed(produced[index], change))
    assert (error.code, error.at) == ("delta_wrong_post_state", "the state's root")
    assert error.expected == f"0x{produced[index].header.state_root.hex()}"


def test_no_change_may_be_left_out(produced):
    for block in produced:
        for address in read_delta(block.delta.to_bytes())["accounts"]:
            shorter = changed(block, lambda content, a=address: content["accounts"].pop(a))
            assert refusal(block, shorter).code == "delta_wrong_post_state"


def test_a_created_code_must_come_along(produced):
    count = 0
    for block in produced:
        for index, code in enumerate(read_delta(block.delta.to_bytes())["codes"]):
            without = changed(block, lambda content, i=index: content["codes"].pop(i))
            error = refusal(block, without)
            assert error.code == "delta_missing_code"
            assert error.expected == f"code 0x{keccak(code).hex()}"
            count += 1
    assert count > 2


def test_a_code_that_the_witness_holds_need_not_come_along(produced):
    block = next(b for b in produced if read_delta(b.delta.to_bytes())["codes"])
    codes = read_delta(block.delta.to_bytes())["codes"]
    without = changed(block, lambda content: content["codes"].clear())
    parts = block.witness
    check(block, without, witness=Witness(parts.nodes, [*parts.codes, *codes], parts.headers))


def test_an_account_that_is_not_there_has_no_slots(produced):
    """The root does not show them: a replica's tables would."""
    ghost = {"before": None, "after": None, "cleared": False, "slots": {}}

    def haunted(address, slots):
        def change(content):
            accounts = {**content["accounts"], address: {**ghost, "slots": slots}}
            content["accounts"] = dict(sorted(accounts.items()))

        return changed(produced[0], change)

    def absence_is_witnessed(address):
        try:
            return check(produced[0], haunted(address, {}))
        except InvalidWitness:
            return False

    address = next(filter(absence_is_witnessed, (bytes(18) + bytes([9, i]) for i in range(256))))
    delta = haunted(address, {1: (None, 2)})
    assert refusal(produced[0], delta).code == "malformed_delta"
    replica = State.from_genesis(CHAIN, GENESIS)
    with pytest.raises(InvalidDelta, match="malformed_delta"):
        replica.apply(delta, produced[0].header.rlp)


def test_no_byte_of_a_delta_can_be_another(produced):
    block = produced[0]
    data = block.delta.to_bytes()
    for place in range(len(data)):
        other = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        with pytest.raises((InvalidDelta, InvalidWitness, weakstate.BudgetExceeded)):
            check(block, Delta.from_bytes(other))


def test_exactly_the_nodes_that_are_used_are_needed(produced):
    for block in produced:
        nodes, used = block.witness.nodes, 0
        for index in range(len(nodes)):
            fewer = Witness(nodes[:index] + nodes[index + 1 :], [], block.witness.headers)
            try:
                check(block, witness=fewer)
            except NotWitnessed:
                used += 1
        assert used == check(block).nodes_used


def test_a_forged_pre_state_is_not_read(produced):
    """The same changes over another state: the proof is opened against what is trusted."""
    text = json.loads(GENESIS)
    address = next(iter(text["alloc"]))
    text["alloc"][address]["balance"] = hex(int(text["alloc"][address]["balance"], 0) + 1)
    forged = State.from_genesis(CHAIN, json.dumps(text).encode())
    delta = changed(produced[0], lambda content: content.update(pre_state_root=forged.root))
    assert refusal(produced[0], delta).code == "delta_wrong_pre_state"
    with pytest.raises(InvalidWitness) as caught:
        check(
            produced[0], delta, Witness(produced[0].witness.nodes, [], []),
            Anchor.state_root(forged.root),
        )  # fmt: skip
    assert caught.value.code == "account_not_witnessed"


def test_consistent_is_not_valid(produced):
    """Who writes the header may give himself ether: only executing the block shows it."""
    import rlp

    block = produced[0]

    def mint(content):
        _, entry = first_account(content, lambda entry: entry["after"])
        entry["after"] = (entry["after"][0], entry["after"][1] + 10**24, NO_CODE)

    root = bytes.fromhex(refusal(block, changed(block, mint)).actual[2:])
    whole = rlp.decode(weakstate.read(BLOCKS[0])[0].block)
    whole[0][3] = root
    forged = Block.from_rlp(rlp.encode(whole))

    def claim(content):
        mint(content)
        content.update(block_hash=forged.hash, post_state_root=root)

    assert check(block, changed(block, claim), header=forged.header.rlp).post_state_root == root
    anchor = Anchor.hash(block.header.parent_hash)
    with pytest.raises(InvalidBlock) as caught:
        weakstate.verify(CHAIN, anchor, forged.rlp, block.witness)
    assert caught.value.code == "wrong_state_root"


def test_a_delta_of_many_blocks_is_checked_over_all_their_nodes(produced, genesis):
    whole = produced[0].delta
    for block in produced[1:]:
        whole = whole.then(block.delta)
    nodes = {node for block in produced for node in block.witness.nodes}
    witness = Witness(sorted(nodes), [], [genesis.rlp])
    last = produced[-1].header
    consistent = check_delta(Anchor.hash(genesis.hash), witness, whole, last.rlp)
    assert consistent.blocks == len(produced)
    assert statuses(consistent)["ancestry"] == "skipped"
    assert statuses(consistent)["post_state_root"] == "proven"


def test_a_budget_bounds_the_witness(produced):
    with pytest.raises(weakstate.BudgetExceeded, match="too_many_nodes"):
        check_delta(
            Anchor.hash(produced[0].header.parent_hash), produced[0].witness, produced[0].delta,
            produced[0].header.rlp, weakstate.Budget(nodes=1),
        )  # fmt: skip


def test_what_is_no_header_is_the_caller_s_mistake(produced):
    with pytest.raises(ValueError, match="header"):
        check(produced[0], header=b"\xc0")
