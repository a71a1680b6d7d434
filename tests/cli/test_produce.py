"""`weakstate init` and `produce`: a state goes on block by block and hands out what others need."""

import json
import os

import pytest

import weakstate
from tests.cli.helpers import BLOCKS, GENESIS, run, stands, verify
from weakstate._native import Delta
from weakstate.cli import handing

FIELDS = [
    "file",
    "outcome",
    "number",
    "hash",
    "written",
    "bytes",
    "committed",
    "state_root",
    "transactions",
    "gas",
    "nodes",
    "codes",
    "witness_bytes",
    "delta_bytes",
    "ms",
    "error",
]


def produce(*args):
    return run("produce", *args)


def test_a_genesis_file_becomes_a_state(tmp_path, parent, samples):
    ran = run("init", tmp_path / "new", "--genesis", GENESIS, "--json")
    assert ran.code == 0
    [found] = ran.objects
    alloc = json.loads(GENESIS.read_text())["alloc"]
    assert (found["number"], found["hash"], found["accounts"]) == (0, parent, len(alloc))
    assert found["chain"] == {"name": "chain 1337", "id": 1337, "scheme": "mpt"}
    assert found == stands(tmp_path / "new")
    text = run("init", tmp_path / "other", "--genesis", GENESIS)
    assert (text.code, text.err) == (0, "")
    assert f"after block 0 {parent[:10]}" in text.out


def test_what_is_there_is_not_made_again(state):
    before = stands(state)
    ran = run("init", state, "--genesis", GENESIS)
    assert ran.code == 6
    assert ran.out.startswith("store_error     store_exists")
    assert stands(state) == before


def test_what_is_no_genesis_file_makes_nothing(tmp_path):
    path = tmp_path / "genesis.json"
    path.write_text('{"config": {}}')
    assert run("init", tmp_path / "new", "--genesis", path).code == 2
    assert not (tmp_path / "new").exists()


