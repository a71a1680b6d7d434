"""`weakstate inspect`: witnesses that prove leaves."""

import json
from collections import Counter

import pytest

import weakstate
from fixtures.make import PENDING
from tests.cli.helpers import GENESIS, run

SYSTEM = "0x0000f90827f1c53a10cb7a02335b175320002935"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Bundles of a chain over a Verkle tree, and its genesis file."""
    folder = tmp_path_factory.mktemp("leaves")
    rules = json.loads(GENESIS.read_text())
    rules["config"]["weakstate"] = {"scheme": "verkle"}
    genesis = folder / "genesis.json"
    genesis.write_text(json.dumps(rules))
    assert run("init", folder / "state", "--genesis", genesis).code == 0
    pending = (PENDING / "1.json", PENDING / "2.json")
    assert run("build", folder / "state", *pending, "-o", folder / "out").code == 0
    return sorted((folder / "out").iterdir()), genesis


def inspect(*args):
    return run("inspect", *args)


def test_the_parts_are_those_of_the_witness(made):
    for path in made[0]:
        [found] = inspect(path, "--json").objects
        [item] = weakstate.read(path)
        said = json.loads(item.witness.to_verkle_json())
        stems, proof = said["stateDiff"], said["verkleProof"]
        suffixes = [suffix for stem in stems for suffix in stem["suffixDiffs"]]
        values = [suffix for suffix in suffixes if suffix["currentValue"] is not None]
        report = found["witness"]["proof"]
        parts = {name: part["number"] for name, part in report["parts"].items()}
        del parts["offsets"]
        assert parts == {
            "stems": len(stems),
            "suffixes": len(suffixes),
            "values": len(values),
            "new_values": 0,
            "other_stems": len(proof["otherStems"]),
            "extensions": len(stems),
            "commitments": len(proof["commitmentsByPath"]),
            "multiproof": 1,
        }
        assert report["keys"] == {"present": len(values), "absent": len(suffixes) - len(values)}
        bytes_ = [part["bytes"] for part in report["parts"].values()]
        assert sum(bytes_) == report["bytes"] == len(item.witness.proof)
        assert found["witness"]["bytes"] == report["bytes"] + sum(map(len, item.witness.headers))
        # Depth and kind share a byte: three bits say what is at the end of the path.
        ends = Counter(bytes.fromhex(proof["depthExtensionPresent"][2:]))
        kinds = ("empty", "other", "present")
        assert {
            (level["depth"] << 3) + kinds.index(kind): level[kind]
            for level in report["levels"]
            for kind in kinds
            if level[kind]
        } == ends


def test_what_a_block_touched_is_said(made):
    [path, _], genesis = made
    [found] = inspect(path, "--chain", genesis, "--json").objects
    assert found["verification"]["verdict"] == "valid"
    accounts = {account["address"]: account for account in found["witness"]["accounts"]}
    assert accounts[SYSTEM]["present"]
    assert accounts[SYSTEM]["touched"]
    assert accounts[SYSTEM]["touched_slots"] == ["0x0"]
    assert any(not account["present"] for account in accounts.values())
    [before] = inspect(path, "--json").objects
    assert {account["touched"] for account in before["witness"]["accounts"]} == {None}


def test_people_read_it(made):
    [path, _], genesis = made
    text = inspect(path, "--chain", genesis).out
    assert "multiproof" in text
    assert "stems at depth" in text
    assert "keys with a value" in text
    assert "trie" not in text
