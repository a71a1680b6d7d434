"""`weakstate state`: what a state says, and what keeps it in order."""

import json

import pytest

import weakstate
from tests.cli.helpers import BLOCKS, GENESIS, run, stands

ALLOC = json.loads(GENESIS.read_text())["alloc"]
CONTRACT = max(ALLOC, key=lambda name: len(ALLOC[name].get("storage", {})))
CODE = ALLOC[CONTRACT]["code"]
SLOT, VALUE = next(iter(ALLOC[CONTRACT]["storage"].items()))
NOBODY = "0x" + "99" * 20


def state_of(*args):
    return run("state", *args)


def test_show_says_where_the_state_stands(state, samples):
    ran = state_of("show", state)
    assert ran.code == 0
    header = samples[0].block.header
    assert f"block     0, 0x{header.parent_hash.hex()}" in ran.out
    assert "id 1337, mpt, Osaka" in ran.out
    assert "revert    at most 0 blocks" in ran.out
    found = stands(state)
    assert found["undoable"] == 0
    assert found["slots"] == sum(len(account.get("storage", {})) for account in ALLOC.values())


def test_accounts_and_slots_are_those_of_the_genesis_file(state):
    for name, account in ALLOC.items():
        [found] = state_of("account", state, name, "--code", "--json").objects
        assert found["exists"]
        assert found["nonce"] == int(account.get("nonce", "0x0"), 16)
        assert int(found["balance"], 16) == int(account["balance"], 16)
        assert found["code"] == account.get("code", "0x")
    assert state_of("slot", state, CONTRACT, SLOT).out.strip() == hex(int(VALUE, 16))
    [found] = state_of("slot", state, CONTRACT, str(int(SLOT, 16)), "--json").objects
    assert found["value"] == hex(int(VALUE, 16))
    assert state_of("slot", state, NOBODY, SLOT).out == "0x0\n"
    assert CODE in state_of("account", state, CONTRACT, "--code").out
    assert CODE not in state_of("account", state, CONTRACT).out


def test_an_absent_account_is_no_error(state):
    ran = state_of("account", state, NOBODY)
    assert ran.code == 0
    assert ran.lines[1] == "  absent"
    [found] = state_of("account", state, NOBODY, "--json").objects
    assert (found["exists"], found["nonce"], found["balance"]) == (False, None, None)


def test_a_proof_holds_against_the_root_that_is_shown(state):
    ran = state_of("proof", state, CONTRACT, SLOT, "0x5")
    assert ran.code == 0
    root = stands(state)["state_root"]
    assert root in ran.err
    proof = json.loads(ran.out)
    weakstate.verify_proof(bytes.fromhex(root[2:]), proof)
    assert [int(slot["key"], 16) for slot in proof["storageProof"]] == [int(SLOT, 16), 5]
    refused = state_of("proof", state / "none", CONTRACT)
    assert (refused.code, refused.out) == (6, "")
    assert refused.err.startswith("store_error     store_missing")


@pytest.mark.parametrize(
    "args",
    [
        ("account", "0x22"),
        ("account", "0x" + "gg" * 20),
        ("slot", CONTRACT, "-1"),
        ("slot", CONTRACT, "1.5"),
        ("slot", CONTRACT, str(2**256)),
        ("slot", CONTRACT, "0x" + "1" * 65),
        ("proof", CONTRACT, "x"),
        ("proof", "vitalik.eth"),
    ],
)
def test_what_is_no_address_or_slot_is_wrong_usage(state, args):
    command, *rest = args
    ran = state_of(command, state, *rest)
    assert (ran.code, ran.out) == (2, "")


def test_a_state_is_checked_backed_up_and_pruned(state, tmp_path):
    assert run("produce", state, *BLOCKS, "-o", tmp_path / "out", "-q").code == 0
    now = stands(state)
    [found] = state_of("check", state, "--json").objects
    assert (found["accounts"], found["slots"]) == (now["accounts"], now["slots"])
    assert found["state_root"] == now["state_root"]
    assert state_of("check", state).out.startswith("whole  ")
    copy = tmp_path / "copy"
    [made] = state_of("backup", state, copy, "--json").objects
    assert (made["directory"], made["state_root"]) == (str(copy), now["state_root"])
    assert stands(copy)["undoable"] == now["undoable"] == len(BLOCKS)
    assert state_of("backup", state, copy).code == 6
    [pruned] = state_of("prune", copy, "--keep", 2, "--json").objects
    assert pruned["undo_records"] >= len(BLOCKS) - 2
    assert stands(copy)["undoable"] == 2
    assert "pruned  0 undo records" in state_of("prune", copy, "--keep", 2).out
    assert run("revert", copy, "-n", 3).code == 6
    assert run("revert", copy, "-n", 2).code == 0
    assert state_of("check", copy).code == 0
    assert stands(state) == now


def test_a_store_of_this_release_is_as_it_was_after_an_upgrade(state):
    before = stands(state)
    [found] = state_of("upgrade", state, "--json").objects
    assert found["state_root"] == before["state_root"]
    assert stands(state) | {"bytes": before["bytes"]} == before


def test_help_has_examples_and_exit_codes():
    listed = state_of("--help").out
    names = ("show", "account", "slot", "proof", "check", "backup", "prune", "upgrade")
    places = [listed.index(f"\n  {name} ") for name in names]
    assert places == sorted(places)
    for name in names:
        out = state_of(name, "--help").out
        assert f"Examples:\n    weakstate state {name} " in out
        assert "Exit code:" in out
