"""`weakstate verify`: what is trusted, what is paired, what is printed, how it exits."""

import gzip
import json
import shutil
import sys

import pytest
import zstandard

import weakstate
from tests.cli.helpers import CHAIN, GENESIS, run, verify
from weakstate import EngineDisagreement

FIELDS = {
    "file": str,
    "verdict": str,
    "code": None,
    "number": int,
    "hash": str,
    "pre_state_root": str,
    "post_state_root": str,
    "transactions": int,
    "gas": int,
    "nodes": int,
    "nodes_used": int,
    "witness_bytes": int,
    "codes": int,
    "code_bytes": int,
    "ms": dict,
    "checks": dict,
    "chain": dict,
    "anchor": dict,
    "error": None,
}
STATUSES = {"proven", "trusted", "skipped", "not_applicable"}


def test_json_has_every_field_of_its_type(samples, parent):
    ran = verify(CHAIN, "--parent", parent, "--json")
    assert (ran.code, ran.err) == (0, "")
    assert len(ran.lines) == len(samples)
    for found, sample in zip(ran.objects, samples, strict=True):
        assert list(found) == list(FIELDS)
        for name, kind in FIELDS.items():
            assert found[name] is None if kind is None else type(found[name]) is kind, name
        assert found["file"] == str(sample.path)
        assert found["number"] == sample.block.number
        assert found["hash"] == f"0x{sample.block.hash.hex()}"
        assert found["post_state_root"] == f"0x{sample.block.header.state_root.hex()}"
        assert found["gas"] == sample.block.header.gas_used
        assert found["transactions"] == sample.block.transactions
        assert found["nodes"] == sample.witness.node_count
        assert found["ms"]["total"] > 0
        assert found["checks"]
        for check in found["checks"].values():
            assert set(check) == {"status", "reason"}
            assert check["status"] in STATUSES


def test_each_verified_block_anchors_the_next(samples, parent):
    ran = verify(CHAIN, "--parent", parent, "--json")
    assert [found["anchor"]["chosen_by"] for found in ran.objects] == ["caller"] + ["run"] * (
        len(samples) - 1
    )


@pytest.mark.parametrize("jobs", [1, 3])
def test_the_number_of_threads_changes_nothing(jobs, parent):
    def plain(ran):
        return [{k: v for k, v in found.items() if k != "ms"} for found in ran.objects]

    args = (CHAIN, "--parent", parent, "--json")
    assert plain(verify(*args, "--jobs", jobs)) == plain(verify(*args))


def test_the_parent_may_be_a_file_with_its_header_or_the_block(samples, tmp_path):
    header = tmp_path / "header"
    header.write_bytes(samples[0].block.header.rlp)
    digits = tmp_path / "header.hex"
    digits.write_text(f"0x{samples[0].block.header.rlp.hex()}\n")
    for file in (header, digits, samples[0].path):
        ran = verify(samples[1].path, "--parent", file, "--json")
        assert ran.verdicts == ["valid"]
        assert ran.objects[0]["anchor"] == {"kind": "header", "chosen_by": "caller"}


def test_a_block_that_does_not_extend_the_anchor_is_refused(samples):
    ran = verify(samples[0].path, samples[1].path, "--parent", "0x" + "11" * 32, "--json")
    assert ran.code == 1
    assert [found["code"] for found in ran.objects] == ["wrong_parent", "wrong_parent"]
    error = ran.objects[0]["error"]
    assert error["class"] == "InvalidBlock"
    assert error["actual"] == f"0x{samples[0].block.header.parent_hash.hex()}"
    assert "11" * 32 in error["expected"]
    assert error["meaning"]


def test_a_block_after_a_refused_one_is_not_anchored(samples, parent, tmp_path):
    first = samples[0].write(tmp_path, "1.json", witness=samples[0].witness_json | {"state": []})
    ran = verify(first, samples[1].path, "--parent", parent, "--json")
    assert ran.verdicts[0] in ("not_witnessed", "invalid_witness")
    assert ran.objects[1]["code"] == "wrong_parent"
    relative = verify(first, samples[1].path, "--json")
    assert relative.verdicts[1] == "valid"
    assert relative.objects[1]["anchor"]["chosen_by"] == "block"


