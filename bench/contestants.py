"""Who is measured: weakstate, and the peers' harnesses, built if they are missing."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
OUT = ROOT / "bench" / "out"
GETH = OUT / "geth-stateless"
ETHREX = OUT / "ethrex" / "release" / "ethrex-stateless"


@dataclass(frozen=True)
class Contestant:
    """A verifier that can be timed from the outside."""

    name: str
    harness: list[str]  # takes --repeat N --json FILE…
    whole_process: list[str]  # takes FILE, verifies it once
    build: list[str] = field(default_factory=list)
    build_folder: Path = ROOT

    @property
    def program(self) -> Path:
        """The harness's executable."""
        return Path(self.harness[0])


WEAKSTATE = Contestant(
    "weakstate",
    [sys.executable, "-m", "bench.ours"],
    [str(Path(sys.executable).with_name("weakstate")), "verify"],
)
PEERS = [
    Contestant(
        "geth",
        [str(GETH)],
        [str(GETH), "--cold"],
        ["go", "build", "-o", str(GETH), "."],
        ROOT / "bench" / "peers" / "geth",
    ),
    Contestant(
        "ethrex",
        [str(ETHREX)],
        [str(ETHREX), "--cold"],
        ["cargo", "build", "--release", "--target-dir", str(OUT / "ethrex")],
        ROOT / "bench" / "peers" / "ethrex",
    ),
]

# Makes chains and imports them: measured by bench.sequencer.
GETH_CHAIN = Contestant(
    "geth-chain",
    [str(OUT / "geth-chain"), "import"],
    [],
    ["go", "build", "-o", str(OUT / "geth-chain"), "./chain"],
    ROOT / "bench" / "peers" / "geth",
)


def contestants() -> list[Contestant]:
    """weakstate first, then each peer whose harness is there or can be built."""
    return [WEAKSTATE, *(peer for peer in PEERS if is_built(peer))]


def is_built(peer: Contestant) -> bool:
    """Whether a peer's harness is there, once it was built if it could be."""
    if _is_fresh(peer):
        return True
    if shutil.which(peer.build[0]) is None:
        print(f"no {peer.build[0]} on this machine: {peer.name} is left out", file=sys.stderr)
        return False
    print(f"building the harness of {peer.name}", file=sys.stderr)
    OUT.mkdir(exist_ok=True)
    if subprocess.run(peer.build, cwd=peer.build_folder, check=False).returncode != 0:
        print(f"{peer.name} did not build and is left out", file=sys.stderr)
        return False
    os.utime(peer.program)  # cargo leaves it as it is if nothing that counts has changed
    return True


def _is_fresh(peer: Contestant) -> bool:
    """Whether the harness is there, and no older than what it is built from."""
    if not peer.program.exists():
        return False
    built = peer.program.stat().st_mtime
    sources = (file for file in peer.build_folder.rglob("*") if file.is_file())
    return all(
        source.stat().st_mtime <= built
        for source in sources
        if source.suffix in {".go", ".rs", ".toml", ".lock", ".mod", ".sum"}
    )
