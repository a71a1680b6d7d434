"""Official BlockchainTests over trees of leaves, sealed anew: all but the roots of the headers."""

import os
from collections import Counter

import pytest

from tests.conformance import exceptions
from tests.conformance.run import How, run_suites
from weakstate.trees.binary import PROFILES


def run(folder, scheme, drops):
    outcomes = list(run_suites([folder], os.cpu_count() or 1, How(scheme=scheme, drops=drops)))
    failed = [
        f"{outcome.name}: {outcome.reason}" for outcome in outcomes if outcome.status == "failed"
    ]
    assert not failed, "\n".join(failed[:20])
    return Counter(outcome.reason for outcome in outcomes)


@pytest.mark.parametrize("scheme", ["verkle", *PROFILES])
@pytest.mark.parametrize("drops", [1, pytest.param(None, marks=pytest.mark.full)])
def test_every_case_of_the_dev_suite(official, scheme, drops):
    reasons = run(official("dev"), scheme, drops)
    assert reasons.pop("") == 637
    # The list of exceptions is no longer than needed: every row stands for a case.
    assert reasons.keys() == {row.reason for row in exceptions.of_scheme(scheme)}
    codes = Counter()
    for row in exceptions.of_scheme(scheme):
        codes[row.code] += reasons.pop(row.reason, 0)
    assert codes == {"unsupported_fork": 1649, "malformed_field": 28, "wrong_gas_used": 2}


@pytest.mark.full
@pytest.mark.parametrize("scheme", ["verkle", *PROFILES])
def test_every_case_of_the_long_suite(official, scheme):
    assert run(official("dev-full"), scheme, 1).total() == 75_200
