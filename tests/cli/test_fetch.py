"""`weakstate fetch`: what it writes, `verify` reads; what it began, it goes on with."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from types import SimpleNamespace

import pytest

import weakstate
from tests import fake_node
from tests.cli.helpers import run, verify
from tests.fake_node import DIALECTS, WITNESS, FakeNode
from weakstate.witness import rpc

RAW = "debug_getRawBlock"


@pytest.fixture(params=["geth", "reth"])
def node(request, samples):
    held = [SimpleNamespace(block=s.block.rlp, witness=s.witness) for s in samples]
    with FakeNode(held, 1337, *DIALECTS[request.param]) as fake:
        yield fake


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(rpc.time, "sleep", lambda seconds: None)


def fetch(node, folder, *args):
    return run("fetch", "--rpc", node.origin, "-o", folder, *args)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("form", ["json", "bundle"])
def test_verify_reads_what_was_fetched(node, samples, parent, tmp_path, form):
    ran = fetch(node, tmp_path, "--block", "1..latest", "--form", form)
    assert ran.code == 0
    assert ran.lines[-1].startswith("8 fetched, 0 kept; ")
    assert names(tmp_path) == [f"{number}.{form}" for number in range(1, 9)]
    judged = verify(tmp_path, "--parent", parent, "--json")
    assert judged.verdicts == ["valid"] * 8
    assert [row["hash"] for row in judged.objects] == [f"0x{s.block.hash.hex()}" for s in samples]
    for sample in samples:
        [item] = weakstate.read(tmp_path / f"{sample.block.number}.{form}")
        assert (item.block, item.chain_id) == (sample.block.rlp, 1337)
        for part in ("nodes", "codes", "headers"):  # a bundle has its own order of nodes
            assert sorted(getattr(item.witness, part)) == sorted(getattr(sample.witness, part))


def test_json_has_a_line_a_block(node, samples, tmp_path):
    ran = fetch(node, tmp_path, "--block", "2..0x3", "--json")
    assert ran.err == ""
    assert ran.code == 0
    [second, third] = ran.objects
    assert second.pop("ms") > 0
    assert second == {
        "file": str(tmp_path / "2.json"),
        "outcome": "fetched",
        "number": 2,
        "hash": f"0x{samples[1].block.hash.hex()}",
        "parent_hash": f"0x{samples[0].block.hash.hex()}",
        "chain_id": 1337,
        "transactions": samples[1].block.transactions,
        "nodes": samples[1].witness.node_count,
        "codes": samples[1].witness.code_count,
        "witness_bytes": samples[1].witness.bytes,
        "file_bytes": (tmp_path / "2.json").stat().st_size,
        "error": None,
    }
    assert third["number"] == 3


@pytest.mark.parametrize(
    ("block", "number"),
    [("5", 5), ("0x5", 5), ("latest", 8), ("safe", 7), ("finalized", 6), ("safe..latest", 7)],
)
def test_a_block_is_named_by_number_or_tag(node, tmp_path, block, number):
    rows = fetch(node, tmp_path, "--block", block, "--json").objects
    assert [row["number"] for row in rows] == list(range(number, number + len(rows)))
    assert len(rows) == (2 if ".." in block else 1)


def test_the_newest_block_is_what_is_fetched_unasked(node, tmp_path):
    fetch(node, tmp_path)
    assert names(tmp_path) == ["8.json"]


@pytest.mark.parametrize("prefix", ["0x", ""])
def test_a_block_is_named_by_hash(node, samples, tmp_path, prefix):
    name = f"{prefix}{samples[3].block.hash.hex()}"
    for outcome in ("fetched", "kept"):
        [row] = fetch(node, tmp_path, "--block", name, "--json").objects
        assert (row["outcome"], row["number"]) == (outcome, 4)


def test_a_range_goes_on_where_it_was_interrupted(node, parent, tmp_path):
    def fail_at_four(node, handler, answer):
        move = fake_node.status(500) if node.asked[-1][1] == ["0x4"] else fake_node.honest
        move(node, handler, answer)

    node.always[RAW] = fail_at_four
    ran = fetch(node, tmp_path, "--block", "1..6", "--retries", "1")
    assert ran.code == 2
    assert ran.lines[-1].startswith("node_error node_unreachable: ")
    assert "HTTP 500" in ran.lines[-1]
    assert ran.err == f"{RAW}: HTTP 500 Internal Server Error; asking again\n"
    assert names(tmp_path) == ["1.json", "2.json", "3.json"]

    node.always.clear()
    node.asked.clear()
    rows = fetch(node, tmp_path, "--block", "1..6", "--json").objects
    assert [row["outcome"] for row in rows] == ["kept"] * 3 + ["fetched"] * 3
    assert [params[0] for method, params in node.asked if method == RAW] == ["0x4", "0x5", "0x6"]
    assert verify(tmp_path, "--parent", parent, "--json").verdicts == ["valid"] * 6


def test_force_fetches_anew(node, tmp_path):
    fetch(node, tmp_path, "--block", "1")
    before = (tmp_path / "1.json").stat().st_mtime_ns
    [row] = fetch(node, tmp_path, "--block", "1", "--force", "--json").objects
    assert row["outcome"] == "fetched"
    assert (tmp_path / "1.json").stat().st_mtime_ns > before
    assert names(tmp_path) == ["1.json"]


def test_each_form_has_its_file(node, tmp_path):
    fetch(node, tmp_path, "--block", "1")
    [row] = fetch(node, tmp_path, "--block", "1", "--form", "bundle", "--json").objects
    assert row["outcome"] == "fetched"
    assert names(tmp_path) == ["1.bundle", "1.json"]


def test_what_is_no_fetched_block_is_not_overwritten(node, samples, tmp_path):
    other = weakstate.Block.from_rlp(samples[0].block.rlp)
    for content, holds in [
        ("my notes", "no block"),
        ("", "no block"),
        (json.dumps({"chainId": 1, "rlp": f"0x{other.rlp.hex()}"}), "no block"),
        (samples[1].path.read_text(), "block 2 of chain 1337"),
        (samples[0].path.read_text().replace('"chainId": 1337', '"chainId": 5'), "chain 5"),
    ]:
        (tmp_path / "1.json").write_text(content)
        ran = fetch(node, tmp_path, "--block", "1")
        assert (ran.code, ran.out) == (2, "")
        assert holds in ran.err
        assert (tmp_path / "1.json").read_text() == content
    assert fetch(node, tmp_path, "--block", "1", "--force", "-q") == (0, "", "")
    assert weakstate.read(tmp_path / "1.json")[0].block == other.rlp


def test_another_block_of_the_hash_s_number_is_not_taken_for_it(node, samples, tmp_path):
    block = samples[0].block
    side = block.rlp.replace(block.header.state_root, bytes(32))
    whole = json.loads(samples[0].path.read_text()) | {"blockRlp": f"0x{side.hex()}"}
    (tmp_path / "1.json").write_text(json.dumps(whole))
    ran = fetch(node, tmp_path, "--block", block.hash.hex())
    assert (ran.code, ran.out) == (2, "")
    assert f"1.json holds block 0x{weakstate.Block.from_rlp(side).hash.hex()}" in ran.err


def test_a_range_that_is_no_chain_is_noticed(node, samples, tmp_path):
    block = samples[0].block
    side = block.rlp.replace(block.header.state_root, bytes(32))
    whole = json.loads(samples[0].path.read_text()) | {"blockRlp": f"0x{side.hex()}"}
    (tmp_path / "1.json").write_text(json.dumps(whole))
    ran = fetch(node, tmp_path, "--block", "1..2", "--json")
    assert ran.code == 2
    [kept, failed] = ran.objects
    assert kept["outcome"] == "kept"
    assert (failed["outcome"], failed["file"]) == ("failed", None)
    assert failed["error"]["class"] == "NodeError"
    assert failed["error"]["code"] == "wrong_answer"
    assert weakstate.Block.from_rlp(side).hash.hex() in failed["error"]["expected"]
    assert names(tmp_path) == ["1.json"]
    assert fetch(node, tmp_path, "--block", "1..2", "--force").code == 0


@pytest.mark.parametrize(
    ("move", "args", "code", "said"),
    [
        (fake_node.endless, ("--max-bytes", 1_000_000), 5, "budget_exceeded input_too_large"),
        (fake_node.zip_bomb, ("--max-bytes", 1_000_000), 5, "budget_exceeded input_too_large"),
        (fake_node.truncated, (), 2, "node_error node_unreachable"),
        (fake_node.drip_body, ("--timeout", 0.2), 2, "node_error node_unreachable"),
        (fake_node.body(b"<html>"), (), 2, "node_error wrong_answer"),
        (fake_node.changed(id=-1), (), 2, "node_error wrong_answer"),
        (fake_node.changed(result={"state": 1}), (), 2, "unreadable malformed_field"),
        (fake_node.status(302, Location="http://localhost/"), (), 2, "node_error node_refused"),
        (
            fake_node.changed(error={"code": 1, "message": "\x1b[31m\n\u2028"}),
            (),
            2,
            "node_refused",
        ),
    ],
)
def test_each_failure_is_one_line_and_leaves_no_file(node, tmp_path, move, args, code, said):
    node.always = {method: move for method in node.takes}
    ran = fetch(node, tmp_path / "new", "--block", "1", "--retries", "0", *args)
    assert ran.code == code
    assert len(ran.lines) == 1
    assert said in ran.out
    assert "\x1b" not in ran.out
    assert not (tmp_path / "new").exists()


def test_the_url_may_stay_off_the_command_line_and_is_not_printed(node, tmp_path, monkeypatch):
    url = node.origin.replace("http://", "http://ada:s3cret@") + "/v2/k3y0fthisnode"
    monkeypatch.setenv("WEAKSTATE_RPC", url)
    ran = run("fetch", "-o", tmp_path, "--block", "1..9")
    assert ran.code == 2
    assert "does not have it" in ran.lines[-1]
    told = ran.out + ran.err + "".join(path.read_text() for path in tmp_path.iterdir())
    assert "s3cret" not in told
    assert "k3y" not in told


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--rpc", "ftp://host/k3y"), "Invalid value for --rpc: expected http"),
        (("--rpc", "http://host", "--block", "0x12..nowhere"), "'nowhere' is no block number"),
        (("--rpc", "http://host", "--block", "5..4"), "nothing can be fetched from 5 to 4"),
        (("--rpc", "http://host", "--block", "0"), "nothing can be fetched from 0 to 0"),
        (("--rpc", "http://host", "--block", "-1"), "no block number"),
        (("--rpc", "http://host", "--block", "1" * 20), "no block number"),
        ((), "Missing option '--rpc'"),
    ],
)
def test_wrong_usage(tmp_path, args, said):
    ran = run("fetch", "-o", tmp_path, *args)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "k3y" not in ran.err


def test_a_folder_that_cannot_be_written_is_told(node, tmp_path):
    (tmp_path / "file").write_text("")
    ran = fetch(node, tmp_path / "file" / "below", "--block", "1")
    assert (ran.code, ran.out) == (2, "")
    assert "Not a directory" in ran.err


def test_a_full_disk_leaves_no_part_of_a_file(node, tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device", "the disk")

    monkeypatch.setattr(os, "fsync", full)
    ran = fetch(node, tmp_path, "--block", "1")
    assert ran.code == 2
    assert ran.err.splitlines()[-1] == "Error: the disk: No space left on device"
    assert names(tmp_path) == []


def test_an_interrupt_leaves_whole_files_alone(node, tmp_path):
    node.moves = [None] * 4 + [fake_node.drip_body] * 9
    command = [sys.executable, "-m", "weakstate", "fetch", "--rpc", node.origin]
    with subprocess.Popen(
        [*command, "--block", "1..8", "-o", tmp_path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout.readline().startswith("fetched            1 ")
        # Python drops an interrupt that comes while it gives back what nobody holds any longer.
        for _ in range(30):
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=1)
                break
        assert process.returncode == 130
        assert process.stderr.read() == ""
    assert names(tmp_path) == ["1.json"]


def test_a_terminal_is_told_what_is_waited_for(node, tmp_path, monkeypatch, capsys):
    from weakstate.cli.fetch import command

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    node.moves = [fake_node.status(503)]
    options = ["--rpc", node.origin, "-o", str(tmp_path), "--block", "1..2"]
    assert command.main(options, standalone_mode=False) == 0
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == 3
    assert "eth_chainId: HTTP 503 Service Unavailable; asking again\n" in told.err
    assert f"2 of 2: {WITNESS}" in told.err
    assert told.err.endswith("\r\x1b[2K")
