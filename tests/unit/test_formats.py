"""Every form in which others write blocks and witnesses reads to the same, found by content."""

import pytest

import weakstate
from tests.cli.helpers import GENESIS
from tests.forms import (
    BLOCK_FILES,
    TEXT_WRAPPINGS,
    WHOLE_OBJECTS,
    WITNESS_FILES,
    WRAPPINGS,
    answer,
    dump,
    witness_rlp,
)
from tests.rpc_form import block_object, data, header_object

CHAIN = weakstate.Chain.from_genesis(GENESIS.read_bytes())


def same_witness(item, sample):
    """Nodes and codes may come in any order; headers are put in theirs."""
    assert sorted(item.witness.nodes) == sorted(sample.witness.nodes)
    assert sorted(item.witness.codes) == sorted(sample.witness.codes)
    assert item.witness.headers == sample.witness.headers


def verifies(block, witness, sample):
    anchor = weakstate.Anchor.hash(sample.block.header.parent_hash)
    verified = weakstate.verify(CHAIN, anchor, block, witness)
    assert verified.header.hash == sample.block.hash
    assert verified.post_state_root == sample.block.header.state_root


@pytest.mark.parametrize("form", WITNESS_FILES.values(), ids=WITNESS_FILES)
def test_forms_of_a_witness(samples, form):
    for sample in samples:
        [item] = weakstate.read(form(sample))
        assert item.block is None
        same_witness(item, sample)
        verifies(sample.block, item.witness, sample)


@pytest.mark.parametrize("form", BLOCK_FILES.values(), ids=BLOCK_FILES)
def test_forms_of_a_block(samples, form):
    """The chain has transactions of every type, and withdrawals."""
    for sample in samples:
        [item] = weakstate.read(form(sample))
        assert item.block == sample.block.rlp
        assert item.witness is None


@pytest.mark.parametrize("form", WHOLE_OBJECTS.values(), ids=WHOLE_OBJECTS)
def test_forms_of_both(samples, form):
    for sample in samples:
        [item] = weakstate.read(dump(form(sample)))
        assert item.block == sample.block.rlp
        same_witness(item, sample)
        verifies(item.block, item.witness, sample)


@pytest.mark.parametrize("wrap", TEXT_WRAPPINGS.values(), ids=TEXT_WRAPPINGS)
@pytest.mark.parametrize("form", WHOLE_OBJECTS.values(), ids=WHOLE_OBJECTS)
def test_text_is_found_in_its_wrapping(samples, form, wrap):
    [item] = weakstate.read(wrap(dump(form(samples[0]))))
    assert item.block == samples[0].block.rlp
    same_witness(item, samples[0])


@pytest.mark.parametrize("wrap", WRAPPINGS.values(), ids=WRAPPINGS)
def test_rlp_is_found_in_its_wrapping(samples, wrap):
    [block] = weakstate.read(wrap(samples[0].block.rlp))
    [witness] = weakstate.read(wrap(witness_rlp(samples[0].witness)))
    assert block.block == samples[0].block.rlp
    same_witness(witness, samples[0])


@pytest.mark.parametrize(
    "join",
    [
        lambda texts: b"[" + b",".join(texts) + b"]",
        b"\n".join,
        b"".join,
    ],
    ids=["list", "lines", "nothing between"],
)
def test_several_values_a_file(samples, join):
    texts = [dump(WHOLE_OBJECTS["data folder"](sample)) for sample in samples]
    texts[1] = dump(answer(block_object(samples[1].block.rlp)))
    items = weakstate.read(join(texts))
    assert [item.block for item in items] == [sample.block.rlp for sample in samples]
    for item, sample in zip(items, samples, strict=True):
        if sample is not samples[1]:
            same_witness(item, sample)


def test_a_batch_answers_in_order(samples):
    batch = [answer(data(sample.block.rlp), i) for i, sample in enumerate(samples)]
    batch += [answer(sample.witness_json, i) for i, sample in enumerate(samples)]
    items = weakstate.read(dump(batch))
    count = len(samples)
    assert [item.block for item in items[:count]] == [sample.block.rlp for sample in samples]
    for item, sample in zip(items[count:], samples, strict=True):
        same_witness(item, sample)


@pytest.mark.parametrize("chain_id", [1337, "0x539", "1337"])
def test_what_a_file_states_beside_its_witness(samples, chain_id):
    whole = {
        "chainId": chain_id,
        "preStateRoot": "0x" + "11" * 32,
        "blockRlp": data(samples[0].block.rlp),
        "witness": samples[0].witness_json | {"blockHashes": ["0x" + "22" * 32, "33" * 32]},
    }
    [item] = weakstate.read(dump(whole))
    assert item.chain_id == 1337
    assert item.pre_state_root == b"\x11" * 32
    assert item.block_hashes == [b"\x22" * 32, b"\x33" * 32]


def test_a_witness_of_before_there_were_headers(samples):
    sample = samples[0]
    bare = {name: sample.witness_json[name] for name in ("state", "codes")}
    for parts in (bare, bare | {"headers": None}):
        [item] = weakstate.read(dump(parts))
        assert item.witness.headers == []
    parent = weakstate.Anchor.header(sample.witness.headers[-1])
    assert weakstate.verify(CHAIN, parent, sample.block, item.witness)


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"transactions": ["0x" + "11" * 32]}, "missing_field", "full"),
        ({"uncles": ["0x" + "11" * 32]}, "missing_field", "ommers"),
        ({"hash": "0x" + "11" * 32}, "malformed_field", "hash"),
        ({"gasUsed": "0x1"}, "malformed_field", "hash"),
        ({"gasUsed": "one"}, "malformed_field", '"one"'),
        ({"transactions": 5}, "malformed_field", "transactions"),
        ({"transactions": [{"type": "0x7"}]}, "malformed_field", "transactions[0]"),
        ({"withdrawals": [{"index": "0x0"}]}, "missing_field", "withdrawals[0]"),
    ],
)
def test_an_answer_that_lacks_or_garbles_something(samples, change, code, said):
    with pytest.raises(weakstate.Unreadable) as caught:
        weakstate.read(dump(answer(block_object(samples[0].block.rlp) | change)))
    assert caught.value.code == code
    assert caught.value.at.startswith("result")
    assert said in str(caught.value)


def test_a_header_object_is_held_against_the_hash_that_it_states(samples):
    header = header_object(samples[0].witness.headers[0]) | {"gasUsed": "0x5208"}
    with pytest.raises(weakstate.Unreadable, match=r"malformed_field.*headers\[0\]"):
        weakstate.read(dump(samples[0].witness_json | {"headers": [header]}))
    del header["hash"]
    [item] = weakstate.read(dump(samples[0].witness_json | {"headers": [header]}))
    assert item.witness.headers != samples[0].witness.headers


def test_an_error_of_the_node_is_quoted():
    error = {"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "no such method"}}
    with pytest.raises(weakstate.Unreadable, match="no such method"):
        weakstate.read(dump(error))
    with pytest.raises(weakstate.Unreadable):
        weakstate.read(dump(answer(None)))
