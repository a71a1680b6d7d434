"""Damages inputs at random, and holds what is said of them against what may be said."""

import time

import weakstate
from tests.cli.helpers import GENESIS, load_samples
from tests.forms import BLOCK_FILES, WHOLE_OBJECTS, WITNESS_FILES, WRAPPINGS, dump

CHAIN = weakstate.Chain.from_genesis(GENESIS.read_bytes())
SECONDS = 2
"""Longest that a small input may take."""

READING = (weakstate.Unreadable, weakstate.BudgetExceeded)
VERIFYING = (weakstate.InvalidBlock, weakstate.InvalidWitness, weakstate.BudgetExceeded)
LENGTHS = [b"\xff" * 9, b"\xbf" + b"\x7f" * 8, b"\xf7", b"\xfb\xff\xff\xff\xff", b"\xb8\x01", b"0x"]


def inputs():
    """One block of our chain in every form, and wrapped, by name."""
    sample = load_samples()[3]
    found = {f"block, {name}": form(sample) for name, form in BLOCK_FILES.items()}
    found |= {f"witness, {name}": form(sample) for name, form in WITNESS_FILES.items()}
    found |= {f"both, {name}": dump(form(sample)) for name, form in WHOLE_OBJECTS.items()}
    whole = found["both, data folder"]
    return found | {name: wrap(whole) for name, wrap in WRAPPINGS.items()}


def flip(random, data):
    """One bit is another."""
    place = random.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << random.randrange(8)]) + data[place + 1 :]


def cut(random, data):
    """The end is missing."""
    return data[: random.randrange(len(data))]


def drop(random, data):
    """A piece is missing."""
    start = random.randrange(len(data))
    return data[:start] + data[start + random.randrange(1, 99) :]


def repeat(random, data):
    """A piece comes twice."""
    start = random.randrange(len(data))
    end = start + random.randrange(1, 99)
    return data[:end] + data[start:]


def insert(random, data):
    """Foreign bytes, or a length that is none, stand in between."""
    place = random.randrange(len(data))
    foreign = random.choice([*LENGTHS, random.randbytes(random.randrange(1, 9))])
    return data[:place] + foreign + data[place + random.choice([0, len(foreign)]) :]


WAYS = [flip, cut, drop, repeat, insert]


def damage(random, data):
    """Damage data once, or a few times over."""
    for _ in range(random.choice([1, 1, 1, 2, 5])):
        data = random.choice(WAYS)(random, data) or b"{"
    return data


def attempt(function, *args):
    """The result or the refusal; it must come soon, and nothing else may be raised."""
    start = time.perf_counter()
    try:
        result = function(*args)
    except weakstate.WeakstateError as refusal:
        result = refusal
    assert time.perf_counter() - start < SECONDS
    return result


def read(data, budget=None):
    """What the data hold, or the refusal, which must be one that reading may come to."""
    found = attempt(weakstate.read, data, budget)
    assert isinstance(found, (list, *READING))
    return found


def verify(block, witness, parent):
    """What becomes of a block on this parent; a refusal must be one that fits."""
    found = attempt(weakstate.verify, CHAIN, weakstate.Anchor.hash(parent), block, witness)
    assert isinstance(found, (weakstate.Verified, *VERIFYING))
    return found
