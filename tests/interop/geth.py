"""geth's own stateless execution, `core.ExecuteStateless`, as the benchmarks' harness runs it."""

import json
import subprocess
from dataclasses import dataclass

from bench.contestants import GETH

# Files that one process is given.
BATCH = 500


@dataclass(frozen=True)
class Verdict:
    """What geth says of a block: ``error`` is empty where it finds it valid."""

    name: str
    error: str


def task(name, block, witness, **rules):
    """A block as the harness reads it; ``rules`` is `chainId`, `network` or `config`."""
    content = {"blockRlp": "0x" + block.hex(), "witness": json.loads(witness.to_json())}
    return {"name": name, **rules, **content}


def verdicts(tasks, folder):
    """geth's verdict on each of the blocks, in their order."""
    files = []
    for index, block in enumerate(tasks):
        files.append(folder / f"{index}.json")
        files[-1].write_text(json.dumps(block))
    found = []
    for start in range(0, len(files), BATCH):
        command = [str(GETH), "--json", "--repeat", "1", *map(str, files[start : start + BATCH])]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        found += [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["name"] for line in found] == [block["name"] for block in tasks]
    return [Verdict(line["name"], line.get("error", line.get("skipped", ""))) for line in found]
