"""Fixtures that all tests share."""

import os
import signal

import pytest

from tests.data import data_folder, real_blocks, unpack

# What a shell runs in its background ignores Ctrl-C, and so would all that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def data_dir():
    """The data folder; without it the test is skipped, or fails if the folder is required."""
    folder = data_folder()
    if folder is None:
        if os.environ.get("WEAKSTATE_DATA_REQUIRED") == "1":
            pytest.fail("WEAKSTATE_DATA_REQUIRED=1, but WEAKSTATE_DATA is not set")
        pytest.skip("needs the data folder: set WEAKSTATE_DATA")
    return folder


@pytest.fixture(scope="session")
def official(data_dir, tmp_path_factory):
    """Unpacks an archive of `eftests/` once: `official("dev")` is its folder."""
    unpacked = {}

    def folder_of(name):
        if name not in unpacked:
            unpacked[name] = tmp_path_factory.mktemp(name)
            unpack(data_dir / "eftests" / f"{name}.tar.zst", unpacked[name])
        return unpacked[name]

    return folder_of


def pytest_generate_tests(metafunc):
    """Run a test that takes `real_block` on each of them, unless it brings its own list."""
    marked = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    if "real_block" in metafunc.fixturenames and "real_block" not in marked:
        blocks = real_blocks()
        names = [block.name for block in blocks]
        metafunc.parametrize("real_block", blocks or [None], ids=names or ["none"], indirect=True)


@pytest.fixture
def real_block(request, data_dir):
    """A block of a public chain, from the data folder."""
    return request.param
