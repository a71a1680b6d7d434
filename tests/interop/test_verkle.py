"""Verkle roots and proofs against go-verkle: the same bytes, and each verifies the other's."""

import copy
import random

import pytest

from bench.contestants import is_built
from bench.verkle import GO_VERKLE
from tests.interop.verkle import answers, errors, ours, theirs

CASES = 24
FULL_CASES = 500


@pytest.fixture(scope="session", autouse=True)
def _go_verkle():
    if not is_built(GO_VERKLE):
        pytest.skip(
            "needs go-verkle's harness: there is no Go on this machine, or it did not build"
        )


def random_key(random_, known):
    """A key that shares a prefix of any length with one of the known ones."""
    key = bytearray(random_.randbytes(32))
    if known:
        shared = random_.choice([0, 1, 1, 2, 3, 7, 30, 31])
        key[:shared] = random_.choice(known)[:shared]
    return bytes(key)


def random_value(random_):
    return random_.choice([bytes(32), random_.randbytes(32), random_.randbytes(1).rjust(32, b"\0")])


def random_case(random_):
    """A tree with stems at several depths, keys that are there or not, writes to some."""
    known = []
    for _ in range(random_.choice([1, 2, 5, 30, 120])):
        known.append(random_key(random_, known))
    keys = random_.sample(known, random_.randint(1, min(len(known), 40)))
    keys += [random_key(random_, known) for _ in range(random_.randint(0, 20))]
    keys = sorted(set(keys))
    written = random_.sample(keys, random_.randint(0, len(keys)))
    return {
        "pairs": [[key.hex(), random_value(random_).hex()] for key in dict.fromkeys(known)],
        "keys": [key.hex() for key in keys],
        "writes": [[key.hex(), random_value(random_).hex()] for key in written],
    }


def random_cases(random_, count):
    return [random_case(random_) for _ in range(count)]


def compare(count, seed):
    cases = random_cases(random.Random(seed), count)
    made = answers(ours(), "make", cases)
    assert made == answers(theirs(), "make", cases)
    # What is equal need not be right: both programs verify it.
    for program in (ours(), theirs()):
        assert not any(errors(program, made))
    return made


def test_random_trees():
    made = compare(CASES, seed=1)
    statuses = {byte & 7 for case in made for byte in bytes.fromhex(extensions(case)[2:])}
    assert statuses == {0, 1, 2}
    assert any(case["verkleProof"]["otherStems"] for case in made)


@pytest.mark.full
def test_many_random_trees():
    compare(FULL_CASES, seed=2)


def extensions(case):
    return case["verkleProof"]["depthExtensionPresent"]


def altered(random_, case):
    """The case with one value, or a root, changed."""
    case = copy.deepcopy(case)
    suffix = random_.choice(random_.choice(case["stateDiff"])["suffixDiffs"])
    match random_.randrange(3):
        case 0:
            value = random_.randbytes(32)
            suffix["currentValue"] = None if suffix["currentValue"] else "0x" + value.hex()
        case 1:
            suffix["newValue"] = "0x" + random_.randbytes(32).hex()
        case 2:
            case["preRoot"] = case["verkleProof"]["d"]
    return case


def test_both_refuse_what_is_altered():
    random_ = random.Random(3)
    made = answers(ours(), "make", random_cases(random_, CASES))
    lies = [altered(random_, case) for case in made]
    for program in (ours(), theirs()):
        assert all(errors(program, lies))
