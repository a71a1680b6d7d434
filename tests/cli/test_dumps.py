"""`weakstate export` and `import`: a state out and in again."""

import gzip
import json
import os

import pytest

from tests.cli.helpers import BLOCKS, GENESIS, run, stands


@pytest.fixture
def fifth(state, tmp_path):
    """A directory with the state after block 5."""
    assert run("produce", state, *BLOCKS[:5], "-o", tmp_path / "out", "-q").code == 0
    return state


def export(*args):
    return run("export", *args)


def import_(directory, dump, *args, data=None, header=BLOCKS[4]):
    trusted = ["--header", header, "--chain", GENESIS] if header else []
    return run("import", directory, dump, *trusted, *args, data=data)


@pytest.mark.parametrize("name", ["dump.jsonl", "dump.jsonl.zst"])
def test_out_and_in_again(fifth, tmp_path, name):
    path, new = tmp_path / name, tmp_path / "new"
    ran = export(fifth, "-o", path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"written  {path}, ")
    ran = import_(new, path, "--json")
    assert (ran.code, ran.err) == (0, "")
    before, [after] = stands(fifth), ran.objects
    assert after == stands(new)
    same = ("chain", "number", "hash", "state_root", "timestamp", "accounts", "slots")
    assert [after[field] for field in same] == [before[field] for field in same]
    assert after["undoable"] == 0
    assert run("state", "check", new).code == 0
    assert import_(new, path).code == 6


def test_the_lines_are_json_and_the_root_comes_first(fifth):
    ran = export(fifth, "-o", "-")
    assert ran.code == 0
    assert ran.err.startswith("written  -, ")
    first, *rest = ran.objects
    now = stands(fifth)
    assert first == {"root": now["state_root"], "number": 5, "hash": now["hash"]}
    accounts = [line for line in rest if "address" in line]
    assert len(accounts) == now["accounts"]
    assert sum(len(line.get("storage", {})) for line in accounts) == now["slots"]


def test_from_standard_input(fifth, tmp_path):
    dump = export(fifth, "-o", "-").out.encode()
    assert import_(tmp_path / "a", "-", data=gzip.compress(dump)).code == 0
    assert import_(tmp_path / "b", "-", data=dump).code == 0
    assert stands(tmp_path / "a")["state_root"] == stands(tmp_path / "b")["state_root"]


def test_a_file_that_is_there_is_written_over_by_force_alone(fifth, tmp_path):
    path = tmp_path / "dump"
    path.write_bytes(b"mine")
    ran = export(fifth, "-o", path)
    assert ran.code == 2
    assert "--force" in ran.err
    assert path.read_bytes() == b"mine"
    [found] = export(fifth, "-o", path, "--force", "--json").objects
    assert found["bytes"] == path.stat().st_size
    assert export(fifth, "-o", tmp_path / "none" / "dump").code == 2


def test_another_root_than_the_trusted_one_is_no_state(fifth, tmp_path):
    path, new = tmp_path / "dump", tmp_path / "new"
    assert export(fifth, "-o", path).code == 0
    ran = import_(new, path, header=BLOCKS[5])
    assert ran.code == 2
    assert "wrong_dump" in ran.out
    assert run("state", "show", new).code == 6
    # The dump says its root, and is refused at once; one that does not is found out at the end.
    lines = path.read_text().splitlines()[1:]
    path.write_text("\n".join(lines))
    assert "wrong_dump" in import_(tmp_path / "other", path, header=BLOCKS[5]).out
    path.write_text("\n".join(lines[:-1]))
    assert "wrong_dump" in import_(tmp_path / "fewer", path).out


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"{", "malformed_dump"),
        (b'{"address":"0x22"}\n', "malformed_dump"),
        (b"\x1f\x8b\x08 no gzip", "malformed_compression"),
        (b"\x28\xb5\x2f\xfd", "malformed_compression"),
    ],
)
def test_what_is_no_dump_is_unreadable_and_may_be_given_anew(fifth, tmp_path, data, code):
    path, new = tmp_path / "dump", tmp_path / "new"
    path.write_bytes(data)
    ran = import_(new, path)
    assert ran.code == 2
    assert code in ran.out
    assert export(fifth, "-o", path, "--force").code == 0
    assert import_(new, path).code == 0


