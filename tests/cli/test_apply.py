"""`weakstate apply` and `revert`: a state follows by deltas, and goes back."""

import json
import shutil

import pytest

import weakstate
from tests.cli.helpers import BLOCKS, GENESIS, run, stands
from weakstate._native import Delta

FIELDS = [
    "file",
    "outcome",
    "number",
    "hash",
    "blocks",
    "state_root",
    "accounts",
    "delta_bytes",
    "header",
    "ms",
    "error",
]


def apply(*args):
    return run("apply", *args)


def revert(*args):
    return run("revert", *args)


def hexed(data):
    return f"0x{data.hex()}"


@pytest.fixture
def parts(bundles, tmp_path):
    """A folder with each block, header and delta in a file of its own."""
    folder = tmp_path / "parts"
    folder.mkdir()
    for path in bundles.iterdir():
        [item] = weakstate.read(path)
        (folder / f"{path.stem}.delta").write_bytes(item.delta)
        (folder / f"{path.stem}.block").write_bytes(item.block)
        header = weakstate.Block.from_rlp(item.block).header.rlp
        (folder / f"{path.stem}.header").write_text(hexed(header))
    return folder


def test_a_state_follows_by_bundles(state, bundles, samples):
    ran = apply(state, bundles, "--json")
    assert (ran.code, ran.err) == (0, "")
    for found, sample in zip(ran.objects, samples, strict=True):
        assert list(found) == FIELDS
        header = sample.block.header
        assert (found["outcome"], found["header"], found["blocks"]) == ("applied", "trusted", 1)
        assert (found["number"], found["hash"]) == (header.number, hexed(header.hash))
        assert found["state_root"] == hexed(header.state_root)
    last = samples[-1].block.header
    assert stands(state)["state_root"] == hexed(last.state_root)
    kept = apply(state, bundles)
    assert kept.code == 0
    assert [line.split()[0] for line in kept.lines[:-2]] == ["kept"] * len(samples)
    assert "headers trusted as given" in kept.lines[-2]
    assert kept.lines[-1].endswith(hexed(last.state_root))


def test_deltas_take_headers_and_blocks_beside_them(state, parts, samples):
    paths = [parts / name for name in ("1.delta", "1.header", "2.block", "3.header")]
    ran = apply(state, *paths, parts / "2.delta", parts / "3.delta", "-q")
    assert (ran.code, ran.out) == (0, "")
    assert stands(state)["number"] == 3
    ran = apply(state, parts / "4.delta")
    assert ran.code == 2
    assert "expected the header that it leads to, got a delta alone" in ran.out
    ran = apply(state, parts / "4.block")
    assert ran.code == 2
    assert "expected a delta, got a header alone" in ran.out
    ran = apply(state, samples[3].write_witness(parts))
    assert ran.code == 2
    assert "expected a delta, got a witness alone" in ran.out


def test_a_delta_of_several_blocks(state, bundles, tmp_path, samples):
    deltas = [Delta.from_bytes(weakstate.read(bundles / f"{n}.bundle")[0].delta) for n in (1, 2, 3)]
    (tmp_path / "delta").write_bytes(deltas[0].then(deltas[1]).then(deltas[2]).to_bytes())
    header = samples[2].block.header
    args = (tmp_path / "delta", samples[2].write_block(tmp_path), bundles / "4.bundle")
    last = hexed(samples[3].block.header.hash)
    ran = apply(state, *args, "--trust", last, "--json")
    assert ran.code == 0
    assert [(row["number"], row["blocks"]) for row in ran.objects] == [(3, 3), (4, 1)]
    assert [row["header"] for row in ran.objects] == ["proven", "proven"]
    assert header.number == 3
    # The blocks between were never there: no way back stops at them.
    assert revert(state, "--to", 3).code == 0
    assert revert(state, "--to", 2).code == 6
    assert stands(state)["number"] == 3
    assert revert(state, "--to", 0).code == 0


def test_what_is_trusted_must_come_out(state, bundles, samples, tmp_path):
    last = hexed(samples[-1].block.header.hash)
    ran = apply(state, bundles, "--trust", hexed(bytes(32)))
    assert ran.code == 4
    assert "delta_wrong_block" in ran.out
    assert "at --trust" in ran.out
    assert stands(state)["number"] == 0
    # A run whose headers do not lead there is refused before anything is applied.
    ran = apply(state, bundles / "1.bundle", bundles / "8.bundle", "--trust", last)
    assert ran.code == 4
    assert "delta_wrong_parent" in ran.out
    broken = tmp_path / "broken"
    broken.write_bytes(b"nothing")
    assert apply(state, bundles, broken, "--trust", last).code == 2
    assert stands(state)["number"] == 0
    ran = apply(state, bundles, "--trust", last, "--json")
    assert ran.code == 0
    assert {row["header"] for row in ran.objects} == {"proven"}
    assert "headers held against --trust" in apply(state, bundles, "--trust", last).out
    assert apply(state, bundles, "--trust", "0x22").code == 2


