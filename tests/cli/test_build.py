"""`weakstate build`: blocks from pending transactions, with what others need of them."""

import json
import os

import pytest

import weakstate
from fixtures.make import PENDING, TWICE
from tests.cli.helpers import run, stands, verify
from weakstate.witness.attributes import read_attributes

FIRST = PENDING / "1.json"


def build(*args, data=None):
    return run("build", *args, data=data)


def write(folder, number=1, **changes):
    """A file like that of the fixtures; None takes a field out."""
    content = json.loads((PENDING / f"{number}.json").read_text()) | changes
    path = folder / "attributes.json"
    path.write_text(json.dumps({key: value for key, value in content.items() if value is not None}))
    return path


def test_the_blocks_are_those_that_the_reference_engine_built(state, tmp_path, samples, parent):
    out = tmp_path / "out"
    ran = build(state, PENDING, "-o", out, "--json")
    assert (ran.code, ran.err) == (0, "")
    for found, sample in zip(ran.objects, samples, strict=True):
        header = sample.block.header
        assert (found["outcome"], found["number"]) == ("built", header.number)
        assert found["hash"] == f"0x{header.hash.hex()}"
        assert weakstate.read(found["written"])[0].block == sample.block.rlp
        left_out = [(each["index"], each["code"]) for each in found["left_out"]]
        count = sample.block.transactions
        stale = [(count, "wrong_transaction_nonce")] if header.number == TWICE else []
        assert left_out == stale
    assert stands(state)["state_root"] == f"0x{header.state_root.hex()}"
    assert verify(out, "--parent", parent, "--json").verdicts == ["valid"] * len(samples)


def test_lines_name_what_was_left_out(state, tmp_path):
    ran = build(state, *(PENDING / f"{number}.json" for number in (1, 2, 3)), "-o", tmp_path / "o")
    assert [line.split()[0] for line in ran.lines[:3]] == ["built"] * 3
    assert ran.lines[3].startswith("  left out  transaction 3: wrong_transaction_nonce")
    assert ran.lines[-2].startswith("3 built; ")


def test_a_dry_run_changes_nothing(state, tmp_path):
    before = stands(state)
    [found] = build(state, PENDING, "--dry-run", "--json").objects
    assert (found["written"], found["committed"], found["transactions"]) == (None, False, 3)
    assert stands(state) == before
    assert build(state, FIRST).code == 2
    assert build(state, FIRST, "--dry-run", "-o", tmp_path / "out", "--form", "delta").code == 0
    assert os.listdir(tmp_path / "out") == ["1.delta"]
    assert stands(state) == before


def test_what_was_built_but_not_committed_goes_in_by_produce(state, tmp_path):
    out = tmp_path / "out"
    assert build(state, FIRST, "--dry-run", "-o", out).code == 0
    other = write(tmp_path, extraData="0x")
    ran = build(state, other, "-o", out)
    assert ran.code == 2
    assert "holds something else" in ran.err
    assert stands(state)["number"] == 0
    assert run("produce", state, out, "-o", out).code == 0
    assert stands(state)["number"] == 1


def test_attributes_that_no_block_can_have_are_refused(state, tmp_path):
    ran = build(state, write(tmp_path, timestamp="0x1"), "-o", tmp_path / "out", "--json")
    assert ran.code == 1
    assert ran.objects[0]["error"]["code"] == "wrong_timestamp"
    assert not (tmp_path / "out").exists()
    assert stands(state)["number"] == 0


def test_what_may_be_left_out_is_as_the_parent_has_it(state, tmp_path):
    path = write(tmp_path, transactions=None, withdrawals=None, prevRandao=None, extraData=None)
    [found] = build(state, path, "--dry-run", "--json").objects
    assert (found["transactions"], found["gas"]) == (0, 0)
    parent = json.loads((PENDING.parent / "chain" / "genesis.json").read_text())["gasLimit"]
    path = write(tmp_path, gasLimit=hex(int(parent, 16) + 1))
    out = tmp_path / "out"
    assert build(state, path, "--dry-run", "-o", out, "--form", "block-json").code == 0
    [item] = weakstate.read(out / "1.json")
    assert weakstate.Block.from_rlp(item.block).header.gas_limit == int(parent, 16) + 1


def test_from_standard_input(state):
    ran = build(state, "-", "--dry-run", data=FIRST.read_bytes())
    assert ran.code == 0


def test_no_time_is_no_transactions(state):
    [found] = build(state, FIRST, "--dry-run", "--seconds", 1e-9, "--json").objects
    assert found["transactions"] == 0
    assert {each["code"] for each in found["left_out"]} == {"too_slow"}


@pytest.mark.parametrize(
    ("changes", "code", "at"),
    [
        ({"timestamp": None}, "missing_field", "timestamp"),
        ({"suggestedFeeRecipient": None}, "missing_field", "suggestedFeeRecipient"),
        ({"suggestedFeeRecipient": "0x22"}, "malformed_field", "suggestedFeeRecipient"),
        ({"timestamp": 5}, "malformed_field", "timestamp"),
        ({"timestamp": "0x" + "1" * 17}, "malformed_field", ""),
        ({"prevRandao": "0x"}, "malformed_field", "prevRandao"),
        ({"transactions": "0x"}, "malformed_field", "transactions"),
        ({"transactions": ["0x0"]}, "malformed_field", "transactions[0]"),
        ({"transactions": ["0x 0"]}, "malformed_field", "transactions[0]"),
        ({"withdrawals": [0]}, "malformed_field", "withdrawals[0]"),
        ({"withdrawals": [{}]}, "missing_field", "withdrawals[0].index"),
        ({"noTxPool": True}, "malformed_field", "keys"),
    ],
)
def test_what_are_no_attributes_is_unreadable(tmp_path, changes, code, at):
    with pytest.raises(weakstate.Unreadable) as refusal:
        read_attributes(write(tmp_path, **changes).read_bytes())
    assert (refusal.value.code, refusal.value.at) == (code, at)


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"[" * 100_000, b"\xff"])
def test_what_is_no_object_is_refused_in_one_line(state, tmp_path, data):
    path = tmp_path / "attributes.json"
    path.write_bytes(data)
    ran = build(state, path, "--dry-run", "--json")
    assert ran.code == 2
    [row] = ran.objects
    assert (row["file"], row["error"]["class"]) == (str(path), "Unreadable")
