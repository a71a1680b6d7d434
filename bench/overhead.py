"""What stands beside verifying: reading the input, and the way through Python.

    python -m bench.overhead COLD_FILE ONE_MGAS_FILE

prints one JSON object.
"""

import gc
import gzip
import json
import statistics
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from weakstate._native import Anchor, Block, Chain, Witness, read, verify

REPEAT = 31


def main() -> None:
    """Measure reading one file and the overhead on another."""
    file, small = map(Path, sys.argv[1:])
    print(json.dumps({"reading": reading(file), "python": python_overhead(small)}))


def reading(file: Path) -> dict[str, Any]:
    """CPU milliseconds from a gzipped JSON file to byte strings, here and by CPython alone."""
    packed = file.read_bytes()
    plain = gzip.decompress(packed)
    (item,) = read(packed)
    witness_bytes = item.witness.bytes if item.witness else 0
    parse, both, python_parse, python_gunzip = _medians(
        [
            lambda: read(plain),
            lambda: read(packed),
            lambda: _parse(plain),
            lambda: zlib.decompress(packed, wbits=31),
        ]
    )
    return {
        "witness_bytes": witness_bytes,
        "json_bytes": len(plain),
        "gzip_bytes": len(packed),
        "weakstate_ms": {"parse": parse, "gunzip": round(both - parse, 3), "both": both},
        "cpython_ms": {
            "parse": python_parse,
            "gunzip": python_gunzip,
            "both": round(python_parse + python_gunzip, 3),
        },
    }


def _parse(plain: bytes) -> list[bytes]:
    content = json.loads(plain)
    witness = content["witness"]
    texts = [content["blockRlp"], *witness["state"], *witness["codes"], *witness["headers"]]
    return [bytes.fromhex(text[2:]) for text in texts]


def _medians(tasks: list[Callable[[], object]]) -> list[float]:
    """CPU milliseconds of each task, taken in turn."""
    samples: list[list[float]] = [[] for _ in tasks]
    gc.disable()
    for _ in range(REPEAT):
        for task, taken in zip(tasks, samples, strict=True):
            start = time.process_time_ns()
            result = task()
            del result
            taken.append((time.process_time_ns() - start) / 1e6)
    gc.enable()
    return [round(statistics.median(taken), 3) for taken in samples]


def python_overhead(file: Path) -> dict[str, float]:
    """Wall milliseconds of a call, against what the engine itself says it took."""
    (item,) = read(file.read_bytes())
    if item.block is None or item.witness is None or item.chain_id is None:
        raise ValueError(f"{file} has no block with a witness")
    chain = Chain.builtin(item.chain_id)
    anchor = Anchor.hash(Block.from_rlp(item.block).header.parent_hash)
    nodes, codes, headers = item.witness.nodes, item.witness.codes, item.witness.headers
    call, engine, construct = [], [], []
    for _ in range(REPEAT * 4):
        start = time.perf_counter()
        witness = Witness(nodes, codes, headers)
        made = time.perf_counter()
        verified = verify(chain, anchor, item.block, witness)
        done = time.perf_counter()
        construct.append((made - start) * 1000)
        call.append((done - made) * 1000)
        engine.append(verified.milliseconds["total"])
    extra = [whole - inner for whole, inner in zip(call, engine, strict=True)]
    return {
        "gas": verified.gas_used,
        "call_ms": round(statistics.median(call), 4),
        "engine_ms": round(statistics.median(engine), 4),
        "overhead_ms": round(statistics.median(extra), 4),
        "overhead_percent": round(100 * statistics.median(extra) / statistics.median(engine), 2),
        "witness_constructor_ms": round(statistics.median(construct), 4),
    }


if __name__ == "__main__":
    main()
