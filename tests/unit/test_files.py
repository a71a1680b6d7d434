"""Zstandard is unpacked within the budget, whole frames only; files are written whole."""

import os

import pytest
import zstandard

import weakstate
from weakstate.compression import is_zstandard
from weakstate.witness.files import unpack_zstandard, write_file

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


def test_a_file_is_written_and_not_written_over(tmp_path):
    path = tmp_path / "file"
    write_file(path, b"first")
    with pytest.raises(FileExistsError):
        write_file(path, b"second")
    assert path.read_bytes() == b"first"
    write_file(path, b"second", force=True)
    assert path.read_bytes() == b"second"
    assert os.listdir(tmp_path) == ["file"]


def test_a_file_has_the_permissions_of_any_new_file(tmp_path):
    path, other = tmp_path / "file", tmp_path / "other"
    write_file(path, b"")
    other.touch()
    assert path.stat().st_mode == other.stat().st_mode


def test_a_link_stays_one_and_its_file_is_written(tmp_path):
    link, path = tmp_path / "link", tmp_path / "file"
    link.symlink_to(path)
    write_file(link, b"through")
    assert (link.is_symlink(), path.read_bytes()) == (True, b"through")
    with pytest.raises(FileExistsError):
        write_file(link, b"again")


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_what_is_no_file_is_never_written_over(tmp_path, make):
    path = tmp_path / "here"
    make(path)
    for force in (False, True):
        with pytest.raises(FileExistsError):
            write_file(path, b"", force=force)
    assert os.listdir(tmp_path) == ["here"]


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("step", ["fsync", "link", "replace"])
def test_an_interrupt_leaves_what_was_there_and_nothing_else(tmp_path, monkeypatch, step, force):
    def interrupt(*_):
        raise KeyboardInterrupt

    path = tmp_path / "file"
    if force:
        path.write_bytes(b"before")
    monkeypatch.setattr(os, step, interrupt)
    if step == ("link" if force else "replace"):  # not a step of this way
        write_file(path, b"after", force=force)
        return
    with pytest.raises(KeyboardInterrupt):
        write_file(path, b"after", force=force)
    assert [found.read_bytes() for found in tmp_path.iterdir()] == [b"before"] * force


def test_a_file_system_without_second_names_will_do(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    write_file(tmp_path / "file", b"data")
    assert [found.read_bytes() for found in tmp_path.iterdir()] == [b"data"]
