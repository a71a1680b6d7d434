"""Roots of random trees are those of go-ethereum's trie/bintrie, step by step."""

import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from weakstate._native import BinaryTree as NativeTree
from weakstate.trees.binary import GETH, BinaryTree

HARNESS = Path(__file__).parents[2] / "bench" / "peers" / "geth"


@pytest.fixture(scope="session", autouse=True)
def _other_harness():
    """Not the one that the other tests of this folder need."""


@pytest.fixture(scope="session")
def harness(tmp_path_factory):
    """A program that prints go-ethereum's roots."""
    if shutil.which("go") is None:
        pytest.skip("needs Go")
    program = tmp_path_factory.mktemp("bintrie") / "bintrie"
    command = ["go", "build", "-o", str(program), "./bintrie"]
    built = subprocess.run(command, cwd=HARNESS, capture_output=True, text=True, check=False)
    if built.returncode:
        pytest.skip(f"go-ethereum does not build here: {built.stderr[-200:]}")
    return program


def some_key(rng):
    """Paths fork late, and stems have several values."""
    key = bytearray(rng.randbytes(32) if rng.random() < 0.4 else 32)
    for _ in range(rng.randrange(4)):
        key[rng.randrange(31) // rng.choice([1, 1, 4, 8])] = rng.choice([0, 1, 64, 128])
    key[31] = rng.choice([0, 1, 64, 128, 255])
    return bytes(key)


@pytest.mark.parametrize("count", [50, pytest.param(1000, marks=pytest.mark.full)])
def test_roots(harness, count):
    rng = random.Random(count)
    trees = [
        [
            [(some_key(rng), rng.randbytes(32)) for _ in range(rng.randrange(1, 20))]
            for _ in range(rng.randrange(1, 6))
        ]
        for _ in range(count)
    ]
    lines = [
        json.dumps([[(key.hex(), value.hex()) for key, value in step] for step in steps])
        for steps in trees
    ]
    run = subprocess.run(
        [harness], input="\n".join(lines), capture_output=True, text=True, check=True
    )
    for steps, line in zip(trees, run.stdout.splitlines(), strict=True):
        tree, native = BinaryTree(GETH), NativeTree(GETH.name)
        roots = json.loads(line)
        assert [native.update(step).hex() for step in steps] == roots
        # The reference hashes all again at each step.
        tree.update(pair for step in steps for pair in step)
        assert tree.root.hex() == roots[-1]
