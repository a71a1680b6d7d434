"""Zstandard is unpacked within the budget, whole frames only."""

import pytest
import zstandard

import weakstate
from weakstate.witness.files import is_zstandard, unpack_zstandard

TEXT = bytes(range(256)) * 40
SKIPPABLE = bytes.fromhex("502a4d18") + (4).to_bytes(4, "little") + b"mark"


def pack(data, **options):
    return zstandard.ZstdCompressor(**options).compress(data)


def streamed(data):
    """A frame that does not state the size of its content."""
    return zstandard.ZstdCompressor(write_content_size=False).compress(data)


@pytest.mark.parametrize(
    ("data", "content"),
    [
        (pack(TEXT), TEXT),
        (streamed(TEXT), TEXT),
        (pack(b""), b""),
        (pack(TEXT) + streamed(TEXT), TEXT + TEXT),
        (SKIPPABLE + pack(TEXT) + SKIPPABLE, TEXT),
    ],
)
def test_frames_are_unpacked(data, content):
    assert is_zstandard(data)
    assert unpack_zstandard(data, weakstate.Budget()) == content


@pytest.mark.parametrize("kept", [5, 12, 100, -1, -4])
def test_a_frame_that_is_cut_short_is_unreadable(kept):
    with pytest.raises(weakstate.Unreadable) as caught:
        unpack_zstandard(pack(TEXT)[:kept], weakstate.Budget())
    assert caught.value.code == "malformed_compression"
    assert caught.value.at


def test_damage_is_unreadable():
    damaged = bytearray(pack(TEXT, write_checksum=True))
    damaged[-1] ^= 1
    with pytest.raises(weakstate.Unreadable, match="malformed_compression"):
        unpack_zstandard(bytes(damaged), weakstate.Budget())


@pytest.mark.parametrize("compress", [pack, streamed])
def test_what_unpacks_beyond_the_budget_is_refused(compress):
    bomb = compress(bytes(50_000_000))
    assert len(bomb) < 10_000
    with pytest.raises(weakstate.BudgetExceeded) as caught:
        unpack_zstandard(bomb, weakstate.Budget(bytes=1_000_000))
    assert caught.value.code == "input_too_large"
    assert "1000000" in caught.value.expected


def test_a_window_beyond_the_bound_is_refused():
    window_of_one_gibibyte = bytes([(30 - 10) << 3])
    frame = bytes.fromhex("28b52ffd") + b"\x00" + window_of_one_gibibyte + b"\x01\x00\x00"
    with pytest.raises(weakstate.Unreadable, match="malformed_compression"):
        unpack_zstandard(frame, weakstate.Budget())


def test_a_file_beyond_the_budget_is_refused(tmp_path):
    path = tmp_path / "large"
    path.write_bytes(bytes(3_000_000))
    with pytest.raises(weakstate.BudgetExceeded, match="input_too_large"):
        weakstate.read(path, weakstate.Budget(bytes=2_000_000))


def test_a_file_and_its_bytes_read_alike(tmp_path):
    path = tmp_path / "empty"
    path.write_bytes(b"")
    for source in (b"", path, str(path)):
        with pytest.raises(weakstate.Unreadable) as caught:
            weakstate.read(source)
        assert caught.value.code == "empty"


def test_a_file_that_is_not_there_is_the_callers_mistake(tmp_path):
    with pytest.raises(FileNotFoundError):
        weakstate.read(tmp_path / "nowhere")
