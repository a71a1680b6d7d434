"""Dumps are opened whatever their compression, and written whole or not at all."""

import gzip
import os
import tracemalloc
from io import BytesIO

import pytest
import zstandard

import weakstate
from fixtures.make import GENESIS
from weakstate import Unreadable
from weakstate.state import State, open_dump, write_dump

TEXT = b'{"address":"0x00"}\n' * 100_000


def pack(data):
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


def drained(data, size=1_000):
    dump = open_dump(BytesIO(data))
    chunks = []
    while chunk := dump.read(size):
        assert len(chunk) <= size
        chunks.append(chunk)
    return b"".join(chunks)


@pytest.mark.parametrize(
    "data",
    [
        TEXT,
        gzip.compress(TEXT),
        gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:]),
        pack(TEXT),
        pack(TEXT[:100]) + pack(b"") + pack(TEXT[100:]),
    ],
)
def test_a_dump_is_opened_by_its_content(data):
    assert drained(data) == TEXT
    assert drained(data, 1 << 20) == TEXT


def test_nothing_is_nothing():
    assert drained(b"") == b""


@pytest.mark.parametrize("whole", [gzip.compress(TEXT), pack(TEXT)])
def test_what_is_cut_short_or_damaged_is_unreadable(whole):
    damaged = bytearray(whole)
    damaged[-5] ^= 1
    for data in (whole[:-1], whole[: len(whole) // 2], whole[:4] + b"?" * 20, bytes(damaged)):
        with pytest.raises(Unreadable) as refusal:
            drained(data)
        assert refusal.value.code == "malformed_compression"


def test_a_dump_that_unpacks_to_much_takes_little_memory():
    bomb = pack(bytes(200 << 20))
    tracemalloc.start()
    dump = open_dump(BytesIO(bomb))
    read = 0
    while chunk := dump.read(1 << 20):
        read += len(chunk)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read == 200 << 20
    assert peak < 100 << 20


@pytest.mark.parametrize("name", ["dump", "dump.zst"])
def test_what_was_exported_is_imported(tmp_path, name):
    text = GENESIS.read_bytes()
    chain = weakstate.Chain.from_genesis(text)
    state = State.from_genesis(chain, text)
    with write_dump(tmp_path / name) as sink:
        state.export(sink)
    assert (tmp_path / name).read_bytes()[:1] == (b"{" if name == "dump" else b"\x28")
    with open(tmp_path / name, "rb") as stream:
        other = State.import_(chain, open_dump(stream), state.head.rlp, tmp_path / "store")
    assert other.to_dict() == state.to_dict()
    assert other.root == state.root


@pytest.mark.parametrize("name", ["dump", "dump.zst"])
def test_an_interruption_leaves_no_file(tmp_path, name):
    def write_half():
        with write_dump(tmp_path / name) as sink:
            sink.write(TEXT)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert os.listdir(tmp_path) == []


def test_a_file_that_is_there_is_written_over_by_force_alone(tmp_path):
    path = tmp_path / "dump"
    path.write_bytes(b"mine")
    with pytest.raises(FileExistsError), write_dump(path) as sink:
        sink.write(TEXT)
    assert path.read_bytes() == b"mine"
    with write_dump(path, force=True) as sink:
        sink.write(TEXT)
    assert path.read_bytes() == TEXT


def test_ancestors_of_an_imported_state_are_known_and_lead_to_it(tmp_path):
    text = GENESIS.read_bytes()
    chain = weakstate.Chain.from_genesis(text)
    state = State.from_genesis(chain, text)
    headers = [state.head.rlp]
    for number in (1, 2):
        [item] = weakstate.read(GENESIS.parent / f"{number}.json")
        state.commit(state.produce(chain, item.block))
        headers.append(state.head.rlp)
    dump = BytesIO()
    state.export(dump)
    *before, last = headers
    for wrong in ([*before[::-1]], [before[0]]):
        with pytest.raises(ValueError, match="not the parent"):
            State.import_(chain, BytesIO(dump.getvalue()), last, tmp_path / "no", ancestors=wrong)
    assert not (tmp_path / "no").exists()
    other = State.import_(
        chain, BytesIO(dump.getvalue()), last, tmp_path / "store", ancestors=before
    )
    assert [other.header(number).rlp for number in range(3)] == headers
    assert other.header(3) is None
