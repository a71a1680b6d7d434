"""The fixture chain, block by block."""

import pytest

from tests.cli.helpers import load_samples


@pytest.fixture(scope="session")
def samples():
    """The blocks of the fixture chain, in order."""
    return load_samples()


@pytest.fixture(scope="session")
def parent(samples):
    """Hash of the block before the first one, as `--parent` takes it."""
    return f"0x{samples[0].block.header.parent_hash.hex()}"
