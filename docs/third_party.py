"""Write docs/third-party.md: what the wheel is built from, and under which licences.

``python docs/third_party.py`` rewrites the page; with ``--check`` it only compares.
"""

import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).with_name("third-party.md")
MANIFEST = PAGE.parent.parent / "native" / "Cargo.toml"

HEAD = """# Third-party software

Written by `python docs/third_party.py`; `make lint` checks that it is up to date.

weakstate itself is licensed under MIT or Apache-2.0, at your choice.

## Python packages

Installed beside weakstate, not contained in it.

| package | licence | when |
|---|---|---|
| click | BSD-3-Clause | always |
| msgpack | Apache-2.0 | always |
| zstandard | BSD-3-Clause | always |
| ethereum-execution | CC0-1.0 | extra `reference` |
| blake3 | CC0-1.0 or Apache-2.0 | extra `reference` |
| eth-hash | MIT | extra `reference` |
| pycryptodome | BSD-2-Clause and public domain | extra `reference` |
| rlp | MIT | extra `reference` |
| maturin | MIT or Apache-2.0 | extra `dev` |
| mypy | MIT | extra `dev` |
| py-ecc | MIT | extra `dev` |
| pytest | MIT | extra `dev` |
| ruff | MIT | extra `dev` |

## Rust crates

Compiled into `weakstate._native` on x86-64 Linux.

| crate | version | licence |
|---|---|---|
"""


def page() -> str:
    """The page as the lock file has it."""
    command = ["cargo", "tree", "--locked", "--manifest-path", str(MANIFEST)]
    command += ["--package", "weakstate-py", "--edges", "normal", "--prefix", "none"]
    command += ["--no-dedupe", "--target", "x86_64-unknown-linux-gnu", "--format", "{p}|{l}"]
    tree = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows = set()
    for line in tree.splitlines():
        crate, licence = line.split("|")
        name, version = crate.split()[:2]
        if not name.startswith("weakstate-"):
            rows.add((name, version.removeprefix("v"), licence.replace("/", " OR ")))
    return HEAD + "".join(f"| {' | '.join(row)} |\n" for row in sorted(rows))


def main() -> int:
    """Write or compare."""
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page(), encoding="utf-8")
    elif page() != PAGE.read_text(encoding="utf-8"):
        print(f"{PAGE.name} is out of date: run python docs/third_party.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
