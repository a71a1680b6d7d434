"""Witnesses of the Kaustinen-6 testnet, and what the shape model predicts of them."""

import io
import json
import statistics
from collections.abc import Iterator
from typing import Any

import zstandard

from bench.blocks import data_folder
from weakstate.sizes.buckets import Bucket
from weakstate.sizes.draws import Draws
from weakstate.sizes.predict import SEEDS
from weakstate.sizes.verkle import IPA, STEM_BYTES, VerkleShape

MIN_STEMS = 51
ABSENT_EMPTY, ABSENT_OTHER, PRESENT = 0, 1, 2


def scored() -> Iterator[tuple[str, float, float]]:
    """Each larger block: its bytes, and what is predicted. Raises: NoDataError."""
    folder = data_folder() / "verkle"
    stems = genesis_stems((folder / "besu-verkle-trie" / "gen-devnet-6.csv").read_text())
    with (folder / "kaustinen6" / "payloads_1_500.jsonl.zst").open("rb") as packed:
        text = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(packed))
        payloads = [json.loads(line) for line in text][1:]
    for payload in payloads:
        witness = payload["execution_witness"]
        asked, created = _stems(witness)
        if len(asked) >= MIN_STEMS:
            unseen = max(0, stems - sum(bucket.present for _, bucket in asked))
            shapes = [VerkleShape(asked, unseen, Draws(seed)) for seed in range(SEEDS)]
            predicted = statistics.fmean(sum(shape.parts(IPA).values()) for shape in shapes)
            yield f"block {payload['block_number']}", _bytes(witness), predicted
        stems += created


def genesis_stems(leaves: str) -> int:
    """How many stems the genesis state has, given its keys and values, a pair a line."""
    lines = (line.partition(",")[0].removeprefix("0x") for line in leaves.splitlines())
    return len({line[: 2 * STEM_BYTES] for line in lines if line})


def _stems(witness: dict[str, Any]) -> tuple[list[tuple[bytes, Bucket]], int]:
    """What the block asked for, by stem; and how many stems it created."""
    proof = witness["verkleProof"]
    endings = bytes.fromhex(proof["depthExtensionPresent"].removeprefix("0x"))
    found, created = [], 0
    for diff, ending in zip(witness["stateDiff"], endings, strict=True):
        bucket = Bucket()
        is_there = ending & 7 == PRESENT
        for suffix in diff["suffixDiffs"]:
            bucket.touched[int(suffix["suffix"])] = suffix["currentValue"] is not None
        if is_there and not bucket.present:
            bucket.beside.add(0)
        written = any(suffix["newValue"] is not None for suffix in diff["suffixDiffs"])
        created += written and not is_there
        found.append((bytes.fromhex(diff["stem"].removeprefix("0x")), bucket))
    return found, created


def _bytes(witness: dict[str, Any]) -> int:
    """Of what the witness holds before the block, without the frame of a format."""
    proof = witness["verkleProof"]
    suffixes = [suffix for diff in witness["stateDiff"] for suffix in diff["suffixDiffs"]]
    stems = len(witness["stateDiff"])
    return (
        IPA.proof
        + IPA.commitment * len(proof["commitmentsByPath"])
        + STEM_BYTES * (stems + len(proof["otherStems"] or []))
        + stems
        + len(suffixes)
        + 32 * sum(suffix["currentValue"] is not None for suffix in suffixes)
    )
