"""Damages inputs for a while: ``python -m tests.adversarial.fuzz [SECONDS] [SEED]``.

Stops at the first input of which something is said that may not be said, and keeps it.
"""

import itertools
import random
import sys
import time
from pathlib import Path

from tests.adversarial.damage import damage, inputs, read, verify
from tests.cli.helpers import load_samples
from weakstate import Verified, Witness

KEPT = Path("fuzz-failure.bin")


def try_input(data, parent, block_hash, rest):
    """Read the data and verify what they hold; returns whether it could be read."""
    found = read(data)
    if not isinstance(found, list):
        return False
    for item in found:
        block, witness = item.block or rest.block.rlp, item.witness or rest.witness
        judged = verify(block, witness, parent)
        if isinstance(judged, Verified) and judged.header.hash != block_hash:
            # Only what nothing in the block depends on may differ.
            assert judged.post_state_root == rest.block.header.state_root
    return True


def try_parts(random_, sample):
    """Damage one part of a block and its witness, each taken for itself."""
    parts = [[sample.block.rlp], sample.witness.nodes, sample.witness.codes, sample.witness.headers]
    chosen = random_.choice([part for part in parts if part])
    index = random_.randrange(len(chosen))
    chosen[index] = damage(random_, chosen[index])
    [block], nodes, codes, headers = parts
    verify(block, Witness(nodes, codes, headers), sample.block.header.parent_hash)


def main(seconds=60.0, seed=None):
    """Run until the time is over or something is wrong."""
    seed = seed if seed is not None else time.time_ns()
    print(f"seed {seed}")
    random_ = random.Random(seed)
    forms, samples = [*inputs().values()], load_samples()
    sample = samples[3]
    parent = sample.block.header.parent_hash
    readable = 0
    end = time.monotonic() + seconds
    for count in itertools.count(1):
        data = damage(random_, random_.choice(forms))
        try:
            readable += try_input(data, parent, sample.block.hash, sample)
            try_parts(random_, random_.choice(samples))
        except BaseException:
            KEPT.write_bytes(data)
            print(f"input {count} of seed {seed}, kept as {KEPT}")
            raise
        if time.monotonic() > end:
            print(f"{count} inputs, {readable} of them readable, nothing found")
            return


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]), *map(int, sys.argv[2:3]))
