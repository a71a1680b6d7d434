"""The official benchmark cases: blocks of one kind of work each, up to 150 million gas."""

import subprocess
import tarfile
from pathlib import Path

import zstandard

from bench.blocks import data_folder
from bench.contestants import GETH, OUT

BLOCKS = OUT / "suite-blocks"


def suite_files() -> list[Path]:
    """Each block of the suite with its witness, as geth's harness records them once.

    Raises: CalledProcessError, FileNotFoundError if geth's harness is missing.
    """
    if not BLOCKS.exists():
        tests = OUT / "suite"
        _unpack(data_folder() / "eftests" / "bench.tar.zst", tests)
        unfinished = BLOCKS.with_suffix(".part")
        unfinished.mkdir(exist_ok=True)
        files = sorted(map(str, tests.rglob("*.json")))
        dump = [str(GETH), "--eftest", "--repeat", "0", "--dump", str(unfinished)]
        subprocess.run([*dump, *files], check=True)
        unfinished.rename(BLOCKS)
    return sorted(BLOCKS.glob("*.json"))


def _unpack(archive: Path, folder: Path) -> None:
    with (
        archive.open("rb") as packed,
        zstandard.ZstdDecompressor().stream_reader(packed) as stream,
        tarfile.open(fileobj=stream, mode="r|") as files,
    ):
        files.extractall(folder, filter="data")


def short_name(name: str) -> str:
    """A test's name without the parts that all of these names share."""
    test = name.rsplit("::", maxsplit=1)[-1]
    for shared in ("fork_Osaka-", "blockchain_test-", "benchmark-gas-value_", "benchmark_test-"):
        test = test.replace(shared, "")
    return test.removeprefix("test_").replace("_from_state_test", "")
