"""`weakstate convert`: what is written, where to, and what is refused instead."""

import gzip
import json
import os

import pytest

import weakstate
from tests.cli.helpers import CHAIN, GENESIS, run
from tests.forms import witness_rlp
from weakstate.witness.forms import FORMS

FIELDS = ["file", "form", "written", "bytes", "left_out", "error"]
ERROR = ["class", "code", "expected", "actual", "at", "meaning"]


def convert(*args, data=None):
    return run("convert", *args, data=data)


def files(folder):
    """All files below a folder, hidden ones too."""
    return sorted(
        os.path.relpath(os.path.join(parent, name), folder)
        for parent, _, names in os.walk(folder)
        for name in names
    )


def test_a_witness_from_one_form_to_another(samples, tmp_path):
    path, out = samples[0].write_witness(tmp_path), tmp_path / "out"
    ran = convert(path, "--to", "bytes", "-o", out)
    assert (ran.code, ran.err) == (0, "")
    assert ran.lines == [f"written  {out}, {out.stat().st_size / 1e3:.1f} kB"]
    assert out.read_bytes() == samples[0].witness.to_bytes()
    [found] = convert(out, "--to", "rlp", "-o", tmp_path / "rlp", "--json").objects
    assert list(found) == FIELDS
    data = (tmp_path / "rlp").read_bytes()
    assert found == {
        "file": str(out),
        "form": "rlp",
        "written": str(tmp_path / "rlp"),
        "bytes": len(data),
        "left_out": [],
        "error": None,
    }
    nodes = weakstate.Witness(sorted(samples[0].witness.nodes), *_rest(samples[0].witness))
    assert data == witness_rlp(nodes, [])


def _rest(witness):
    return sorted(witness.codes), witness.headers


def test_a_form_that_cannot_hold_all_refuses_it(samples, tmp_path):
    path, out = samples[0].write(tmp_path, "1.json", chainId=1337), tmp_path / "out"
    ran = convert(path, "--to", "rlp", "-o", out)
    assert ran.code == 2
    assert "rlp holds no block, chain id; --lossy leaves that out" in ran.out
    assert "bundle, block-json would hold it" in ran.out
    assert not out.exists()
    [found] = convert(path, "--to", "rlp", "-o", out, "--json").objects
    assert (found["written"], found["bytes"], found["left_out"]) == (None, None, None)
    assert list(found["error"]) == ERROR
    assert (found["error"]["class"], found["error"]["code"]) == ("Lossy", None)
    ran = convert(path, "--to", "rlp", "-o", out, "--lossy")
    assert ran.code == 0
    assert ran.lines[0].endswith("; left out: block, chain id")


def test_a_file_that_is_there_is_written_over_by_force_alone(samples, tmp_path):
    path, out = samples[0].write_witness(tmp_path), tmp_path / "out"
    out.write_bytes(b"mine")
    ran = convert(path, "--to", "bytes", "-o", out)
    assert (ran.code, out.read_bytes()) == (2, b"mine")
    assert "--force" in ran.out
    [found] = convert(path, "--to", "bytes", "-o", out, "--json").objects
    assert found["error"]["class"] == "FileExistsError"
    assert convert(path, "--to", "bytes", "-o", out, "--force").code == 0
    assert out.read_bytes() == samples[0].witness.to_bytes()


@pytest.mark.parametrize("output", ["witness.json", "."])
def test_a_file_that_is_read_is_never_written_over(samples, tmp_path, monkeypatch, output):
    monkeypatch.chdir(tmp_path)
    before = samples[0].write_witness(tmp_path).read_bytes()
    ran = convert("witness.json", "--to", "geth-json", "-o", output, "--force")
    assert (ran.code, files(tmp_path)) == (2, ["witness.json"])
    assert "one of the files that are read" in ran.out
    assert (tmp_path / "witness.json").read_bytes() == before


