"""`weakstate inspect`: what is said of blocks, witnesses, deltas and bundles."""

import re

import pytest

import weakstate
from tests.cli.helpers import CHAIN, GENESIS, run
from weakstate import Chain, State
from weakstate.witness.bundle import write_bundle

ITEM = {
    "file": str,
    "item": int,
    "block": dict,
    "witness": dict,
    "delta": dict,
    "claims": dict,
    "verification": dict,
    "error": None,
}
WITNESS = {
    "bytes": int,
    "parts": dict,
    "proof": None,
    "node_bytes": dict,
    "root": str,
    "root_from": str,
    "reached": dict,
    "unreachable": dict,
    "malformed": dict,
    "surplus": dict,
    "holes": int,
    "levels": list,
    "accounts": list,
    "codes": list,
    "ancestors": list,
}
BELOW = {
    "parts": ["number", "bytes", "share", "largest", "duplicates", "unsorted", "empty"],
    "node_bytes": ["list", "nested", "list_zstd", "nested_zstd"],
    "levels": ["trie", "depth", "kind", "nodes", "bytes", "used_nodes", "used_bytes"],
    "accounts": [
        "key",
        "address",
        "present",
        "touched",
        "storage_nodes",
        "storage_bytes",
        "slots",
        "touched_slots",
        "code_hash",
    ],
    "codes": ["hash", "bytes", "used"],
    "ancestors": ["number", "hash", "bytes", "needed"],
}
DELTA = [
    "bytes",
    "number",
    "blocks",
    "block_hash",
    "parent_hash",
    "pre_state_root",
    "post_state_root",
    "accounts",
    "slots",
    "codes",
    "error",
]


@pytest.fixture(scope="module")
def produced(samples):
    """What a sequencer makes of the blocks of the fixture chain."""
    chain = Chain.from_genesis(GENESIS.read_bytes())
    state = State.from_genesis(chain, GENESIS.read_bytes())
    made = []
    for sample in samples:
        made.append(state.produce(chain, sample.block.rlp))
        state.commit(made[-1])
    return made


@pytest.fixture
def bundle(samples, produced, tmp_path):
    """A file with a block, its witness and its delta."""
    path = tmp_path / "block.bundle"
    witness, delta = produced[3].witness.to_bytes(), produced[3].delta.to_bytes()
    path.write_bytes(write_bundle(samples[3].block.rlp, witness, delta, 1337))
    return path


def check_types(found, types):
    assert list(found) == list(types)
    for name, kind in types.items():
        assert found[name] is None if kind is None else type(found[name]) is kind, name


def test_json_has_every_field_of_its_type(samples, bundle):
    [found] = run("inspect", bundle, "--chain", GENESIS, "--json").objects
    check_types(found, ITEM)
    check_types(found["witness"], WITNESS)
    assert list(found["delta"]) == DELTA
    for name in ("levels", "accounts", "codes", "ancestors"):
        assert found["witness"][name]
        for row in found["witness"][name]:
            assert list(row) == BELOW[name]
    assert list(found["witness"]["parts"]) == ["nodes", "codes", "headers", "keys"]
    for part in found["witness"]["parts"].values():
        assert list(part) == BELOW["parts"]
    assert list(found["witness"]["node_bytes"]) == BELOW["node_bytes"]
    assert found["block"]["hash"] == f"0x{samples[3].block.hash.hex()}"
    assert found["block"]["bytes"] == len(samples[3].block.rlp)
    assert found["claims"]["chain_id"] == 1337


def test_the_json_page_lists_every_field():
    page = (CHAIN.parents[1] / "docs" / "json.md").read_text(encoding="utf-8")
    page = page.partition("## `weakstate inspect --json`")[2].partition("\n## ")[0]
    for names in (ITEM, WITNESS, DELTA, *BELOW.values()):
        for name in names:
            assert f"`{name}`" in page, name


def test_what_we_write_has_nothing_surplus(bundle, produced):
    [found] = run("inspect", bundle, "--chain", GENESIS, "--json").objects
    assert found["verification"]["verdict"] == "valid"
    assert found["verification"]["anchor"] == {"kind": "hash", "chosen_by": "block"}
    witness = found["witness"]
    nothing = {"number": 0, "bytes": 0}
    assert (witness["unreachable"], witness["malformed"], witness["surplus"]) == (nothing,) * 3
    assert all(code["used"] for code in witness["codes"])
    assert all(ancestor["needed"] for ancestor in witness["ancestors"])
    for level in witness["levels"]:
        assert (level["nodes"], level["bytes"]) == (level["used_nodes"], level["used_bytes"])
    assert witness["reached"]["number"] == witness["parts"]["nodes"]["number"]
    assert sum(part["share"] for part in witness["parts"].values()) == pytest.approx(1)
    assert sum(part["bytes"] for part in witness["parts"].values()) == witness["bytes"]
    touched = [account for account in witness["accounts"] if account["touched"]]
    changed = {f"0x{address.hex()}" for address in produced[3].changes}
    assert {account["address"] for account in touched} >= changed


def test_without_a_chain_nothing_is_verified(samples):
    [found] = run("inspect", samples[0].path, "--json").objects
    assert found["verification"] is None
    witness = found["witness"]
    assert witness["surplus"] is None
    assert {level["used_nodes"] for level in witness["levels"]} == {None}
    assert {account["touched"] for account in witness["accounts"]} == {None}
    assert {code["used"] for code in witness["codes"]} == {None}
    assert {ancestor["needed"] for ancestor in witness["ancestors"]} == {None}


