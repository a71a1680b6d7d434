"""Whatever a witness or delta holds, it is described soon, or refused by one of our codes."""

import json
import random
import time

import pytest
import rlp
from eth_hash.auto import keccak

from tests.adversarial.damage import SECONDS, damage, inputs
from tests.cli.helpers import GENESIS, load_samples, run
from weakstate import Chain, Item, State, Witness
from weakstate.witness.bundle import write_bundle

ROUNDS = [100, pytest.param(3000, marks=pytest.mark.full)]
EMPTY_ROOT = keccak(rlp.encode(b""))


def everything():
    """Blocks and witnesses in every form, and what only we write."""
    sample = load_samples()[0]
    chain = Chain.from_genesis(GENESIS.read_bytes())
    state = State.from_genesis(chain, GENESIS.read_bytes())
    delta = state.produce(chain, sample.block.rlp).delta.to_bytes()
    bundle = write_bundle(sample.block.rlp, sample.witness.to_bytes(), delta, 1337)
    return inputs() | {"delta": delta, "bundle": bundle}


INPUTS = everything()


def describe(data):
    """What `inspect` says, once it has said it soon."""
    start = time.perf_counter()
    ran = run("inspect", "-", "--json", data=data)
    assert time.perf_counter() - start < SECONDS
    assert ran.code in (0, 2, 5)
    assert ran.err == ""
    return ran.objects


def describe_nodes(nodes, root):
    """What it says of nodes below a root that the file claims."""
    item = Item(witness=Witness(nodes, [], []), pre_state_root=root)
    [found] = describe(item.to_json().encode())
    return found["witness"]


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("form", INPUTS)
def test_damaged_input(form, rounds):
    random_ = random.Random(form)
    for _ in range(rounds):
        describe(damage(random_, INPUTS[form]))


def branch(child):
    return rlp.encode([*[keccak(child)] * 16, b""])


def tower(node, height):
    """Branches on top of each other, each with one node sixteen times."""
    nodes = [node]
    for _ in range(height):
        nodes.append(branch(nodes[-1]))
    return nodes


def test_very_many_ways_to_one_slot():
    slots = tower(rlp.encode([b"\x20", rlp.encode(7)]), 64)
    account = rlp.encode([b"", b"", keccak(slots[-1]), keccak(b"")])
    holder = rlp.encode([b"\x20" + bytes(32), account])
    found = describe_nodes([*slots, holder], keccak(holder))
    assert found["reached"]["number"] == 66
    [listed] = found["accounts"]
    assert (listed["storage_nodes"], listed["slots"]) == (65, 2**64 - 1)


def test_very_many_ways_to_one_account():
    leaf = rlp.encode([b"\x20", rlp.encode([b"", b"", EMPTY_ROOT, keccak(b"")])])
    nodes = tower(leaf, 64)
    found = describe_nodes(nodes, keccak(nodes[-1]))
    assert (found["reached"]["number"], len(found["accounts"])) == (65, 1)


def test_a_tower_higher_than_any_key():
    nodes = tower(b"hole", 1000)
    found = describe_nodes(nodes, keccak(nodes[-1]))
    assert found["reached"]["number"] == 64
    assert found["malformed"]["number"] == 1
    assert found["unreachable"]["number"] == len(nodes) - 65


def test_many_branches_that_name_one_large_node():
    """Each time it is looked at, and each time no more than its beginning."""
    large = rlp.encode([b"\x20" + bytes(32), bytes(1 << 20)])
    named = [keccak(large)] * 15
    level = [rlp.encode([*named, n.to_bytes(32), b""]) for n in range(16**3)]
    nodes = [large, *level]
    while len(level) > 1:
        groups = [level[n : n + 16] for n in range(0, len(level), 16)]
        level = [rlp.encode([*map(keccak, group), b""]) for group in groups]
        nodes += level
    found = describe_nodes(nodes, keccak(level[0]))
    assert found["reached"]["number"] == 16**3 + 16**2 + 16 + 1
    assert found["malformed"] == {"number": 1, "bytes": len(large)}
    assert found["holes"] == 16**3


def test_a_hundred_thousand_nodes_and_keys():
    random_ = random.Random(1)
    nodes = [random_.randbytes(40) for _ in range(100_000)]
    keys = [f"0x{random_.randbytes(20).hex()}" for _ in range(100_000)]
    text = json.dumps({"state": [f"0x{node.hex()}" for node in nodes], "keys": keys})
    [found] = describe(text.encode())
    assert found["witness"]["parts"]["keys"]["number"] == len(keys)
    assert found["witness"]["parts"]["nodes"]["number"] == len(nodes)


def test_headers_that_are_none():
    text = json.dumps({"state": [], "headers": ["0x", "0xc0", "0xc180", "0x00"]})
    [found] = describe(text.encode())
    assert {ancestor["number"] for ancestor in found["witness"]["ancestors"]} == {None}
