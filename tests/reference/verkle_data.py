"""Vectors of Verkle implementations, from the folder `verkle` of the data.

Left out, because nothing can be reproduced from them:
jsign-verkle-test-vectors/tree/004 does not say which values are written to its slots;
go-verkle/rust_banderwagon_block48 has keys and values, but neither a root nor a proof;
ethereumjs/kaustinen2_genesis and kaustinen4_genesis name no root of their own (the latter's is
that of kaustinen6, the former's is not the parent of any block that we have).
Payloads before and between the ones that MANIFEST.md calls verified have a root to start from in
no file.
"""

import csv
import json
import re

import pytest
import zstandard

from tests.data import data_folder, from_hex
from weakstate.trees.verkle import VerkleTree
from weakstate.trees.verkle.embedding import account_leaves


def load(name):
    """A JSON file; its test is skipped where there is no data."""
    return json.loads(path_of(name).read_text())


def path_of(name):
    folder = data_folder()
    if folder is None:
        pytest.skip("needs the data folder: set WEAKSTATE_DATA")
    return folder / "verkle" / name


def load_csv(name):
    """Keys and values, a pair a line."""
    with path_of(f"besu-verkle-trie/{name}.csv").open() as lines:
        return [
            tuple(from_hex(cell.strip()) for cell in row[:2]) for row in csv.reader(lines) if row
        ]


def load_payloads():
    """Blocks 1 to 500 of Kaustinen 6, by number."""
    path = path_of("kaustinen6/payloads_1_500.jsonl.zst")
    with path.open("rb") as packed:
        lines = zstandard.ZstdDecompressor().stream_reader(packed).read().splitlines()
    return {int(payload["block_number"]): payload for payload in map(json.loads, lines)}


def verified_roots(name):
    """Roots that the file's blocks start from, by number, as MANIFEST.md has them."""
    [row] = [
        line for line in path_of("MANIFEST.md").read_text().splitlines() if f"| {name} |" in line
    ]
    pattern = r"block (\w+): verified with pre-root 0x(\w+)"
    return {int(number, 0): bytes.fromhex(root) for number, root in re.findall(pattern, row)}


def tree_of(items):
    tree = VerkleTree()
    tree.update(items)
    return tree


def genesis_leaves(allocation, header):
    """Keys and values of a geth allocation."""
    for address, account in allocation.items():
        yield from account_leaves(
            from_hex(address),
            number(account.get("nonce")),
            number(account.get("balance")),
            from_hex(account.get("code") or ""),
            {int(k, 16): int(v, 16) for k, v in (account.get("storage") or {}).items()},
            header,
        )


def number(text):
    return int(text or "0", 0)
