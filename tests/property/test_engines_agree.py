"""The native and the reference engine agree: verdicts, roots, gas, receipts, needed nodes."""

import functools
import zlib

import pytest

import weakstate
from tests.conformance import exceptions, suite
from tests.conformance.case import Failed
from tests.data import real_blocks
from tests.property.engines import both
from tests.property.whole_witness import WholeWitness
from weakstate import Anchor, Chain, NotWitnessed, WeakstateError

HOLED = "hoodi/1151683-geth-keeper"
SLOW = {"ethereum/24628607-zisk", "ethereum/15537394-zeth", "ethereum/4370000-zeth"}
# Of the suite, every case whose name's checksum is a multiple of this; all of it in full runs.
SAMPLE = 16


def read(block):
    """What verification takes, from a block's file."""
    [item] = weakstate.read(block.path)
    parent_hash = weakstate.Block.from_rlp(item.block).header.parent_hash
    if item.witness.headers:
        anchor = Anchor.hash(parent_hash)
    else:
        anchor = Anchor.state_root(item.pre_state_root, item.block_hashes)
    return Chain.builtin(item.chain_id), anchor, item.block, item.witness


def params():
    return [
        pytest.param(block, id=block.name, marks=[pytest.mark.full] if block.name in SLOW else [])
        for block in real_blocks()
    ] or [None]


@pytest.mark.parametrize("real_block", params(), indirect=True)
def test_on_a_real_block(real_block):
    if real_block.name == HOLED:
        with pytest.raises(NotWitnessed, match="account_not_witnessed"):
            both(*read(real_block))
    else:
        both(*read(real_block))


# Where a frame runs out of gas in the very instruction that reads the state, the interpreter
# may read before it charges, or charge before it reads, and the specification the other way
# round. The verdict is the same; a code or node more or less is asked for.
CHARGES_IN_ANOTHER_ORDER = {
    "AmIOnEIP150",
    "CallAndCallcodeConsumeMoreGasThenTransactionHasWithMemExpandingCalls",
    "CallWithNOTZeroValueToPrecompileFromTransaction",
    "ContractStoreClearsOOG",
    "EIP150Transition",
    "ExecuteCallThatAskMoreGasThenTransactionHasWithMemExpandingCalls",
    "RevertDepthCreateAddressCollision",
    "contractCreationMakeCallThatAskMoreGasThenTransactionProvided",
    "static_InternalCallHittingGasLimit",
    "test_coverage[fork_Homestead",
}


def run_cases(folder, wanted):
    count = 0
    for file in suite.files(folder):
        for name, test in suite.tests(file).items():
            if not wanted(name) or exceptions.find(name, test["network"], "unsupported_fork"):
                continue
            exact = not any(part in name for part in CHARGES_IN_ANOTHER_ORDER)
            try:
                WholeWitness(test, functools.partial(both, exact=exact)).run()
            except (Failed, WeakstateError, AssertionError) as error:
                raise AssertionError(f"{name}: {error}") from error
            count += 1
    return count


def test_on_a_sample_of_the_official_suite(official):
    assert run_cases(official("dev"), lambda name: zlib.crc32(name.encode()) % SAMPLE == 0) > 100


@pytest.mark.full
def test_on_the_official_suite(official):
    assert run_cases(official("dev"), lambda name: True) > 2000
