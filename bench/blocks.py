"""The recorded blocks that are measured, and where their files are."""

import os
from pathlib import Path

# The six of which the project's speed promises speak; hoodi's is reported beside them.
DEV_BLOCKS = [
    ("ethereum", 15537394),
    ("ethereum", 19426587),
    ("ethereum", 20612842),
    ("ethereum", 21429063),
    ("ethereum", 21688509),
    ("ethereum", 24628607),
]
EXTRA_BLOCKS = [("hoodi", 1265656)]
COLD_BLOCK = ("ethereum", 24628607)
ONE_MGAS_BLOCK = ("ethereum", 21688509)

# First mainnet block after the merge: the test networks were merged from their start.
PARIS = 15537394
# Its witness lacks one account, so it cannot be verified (see the data folder's README).
UNWITNESSED = ("hoodi", 1151683)


class NoDataError(Exception):
    """The data folder is not there."""


def data_folder() -> Path:
    """The folder that WEAKSTATE_DATA names. Raises: NoDataError."""
    path = os.environ.get("WEAKSTATE_DATA")
    if not path:
        raise NoDataError("needs the data folder of recorded blocks: set WEAKSTATE_DATA")
    return Path(path)


def block_file(chain: str, number: int) -> Path:
    """The file of a recorded block. Raises: NoDataError."""
    found = sorted(data_folder().joinpath("blocks", chain).glob(f"{number}-*.json.gz"))
    if not found:
        raise NoDataError(f"the data folder has no block {number} of {chain}")
    return found[0]


def blocks_since_paris() -> list[Path]:
    """Files of all blocks since Paris that can be verified, chain by chain in order."""
    files = []
    for chain in ("ethereum", "holesky", "hoodi"):
        folder = data_folder() / "blocks" / chain
        numbered = sorted((int(file.name.split("-")[0]), file) for file in folder.glob("*.json.gz"))
        first = PARIS if chain == "ethereum" else 0
        files += [
            file for number, file in numbered if number >= first and (chain, number) != UNWITNESSED
        ]
    return files
