"""What is written in one form and read again is what it was, and so in every other form."""

import pytest

import weakstate
from fixtures.invalid_case import INVALID
from tests.data import HOLESKY
from weakstate import Item
from weakstate.witness.forms import FORMS, PARTS, Lossy, convert, holding, left_out, parts

WHOLE = [
    name for name, form in FORMS.items() if "witness" in form.holds and "proof" not in form.needs
]


def values(item):
    """All that the item says, nodes and codes as sets."""
    witness = item.witness
    return {
        "block": item.block,
        "witness": (set(witness.nodes), set(witness.codes), witness.headers),
        "keys": witness.keys,
        "proof": witness.proof,
        "delta": item.delta,
        "chain id": item.chain_id,
        "pre-state root": item.pre_state_root or witness.parent_state_root,
        "block hashes": item.block_hashes,
    }


def check_all_pairs(item):
    """Each form straight, and each by way of each other that can hold as much."""
    known, straight = values(item), {}
    for form in WHOLE:
        [back] = weakstate.read(convert(item, form, lossy=True))
        straight[form] = back
        found = values(back)
        for part in PARTS:
            assert (found[part] == known[part]) == (part not in left_out(item, form)), (form, part)
    for first, back in straight.items():
        for second in WHOLE:
            if set(left_out(item, first)) <= set(left_out(item, second)):
                [again] = weakstate.read(convert(back, second, lossy=True))
                assert values(again) == values(straight[second]), (first, second)


def test_real_blocks_in_every_form(real_block):
    [item] = weakstate.read(real_block.path)
    check_all_pairs(item)
    if HOLESKY in real_block.name:  # no headers: the claims are all that anchors it
        assert holding(item) == ("block-json",)
    else:
        assert {"bundle", "block-json"} <= set(holding(item)) or item.block_hashes


def test_blocks_of_our_chain_in_every_form(samples):
    for sample in samples:
        witness = sample.witness
        keys = [b"\x22" * 20, b"\x11" * 32, b"\x22" * 20]
        kept = weakstate.Witness(witness.nodes, witness.codes, witness.headers, keys)
        item = Item(
            block=sample.block.rlp,
            witness=kept,
            delta=b"\x89WSD",
            chain_id=1337,
            pre_state_root=b"\x33" * 32,
            block_hashes=[b"\x44" * 32],
        )
        assert parts(item) == tuple(part for part in PARTS if part != "proof")
        check_all_pairs(item)
        assert convert(item, "block", lossy=True) == item.block
        assert convert(item, "delta", lossy=True) == item.delta


def test_what_a_form_cannot_hold_is_refused_by_name(samples):
    item = Item(block=samples[0].block.rlp, witness=samples[0].witness, chain_id=1)
    for form, lost in (
        ("rlp", ("block", "chain id")),
        ("block", ("witness", "chain id")),
        ("bundle", ()),
    ):
        assert left_out(item, form) == lost
        if lost:
            with pytest.raises(Lossy, match=", ".join(lost)) as caught:
                convert(item, form)
            assert (caught.value.form, caught.value.lost) == (form, lost)
        convert(item, form, lossy=True)


def test_a_claim_that_the_parent_proves_is_not_lost(samples):
    witness = samples[0].witness
    root = witness.parent_state_root
    assert root == weakstate.Header.from_rlp(witness.headers[-1]).state_root
    assert left_out(Item(witness=witness, pre_state_root=root), "rlp") == ()
    assert left_out(Item(witness=witness, pre_state_root=bytes(32)), "rlp") == ("pre-state root",)
    bare = weakstate.Witness(witness.nodes, witness.codes, [])
    assert left_out(Item(witness=bare, pre_state_root=root), "rlp") == ("pre-state root",)


def test_a_claimed_root_is_what_nodes_are_nested_below(samples):
    witness = samples[0].witness
    bare = weakstate.Witness(witness.nodes, witness.codes, [])
    claimed = Item(witness=bare, pre_state_root=witness.parent_state_root)
    nested = convert(claimed, "bytes", lossy=True)
    assert len(nested) < len(convert(Item(witness=bare), "bytes"))


@pytest.mark.parametrize(
    ("form", "missing"), [("bundle", "chain id"), ("bytes", "witness"), ("delta", "delta")]
)
def test_what_a_form_cannot_be_without_is_asked_for(samples, form, missing):
    item = Item(block=samples[0].block.rlp)
    if form == "bundle":
        item = Item(block=item.block, witness=samples[0].witness)
    with pytest.raises(weakstate.Unreadable, match=f"missing_part.*a {missing}"):
        convert(item, form, lossy=True)


def test_a_header_that_is_none_fits_no_form_that_takes_it_apart():
    item = Item(witness=weakstate.Witness([], [], [b"\xc1\x80"]))
    for form in ("json", "bytes", "rlp"):
        [back] = weakstate.read(convert(item, form))
        assert back.witness.headers == [b"\xc1\x80"]
    with pytest.raises(weakstate.InvalidWitness, match="malformed_ancestor"):
        convert(item, "geth-json")


def test_leaves_and_their_proof_in_every_form_that_holds_them():
    [item] = weakstate.read(INVALID / "wrong_proof" / "block.json")
    assert set(holding(item)) == {"bundle", "block-json"}
    for form in ("bytes", "json", "verkle-json", "bundle", "block-json"):
        [back] = weakstate.read(convert(item, form, lossy=True))
        assert back.witness.proof == item.witness.proof
        assert (back.witness.headers == item.witness.headers) == (form != "verkle-json")
    for form in ("geth-json", "rlp", "rlp-3"):
        assert "proof" in left_out(item, form)
