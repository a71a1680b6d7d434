"""The fixture chain, block by block."""

import pytest

import weakstate
from tests.cli.helpers import CHAIN, Sample


@pytest.fixture(scope="session")
def samples():
    """The blocks of the fixture chain, in order."""
    numbers = sorted(int(path.stem) for path in CHAIN.glob("[0-9]*.json"))
    found = []
    for number in numbers:
        [item] = weakstate.read(CHAIN / f"{number}.json")
        if item.witness is not None:
            found.append(
                Sample(CHAIN / f"{number}.json", weakstate.Block.from_rlp(item.block), item.witness)
            )
    assert len(found) >= 3
    return found


@pytest.fixture(scope="session")
def parent(samples):
    """Hash of the block before the first one, as `--parent` takes it."""
    return f"0x{samples[0].block.header.parent_hash.hex()}"