def test_without_a_parent_the_line_says_relative_to_what(samples):
    ran = verify(samples[0].path)
    assert "relative to the parent that it names" in ran.lines[0]
    assert "relative" not in verify(samples[1].path, "--parent", samples[0].path).lines[0]


def test_a_claimed_pre_state_root_is_trusted_only_in_sight(samples, tmp_path):
    sample = samples[0]
    root = weakstate.Header.from_rlp(sample.witness.headers[-1]).state_root
    bare = sample.witness_json | {"headers": []}
    path = sample.write(tmp_path, "1.json", preStateRoot=f"0x{root.hex()}", witness=bare)
    ran = verify(path)
    assert ran.code == 0
    assert "pre-state root trusted, chosen by file" in ran.lines[0]
    ran = verify(path, "--json")
    assert ran.objects[0]["anchor"] == {"kind": "state_root", "chosen_by": "file"}
    assert "trusted" in {check["status"] for check in ran.objects[0]["checks"].values()}
    path = sample.write(tmp_path, "2.json", preStateRoot=f"0x{root.hex()}")
    assert verify(path, "--json").objects[0]["anchor"]["kind"] == "hash"


def test_the_chain_of_a_file_is_used_in_sight(samples, tmp_path):
    path = samples[0].write(tmp_path, "1.json", chainId=560048)
    ran = run("verify", path, "--json")
    assert ran.objects[0]["chain"] == {"name": "hoodi", "id": 560048, "chosen_by": "file"}
    assert ran.code != 0


def test_a_chain_that_differs_from_the_files_is_an_error(samples, tmp_path):
    path = samples[0].write(tmp_path, "1.json", chainId=17000)
    ran = run("verify", path, "--chain", "hoodi", "--json")
    assert ran.code == 2
    assert ran.objects[0]["error"]["at"] == "chainId"
    assert ran.objects[0]["error"]["actual"] == "17000"


def test_a_chain_that_is_not_built_in_is_an_error_of_that_file(samples, tmp_path):
    path = samples[0].write(tmp_path, "1.json", chainId=10)
    ran = run("verify", path)
    assert ran.code == 2
    assert "--chain" in ran.lines[0]


def test_no_chain_at_all_is_wrong_usage(samples, tmp_path):
    ran = run("verify", samples[0].write(tmp_path, "1.json"))
    assert ran.code == 2
    assert ran.out == ""
    assert "--chain" in ran.err
    assert "mainnet" in ran.err


@pytest.mark.parametrize(
    "args", [("--chain", "nowhere"), ("--parent", "0x11"), ("--parent", "nowhere"), ("--jobs", 0)]
)
def test_wrong_options_are_wrong_usage(samples, args):
    ran = verify(samples[0].path, *args)
    assert ran.code == 2
    assert ran.out == ""
    assert "Error: " in ran.err


def test_a_genesis_file_that_is_none_is_wrong_usage(samples, tmp_path):
    ran = run("verify", samples[0].path, "--chain", samples[0].write_block(tmp_path))
    assert ran.code == 2
    assert "--chain" in ran.err


def test_block_and_witness_in_two_files(samples, tmp_path):
    block, witness = samples[0].write_block(tmp_path), samples[0].write_witness(tmp_path)
    for args in ((block, "--witness", witness), (block, witness), (witness, block)):
        ran = verify(*args, "--json")
        assert ran.verdicts == ["valid"]
        assert ran.objects[0]["file"] == str(block)


def test_lone_blocks_and_witnesses_are_paired_in_order(samples, parent, tmp_path):
    blocks = [s.write_block(tmp_path, f"b{i}") for i, s in enumerate(samples[:3])]
    witnesses = [s.write_witness(tmp_path, f"w{i}") for i, s in enumerate(samples[:3])]
    mixed = [path for pair in zip(blocks, witnesses, strict=True) for path in pair]
    given = [option for path in witnesses for option in ("--witness", path)]
    for args in ((*blocks, *witnesses), mixed, (*blocks, *given)):
        ran = verify(*args, "--parent", parent, "--json")
        assert ran.verdicts == ["valid"] * 3


