"""Official blocks are built anew: to the byte, or without the transaction that is refused."""

from collections import Counter

from tests.conformance import exceptions, suite
from tests.conformance.case import Failed
from tests.pipeline.rebuild import Rebuild
from weakstate import WeakstateError


def test_every_block_of_the_dev_suite(official):
    counts = Counter()
    for file in suite.files(official("dev")):
        for name, test in suite.tests(file).items():
            if exceptions.find(name, test["network"], "unsupported_fork"):
                continue
            case = Rebuild(test)
            try:
                case.run()
            except (Failed, WeakstateError) as error:
                raise AssertionError(f"{name}: {error}") from error
            counts += case.counts
    # Ommers are never built.
    assert counts == {"rebuilt": 2330, "mended": 543, "hopeless": 119, "with ommers": 34}
