"""What a store refuses is exit code 6, with what to do about it; and nothing is lost over it."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from tests.cli.helpers import BLOCKS, GENESIS, run, stands

WEAKSTATE = [sys.executable, "-m", "weakstate"]
NOBODY = 65_534
META_TABLE = 6  # of `native/store/src/table.rs`


def refused(code, *args):
    """The command's line, once it is refused with this code, as a line and as an object."""
    ran = run(*args)
    assert ran.code == 6
    [line] = ran.lines
    assert line.startswith(f"store_error     {code}")
    assert run(*args, "--json").objects[0]["error"]["code"] == code
    return line


@contextmanager
def held(directory):
    """Another process has the state open to write."""
    code = "import sys, weakstate; s = weakstate.State.open(sys.argv[1]); print(s.root); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline()
        yield
        process.communicate(b"\n")


def test_where_there_is_none(tmp_path, bundles):
    for directory in (tmp_path, tmp_path / "none"):
        for args in (["state", "show"], ["state", "check"], ["revert"], ["state", "upgrade"]):
            assert "`weakstate init`" in refused("store_missing", *args, directory)
        assert "`weakstate init`" in refused("store_missing", "apply", directory, bundles)
    assert os.listdir(tmp_path) == []


def test_where_there_is_one_or_something_else(state, tmp_path):
    assert "Name a directory" in refused("store_exists", "init", state, "--genesis", GENESIS)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "note").write_text("mine")
    for directory in (tmp_path / "other", tmp_path / "other" / "note"):
        assert "untouched" in refused("store_foreign", "init", directory, "--genesis", GENESIS)
        assert "untouched" in refused("store_foreign", "state", "show", directory)
    assert (tmp_path / "other" / "note").read_text() == "mine"


def test_one_process_writes_and_others_read(state, bundles, tmp_path):
    before = stands(state)
    with held(state):
        for args in (["revert"], ["state", "prune"], ["state", "upgrade"]):
            assert "read beside it" in refused("store_locked", *args, state)
        refused("store_locked", "apply", state, bundles)
        refused("store_locked", "produce", state, *BLOCKS, "-o", tmp_path / "out")
        assert not (tmp_path / "out").exists()
        assert stands(state) == before
        assert run("state", "check", state).code == 0
        assert run("state", "backup", state, tmp_path / "copy").code == 0
        assert run("export", state, "-o", tmp_path / "dump").code == 0
        assert run("produce", state, BLOCKS[0], "--dry-run").code == 0
    assert run("apply", state, bundles).code == 0


def test_a_state_that_may_not_be_written_to_can_be_read(state, bundles, tmp_path):
    before = stands(state)
    shutil.copy(bundles / "1.bundle", tmp_path / "bundle")
    opened = [path for path in tmp_path.parents if "pytest" in path.name]
    modes = {path: path.stat().st_mode for path in [*opened, tmp_path]}
    try:
        for path in modes:
            path.chmod(0o755)
        for path in state.iterdir():
            path.chmod(0o444)
        state.chmod(0o555)
        said = as_nobody("apply", state, tmp_path / "bundle")
        assert said.returncode == 6
        assert "store_read_only" in said.stdout
        assert "Change its owner or mode" in said.stdout
        assert as_nobody("state", "show", state).returncode == 0
        assert as_nobody("state", "check", state).returncode == 0
    finally:
        state.chmod(0o755)
        for path in state.iterdir():
            path.chmod(0o644)
        for path, mode in modes.items():
            path.chmod(mode)
    assert stands(state) == before


def as_nobody(*args):
    """Run a command as a user who owns nothing; to root, nothing is forbidden."""
    # What is imported later may lie where only root may read.
    code = (
        "import os, sys, encodings.idna\n"
        "from weakstate.cli.group import COMMANDS, main\n"
        "import weakstate.cli.apply, weakstate.cli.state, msgpack, zstandard\n"
        f"os.getuid() or os.setuid({NOBODY})\n"
        "main(sys.argv[1:])"
    )
    args = [sys.executable, "-c", code, *map(str, args)]
    return subprocess.run(args, capture_output=True, text=True, check=False)


