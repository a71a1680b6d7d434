"""Chains for the networks that official suites name, such as ``Cancun`` or ``XToYAtTime15k``."""

import re
from typing import Any

FORKS = [
    ("Homestead", "homesteadBlock"),
    ("Dao", "daoForkBlock"),
    ("EIP150", "eip150Block"),
    ("EIP158", "eip158Block"),
    ("Byzantium", "byzantiumBlock"),
    ("Constantinople", "constantinopleBlock"),
    ("ConstantinopleFix", "petersburgBlock"),
    ("Istanbul", "istanbulBlock"),
    ("MuirGlacier", "muirGlacierBlock"),
    ("Berlin", "berlinBlock"),
    ("London", "londonBlock"),
    ("ArrowGlacier", "arrowGlacierBlock"),
    ("GrayGlacier", "grayGlacierBlock"),
    ("Paris", "mergeNetsplitBlock"),
    ("Shanghai", "shanghaiTime"),
    ("Cancun", "cancunTime"),
    ("Prague", "pragueTime"),
    ("Osaka", "osakaTime"),
    ("BPO1", "bpo1Time"),
    ("BPO2", "bpo2Time"),
    ("BPO3", "bpo3Time"),
    ("BPO4", "bpo4Time"),
    ("BPO5", "bpo5Time"),
    ("Amsterdam", "amsterdamTime"),
]
NAMES = ["Frontier", *(name for name, _ in FORKS)]
# Only a network that says so takes part in the DAO fork; blob-parameter forks are named.
OPTIONAL = {"Dao", "BPO1", "BPO2", "BPO3", "BPO4", "BPO5"}
TRANSITION = re.compile(r"^(\w+?)To(\w+?)At(Time|Diff)?([0-9A-F]+k?)$")
ALIASES = {"Merge": "Paris", "TangerineWhistle": "EIP150", "SpuriousDragon": "EIP158"}


def genesis_config(network: str, config: dict[str, Any]) -> dict[str, Any]:
    """The ``config`` of a genesis file for ``network``; blob parameters come from the test."""
    match = TRANSITION.match(network)
    before, after = (match[1], match[2]) if match else (network, network)
    start = transition_start(match) if match else 0
    before, after = ALIASES.get(before, before), ALIASES.get(after, after)
    first, last = NAMES.index(before), NAMES.index(after)
    chosen: dict[str, Any] = {"chainId": int(config.get("chainid", "0x01"), 16)}
    for index, (name, key) in enumerate(FORKS, start=1):
        if index > last or (name in OPTIONAL and name not in {before, after} and index > first):
            continue
        if name == "Dao" and name not in {before, after}:
            continue
        chosen[key] = 0 if index <= first else start
    if "daoForkBlock" in chosen:
        chosen["daoForkSupport"] = True
    blobs = {
        name.lower(): {
            "target": int(entry["target"], 16),
            "max": int(entry["max"], 16),
            "baseFeeUpdateFraction": int(entry["baseFeeUpdateFraction"], 16),
        }
        for name, entry in config.get("blobSchedule", {}).items()
    }
    if blobs:
        chosen["blobSchedule"] = blobs
    return chosen


def transition_start(match: re.Match[str]) -> int:
    """Block or timestamp at which a transition happens; the merge's is found by difficulty."""
    kind, value = match[3], match[4]
    if kind == "Time":
        return int(value.removesuffix("k")) * 1000
    return 0 if kind == "Diff" else int(value)


def terminal_difficulty(network: str) -> int | None:
    """Total difficulty at which the network merges, if its name says so."""
    match = TRANSITION.match(network)
    return int(match[4], 16) if match and match[3] == "Diff" else None
