"""The official benchmark cases: blocks of one kind of work each, up to 150 million gas."""

import re
import subprocess
import tarfile
from pathlib import Path

import zstandard

from bench.blocks import data_folder
from bench.contestants import GETH, OUT

TESTS = OUT / "suite"
BLOCKS = OUT / "suite-blocks"


def suite_files() -> list[Path]:
    """The block of each case with its witness, as geth's harness records them once.

    Raises: CalledProcessError, FileNotFoundError if geth's harness is missing.
    """
    if not BLOCKS.exists():
        unfinished = BLOCKS.with_suffix(".part")
        unfinished.mkdir(parents=True, exist_ok=True)
        dump = [str(GETH), "--eftest", "--repeat", "0", "--dump", str(unfinished)]
        subprocess.run([*dump, *map(str, suite_tests())], check=True)
        unfinished.rename(BLOCKS)
    # The last block of a test is the measured one: those before it set the stage.
    last: dict[str, tuple[int, Path]] = {}
    for file in sorted(BLOCKS.glob("*.json")):
        test, _, number = file.stem.rpartition("-")
        last[test] = max(last.get(test, (0, file)), (int(number), file))
    return [file for _, file in last.values()]


def suite_tests() -> list[Path]:
    """The files of the official tests, unpacked once. Raises: NoDataError."""
    if not TESTS.exists():
        unfinished = TESTS.with_suffix(".part")
        _unpack(data_folder() / "eftests" / "bench.tar.zst", unfinished)
        unfinished.rename(TESTS)
    return sorted(TESTS.rglob("*.json"))


def _unpack(archive: Path, folder: Path) -> None:
    with (
        archive.open("rb") as packed,
        zstandard.ZstdDecompressor().stream_reader(packed) as stream,
        tarfile.open(fileobj=stream, mode="r|") as files,
    ):
        files.extractall(folder, filter="data")


def case_of(name: str) -> tuple[str, str]:
    """What a test does and how much gas it has: ``("shifts SAR", "100M")``."""
    test, _, parameters = name.rsplit("::", maxsplit=1)[-1].rstrip("]").partition("[")
    kind = test.removeprefix("test_")
    found = re.fullmatch(
        r"fork_\w+-blockchain_test-(?:(.+)-)?benchmark-gas-value_(\w+)", parameters
    )
    if found is None:
        return f"{kind} {parameters}", ""
    what = (found[1] or "").removeprefix("opcode_").removeprefix(kind).strip("_")
    return f"{kind} {what}".rstrip(), found[2]
