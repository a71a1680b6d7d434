"""What was measured on: figures of one machine say little about another."""

import os
import platform
import re
from pathlib import Path
from typing import Any

from weakstate import __version__


def describe() -> dict[str, Any]:
    """Processor, system and interpreter."""
    return {
        "cpu": cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "weakstate": __version__,
    }


def cpu_model() -> str:
    """The processor's name."""
    found = re.search(r"^model name\s*:\s*(.+)$", _cpuinfo(), re.MULTILINE)
    return found[1] if found else "unknown"


def cpu_features() -> set[str]:
    """The instruction sets that the processor has."""
    found = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", _cpuinfo(), re.MULTILINE)
    return set(found[1].split()) if found else set()


def _cpuinfo() -> str:
    return Path("/proc/cpuinfo").read_text()


def use_one_core() -> int:
    """Pin this process, and those that it starts, to the last core it may use."""
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return core