def test_files_of_different_folders_are_not_paired(samples, tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
    samples[0].write_block(tmp_path / "a")
    samples[0].write_witness(tmp_path / "b")
    assert [found["code"] for found in verify(tmp_path, "--json").objects] == ["missing_part"] * 2
    samples[0].write_witness(tmp_path / "a")
    assert verify(tmp_path / "a", "--json").verdicts == ["valid"]
    ran = verify(tmp_path / "a" / "block.rlp", "--witness", tmp_path / "b", "--json")
    assert ran.verdicts == ["valid"]


def test_a_witness_that_is_named_is_preferred_to_the_files_own(samples, tmp_path):
    bare = samples[0].write(tmp_path, "1.json", witness={"state": [], "codes": [], "headers": []})
    witness = samples[0].write_witness(tmp_path)
    assert verify(bare, "--witness", witness, "--json").verdicts == ["valid"]
    assert verify(bare, "--json").verdicts != ["valid"]


@pytest.mark.parametrize("part", ["block", "witness"])
def test_a_part_without_its_other_is_unreadable(samples, tmp_path, part):
    path = getattr(samples[0], f"write_{part}")(tmp_path)
    ran = verify(path, "--json")
    assert ran.code == 2
    assert [found["code"] for found in ran.objects] == ["missing_part"]


def test_a_delta_alone_cannot_be_verified(samples, tmp_path):
    delta = tmp_path / "delta"
    delta.write_bytes(b"\x89WSD")
    [found, other] = verify(delta, samples[0].path, "--json").objects
    assert (found["code"], found["error"]["actual"]) == ("missing_part", "a delta alone")
    assert other["verdict"] == "valid"


def test_more_witnesses_than_blocks_is_unreadable(samples, tmp_path):
    block = samples[0].write_block(tmp_path)
    witness = samples[0].write_witness(tmp_path)
    ran = verify(block, "--witness", witness, "--witness", witness, "--json")
    assert ran.verdicts == ["valid", "unreadable"]
    ran = verify(block, block, "--witness", witness, "--json")
    assert ran.verdicts == ["valid", "unreadable"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress])
def test_standard_input_is_read_whatever_its_compression(samples, pack):
    data = pack(samples[0].path.read_bytes())
    ran = verify("-", "--json", data=data)
    assert ran.verdicts == ["valid"]
    assert ran.objects[0]["file"] == "-"


def test_a_folder_is_read_by_number_without_hidden_and_other_files(samples, tmp_path):
    below = tmp_path / "below"
    below.mkdir()
    shutil.copy(samples[0].path, tmp_path / "block-9.json")
    shutil.copy(samples[1].path, tmp_path / "block-10.json")
    shutil.copy(samples[2].path, below / "1.json")
    shutil.copy(CHAIN / "genesis.json", tmp_path / "genesis.json")
    (tmp_path / ".hidden").write_text("no block")
    ran = run("verify", tmp_path, "--chain", tmp_path / "genesis.json", "--json")
    assert ran.code == 0
    names = [found["file"].removeprefix(f"{tmp_path}/") for found in ran.objects]
    assert names == ["below/1.json", "block-9.json", "block-10.json"]


def test_verifying_nothing_is_not_valid(tmp_path):
    ran = verify(tmp_path)
    assert ran.code == 2
    assert ran.out == ""
    assert str(tmp_path) in ran.err


def test_people_get_a_line_a_block_and_a_summary(samples, parent):
    ran = verify(CHAIN, "--parent", parent)
    assert len(ran.lines) == len(samples) + 1
    for line, sample in zip(ran.lines, samples, strict=False):
        assert line.startswith("valid ")
        for part in (
            f" {sample.block.number} ",
            f"0x{sample.block.hash.hex()[:8]}",
            " txs ",
            " ms",
        ):
            assert part in line
    assert ran.lines[-1].startswith(f"{len(samples)} blocks: {len(samples)} valid; ")
    assert ran.lines[-1].endswith(" Mgas/s")
    assert "\x1b" not in ran.out
    assert ran.err == ""