def test_an_import_that_is_interrupted_goes_on(fifth, tmp_path, monkeypatch):
    path, new = tmp_path / "dump", tmp_path / "new"
    assert export(fifth, "-o", path).code == 0

    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("weakstate.cli.meter.Meter.count", interrupt)
        assert import_(new, path).code == 130
    assert run("state", "show", new).code == 6
    assert import_(new, path).code == 0
    assert stands(new)["number"] == 5


def test_an_export_that_is_interrupted_leaves_no_file(fifth, tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("weakstate.cli.export._Counted.write", interrupt)
    before = sorted(os.listdir(tmp_path))
    assert export(fifth, "-o", tmp_path / "dump").code == 130
    assert sorted(os.listdir(tmp_path)) == before


def test_a_block_after_an_import_may_ask_for_ancestors(fifth, tmp_path):
    path = tmp_path / "dump"
    assert export(fifth, "-o", path).code == 0
    bare, told = tmp_path / "bare", tmp_path / "told"
    assert import_(bare, path).code == 0
    ran = run("produce", bare, BLOCKS[5], "--dry-run")
    assert ran.code == 3
    assert "block_hash_not_witnessed" in ran.out
    assert import_(told, path, *(f"--ancestors={block}" for block in BLOCKS[:5])).code == 0
    assert run("produce", told, BLOCKS[5], "--dry-run").code == 0
    assert import_(tmp_path / "gap", path, f"--ancestors={BLOCKS[1]}").code == 2
    assert not (tmp_path / "gap").exists()


def test_the_state_of_block_0_needs_the_genesis_file_alone(state, tmp_path):
    path, new = tmp_path / "dump", tmp_path / "new"
    assert export(state, "-o", path).code == 0
    assert import_(new, path, "--genesis", GENESIS, header=None).code == 0
    assert stands(new)["hash"] == stands(state)["hash"]
    # On one line, a genesis file is a dump itself.
    path.write_text(json.dumps(json.loads(GENESIS.read_text())))
    assert import_(tmp_path / "other", path, "--genesis", GENESIS, header=None).code == 0


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["--header", BLOCKS[4]],
        ["--chain", "mainnet"],
        ["--genesis", GENESIS, "--chain", "mainnet"],
        ["--header", GENESIS, "--chain", "mainnet"],
        ["--header", BLOCKS[4], "--chain", "nowhere"],
    ],
)
def test_what_is_trusted_must_be_said(tmp_path, args):
    dump = tmp_path / "dump"
    dump.write_text("{}\n")
    ran = import_(tmp_path / "new", dump, *args, header=None)
    assert (ran.code, ran.out) == (2, "")
    assert not (tmp_path / "new").exists()


def test_geths_lines_are_read(state, tmp_path):
    """The same accounts as `geth dump --iterative` words them: codes inside, hashes bare."""
    dump, new = tmp_path / "dump", tmp_path / "new"
    lines = [{"root": stands(state)["state_root"].removeprefix("0x")}]
    for name, account in json.loads(GENESIS.read_text())["alloc"].items():
        line = {
            "balance": str(int(account["balance"], 16)),
            "nonce": int(account.get("nonce", "0x0"), 16),
            "root": "0x" + "00" * 32,
            "codeHash": None,
            "code": account.get("code", "0x"),
            "storage": {
                slot: value.removeprefix("0x") for slot, value in account.get("storage", {}).items()
            },
            "address": name,
            "key": None,
        }
        lines.append({key: value for key, value in line.items() if value is not None})
    dump.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert import_(new, dump, "--genesis", GENESIS, header=None).code == 0
    assert stands(new)["state_root"] == stands(state)["state_root"]