def test_a_full_disk_keeps_what_was_committed(tmp_path):
    """The system lets no file grow beyond a size, as a full disk does."""
    genesis = json.loads(GENESIS.read_text())
    genesis["alloc"] |= {
        f"0x{number:040x}": {"balance": "0x1"} for number in range(10**5, 10**5 * 2)
    }
    path, dump = tmp_path / "genesis.json", tmp_path / "dump"
    path.write_text(json.dumps(genesis))
    assert run("init", tmp_path / "whole", "--genesis", path).code == 0
    assert run("export", tmp_path / "whole", "-o", dump).code == 0
    used = stands(tmp_path / "whole")["bytes"]
    args = ("import", tmp_path / "new", dump, "--genesis", path)
    ran = subprocess.run(
        [*WEAKSTATE, *args],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (used // 2, used // 2)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (6, "")
    assert "store_full" in ran.stdout
    assert "make room" in ran.stdout
    refused("store_missing", "state", "show", tmp_path / "new")
    assert run(*args).code == 0
    assert run("state", "check", tmp_path / "new").code == 0
    assert stands(tmp_path / "new")["state_root"] == stands(tmp_path / "whole")["state_root"]


def rewrite(path, old, new):
    """Replace bytes in a file wherever they stand: pages that are no longer used keep copies."""
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))


def test_damage_is_found_and_blamed_on_the_store(state):
    before = stands(state)
    alloc = json.loads(GENESIS.read_text())["alloc"]
    name = max(alloc, key=lambda name: int(alloc[name]["balance"], 16))
    address, balance = bytes.fromhex(name.removeprefix("0x")), int(alloc[name]["balance"], 16)
    data = (state / "data.mdb").read_bytes()
    place = data.index(address)
    old = data[place : place + 40]
    length = (balance.bit_length() + 7) // 8
    more = old.replace(balance.to_bytes(length), (balance + 1).to_bytes(length))
    assert more != old
    rewrite(state / "data.mdb", old, more)
    assert "restore a backup" in refused("store_damaged", "state", "check", state)
    refused("store_damaged", "state", "account", state, name)
    assert stands(state) == before


@pytest.mark.parametrize(
    ("version", "code", "advice"),
    [
        (0, "store_old_format", "`weakstate state upgrade`"),
        (2, "store_new_format", "Install a newer weakstate"),
    ],
)
def test_another_format_is_named(state, version, code, advice):
    old, new = (marked(version) for version in (1, version))
    rewrite(state / "data.mdb", old, new)
    assert advice in refused(code, "state", "show", state)
    assert advice in refused(code, "revert", state)


def marked(version):
    """The mark of a format, with its checksum."""
    value = b"weakstate store " + version.to_bytes(4)
    return value + crc32c(value, crc32c(b"format", META_TABLE)).to_bytes(4)


def crc32c(data, crc=0):
    """CRC-32C (RFC 3720, appendix B.4), going on from an earlier one."""
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def test_an_interrupt_between_blocks_loses_nothing(state, tmp_path):
    args = [*WEAKSTATE, "produce", state, *BLOCKS[:2], "-", "-o", tmp_path / "out"]
    with subprocess.Popen(
        args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        for number in (1, 2):
            assert process.stdout.readline().split()[:2] == ["produced", str(number)]
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
        assert process.stderr.read() == ""
    assert stands(state)["number"] == 2
    assert run("produce", state, *BLOCKS, "-o", tmp_path / "out").code == 0


def test_a_kill_at_any_moment_loses_nothing(state, tmp_path, bundles):
    """Whatever was said to be produced is there after the process is gone."""
    for wanted in (1, 3, 5, 7):
        args = [*WEAKSTATE, "produce", state, *BLOCKS, "-o", tmp_path / "out"]
        with subprocess.Popen(args, stdout=subprocess.PIPE, bufsize=0) as process:
            said = b""
            while b"produced" not in said or said.count(b"\n") < wanted:
                said += process.stdout.readline()
            process.kill()
        assert stands(state)["number"] >= wanted
        assert run("state", "check", state).code == 0
    assert run("produce", state, *BLOCKS, "-o", tmp_path / "out").code == 0
    for path in bundles.iterdir():
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()