def test_checks_are_listed_on_request(samples):
    ran = verify(samples[0].path, "--checks")
    listed = [line.split()[0] for line in ran.lines[1:-1]]
    assert listed
    assert set(listed) <= STATUSES


def test_quiet_prints_refusals_alone(samples, tmp_path):
    assert verify(samples[0].path, "--quiet").out == ""
    lone = samples[0].write_block(tmp_path)
    ran = verify(samples[0].path, lone, "--quiet")
    assert len(ran.lines) == 1
    assert ran.lines[0].startswith("unreadable")
    assert verify(samples[0].path, lone, "--quiet", "--json").verdicts == ["unreadable"]


def test_the_exit_code_is_the_first_by_precedence(samples, parent, tmp_path):
    empty = tmp_path / "empty"
    empty.write_bytes(b"")
    holes = samples[0].write(
        tmp_path, "holes.json", witness=samples[0].witness_json | {"state": []}
    )
    good, stranger = samples[0].path, samples[2].path
    assert verify(good, "--parent", parent).code == 0
    assert verify(good, empty).code == 2
    assert verify(good, empty, "--max-nodes", 1).code == 5
    assert verify(empty, holes).code == 3
    assert verify(holes, empty, good, stranger, "--parent", parent).code == 1


@pytest.mark.parametrize(
    ("option", "limit", "code"),
    [
        ("--max-bytes", 100, "input_too_large"),
        ("--max-nodes", 1, "too_many_nodes"),
    ],
)
def test_each_budget_can_be_set(samples, option, limit, code):
    ran = verify(samples[0].path, option, limit, "--json")
    assert ran.code == 5
    assert ran.objects[0]["verdict"] == "budget_exceeded"
    assert ran.objects[0]["code"] == code


def test_names_and_values_of_others_cannot_steer_the_terminal(tmp_path):
    path = tmp_path / "a\x1b[31m\nb"
    path.write_text(json.dumps({"chainId": "\x1b[2J", "blockRlp": 5}))
    ran = verify(path)
    assert len(ran.lines) == 2
    assert "\x1b" not in ran.out


def test_a_file_that_cannot_be_opened_is_wrong_usage(samples, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("weakstate.cli.sources.read", refuse)
    ran = verify(samples[0].path)
    assert ran.code == 2
    assert "Permission denied" in ran.err
    monkeypatch.setattr("os.access", lambda *_: False)
    assert verify(samples[0].path).code == 2


def test_the_json_page_lists_every_field():
    page = (CHAIN.parents[1] / "docs" / "json.md").read_text(encoding="utf-8")
    for field in FIELDS:
        assert f"`{field}`" in page


def test_the_reference_engine_without_its_packages_is_wrong_usage(samples, monkeypatch):
    monkeypatch.setitem(sys.modules, "weakstate.verifier.reference", None)
    ran = verify(samples[0].path, "--engine", "reference")
    assert ran.code == 2
    assert ran.out == ""
    assert "weakstate.verifier.reference" in ran.err


def test_a_disagreement_is_reported_and_does_not_stop_the_run(samples, monkeypatch):
    def disagree(*_):
        raise EngineDisagreement("gas used", "1", "2")

    monkeypatch.setattr("weakstate.verifier.many.run_engine", disagree)
    ran = verify(samples[0].path, samples[1].path, "--json")
    assert ran.code == 70
    assert ran.verdicts == ["engine_disagreement"] * 2
    assert "bug in weakstate" in verify(samples[0].path).lines[0]


@pytest.mark.parametrize("engine", ["reference", "both"])
def test_rules_of_the_chain_s_own_are_for_the_native_engine(tmp_path, samples, parent, engine):
    content = json.loads(GENESIS.read_text())
    content["config"]["weakstate"] = {"baseFeeTo": "burned"}
    own = tmp_path / "genesis.json"
    own.write_text(json.dumps(content))
    arguments = ("verify", "--chain", own, "--parent", parent, samples[0].path)
    assert run(*arguments).code == 0
    refused = run(*arguments, "--engine", engine)
    assert refused.code == 2
    assert "rules of the chain's own" in refused.err