def test_headers_before_a_delta_of_several_blocks_are_not_proven(state, bundles, samples, tmp_path):
    deltas = [Delta.from_bytes(weakstate.read(bundles / f"{n}.bundle")[0].delta) for n in (2, 3)]
    (tmp_path / "delta").write_bytes(deltas[0].then(deltas[1]).to_bytes())
    args = (bundles / "1.bundle", tmp_path / "delta", samples[2].write_block(tmp_path))
    trust = hexed(samples[2].block.header.hash)
    ran = apply(state, *args, "--trust", trust, "--json")
    assert [row["header"] for row in ran.objects] == ["trusted", "proven"]


def test_a_delta_that_leads_elsewhere_changes_nothing(state, parts, bundles):
    before = stands(state)
    data = (parts / "1.delta").read_bytes()
    refused = 0
    for place in range(0, len(data), 23):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        (parts / "1.delta").write_bytes(changed)
        ran = apply(state, parts / "1.delta", parts / "1.header", "--json")
        [row] = ran.objects
        assert ran.code in (4, 5, 2)
        assert row["error"]["class"] in ("InvalidDelta", "BudgetExceeded", "Unreadable")
        refused += ran.code == 4
        assert stands(state) == before
    assert refused > 10
    ran = apply(state, bundles / "1.bundle", bundles / "3.bundle", bundles / "2.bundle")
    assert ran.code == 4
    assert "delta_wrong_parent" in ran.lines[1]
    assert stands(state)["number"] == 1


def test_a_rival_of_a_block_behind_says_how_to_go_back(state, bundles, samples, tmp_path):
    assert apply(state, bundles).code == 0
    header = samples[1].block.header
    rival = samples[1].block.rlp.replace(header.state_root, bytes(32))
    (tmp_path / "rival").write_bytes(rival)
    (tmp_path / "delta").write_bytes(weakstate.read(bundles / "2.bundle")[0].delta)
    ran = apply(state, tmp_path / "delta", tmp_path / "rival")
    assert ran.code == 4
    assert "weakstate revert" in ran.lines[0]


def test_going_back_gives_what_was_there(state, bundles, samples, tmp_path):
    states = [stands(state)]
    for number in range(1, 9):
        assert apply(state, bundles / f"{number}.bundle").code == 0
        states.append(stands(state))
    same = ("number", "hash", "state_root", "accounts", "slots")

    def at(number):
        now = stands(state)
        return [now[name] for name in same] == [states[number][name] for name in same]

    ran = revert(state)
    assert ran.code == 0
    assert ran.lines[0].startswith("reverted  1; the state is after block 7 ")
    assert at(7)
    [row] = revert(state, "-n", 2, "--json").objects
    assert row == {
        "reverted": 2,
        "number": 5,
        "hash": states[5]["hash"],
        "state_root": states[5]["state_root"],
        "error": None,
    }
    assert at(5)
    assert revert(state, "--to", 5).code == 0
    assert revert(state, "--to", states[3]["hash"]).code == 0
    assert at(3)
    assert apply(state, bundles).code == 0
    assert at(8)
    assert revert(state, "--to", 0).code == 0
    assert at(0)
    assert run("state", "check", state).code == 0


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["-n", 4], 6),
        (["--to", "0x" + "11" * 32], 6),
        (["--to", 4], 2),
        (["--to", "yesterday"], 2),
        (["--to", 1, "-n", 1], 2),
        (["-n", -1], 2),
    ],
)
def test_no_way_back_changes_nothing(state, bundles, args, code):
    assert apply(state, bundles / "1.bundle", bundles / "2.bundle", "-q").code == 0
    ran = revert(state, *args)
    assert ran.code == code
    assert stands(state)["number"] == 2
    if code == 6:
        assert "store_missing_undo" in ran.out
        assert json.loads(revert(state, *args, "--json").out)["error"]["class"] == "StoreError"


def test_after_a_reorganisation_the_other_branch_is_followed(tmp_path, bundles):
    """Two states at one block; one goes another way and back, and both are the same again."""
    genesis = json.loads(GENESIS.read_text())
    assert genesis["config"]["chainId"] == 1337
    one, other = tmp_path / "one", tmp_path / "other"
    for directory in (one, other):
        assert run("init", directory, "--genesis", GENESIS).code == 0
        assert apply(directory, bundles / "1.bundle", "-q").code == 0
    assert run("produce", one, *BLOCKS, "-o", tmp_path / "out", "-q").code == 0
    assert revert(one, "--to", 1).code == 0
    shutil.rmtree(tmp_path / "out")
    assert run("produce", one, BLOCKS[1], "-o", tmp_path / "out", "-q").code == 0
    assert apply(other, tmp_path / "out" / "2.bundle", "-q").code == 0
    first, second = stands(one), stands(other)
    for found in (first, second):
        del found["directory"], found["bytes"]
    assert first == second
