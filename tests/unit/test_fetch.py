"""A block and its witness from a node, however it takes to be asked and whatever it gives."""

import json
from types import SimpleNamespace

import pytest

import weakstate
from tests import fake_node
from tests.cli.helpers import GENESIS
from tests.data import RealBlock, data_folder
from tests.fake_node import DIALECTS, WITNESS, FakeNode
from weakstate.witness.fetch import WAYS, Fetcher, fetch
from weakstate.witness.rpc import Node

CHAIN_ID = 1337


def held(sample):
    """What a node has of a sample."""
    return SimpleNamespace(block=sample.block.rlp, witness=sample.witness)


def node_of(samples, dialect="geth"):
    return FakeNode([held(sample) for sample in samples], CHAIN_ID, *DIALECTS[dialect])


@pytest.fixture
def node(samples):
    with node_of(samples) as fake:
        yield fake


def parts(witness):
    return witness.nodes, witness.codes


def verify(found):
    chain = weakstate.Chain.from_genesis(GENESIS.read_bytes())
    anchor = weakstate.Anchor.hash(found.block.header.parent_hash)
    return weakstate.verify(chain, anchor, found.block.rlp, found.witness)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_kind_of_node_gives_every_block(samples, dialect):
    with node_of(samples, dialect) as node:
        for sample in samples:
            for which in (sample.block.number, sample.block.hash):
                found = fetch(node.origin, which)
                assert found.chain_id == CHAIN_ID
                assert found.block.rlp == sample.block.rlp
                assert parts(found.witness) == parts(sample.witness)
                if dialect == "reth of 2024" and len(sample.witness.headers) > 1:
                    with pytest.raises(weakstate.NotWitnessed, match="block_hash_not_witnessed"):
                        verify(found)
                    continue
                assert parts(found.witness) == parts(sample.witness)
                assert verify(found).header.hash == sample.block.hash


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_json_has_the_nodes_own_answer(samples, dialect):
    with node_of(samples, dialect) as node:
        found = json.loads(fetch(node.origin, 2).json)
    given = node.shape(samples[1].witness)
    if dialect == "reth of 2024":
        given["headers"] = fake_node.lists(samples[1].witness)["headers"]
    assert found["witness"] == given
    assert found["chainId"] == CHAIN_ID
    assert found["number"] == 2
    assert found["blockHash"] == f"0x{samples[1].block.hash.hex()}"


def test_tags_name_blocks(node, samples):
    assert fetch(node.origin, "latest").block.number == samples[-1].block.number
    assert fetch(node.origin, "safe").block.number == samples[-2].block.number
    assert fetch(node.origin, "finalized").block.number == samples[-3].block.number


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_a_node_does_not_take_is_not_asked_again(samples, dialect):
    with node_of(samples, dialect) as node:
        fetcher = Fetcher(Node(node.origin))
        fetcher.fetch(1)
        node.asked.clear()
        fetcher.fetch(2)
        asked = [method for method in node.methods if method.startswith(WITNESS)]
    assert len(asked) == 1


@pytest.mark.parametrize("by", ["number", "hash"])
def test_blocks_come_as_fields_where_they_do_not_come_whole(node, samples, by):
    node.without = {"debug_getRawBlock"}
    for sample in samples:
        assert fetch(node.origin, getattr(sample.block, by)).block.rlp == sample.block.rlp


@pytest.mark.parametrize("which", [99, bytes(32)])
def test_a_block_that_is_not_there_is_refused(node, which):
    with pytest.raises(weakstate.NodeError, match="debug_getRawBlock") as caught:
        fetch(node.origin, which)
    assert caught.value.code == "node_refused"


@pytest.mark.parametrize(
    "without", [["debug_getRawBlock", "eth_getBlockByNumber"], ["eth_chainId"]]
)
def test_a_node_without_a_method_is_told_so(node, without):
    node.without = set(without)
    with pytest.raises(weakstate.NodeError, match=f"-32601.*{without[0]}") as caught:
        fetch(node.origin, 1)
    assert caught.value.code == "node_refused"


def test_a_node_without_witnesses_is_told_so_in_the_words_of_the_last_way(node):
    node.takes = {}
    with pytest.raises(weakstate.NodeError, match=f"-32601.*{WITNESS} of"):
        fetch(node.origin, 1)


def test_no_header_and_nobody_to_ask_for_it_is_refused(samples):
    with node_of(samples, "reth of 2024") as node:
        node.without = {"debug_getRawHeader"}
        with pytest.raises(weakstate.NodeError, match=r"-32601.*debug_getRawHeader"):
            fetch(node.origin, 1)


