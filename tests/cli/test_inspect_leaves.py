"""`weakstate inspect`: witnesses that prove leaves."""

import json
from collections import Counter

import pytest

import weakstate
from fixtures.make import PENDING
from tests.cli.helpers import GENESIS, run
from weakstate.trees.binary import PROFILES, open_witness
from weakstate.trees.binary.nodes import Branch, Closed, Hole, Leaf

SYSTEM = "0x0000f90827f1c53a10cb7a02335b175320002935"


def chain_over(scheme, folder):
    """Bundles of a chain, and its genesis file."""
    rules = json.loads(GENESIS.read_text())
    rules["config"]["weakstate"] = {"scheme": scheme}
    genesis = folder / "genesis.json"
    genesis.write_text(json.dumps(rules))
    assert run("init", folder / "state", "--genesis", genesis).code == 0
    pending = (PENDING / "1.json", PENDING / "2.json")
    assert run("build", folder / "state", *pending, "-o", folder / "out").code == 0
    return sorted((folder / "out").iterdir()), genesis


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return chain_over("verkle", tmp_path_factory.mktemp("leaves"))


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
    assert "another there" in text
    assert "keys with a value" in text
    assert "trie" not in text


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_binary_trees(profile, tmp_path):
    paths, genesis = chain_over(profile.name, tmp_path)
    for path in paths:
        [found] = inspect(path, "--chain", genesis, "--json").objects
        [item] = weakstate.read(path)
        tree = open_witness(profile, found_root(found), item.witness.proof)
        counts = Counter(kinds_by_depth(tree.top, 0))
        report = found["witness"]["proof"]
        assert {
            (level["depth"], kind): level[kind]
            for level in report["levels"]
            for kind in ("values", "siblings", "closed")
            if level[kind]
        } == counts
        totals = Counter()
        for (_, kind), number in counts.items():
            totals[kind] += number
        parts = report["parts"]
        assert {kind: parts[kind]["number"] for kind in totals} == totals
        assert report["keys"] == {"present": totals["values"], "absent": None}
        assert sum(part["bytes"] for part in parts.values()) == len(item.witness.proof)
        accounts = {account["address"]: account for account in found["witness"]["accounts"]}
        assert accounts[SYSTEM]["present"]
    assert "siblings" in inspect(paths[0]).out


def found_root(found):
    return bytes.fromhex(found["witness"]["root"][2:])


def kinds_by_depth(node, depth):
    """Depth and kind of everything at the ends of the part of a tree that a witness shows."""
    match node:
        case Leaf():
            yield depth, "values"
        case Hole():
            yield depth, "siblings"
        case Closed():
            yield depth, "closed"
        case Branch():
            for child in node.children:
                yield from kinds_by_depth(child, len(node.prefix) + 1)
