"""Any bytes give one line, an exit code of the table, and no traceback."""

import gzip
import json

import pytest
import zstandard

from tests.cli.helpers import GENESIS, run, verify

EXITS = {
    "valid": 0,
    "invalid_block": 1,
    "invalid_witness": 3,
    "not_witnessed": 3,
    "budget_exceeded": 5,
    "unreadable": 2,
}


def judge(path, *args):
    """The one object for one file; people get one line and a summary for it."""
    ran = verify(path, "--json", *args)
    [found] = ran.objects
    assert ran.err == ""
    assert ran.code == EXITS[found["verdict"]]
    lines = verify(path, *args).lines
    assert len(lines) == 2
    if ran.code:
        assert found["code"] == found["error"]["code"]
        assert found["error"]["meaning"]
        assert found["code"] in lines[0]
        assert found["error"]["meaning"] in lines[0]
    return found


NOT_A_BLOCK = {
    "empty": b"",
    "one byte": b"\x00",
    "blanks": b" \n\t ",
    "not UTF-8": b'{"blockRlp": "\xff\xfe"}',
    "UTF-16": '{"blockRlp": "0x00"}'.encode("utf-16"),
    "text": b"hello, world\n",
    "null": b"null",
    "number": b"1e999",
    "huge number": b"1" * 100_000,
    "empty object": b"{}",
    "empty list": b"[]",
    "deep lists": b"[" * 200_000,
    "deep objects": b'{"result":' * 100_000,
    "deep RLP": b"\xf8\xff" * 100_000,
    "wrong types": b'{"blockRlp": 5, "witness": "x"}',
    "wrong types below": b'{"blockRlp": "0xc0", "witness": {"state": {"a": []}, "codes": 7}}',
    "odd hex": b'{"blockRlp": "0xabc", "witness": {"state": [], "codes": [], "headers": []}}',
    "given twice": b'{"blockRlp": "0xc0", "blockRlp": "0xc1"}',
    "long string": b'"' + b"a" * 1_000_000,
    "RLP that claims 8 EiB": b"\xff\x7f" + b"\xff" * 7,
    "gzip of nothing": gzip.compress(b""),
    "gzip cut short": gzip.compress(bytes(10_000))[:-5],
    "gzip header alone": b"\x1f\x8b\x08",
    "zstd of nothing": zstandard.compress(b""),
    "zstd cut short": zstandard.compress(bytes(10_000))[:-2],
    "zstd header alone": bytes.fromhex("28b52ffd"),
    "zstd in zstd": zstandard.compress(zstandard.compress(b"{}")),
}


@pytest.mark.parametrize("data", NOT_A_BLOCK.values(), ids=NOT_A_BLOCK)
def test_what_is_no_block_is_unreadable(tmp_path, data):
    path = tmp_path / "input"
    path.write_bytes(data)
    assert judge(path)["verdict"] == "unreadable"


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_what_unpacks_beyond_the_budget_is_refused(tmp_path, pack):
    path = tmp_path / "bomb"
    path.write_bytes(pack(bytes(30_000_000)))
    assert judge(path, "--max-bytes", 1_000_000)["code"] == "input_too_large"


def test_truncated_files_are_refused(samples, tmp_path):
    data = samples[0].path.read_bytes().rstrip()
    path = tmp_path / "input"
    for kept in [*range(1, 40), *range(40, len(data), max(1, len(data) // 60)), len(data) - 1]:
        path.write_bytes(data[:kept])
        assert judge(path)["verdict"] == "unreadable"


def test_truncated_blocks_are_refused(samples, tmp_path):
    rlp = samples[0].block.rlp
    for kept in range(0, len(rlp), max(1, len(rlp) // 60)):
        path = samples[0].write(tmp_path, "input", blockRlp=f"0x{rlp[:kept].hex()}")
        assert judge(path)["verdict"] in ("invalid_block", "unreadable")


def test_flipped_bits_make_no_block_valid_but_one_that_is(samples, tmp_path):
    """A header's free fields, such as its extra data, may differ: the reference engine judges."""
    sample = samples[0]
    data = sample.path.read_bytes()
    path = tmp_path / "input"
    for place in range(0, len(data), max(1, len(data) // 200)):
        flipped = bytearray(data)
        flipped[place] ^= 1 << (place % 8)
        path.write_bytes(flipped)
        found = judge(path)
        if found["verdict"] == "valid" and found["hash"] != f"0x{sample.block.hash.hex()}":
            assert judge(path, "--engine", "both")["verdict"] == "valid"


def test_a_bad_file_does_not_stop_the_others(samples, tmp_path):
    path = tmp_path / "input"
    path.write_bytes(b"\xff")
    ran = verify(path, samples[0].path, path, "--json")
    assert ran.verdicts == ["unreadable", "valid", "unreadable"]
    assert ran.code == 2


def test_json_stays_one_line_whatever_it_quotes(tmp_path):
    path = tmp_path / "line\nbreak"
    path.write_text(json.dumps({"blockRlp": "\n\u2028\x00", "witness": {}}))
    assert judge(path)["file"] == str(path)


@pytest.mark.parametrize("data", NOT_A_BLOCK.values(), ids=NOT_A_BLOCK)
def test_inspect_says_what_is_wrong(tmp_path, data):
    path = tmp_path / "input"
    path.write_bytes(data)
    ran = run("inspect", path, "--json")
    assert ran.code == 2
    assert len(ran.lines) == 1
    assert ran.objects[0]["error"]


@pytest.mark.parametrize("data", NOT_A_BLOCK.values(), ids=NOT_A_BLOCK)
def test_convert_writes_nothing_of_it(tmp_path, data):
    path, out = tmp_path / "input", tmp_path / "output"
    path.write_bytes(data)
    ran = run("convert", path, "--to", "json", "-o", out, "--json")
    assert (ran.code, len(ran.lines), out.exists()) == (2, 1, False)
    assert ran.objects[0]["error"]


@pytest.mark.parametrize("option", ["--chain", "--parent"])
@pytest.mark.parametrize("data", NOT_A_BLOCK.values(), ids=NOT_A_BLOCK)
def test_options_that_name_no_chain_or_block_are_wrong_usage(samples, tmp_path, option, data):
    path = tmp_path / "input"
    path.write_bytes(data)
    ran = run("verify", samples[0].path, "--chain", GENESIS, option, path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[-1].startswith(f"Error: Invalid value for {option}: ")
