"""The same block gives the same bytes, in every run and on any number of threads."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import weakstate
from tests.pipeline.test_produce import BLOCKS, GENESIS
from weakstate import Chain, State

ITSELF = """
import sys
from tests.pipeline.test_determinism import everything
sys.stdout.buffer.write(everything())
"""


def everything() -> bytes:
    """Witness and delta of each block of our chain, in bytes."""
    chain = Chain.from_genesis(GENESIS)
    state = State.from_genesis(chain, GENESIS)
    parts = []
    for path in BLOCKS:
        produced = state.produce(chain, weakstate.read(path)[0].block)
        parts += [produced.witness.to_bytes(), produced.delta.to_bytes()]
        state.commit(produced)
    return b"".join(parts)


def test_threads_do_not_disturb_each_other():
    once = everything()
    with ThreadPoolExecutor(2) as threads:
        assert set(threads.map(lambda _: everything(), range(6))) == {once}


def test_two_threads_produce_over_one_state():
    chain = Chain.from_genesis(GENESIS)
    state = State.from_genesis(chain, GENESIS)
    block = weakstate.read(BLOCKS[0])[0].block
    with ThreadPoolExecutor(2) as threads:
        made = threads.map(lambda _: state.produce(chain, block), range(8))
        assert len({(p.witness.to_bytes(), p.delta.to_bytes()) for p in made}) == 1


def test_another_process_gives_the_same_bytes():
    other = subprocess.run([sys.executable, "-c", ITSELF], capture_output=True, check=True)
    assert other.stdout == everything()
