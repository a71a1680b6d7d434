"""Finds the tests of a suite: a folder, a JSON file, or a ``.tar.zst`` of either."""

import json
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import zstandard


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """The folder or file itself, or what an archive holds, in a folder that goes away."""
    if not path.name.endswith(".tar.zst"):
        yield path
        return
    with tempfile.TemporaryDirectory() as folder, path.open("rb") as file:
        with (
            zstandard.ZstdDecompressor().stream_reader(file) as stream,
            tarfile.open(fileobj=stream, mode="r|") as archive,
        ):
            archive.extractall(folder, filter="data")
        yield Path(folder)


def files(path: Path) -> list[Path]:
    """JSON files with tests, in a stable order."""
    found = sorted(path.rglob("*.json")) if path.is_dir() else [path]
    return [file for file in found if ".meta" not in file.parts]


def tests(file: Path) -> dict[str, Any]:
    """The BlockchainTests in a file, by name; other things in it are left out."""
    content = json.loads(file.read_bytes())
    if not isinstance(content, dict):
        return {}
    return {
        name: test
        for name, test in content.items()
        if isinstance(test, dict) and "blocks" in test and "network" in test
    }