def test_oddities_of_a_witness_are_counted(samples, tmp_path):
    sample = samples[0]
    state = [f"0x{node.hex()}" for node in sample.witness.nodes]
    witness = sample.witness_json | {"state": [*state, state[0], "0x80", "0xc0"]}
    path = sample.write(tmp_path, "1.json", witness=witness, chainId=5)
    [found] = run("inspect", path, "--json").objects
    nodes = found["witness"]["parts"]["nodes"]
    assert (nodes["number"], nodes["duplicates"], nodes["empty"]) == (len(state) + 3, 1, 1)
    assert nodes["unsorted"] > 0
    assert found["witness"]["unreachable"] == {"number": 1, "bytes": 1}
    text = run("inspect", path).out
    assert "1 duplicates" in text
    assert "1 empty" in text
    assert "1 unreachable (0.0 kB)" in text


def test_a_block_that_is_refused_is_described_all_the_same(samples, tmp_path):
    path = samples[0].write(tmp_path, "1.json", witness=samples[0].witness_json | {"codes": []})
    ran = run("inspect", path, "--chain", GENESIS, "--json")
    assert ran.code == 3
    [found] = ran.objects
    assert found["verification"]["verdict"] == "not_witnessed"
    assert found["verification"]["error"]["code"] == "code_not_witnessed"
    assert found["witness"]["surplus"] is None
    assert found["witness"]["reached"]["number"] > 0
    assert (
        "verdict    not_witnessed: code_not_witnessed"
        in run("inspect", path, "--chain", GENESIS).out
    )


def test_a_chain_that_differs_from_the_files_is_an_error(samples, tmp_path):
    path = samples[0].write(tmp_path, "1.json", chainId=1)
    ran = run("inspect", path, "--chain", "hoodi", "--json")
    assert ran.code == 2
    assert ran.objects[0]["verification"]["error"]["at"] == "chainId"
    assert run("inspect", path, "--chain", "nowhere").code == 2


def test_a_delta_by_part(produced, tmp_path):
    for made in produced:
        path = tmp_path / "delta"
        data = made.delta.to_bytes()
        path.write_bytes(data)
        [found] = run("inspect", path, "--json").objects
        assert (found["block"], found["witness"]) == (None, None)
        delta = found["delta"]
        assert (delta["number"], delta["blocks"], delta["bytes"]) == (
            made.header.number,
            1,
            len(data),
        )
        assert delta["post_state_root"] == f"0x{made.header.state_root.hex()}"
        changes = made.changes
        assert delta["accounts"]["number"] == len(changes)
        gone = [change for change in changes.values() if change["account"] is None]
        assert delta["accounts"]["destroyed"] == len(gone)
        assert delta["slots"]["number"] <= sum(len(c["slots"]) for c in changes.values())
        parts = sum(delta[name]["bytes"] for name in ("accounts", "slots", "codes"))
        # Magic, version, four hashes; and five numbers of at most two bytes.
        assert 5 + 4 * 32 + 4 <= len(data) - parts <= 5 + 4 * 32 + 10
    text = run("inspect", path).out
    assert re.search(rf"delta +[\d.]+ kB, block {made.header.number}, to 0x", text)
    assert re.search(r"accounts +\d+ .* created", text)


def test_a_delta_of_several_blocks_says_which(produced, tmp_path):
    path = tmp_path / "delta"
    path.write_bytes(produced[0].delta.then(produced[1].delta).to_bytes())
    assert "blocks 1 to 2, to 0x" in run("inspect", path).out
    assert run("inspect", path, "--json").objects[0]["delta"]["blocks"] == 2


def test_people_get_every_part_of_a_bundle(bundle):
    ran = run("inspect", bundle, "--chain", GENESIS)
    assert (ran.code, ran.err) == (0, "")
    for name in ("block", "verdict", "claims", "witness", "nodes", "accounts", "codes", "delta"):
        assert re.search(rf"^  {name} ", ran.out, re.MULTILINE), name
    assert "valid, relative to the parent that it names" in ran.out
    assert re.search(r"trie +depth +branches +extensions +leaves +bytes +not needed", ran.out)
    assert "\x1b" not in ran.out
    assert all(line == line.rstrip() for line in ran.lines)


def test_parts_that_are_broken_are_said_and_do_not_stop_the_rest(samples, tmp_path):
    broken = tmp_path / "broken"
    broken.write_bytes(b"\x00\x01")
    ran = run("inspect", broken, samples[0].path, "--json")
    assert ran.code == 2
    assert list(ran.objects[0]) == list(ITEM)
    assert ran.objects[0]["error"]["code"] == "unknown_form"
    assert ran.objects[1]["error"] is None
    path = samples[0].write(tmp_path, "1.json", blockRlp="0xc0", delta="0x00")
    [found] = run("inspect", path, "--json").objects
    assert found["block"]["error"]["code"] == "malformed_block"
    assert found["delta"]["error"]["code"] == "malformed_delta"
    text = run("inspect", path).out
    assert "malformed_block" in text
    assert "malformed_delta" in text


def test_a_witness_that_says_no_root(samples, tmp_path):
    path = tmp_path / "witness.json"
    path.write_bytes(weakstate.Witness(samples[0].witness.nodes, [], []).to_json().encode())
    assert "no header or claim says" in run("inspect", path).out
    [found] = run("inspect", path, "--json").objects
    assert (found["witness"]["root"], found["witness"]["root_from"]) == (None, None)


def test_each_budget_can_be_set(samples):
    for option in ("--max-bytes", "--max-nodes"):
        assert run("inspect", samples[0].path, option, 1).code == 5
