"""An item made of its parts is the one that a file with them gives."""

import pytest

import weakstate
from tests.forms import witness_rlp
from weakstate import Budget, Item, Witness

ROOT, HASH = b"\x11" * 32, b"\x22" * 32


def test_parts_come_back_as_they_were(samples):
    sample = samples[0]
    item = Item(
        block=sample.block.rlp,
        witness=sample.witness,
        delta=b"delta",
        chain_id=5,
        pre_state_root=ROOT,
        block_hashes=[HASH],
    )
    assert (item.block, item.witness, item.delta) == (sample.block.rlp, sample.witness, b"delta")
    assert (item.chain_id, item.pre_state_root, item.block_hashes) == (5, ROOT, [HASH])
    [back] = weakstate.read(item.to_json().encode())
    assert (back.block, back.witness, back.delta) == (item.block, item.witness, item.delta)
    assert (back.chain_id, back.pre_state_root, back.block_hashes) == (5, ROOT, [HASH])


def test_another_chain_id_changes_nothing_else(samples):
    item = Item(block=b"\xc0", witness=samples[0].witness, delta=b"d", pre_state_root=ROOT)
    other = item.with_chain_id(7)
    assert (item.chain_id, other.chain_id) == (None, 7)
    for name in ("block", "witness", "delta", "pre_state_root", "block_hashes"):
        assert getattr(other, name) == getattr(item, name)


def test_nothing_is_an_item_too():
    item = Item()
    assert (item.block, item.witness, item.delta, item.chain_id) == (None,) * 4
    assert repr(item) == "<Item of nothing>"
    assert repr(Item(block=b"", delta=b"")) == "<Item of block, delta>"


@pytest.mark.parametrize("encode", [witness_rlp, Witness.to_bytes])
def test_a_witness_may_be_its_bytes(samples, encode):
    for sample in samples:
        witness = Item(witness=encode(sample.witness)).witness
        assert sorted(witness.nodes) == sorted(sample.witness.nodes)
        assert witness.headers == sample.witness.headers


def test_bytes_that_are_no_witness_are_unreadable(samples):
    with pytest.raises(weakstate.Unreadable, match=r"malformed_rlp.*witness"):
        Item(witness=b"witness")
    with pytest.raises(weakstate.Unreadable, match=r"malformed_witness.*witness, byte"):
        Item(witness=samples[0].witness.to_bytes()[:-1])
    with pytest.raises(weakstate.BudgetExceeded):
        Item(witness=samples[0].witness.to_bytes(), budget=Budget(nodes=1))


@pytest.mark.parametrize(
    ("part", "error"),
    [
        ({"block": "0xc0"}, TypeError),
        ({"witness": "0xc0"}, TypeError),
        ({"chain_id": -1}, OverflowError),
        ({"pre_state_root": b"\x11"}, ValueError),
        ({"block_hashes": [b"\x11"]}, ValueError),
    ],
)
def test_parts_that_are_none_are_the_callers_mistake(part, error):
    with pytest.raises(error):
        Item(**part)
