"""Chains for the sequencer's benchmarks: geth made them, and our three roles agree with it."""

import shutil

import pytest

from bench.chain import Folder, NoChainError, check, items, make


@pytest.mark.parametrize("length", [0, 1, 55, 56, 255, 256, 70_000])
def test_items_are_split_by_their_length(length):
    payload = bytes(length)
    size = length.to_bytes(3).lstrip(b"\0")
    head = bytes([0xC0 + length]) if length <= 55 else bytes([0xF7 + len(size)]) + size
    item = head + payload
    assert list(items(item + b"\xc0" + item)) == [item, b"\xc0", item]


@pytest.mark.full
@pytest.mark.skipif(shutil.which("go") is None, reason="geth's harness wants Go")
@pytest.mark.parametrize("kind", ["mixed", "transfers"])
def test_geths_blocks_are_ours(tmp_path, kind):
    folder = Folder(tmp_path)
    make(folder, accounts=300, seed=7, kind=kind, blocks=3)
    assert folder.made(kind)["transactions"] == 600
    assert folder.made(kind)["failed"] == 0
    assert check(folder, kind, tmp_path) == 3


@pytest.mark.full
@pytest.mark.skipif(shutil.which("go") is None, reason="geth's harness wants Go")
def test_a_folder_keeps_its_state(tmp_path):
    folder = Folder(tmp_path)
    make(folder, accounts=10, seed=7, kind="mixed", blocks=1)
    first = folder.blocks("mixed")
    make(folder, accounts=10, seed=7, kind="mixed", blocks=2)
    assert folder.blocks("mixed")[:1] == first
    with pytest.raises(NoChainError, match="another state"):
        make(folder, accounts=10, seed=8, kind="mixed", blocks=1)
