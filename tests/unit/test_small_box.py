"""Verifying in a small box takes the memory and the instructions that were recorded."""

import json

import pytest

from bench import instructions, small_box
from bench.blocks import block_file, blocks_since_paris

MEMORY_MARGIN = 1.10  # the interpreter's version and the C library move it by less
COUNT_MARGIN = 0.05
RECORD_AGAIN = "if that is meant, run `python -m bench.small_box --record`"
# The counts of the other blocks take longer and say little more.
QUICK = "24628607"


@pytest.fixture(scope="module")
def recorded():
    return json.loads(small_box.RECORD.read_text())


def test_record_is_of_this_version(recorded):
    assert recorded["format"] == "weakstate-small-box"
    assert recorded["version"] == small_box.FORMAT_VERSION
    assert set(recorded["instructions"]) == {str(number) for _, number in small_box.COUNTED}


def test_blocks_since_paris_fit(data_dir, recorded):
    outcome = small_box.run(blocks_since_paris())
    assert outcome.peak_bytes <= recorded["peak_bytes"] * MEMORY_MARGIN, RECORD_AGAIN


def test_limit_is_hard(data_dir):
    with pytest.raises(small_box.SmallBoxError):
        small_box.run(blocks_since_paris(), limit=24 * 2**20)


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(block, marks=[] if str(block[1]) == QUICK else [pytest.mark.full])
        for block in small_box.COUNTED
    ],
    ids=str,
)
def test_instructions_are_as_recorded(data_dir, recorded, block):
    if not instructions.available():
        pytest.skip("needs valgrind")
    conditions = instructions.conditions()
    if conditions != recorded["counted_under"]:
        pytest.skip(f"counted under {recorded['counted_under']}, here is {conditions}")
    expected = recorded["instructions"][str(block[1])]
    counted = instructions.count(block_file(*block))
    assert counted == pytest.approx(expected, rel=COUNT_MARGIN), RECORD_AGAIN
