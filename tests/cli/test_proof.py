"""`weakstate proof`: made from a state, held against a root."""

import json

import pytest

from tests.cli.helpers import GENESIS, run, stands
from weakstate.trees.verkle.embedding import BASIC_DATA, code_key, key_of, storage_key

HISTORY = "0x0000f90827f1c53a10cb7a02335b175320002935"
ABSENT = "0x" + "00" * 19 + "99"
SCHEMES = ("mpt", "verkle", "five-leaf")
ZEROS = "0x" + "00" * 32


@pytest.fixture(params=SCHEMES)
def kind(request):
    return request.param


@pytest.fixture
def place(state, tmp_path, kind):
    """A state under the scheme, and the options that name it."""
    if kind == "mpt":
        return state, []
    options = ["--scheme", "verkle"] + (["--embedding", kind] if kind != "verkle" else [])
    assert run("rebuild", state, tmp_path / "new", *options).code == 0
    return tmp_path / "new", options


def create(*args):
    return run("proof", "create", *args)


def verify(*args, data=None):
    return run("proof", "verify", *args, data=data)


def test_what_is_proven_is_what_the_state_says(place, tmp_path):
    state, options = place
    root, path = stands(state)["state_root"], tmp_path / "proof.json"
    accounts = json.loads(GENESIS.read_text())["alloc"]
    plain = next(name for name in accounts if "code" not in accounts[name])
    stored = next(name for name in accounts if accounts[name].get("storage"))
    for name in (plain, stored, ABSENT):
        slots = [*list(accounts.get(name, {}).get("storage", {}))[:2], "0x7777"]
        [made] = create(state, name, *slots, "-o", path, "--force", "--json").objects
        assert (made["state_root"], made["address"], made["slots"]) == (root, name, len(slots))
        ran = verify(path, "--root", root, *options, "--json")
        assert (ran.code, ran.err) == (0, "")
        [found] = ran.objects
        [said] = run("state", "account", state, name, "--json").objects
        assert (found["address"], found["exists"]) == (name, said["exists"])
        if said["exists"]:
            assert int(found["account"]["nonce"], 16) == said["nonce"]
            for field in ("balance", "code_hash"):
                assert found["account"][field] == said[field]
            assert (
                int(found["account"].get("code_size", hex(said["code_bytes"])), 16)
                == (said["code_bytes"])
            )
        for slot in slots:
            [value] = run("state", "slot", state, name, slot).lines
            assert found["slots"][hex(int(slot, 16))] == value


def test_a_proof_goes_through_a_pipe_and_people_read_it(place):
    state, options = place
    root = stands(state)["state_root"]
    made = create(state, HISTORY, "1")
    assert made.code == 0
    assert root in made.err
    ran = verify("-", "--root", root, *options, data=made.out)
    assert ran.code == 0
    assert ran.lines[0] == f"proven  under the state root {root}"
    assert "  nonce      1" in ran.lines
    assert "  slot 0x1  0x0" in ran.lines
    absent = verify("-", "--root", root, *options, data=create(state, ABSENT).out)
    assert "  absent" in absent.lines


def test_another_root_or_value_is_refused(place, tmp_path):
    state, options = place
    root = stands(state)["state_root"]
    proof = json.loads(create(state, HISTORY, "1").out)
    others = [
        proof | change for change in ({"nonce": "0x2"}, {"balance": "0x1"}, {"codeHash": ZEROS})
    ]
    slots = "storageProof" if "storageProof" in proof else "storage"
    others.append(proof | {slots: [proof[slots][0] | {"value": "0x5"}]})
    others.append(proof | {"address": ABSENT})
    for other in others:
        ran = verify("-", "--root", root, *options, "--json", data=json.dumps(other))
        assert ran.code == 3
        assert ran.objects[0]["error"]["class"] in ("InvalidWitness", "NotWitnessed")
    assert verify("-", "--root", "0x" + "11" * 32, *options, data=json.dumps(proof)).code == 3
    for text in ("{", "[]", "{}", '{"result":null}'):
        assert verify("-", "--root", root, *options, data=text).code == 2


