"""A block stands on the anchor, on a verified block of the run, or on nothing."""

from types import SimpleNamespace

import pytest

from weakstate import Anchor, InvalidBlock
from weakstate.verifier import lineage
from weakstate.verifier.lineage import Lineage


def block(number, parent):
    """As much of a block as a lineage looks at; `from_rlp` is not needed for hash anchors."""
    header = SimpleNamespace(parent_hash=hash_of(parent), number=number, rlp=b"header %d" % number)
    return SimpleNamespace(hash=hash_of(number), header=header)


def hash_of(number):
    return number.to_bytes(32, "big")


@pytest.fixture(autouse=True)
def plain_headers(monkeypatch):
    """Lets any bytes be a header, so that blocks can be made up."""
    plain = SimpleNamespace(
        header=lambda rlp: SimpleNamespace(kind="header", value=rlp),
        hash=Anchor.hash,
        state_root=Anchor.state_root,
    )
    monkeypatch.setattr(lineage, "Anchor", plain)


def run(start, blocks, refused=()):
    """Basis of each block, or the code it is refused with; blocks are (number, parent)."""
    line = Lineage(start)
    placed = []
    for number, parent in blocks:  # all are placed before any is settled
        one = block(number, parent)
        try:
            placed.append((number, one, line.place(one)))
        except InvalidBlock as error:
            placed.append((number, one, error.code))
    for number, one, footing in placed:
        if isinstance(footing, str):
            yield footing
            continue
        try:
            yield line.settle(one, footing, verified=number not in refused).basis
        except InvalidBlock as error:
            yield error.code


def test_without_an_anchor_blocks_stand_on_what_they_name():
    assert list(run(None, [(2, 1), (3, 2), (9, 8)])) == ["block", "run", "block"]
    assert list(run(None, [(2, 1), (3, 2), (4, 3)], refused={2})) == ["block", "block", "run"]


def test_with_an_anchor_every_block_must_lead_to_it():
    anchor = Anchor.hash(hash_of(1))
    blocks = [(2, 1), (3, 2), (4, 3), (9, 8), (20, 1)]
    assert list(run(anchor, blocks)) == ["caller", "run", "run", "wrong_parent", "caller"]


def test_what_follows_a_refused_block_is_not_anchored():
    anchor = Anchor.hash(hash_of(1))
    blocks = [(2, 1), (3, 2), (4, 3)]
    assert list(run(anchor, blocks, refused={2})) == ["caller", "wrong_parent", "wrong_parent"]


def test_order_matters():
    assert list(run(Anchor.hash(hash_of(1)), [(3, 2), (2, 1)])) == ["wrong_parent", "caller"]


def test_a_state_root_anchors_blocks_that_follow_none_of_the_run():
    anchor = Anchor.state_root(hash_of(7))
    assert list(run(anchor, [(2, 1), (3, 2)])) == ["caller", "run"]


def test_a_claimed_anchor_serves_only_where_there_is_no_other():
    claimed = Anchor.state_root(hash_of(7))
    assert Lineage(None).place(block(2, 1), claimed) == (claimed, "file")
    anchor = Anchor.hash(hash_of(1))
    assert Lineage(anchor).place(block(2, 1), claimed) == (anchor, "caller")
    line = Lineage(None)
    line.place(block(2, 1))
    assert line.place(block(3, 2), claimed).basis == "run"


def test_the_refusal_says_what_was_expected():
    with pytest.raises(InvalidBlock) as caught:
        Lineage(Anchor.hash(hash_of(1))).place(block(9, 8))
    error = caught.value
    assert error.at == "header.parent_hash"
    assert hash_of(1).hex() in error.expected
    assert error.actual == f"0x{hash_of(8).hex()}"


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(lineage, "REMEMBERED_BLOCKS", 2)
    line = Lineage(None)
    for number in (2, 3, 4):
        one = block(number, number - 1)
        line.settle(one, line.place(one), verified=True)
    assert line.place(block(30, 2)).basis == "block"
    assert line.place(block(50, 4)).basis == "run"
