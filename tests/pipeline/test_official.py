"""Official tests through the pipeline: sequencer, verifier, replica."""

from tests.conformance import exceptions, suite
from tests.conformance.case import Failed
from tests.pipeline.official_case import Pipeline
from weakstate import WeakstateError


def test_every_case_of_the_dev_suite(official):
    count = 0
    for file in suite.files(official("dev")):
        for name, test in suite.tests(file).items():
            if exceptions.find(name, test["network"], "unsupported_fork"):
                continue
            try:
                Pipeline(test).run()
            except (Failed, WeakstateError) as error:
                raise AssertionError(f"{name}: {error}") from error
            count += 1
    assert count > 2000
