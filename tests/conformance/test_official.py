"""Official BlockchainTests through the pipeline: every root, every class of refusal."""

import os
from collections import Counter

import pytest

from tests.conformance import exceptions
from tests.conformance.run import run_suites


def run(folder):
    outcomes = list(run_suites([folder], os.cpu_count() or 1))
    failed = [
        f"{outcome.name}: {outcome.reason}" for outcome in outcomes if outcome.status == "failed"
    ]
    assert not failed, "\n".join(failed[:20])
    return Counter(outcome.status for outcome in outcomes), outcomes


def test_every_case_of_the_dev_suite(official):
    counts, outcomes = run(official("dev"))
    assert counts.total() == 2316
    # The list of exceptions is no longer than needed: every row stands for a case.
    needed = {outcome.reason for outcome in outcomes if outcome.status == "skipped"}
    assert needed == {row.reason for row in exceptions.of_scheme("mpt")}
    networks = {row.network for row in exceptions.of_scheme("mpt")}
    assert networks == {"Constantinople", "Amsterdam", "BPO2ToAmsterdamAtTime15k"}


@pytest.mark.full
@pytest.mark.parametrize(("suite", "cases"), [("dev-full", 75_200), ("bench", 322)])
def test_every_case_of_the_long_suites(official, suite, cases):
    counts, _ = run(official(suite))
    assert counts.total() == cases