LIES = {
    "another block by number": (1, "debug_getRawBlock", lambda s: f"0x{s[1].block.rlp.hex()}"),
    "another block by hash": (None, "debug_getRawBlock", lambda s: f"0x{s[1].block.rlp.hex()}"),
    "several blocks": (1, "debug_getRawBlock", lambda s: [f"0x{s[0].block.rlp.hex()}"] * 2),
    "a witness for a block": (1, "debug_getRawBlock", lambda s: s[0].witness_json),
    "the witness of another block": (1, WITNESS, lambda s: s[1].witness_json),
    "no witness": (1, WITNESS, lambda s: "0x"),
    "another header": (1, "debug_getRawHeader", lambda s: f"0x{s[1].witness.headers[0].hex()}"),
    "a header that is none": (1, "debug_getRawHeader", lambda s: {}),
    "a chain that is no number": (1, "eth_chainId", lambda s: "mainnet"),
    "a chain beyond 64 bits": (1, "eth_chainId", lambda s: hex(1 << 64)),
    "a chain that is no hexadecimal": (1, "eth_chainId", lambda s: 1),
    "a tag without number": ("latest", "eth_getBlockByNumber", lambda s: {"hash": "0x00"}),
    "a tag that is a list": ("latest", "eth_getBlockByNumber", lambda s: []),
}


@pytest.mark.parametrize(("which", "method", "lie"), LIES.values(), ids=LIES)
def test_what_was_not_asked_for_is_noticed(samples, which, method, lie):
    with node_of(samples, "reth of 2024") as node:
        node.always[method] = fake_node.changed(result=lie(samples))
        with pytest.raises(weakstate.NodeError) as caught:
            fetch(node.origin, samples[0].block.hash if which is None else which)
    assert caught.value.code == "wrong_answer"
    assert method in caught.value.at


def test_a_reorganisation_while_asking_by_number_is_noticed(samples):
    block = samples[0].block
    other = block.rlp.replace(block.header.state_root, bytes(32))
    with node_of(samples, "reth of 2024") as node:
        node.moves = [*[None] * 5, fake_node.changed(result=f"0x{other.hex()}")]
        with pytest.raises(weakstate.NodeError, match="another of its number"):
            fetch(node.origin, 1)
    assert node.methods == [
        "debug_getRawBlock",
        *(method for method, _ in WAYS),
        "debug_getRawBlock",
    ]


@pytest.mark.parametrize(
    ("method", "result", "code"),
    [
        ("debug_getRawBlock", "0xf8", "malformed_rlp"),
        ("debug_getRawBlock", "0xabc", "malformed_hex"),
        ("debug_getRawBlock", {"a": 1}, "unknown_form"),
        (WITNESS, {"codes": []}, "missing_field"),
        (WITNESS, {"state": [5]}, "malformed_field"),
    ],
)
def test_what_is_no_block_or_witness_is_unreadable(node, method, result, code):
    node.always[method] = fake_node.changed(result=result)
    with pytest.raises(weakstate.Unreadable) as caught:
        fetch(node.origin, 1)
    assert caught.value.code == code


def test_a_block_that_is_malformed_is_invalid(node, samples):
    block = samples[-1].block
    broken = block.rlp[:-1] + b"\xc1"
    node.always["debug_getRawBlock"] = fake_node.changed(result=f"0x{broken.hex()}")
    with pytest.raises(weakstate.InvalidBlock, match="malformed_block"):
        fetch(node.origin, block.number)


@pytest.mark.parametrize("which", [0, -1, b"\x11", "pending", "earliest"])
def test_what_cannot_be_fetched_is_the_callers_mistake(node, which):
    with pytest.raises(ValueError, match=r"block|expected"):
        fetch(node.origin, which)


@pytest.mark.parametrize("name", ["ethereum/21688509-keth", "hoodi/1265656-ethrex-replay"])
@pytest.mark.parametrize("dialect", ["geth", "reth"])
def test_blocks_of_public_chains_are_fetched_and_verified(data_dir, dialect, name):
    block = RealBlock(data_folder() / "blocks" / f"{name}.json.gz")
    [item] = weakstate.read(block.path)
    with FakeNode([item], item.chain_id, *DIALECTS[dialect]) as node:
        found = fetch(node.origin, block.number)
    anchor = weakstate.Anchor.hash(found.block.header.parent_hash)
    chain = weakstate.Chain.builtin(found.chain_id)
    assert weakstate.verify(chain, anchor, found.block.rlp, found.witness)
