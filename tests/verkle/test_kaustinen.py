"""Real blocks of a Verkle network, re-executed from themselves and their witnesses alone."""

import json

import pytest
import zstandard

import weakstate
from tests.cli.helpers import run
from tests.data import data_folder
from weakstate import Anchor, Block, Chain, InvalidWitness, Witness, verify

OTHER_VALUE = "0x" + "77" * 32
BUSY = 73
"""A block of 101 transactions, most of them creations."""


@pytest.fixture(scope="module")
def folder():
    return data_folder() / "verkle" / "kaustinen6"


@pytest.fixture(scope="module")
def genesis(folder):
    return (folder / "genesis.json").read_bytes()


@pytest.fixture(scope="module")
def payloads(folder):
    packed = (folder / "payloads_1_500.jsonl.zst").read_bytes()
    text = zstandard.ZstdDecompressor().decompressobj().decompress(packed)
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def chain(genesis):
    return Chain.from_genesis(genesis)


@pytest.fixture(scope="module")
def busy(payloads):
    """A busy block with its witness, and the header of its parent."""
    items = weakstate.read("\n".join(json.dumps(p) for p in payloads[BUSY - 1 : BUSY + 1]).encode())
    return items[1], Block.from_rlp(items[0].block).header


def test_the_network_is_known_by_its_genesis(chain, genesis, payloads):
    assert (chain.name, chain.scheme) == ("kaustinen6", "verkle")
    assert (chain.embedding, chain.gas) == ("five-leaf", "kaustinen6")
    header = chain.genesis_header(genesis)
    assert f"0x{header.hash.hex()}" == payloads[1]["parent_hash"]
    other = json.loads(genesis)
    other["gasLimit"] = "0x1"
    assert Chain.from_genesis(json.dumps(other).encode()).scheme == "mpt"


def test_all_blocks_are_valid(folder):
    ran = run(
        "verify",
        "--json",
        folder / "payloads_1_500.jsonl.zst",
        "--chain",
        folder / "genesis.json",
    )
    assert ran.code == 0
    assert [found["number"] for found in ran.objects] == list(range(1, 501))
    assert {found["verdict"] for found in ran.objects} == {"valid"}


@pytest.mark.parametrize("value", [None, OTHER_VALUE])
def test_values_of_after_the_block_are_no_input(payloads, chain, genesis, value):
    """Without them, and with others in their place, the same roots come out."""
    lines = []
    for payload in payloads:
        changed = json.loads(json.dumps(payload))
        for stem in changed["execution_witness"]["stateDiff"]:
            for suffix in stem["suffixDiffs"]:
                suffix["newValue"] = value
        lines.append(json.dumps(changed))
    items = weakstate.read("\n".join(lines).encode())
    assert len(items) == 500
    anchor = Anchor.header(chain.genesis_header(genesis).rlp)
    roots = [
        f"0x{verified.post_state_root.hex()}"
        for verified in weakstate.verify_many(chain, anchor, items)
    ]
    assert roots == [payload["state_root"] for payload in payloads[1:]]


def test_no_value_of_before_can_be_another(busy, chain):
    item, parent = busy
    for changed in altered(item.witness.to_verkle_json()):
        [witness] = [found.witness for found in weakstate.read(changed.encode())]
        with pytest.raises(InvalidWitness) as caught:
            verify(chain, Anchor.header(parent.rlp), item.block, witness)
        assert caught.value.code in ("wrong_proof", "malformed_proof")


def altered(text):
    """The witness with one value of before, or one part of the proof, changed at a time."""
    count = len(json.loads(text)["stateDiff"])
    for index in range(0, count, 7):
        witness = json.loads(text)
        witness["stateDiff"][index]["suffixDiffs"][0]["currentValue"] = OTHER_VALUE
        yield json.dumps(witness)
    witness = json.loads(text)
    del witness["stateDiff"][1]
    yield json.dumps(witness)
    witness = json.loads(text)
    witness["verkleProof"]["commitmentsByPath"].pop()
    yield json.dumps(witness)


def test_a_witness_of_another_block_is_refused(busy, payloads, chain):
    item, parent = busy
    other = json.dumps(payloads[BUSY + 1]["execution_witness"]).encode()
    [witness] = [found.witness for found in weakstate.read(other)]
    with pytest.raises(InvalidWitness):
        verify(chain, Anchor.header(parent.rlp), item.block, witness)


def test_nodes_beside_a_proof_are_refused(busy, chain):
    item, parent = busy
    witness = Witness([b"\x80"], [], [], proof=item.witness.proof)
    with pytest.raises(InvalidWitness, match="malformed_proof"):
        verify(chain, Anchor.header(parent.rlp), item.block, witness)
