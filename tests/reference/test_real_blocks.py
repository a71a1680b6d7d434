"""Blocks of Ethereum and its testnets, from Frontier to BPO2, hold by their witnesses."""

import pytest
import rlp
from eth_hash.auto import keccak

from tests.data import from_hex, real_blocks
from tests.reference.reference_chain import PublicChain
from weakstate.errors import NotWitnessed
from weakstate.verifier.reference import ReferenceAnchor, ReferenceWitness, verify_reference

# Nodes that each block needs, of those in its file; found before by another program.
NEEDED_NODES = {
    "ethereum/15537394-zeth": (1264, 1264),
    "ethereum/19426587-zeth": (1060, 1064),
    "ethereum/19840104-zk_evm": (26, 73),
    "ethereum/20612842-raiko": (705, 710),
    "ethereum/21429063-zisk": (752, 752),
    "ethereum/21688509-keth": (666, 671),
    "ethereum/23587691-sbv": (860, 863),
    "ethereum/24628607-zisk": (3840, 3853),
    "holesky/2971844-sbv": (41, 47),
    "holesky/2971846-sbv": (761, 767),
    "hoodi/1265656-ethrex-replay": (1700, 1704),
}
SLOW = {"ethereum/24628607-zisk"}
HOLED = "hoodi/1151683-geth-keeper"


def read(block):
    """What the engine takes, from a block's file; without headers the root is trusted."""
    content = block.json()
    parts = content["witness"]
    nodes, codes, headers = (
        [from_hex(value) for value in parts[part]] for part in ("state", "codes", "headers")
    )
    encoded = from_hex(content["blockRlp"])
    if headers:
        anchor = ReferenceAnchor("hash", rlp.decode(encoded)[0][0])
    else:
        hashes = [from_hex(value) for value in parts["blockHashes"]]
        anchor = ReferenceAnchor("state_root", from_hex(content["preStateRoot"]), hashes)
    return content, anchor, encoded, ReferenceWitness(nodes, codes, headers)


def params():
    blocks = [block for block in real_blocks() if block.name != HOLED]
    marks = {name: [pytest.mark.full] for name in SLOW}
    return [
        pytest.param(block, id=block.name, marks=marks.get(block.name, [])) for block in blocks
    ] or [None]


@pytest.mark.parametrize("real_block", params(), indirect=True)
def test_a_real_block_holds_and_needs_the_known_nodes(real_block):
    content, anchor, encoded, witness = read(real_block)
    verified = verify_reference(PublicChain(content["chainId"]), anchor, encoded, witness)

    assert verified.block_hash == from_hex(content["blockHash"])
    assert verified.pre_state_root == from_hex(content["preStateRoot"])
    assert verified.post_state_root == from_hex(content["postStateRoot"])
    counts = (len(verified.needed_nodes), len(witness.nodes))
    assert counts == NEEDED_NODES.get(real_block.name, counts)
    statuses = {check.name: check.status for check in verified.checks}
    assert statuses["pre_state_root"] == ("proven" if witness.headers else "trusted")
    assert statuses["timestamp"] == ("proven" if witness.headers else "skipped")


@pytest.mark.parametrize("name", ["ethereum/1317742-nimbus", "holesky/2971846-sbv"])
def test_the_needed_parts_alone_suffice(data_dir, name):
    [block] = [block for block in real_blocks() if block.name == name]
    content, anchor, encoded, witness = read(block)
    chain = PublicChain(content["chainId"])
    verified = verify_reference(chain, anchor, encoded, witness)
    minimal = ReferenceWitness(
        [node for node in witness.nodes if keccak(node) in verified.needed_nodes],
        [code for code in witness.codes if keccak(code) in verified.needed_codes],
        [header for header in witness.headers if keccak(header) in verified.needed_headers],
    )
    assert len(minimal.nodes) < len(witness.nodes) or len(minimal.codes) < len(witness.codes)
    again = verify_reference(chain, anchor, encoded, minimal)
    assert again.needed_nodes == verified.needed_nodes
    assert again.post_state_root == verified.post_state_root


def test_a_witness_without_a_proof_of_absence_is_refused(data_dir):
    """Its maker read the account as absent, but the witness does not prove it."""
    [block] = [block for block in real_blocks() if block.name == HOLED]
    content, anchor, encoded, witness = read(block)
    with pytest.raises(NotWitnessed) as refusal:
        verify_reference(PublicChain(content["chainId"]), anchor, encoded, witness)
    assert refusal.value.code == "account_not_witnessed"
    assert "0x00d8b9e957becc0978a9882f0cd5e776cd7c5b20" in refusal.value.at