def test_each_block_gets_a_bundle_and_the_state_goes_on(state, tmp_path, samples, parent):
    ran = produce(state, *BLOCKS, "-o", tmp_path / "out", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert len(ran.objects) == len(samples)
    for found, sample in zip(ran.objects, samples, strict=True):
        header = sample.block.header
        assert list(found) == FIELDS
        assert (found["outcome"], found["committed"], found["error"]) == ("produced", True, None)
        assert (found["number"], found["gas"]) == (header.number, header.gas_used)
        assert found["hash"] == f"0x{header.hash.hex()}"
        assert found["written"] == str(tmp_path / "out" / f"{header.number}.bundle")
        assert found["bytes"] == os.stat(found["written"]).st_size
        [item] = weakstate.read(found["written"])
        assert (item.block, item.chain_id) == (sample.block.rlp, 1337)
        assert sorted(item.witness.nodes) == sorted(sample.witness.nodes)
        assert len(item.delta) == found["delta_bytes"]
        assert Delta.from_bytes(item.delta).block_hash == header.hash
    assert stands(state)["state_root"] == f"0x{samples[-1].block.header.state_root.hex()}"
    verified = verify(tmp_path / "out", "--parent", parent, "--json")
    assert verified.verdicts == ["valid"] * len(samples)


def test_lines_for_people(state, tmp_path, samples):
    ran = produce(state, *BLOCKS[:2], "-o", tmp_path / "out")
    assert [line.split()[:2] for line in ran.lines[:2]] == [["produced", "1"], ["produced", "2"]]
    assert ran.lines[2].startswith("2 produced; ")
    root = samples[1].block.header.state_root.hex()
    assert ran.lines[3].startswith("the state is after block 2 ")
    assert ran.lines[3].endswith(root)
    assert produce(state, BLOCKS[2], "-o", tmp_path / "out", "-q").out == ""


def test_the_same_command_goes_on_where_it_ended(state, tmp_path):
    out = tmp_path / "out"
    assert produce(state, *BLOCKS[:3], "-o", out).code == 0
    first = (out / "1.bundle").read_bytes()
    (out / "2.bundle").unlink()
    ran = produce(state, *BLOCKS, "-o", out)
    assert ran.code == 0
    assert [line.split()[0] for line in ran.lines[:-2]] == ["kept"] * 3 + ["produced"] * 5
    assert ran.lines[0].endswith("the state is past it")
    assert f"{out / '2.bundle'} is not there: `weakstate revert`" in ran.lines[1]
    assert (out / "1.bundle").read_bytes() == first
    kept = produce(state, *BLOCKS[:3], "-o", out, "--json").objects
    assert [row["outcome"] for row in kept] == ["kept"] * 3
    assert [row["written"] is None for row in kept] == [False, True, False]


def test_the_file_is_there_before_the_state_goes_on(state, tmp_path, monkeypatch):
    """What an interruption between the two leaves is what the next run finds."""
    out = tmp_path / "out"
    write = handing.write_once

    def write_and_stop(*args, **options):
        write(*args, **options)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(handing, "write_once", write_and_stop)
        assert produce(state, BLOCKS[0], "-o", out).code == 130
    assert stands(state)["number"] == 0
    written = (out / "1.bundle").read_bytes()
    assert produce(state, BLOCKS[0], "-o", out).code == 0
    assert stands(state)["number"] == 1
    assert (out / "1.bundle").read_bytes() == written


def test_a_file_of_something_else_is_written_over_by_force_alone(state, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "1.bundle").write_bytes(b"mine")
    ran = produce(state, BLOCKS[0], "-o", out)
    assert ran.code == 2
    assert "holds something else" in ran.err
    assert (out / "1.bundle").read_bytes() == b"mine"
    assert stands(state)["number"] == 0
    assert produce(state, BLOCKS[0], "-o", out, "--force").code == 0
    assert stands(state)["number"] == 1
    assert weakstate.read(out / "1.bundle")


def test_an_invalid_block_ends_the_run_at_the_last_good_one(state, tmp_path, samples):
    root = samples[2].block.header.state_root
    bad = samples[2].block.rlp.replace(root, bytes(32))
    (tmp_path / "3.rlp").write_bytes(bad)
    args = (*BLOCKS[:2], tmp_path / "3.rlp", BLOCKS[3], "-o", tmp_path / "out")
    ran = produce(state, *args, "--json")
    assert ran.code == 1
    assert [row["outcome"] for row in ran.objects] == ["produced", "produced", "refused"]
    refused = ran.objects[-1]
    assert (refused["number"], refused["error"]["code"]) == (3, "wrong_state_root")
    assert sorted(os.listdir(tmp_path / "out")) == ["1.bundle", "2.bundle"]
    assert stands(state)["number"] == 2
    assert "wrong_state_root" in produce(state, *args).lines[2]


def test_a_gap_and_a_rival_are_refused(state, tmp_path, samples):
    ran = produce(state, BLOCKS[1], "-o", tmp_path / "out")
    assert ran.code == 1
    assert "wrong_parent" in ran.lines[0]
    assert "weakstate revert" not in ran.lines[0]
    assert produce(state, *BLOCKS[:2], "-o", tmp_path / "out").code == 0
    header = samples[1].block.header
    rival = samples[1].block.rlp.replace(header.state_root, bytes(32))
    (tmp_path / "rival").write_bytes(rival)
    ran = produce(state, tmp_path / "rival", "-o", tmp_path / "out")
    assert ran.code == 1
    assert "wrong_parent" in ran.lines[0]
    assert "weakstate revert" in ran.lines[0]


def test_a_dry_run_changes_nothing(state, tmp_path):
    before = stands(state)
    ran = produce(state, *BLOCKS, "--dry-run", "--json")
    assert ran.code == 0
    [found] = ran.objects
    assert (found["number"], found["written"], found["committed"]) == (1, None, False)
    assert stands(state) == before
    assert os.listdir(tmp_path) == ["state"]
    assert produce(state, *BLOCKS, "--dry-run", "-o", tmp_path / "out").code == 0
    assert os.listdir(tmp_path / "out") == ["1.bundle"]
    assert stands(state) == before
    assert produce(state, BLOCKS[0]).code == 2


@pytest.mark.parametrize(("form", "name"), [("bytes", "1.witness"), ("delta", "1.delta")])
def test_what_is_written_may_have_another_form(state, tmp_path, bundles, form, name):
    out = tmp_path / "out"
    assert produce(state, BLOCKS[0], "-o", out, "--form", form, "--no-check").code == 0
    assert os.listdir(out) == [name]
    [item] = weakstate.read(bundles / "1.bundle")
    expected = item.delta if form == "delta" else item.witness.to_bytes()
    assert (out / name).read_bytes() == expected


def test_a_defect_of_our_own_is_exit_70(state, tmp_path, monkeypatch):
    class Refused:
        """What is produced, as our verifier refuses it."""

        def __init__(self, produced):
            self.header = produced.header

        @property
        def witness(self):
            raise RuntimeError("a defect: the verifier does not accept what was produced")

    class Defective:
        def __init__(self, state):
            self.state = state

        def __getattr__(self, name):
            return getattr(self.state, name)

        def produce(self, *args):
            return Refused(self.state.produce(*args))

    opened = weakstate.State.open

    class Opener:
        @staticmethod
        def open(directory, read_only=False):
            return Defective(opened(directory, read_only))

    monkeypatch.setattr("weakstate.cli.produce.State", Opener)
    ran = produce(state, BLOCKS[0], "-o", tmp_path / "out")
    assert ran.code == 70
    assert "a defect" in ran.err
    assert stands(state)["number"] == 0
    assert not (tmp_path / "out").exists()


def test_rules_and_files_of_another_chain_are_refused(state, tmp_path, samples):
    ran = produce(state, BLOCKS[0], "-o", tmp_path / "out", "--chain", "mainnet")
    assert ran.code == 2
    assert "chain id is 1, and the state's 1337" in ran.err
    path = samples[0].write(tmp_path, "1.json", chainId=1)
    ran = produce(state, path, "-o", tmp_path / "out")
    assert ran.code == 2
    assert "expected 1337, as the state says, got 1" in ran.out
    # The same chain with its rules said anew, as when a fork is scheduled.
    assert produce(state, BLOCKS[0], "-o", tmp_path / "out", "--chain", GENESIS).code == 0


def test_a_budget_may_end_it(state, tmp_path):
    ran = produce(state, BLOCKS[0], "-o", tmp_path / "out", "--max-bytes", 100)
    assert ran.code == 5
    assert stands(state)["number"] == 0


def test_a_witness_alone_is_no_block(state, tmp_path, samples):
    path = samples[0].write_witness(tmp_path)
    ran = produce(state, path, "-o", tmp_path / "out")
    assert ran.code == 2
    assert "missing_part" in ran.out


def test_a_folder_is_taken_by_number(state, bundles, tmp_path):
    assert produce(state, bundles, "-o", tmp_path / "out", "-q").code == 0
    assert stands(state)["number"] == len(BLOCKS)
    for path in bundles.iterdir():
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()
