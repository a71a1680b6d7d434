"""Official blockchain tests of every fork hold statelessly; `full` runs all of `eftests/dev`."""

import json
import random
from collections import defaultdict

import pytest

from tests.reference.official_case import OfficialCase

UNSUPPORTED = {
    "Amsterdam": "the specification has no package for it yet",
    "BPO2ToAmsterdamAtTime15k": "as Amsterdam",
    "Constantinople": "EIP-1283 never held on a public chain",
    "ArrowGlacierToParisAtDiffC0000": "the merge by total difficulty cannot be seen statelessly",
}
SLOW = "tstore_wide_address_space"  # most of a minute


def cases(folder):
    """The supported cases by network, in an order that is random but always the same."""
    by_network = defaultdict(list)
    for line in folder.joinpath("index.jsonl").read_text().splitlines():
        case = json.loads(line)
        if case["network"] not in UNSUPPORTED and SLOW not in case["name"]:
            by_network[case["network"]].append(case)
    for network in sorted(by_network):
        random.Random(1).shuffle(by_network[network])
    return by_network


def run(folder, chosen):
    wrong = []
    ran = 0
    for case in chosen:
        content = json.loads(folder.joinpath(case["path"]).read_text())[case["name"]]
        if "genesisRLP" in content:
            ran += 1
            wrong += [f"{case['name']}: {line}" for line in OfficialCase(content).run()]
    assert not wrong, "\n".join(wrong)
    return ran


def test_some_cases_of_every_network(official):
    folder = official("dev") / "dev"
    chosen = [case for found in cases(folder).values() for case in found[:3]]
    assert run(folder, chosen) >= 60


@pytest.mark.full
def test_all_cases(official):
    folder = official("dev") / "dev"
    chosen = [case for found in cases(folder).values() for case in found]
    assert run(folder, chosen) >= 2_000