def test_keys_of_the_tree_are_proven(state, tmp_path):
    new = tmp_path / "new"
    assert run("rebuild", state, new, "--scheme", "verkle").code == 0
    address = bytes.fromhex(HISTORY[2:])
    keys = [key_of(address, BASIC_DATA), code_key(address, 0), storage_key(address, 9)]
    named = [arg for key in keys for arg in ("--key", f"0x{key.hex()}")]
    root = stands(new)["state_root"]
    rules = ["--root", root, "--scheme", "verkle", "--json"]
    [found] = verify("-", *rules, data=create(new, *named).out).objects
    assert (found["address"], found["exists"], found["slots"]) == (None, None, {})
    basic, code, slot = (found["leaves"][f"0x{key.hex()}"] for key in keys)
    [account] = run("state", "account", new, HISTORY, "--json", "--code").objects
    assert int(basic[12:18], 16) == account["code_bytes"]
    assert code == "0x00" + account["code"][2:64]
    assert slot is None
    proof = json.loads(create(new, *named).out)
    proof["leaves"][2]["value"] = ZEROS
    ran = verify("-", *rules, data=json.dumps(proof))
    assert ran.objects[0]["error"]["code"] == "wrong_proof"
    proof["leaves"][2]["key"] = f"0x{storage_key(address, 300).hex()}"
    ran = verify("-", *rules, data=json.dumps(proof))
    assert (ran.code, ran.objects[0]["error"]["code"]) == (3, "leaf_not_witnessed")


def test_the_embedding_is_not_the_files_to_say(state, tmp_path):
    new = tmp_path / "new"
    assert run("rebuild", state, new, "--scheme", "verkle").code == 0
    proof, root = create(new, HISTORY).out, stands(new)["state_root"]
    assert verify("-", "--root", root, data=proof).code == 2
    other = ["--scheme", "verkle", "--embedding", "five-leaf"]
    assert verify("-", "--root", root, *other, data=proof).code == 3
    rules = json.loads(GENESIS.read_text())
    rules["config"]["weakstate"] = {"scheme": "verkle"}
    (tmp_path / "chain.json").write_text(json.dumps(rules))
    assert verify("-", "--root", root, "--chain", tmp_path / "chain.json", data=proof).code == 0


def test_other_commitments_have_proofs_too(state, tmp_path):
    new = tmp_path / "new"
    assert run("rebuild", state, new, "--scheme", "verkle-kzg").code == 0
    proof, rules = create(new, HISTORY, "1").out, ["--root", stands(new)["state_root"], "--scheme"]
    ran = verify("-", *rules, "verkle-kzg", data=proof)
    assert ran.code == 0
    assert "  slot 0x1  0x0" in ran.lines
    assert verify("-", *rules, "verkle", data=proof).code == 3


def test_a_nodes_answer_is_read(state):
    root, proof = stands(state)["state_root"], json.loads(create(state, HISTORY).out)
    answer = json.dumps({"jsonrpc": "2.0", "id": 1, "result": proof})
    assert verify("-", "--root", root, data=answer).code == 0


def test_a_file_that_is_there_stays(state, tmp_path):
    path = tmp_path / "proof.json"
    path.write_text("mine")
    assert create(state, HISTORY, "-o", path).code == 2
    assert path.read_text() == "mine"
    assert create(state, HISTORY, "-o", path, "--force").code == 0


@pytest.mark.parametrize("args", [[], ["--key", "0x11"], ["--key", ZEROS], [HISTORY, "oak"]])
def test_wrong_usage(state, args):
    assert create(state, *args).code == 2


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["--root", "0x11"],
        ["--root", ZEROS, "--embedding", "packed"],
        ["--root", ZEROS, "--scheme", "verkle", "--chain", "mainnet"],
    ],
)
def test_wrong_usage_of_verify(args):
    assert verify("-", *args, data="{}").code == 2
