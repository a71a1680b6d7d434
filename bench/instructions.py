"""How many instructions one verification takes, counted by valgrind's callgrind.

    python -m bench.instructions FILE

verifies the block of FILE once, on a thread of its own; that is what callgrind is run on.
Callgrind counts each thread by itself, so the interpreter's start and the reading of the file
are not in the count.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from bench import machine
from bench.contestants import ROOT

# Instruction sets that change which code is run. Valgrind shows a program those of the
# processor that it can emulate: AVX-512 and SHA are not among them.
FEATURES = {"avx", "avx2", "bmi1", "bmi2", "adx", "f16c", "fma", "sse4_2", "rdrand"}


class CountError(Exception):
    """Callgrind did not count."""


def available() -> bool:
    """Whether valgrind is installed."""
    return shutil.which("valgrind") is not None


def conditions() -> dict[str, str]:
    """On what a count depends beside the source code; counts under others do not compare."""
    version = subprocess.run(["valgrind", "--version"], check=True, capture_output=True, text=True)
    return {
        "machine": platform.machine(),
        "features": " ".join(sorted(FEATURES & machine.cpu_features())),
        "libc": " ".join(platform.libc_ver()),
        "rustc": _compiler(),
        "valgrind": version.stdout.strip().removeprefix("valgrind-"),
    }


def _compiler() -> str:
    """The commit of the Rust compiler that built the engine, from its messages' paths."""
    from weakstate import _native

    found = re.search(rb"/rustc/([0-9a-f]{12})", Path(_native.__file__).read_bytes())
    return found[1].decode() if found else "unknown"


def count(file: Path) -> int:
    """Instructions of the first verification of a block in a process. Raises: CountError."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "counts"
        command = [
            "valgrind",
            "--tool=callgrind",
            "--separate-threads=yes",
            f"--callgrind-out-file={output}",
            *(sys.executable, "-m", "bench.instructions", str(file)),
        ]
        environment = os.environ | {"PYTHONHASHSEED": "0"}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True
        )
        # The first thread is the interpreter's, the second the verification's.
        counts = Path(f"{output}-02")
        if done.returncode != 0 or not counts.exists():
            raise CountError(done.stderr.strip()[-2000:])
        found = re.search(r"^totals: (\d+)$", counts.read_text(), re.MULTILINE)
        if found is None:
            raise CountError(f"no total in {counts.name}")
        return int(found[1])


def main() -> None:
    """Verify one block once."""
    from weakstate._native import Anchor, Block, Chain, read, verify

    (item,) = read(Path(sys.argv[1]).read_bytes())
    if item.block is None or item.witness is None or item.chain_id is None:
        raise SystemExit("the file has no block with a witness")
    anchor = Anchor.hash(Block.from_rlp(item.block).header.parent_hash)
    arguments = (Chain.builtin(item.chain_id), anchor, item.block, item.witness)
    thread = threading.Thread(target=verify, args=arguments)
    thread.start()
    thread.join()


if __name__ == "__main__":
    main()
