"""The fixture chain, block by block."""

import pytest

from tests.cli.helpers import BLOCKS, GENESIS, load_samples, run


@pytest.fixture(scope="session")
def samples():
    """The blocks of the fixture chain, in order."""
    return load_samples()


@pytest.fixture(scope="session")
def parent(samples):
    """Hash of the block before the first one, as `--parent` takes it."""
    return f"0x{samples[0].block.header.parent_hash.hex()}"


@pytest.fixture
def state(tmp_path):
    """A directory with the state of block 0."""
    assert run("init", tmp_path / "state", "--genesis", GENESIS).code == 0
    return tmp_path / "state"


@pytest.fixture(scope="session")
def bundles(tmp_path_factory):
    """A folder with a bundle of each block."""
    folder = tmp_path_factory.mktemp("produced")
    assert run("init", folder / "state", "--genesis", GENESIS).code == 0
    made = run("produce", folder / "state", *BLOCKS, "-o", folder / "bundles")
    assert made.code == 0
    return folder / "bundles"
