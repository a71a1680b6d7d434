"""The fixture chain, block by block."""

import pytest

from tests.cli.helpers import load_samples


@pytest.fixture(scope="session")
def samples():
    """The blocks of the fixture chain, in order."""
    return load_samples()
