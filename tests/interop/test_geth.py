"""Minimised witnesses are all that geth needs.

geth opens the state root's node whether or not a block reads any state; we leave it out of the
witness of a block that does not, so those blocks are no task for it.
"""

import json
import zlib

import pytest

import weakstate
from bench.contestants import PEERS, is_built
from tests.conformance import exceptions, suite
from tests.conformance.pipeline import Pipeline
from tests.data import real_blocks
from tests.interop.geth import task, verdicts
from tests.pipeline.test_partial import minimised, params
from tests.pipeline.test_produce import BLOCKS, GENESIS
from weakstate import Chain, Header, State, Witness
from weakstate._native import keccak256_many

# Of the suite, every case whose name's checksum is a multiple of this; all of it in full runs.
SAMPLE = 8

# A creation over storage that no code or nonce goes with fails (EIP-7610); in geth it does not.
WITHOUT_EIP_7610 = {"RevertInCreateInInit", "create2collisionStorage"}


@pytest.fixture(scope="session", autouse=True)
def _geth():
    if not is_built(PEERS[0]):
        pytest.skip("needs geth's harness: there is no Go on this machine, or it did not build")


def test_real_blocks(data_dir, tmp_path):
    tasks = []
    for block in [parameter.values[0] for parameter in params()]:
        chain, anchor, rlp, witness = minimised(block)
        if anchor.kind == "hash":  # geth wants the parent's header
            tasks.append(task(block.name, rlp, witness, chainId=chain.chain_id))
    assert len(tasks) == 29
    refused = [verdict for verdict in verdicts(tasks, tmp_path) if verdict.error]
    assert not refused


def test_a_witness_without_the_state_root_is_refused(data_dir, tmp_path):
    [block] = [block for block in real_blocks() if block.name == "ethereum/1417555-nimbus"]
    chain, _, rlp, witness = minimised(block)
    root = Header.from_rlp(witness.headers[-1]).state_root
    nodes = [node for node in witness.nodes if keccak256_many([node]) != [root]]
    assert len(nodes) == witness.node_count - 1
    rootless = Witness(nodes, witness.codes, witness.headers)
    [verdict] = verdicts([task("rootless", rlp, rootless, chainId=chain.chain_id)], tmp_path)
    assert "missing trie node" in verdict.error


def test_our_own_chain(tmp_path):
    chain, config = Chain.from_genesis(GENESIS), json.loads(GENESIS)["config"]
    state = State.from_genesis(chain, GENESIS)
    tasks = []
    for path in BLOCKS:
        [item] = weakstate.read(path)
        produced = state.produce(chain, item.block)
        tasks.append(task(path.name, item.block, produced.witness, config=config))
        state.commit(produced)
    assert len(tasks) == 8
    assert not [verdict for verdict in verdicts(tasks, tmp_path) if verdict.error]


class Recorder(Pipeline):
    """Keeps what geth is to judge of a test."""

    def __init__(self, name, test):
        super().__init__(test)
        self.name = name
        self.tasks = []

    def judge(self, chain, parent, rlp):
        self.rlp = rlp
        return super().judge(chain, parent, rlp)

    def follow(self, produced):
        if produced.witness.node_count:
            self.tasks.append(task(self.name, self.rlp, produced.witness, network=self.network))
        super().follow(produced)


def judge_cases(folder, tmp_path, wanted):
    tasks = []
    for file in suite.files(folder):
        for name, test in suite.tests(file).items():
            if wanted(name) and not exceptions.find(name, test["network"], "unsupported_fork"):
                case = Recorder(name, test)
                case.run()
                tasks += case.tasks
    found = verdicts(tasks, tmp_path)
    refused = [verdict for verdict in found if verdict.error]
    unknown = [v for v in refused if not any(name in v.name for name in WITHOUT_EIP_7610)]
    assert not unknown
    return len(found), len(refused)


def test_a_sample_of_the_official_suite(official, tmp_path):
    blocks, _ = judge_cases(
        official("dev"), tmp_path, lambda name: zlib.crc32(name.encode()) % SAMPLE == 0
    )
    assert blocks > 100


@pytest.mark.full
def test_the_official_suite(official, tmp_path):
    blocks, refused = judge_cases(official("dev"), tmp_path, lambda name: True)
    assert blocks > 2000
    assert refused == 4
