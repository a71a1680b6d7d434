"""The data folder that WEAKSTATE_DATA points to: real blocks and official vectors.

Without it the tests that need it are skipped; with WEAKSTATE_DATA_REQUIRED=1 they fail.
"""

import gzip
import json
import os
import tarfile
from dataclasses import dataclass
from pathlib import Path

import zstandard

MAINNET, HOLESKY, HOODI = "ethereum", "holesky", "hoodi"


def data_folder():
    """The data folder, or None."""
    path = os.environ.get("WEAKSTATE_DATA")
    return Path(path) if path else None


@dataclass(frozen=True)
class RealBlock:
    """A file of `blocks/`: a block of a public chain with its witness."""

    path: Path

    @property
    def name(self):
        """Such as ethereum/24628607-zisk."""
        return f"{self.path.parent.name}/{self.path.name.removesuffix('.json.gz')}"

    @property
    def number(self):
        return int(self.path.name.split("-")[0])

    def json(self):
        """The file's content, byte strings in hexadecimal."""
        return json.loads(gzip.decompress(self.path.read_bytes()))


def real_blocks(*chains):
    """All blocks of these chains (default: those of Ethereum and its testnets), in order."""
    folder = data_folder()
    if folder is None:
        return []
    found = [
        RealBlock(path)
        for chain in chains or (MAINNET, HOLESKY, HOODI)
        for path in folder.joinpath("blocks", chain).glob("*.json.gz")
    ]
    return sorted(found, key=lambda block: (block.path.parent.name, block.number, block.name))


def unpack(archive, folder):
    """Unpack a .tar.zst into `folder`."""
    with (
        archive.open("rb") as packed,
        zstandard.ZstdDecompressor().stream_reader(packed) as stream,
        tarfile.open(fileobj=stream, mode="r|") as files,
    ):
        files.extractall(folder, filter="data")


def from_hex(text):
    return bytes.fromhex(text.removeprefix("0x"))