def test_block_and_witness_in_two_files_make_one_bundle(samples, tmp_path):
    block, witness = samples[0].write_block(tmp_path), samples[0].write_witness(tmp_path)
    out = tmp_path / "out"
    args = (block, witness, "--to", "bundle", "-o", out)
    ran = convert(*args)
    assert ran.code == 2
    assert "expected a chain id" in ran.out
    assert convert(*args, "--chain", GENESIS).code == 0
    [item] = weakstate.read(out)
    assert (item.block, item.chain_id) == (samples[0].block.rlp, 1337)
    assert item.witness.headers == samples[0].witness.headers
    assert convert(block, "--to", "bundle", "-o", tmp_path / "none").code == 2


def test_a_chain_that_differs_from_the_files_is_an_error(samples, tmp_path):
    path = samples[0].write(tmp_path, "1.json", chainId=1)
    args = ("--to", "bundle", "-o", tmp_path / "out", "--json")
    [found] = convert(path, "--chain", "hoodi", *args).objects
    assert found["error"]["at"] == "chainId"
    assert convert(path, "--chain", "nowhere", *args).code == 2
    assert convert(path, "--chain", "mainnet", *args).code == 0


def test_a_folder_keeps_its_order_and_names(samples, tmp_path):
    below = tmp_path / "in" / "below"
    below.mkdir(parents=True)
    samples[0].write_witness(tmp_path / "in", "a.json")
    (below / "a.json.gz").write_bytes(
        gzip.compress(samples[1].write_witness(tmp_path).read_bytes())
    )
    (below / "b").write_bytes(b"no witness")
    out = tmp_path / "out"
    ran = convert(tmp_path / "in", "--to", "bytes", "-o", f"{out}/")
    assert ran.code == 2
    assert ran.lines[-1] == "2 written, 1 refused"
    assert files(out) == ["a.witness", "below/a.witness"]
    assert (out / "below" / "a.witness").read_bytes() == samples[1].witness.to_bytes()


def test_several_of_one_name_are_numbered(samples, tmp_path):
    path = tmp_path / "two.json"
    path.write_text(json.dumps([sample.witness_json for sample in samples[:2]]))
    out = tmp_path / "out"
    out.mkdir()
    assert convert(path, path, "--to", "bytes", "-o", out).code == 0
    assert files(out) == ["two-2.witness", "two-3.witness", "two-4.witness", "two.witness"]
    assert (out / "two-4.witness").read_bytes() == samples[1].witness.to_bytes()


def test_more_than_one_does_not_fit_one_file(samples, tmp_path):
    ran = convert(CHAIN, "--to", "bytes", "--lossy", "-o", tmp_path / "out")
    assert (ran.code, ran.out, files(tmp_path)) == (2, "", [])
    assert f"-o {tmp_path / 'out'}/" in ran.err


def test_standard_input_and_output(samples, tmp_path):
    data = samples[0].write_witness(tmp_path).read_bytes()
    ran = convert("-", "--to", "json", "-o", "-", data=data)
    assert ran.code == 0
    assert json.loads(ran.out)["headers"] == samples[0].witness_json["headers"]
    assert ran.err.startswith("written  -, ")
    out = tmp_path / "out"
    out.mkdir()
    assert convert("-", "--to", "bytes", "-o", out, data=data).code == 0
    assert files(out) == ["stdin.witness"]


def test_a_header_that_is_none_has_no_fields(tmp_path):
    path = tmp_path / "witness.json"
    path.write_text(json.dumps({"state": [], "headers": ["0xc180"]}))
    assert convert(path, "--to", "geth-json", "-o", tmp_path / "out").code == 3
    assert convert(path, "--to", "rlp", "-o", tmp_path / "out").code == 0


def test_each_budget_can_be_set(samples, tmp_path):
    path = samples[0].write_witness(tmp_path)
    for option in ("--max-bytes", "--max-nodes"):
        assert convert(path, "--to", "rlp", "-o", tmp_path / "out", option, 1).code == 5


def test_a_folder_that_cannot_be_written_to_is_wrong_usage(samples, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("weakstate.cli.output.write_file", refuse)
    ran = convert(samples[0].write_witness(tmp_path), "--to", "rlp", "-o", tmp_path / "out")
    assert (ran.code, ran.out) == (2, "")
    assert "No space left" in ran.err


def test_help_lists_every_form():
    out = convert("--help").out
    for name, form in FORMS.items():
        assert f"    {name} " in out
        assert form.about in out
