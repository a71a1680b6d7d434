"""Whatever the bytes, one of our refusals comes soon, with bounded memory, and blames rightly."""

import gzip
import json
import random
import sys

import pytest
import zstandard

import weakstate
from tests.adversarial.bombs import BOMBS, MEMORY, explode, packed, rlp_list
from tests.adversarial.damage import SECONDS, damage, flip, inputs, read, verify
from tests.cli.helpers import load_samples
from tests.forms import witness_rlp

SAMPLES = load_samples()
INPUTS = inputs()
ROUNDS = [300, pytest.param(10_000, marks=pytest.mark.full)]
WITNESS = {"state": [], "codes": [], "headers": []}


def obj(**fields):
    return json.dumps(fields).encode()


UNREADABLE = {
    "nothing": (b"", "empty"),
    "space": (b" \n\r\t", "empty"),
    "a byte order mark alone": (b"\xef\xbb\xbf", "empty"),
    "zero": (b"\0", "unknown_form"),
    "text": (b"hello", "unknown_form"),
    "UTF-16": ('{"state":[]}'.encode("utf-16-le"), "malformed_json"),
    "UTF-16 with its mark": ('{"state":[]}'.encode("utf-16"), "malformed_rlp"),
    "not UTF-8": (b'{"state":["\xff"]}', "malformed_json"),
    "half a surrogate": (rb'{"state":["\ud800"]}', "malformed_json"),
    "an unknown escape": (rb'{"state":["\x41"]}', "malformed_json"),
    "a control character": (b'{"state":["\x01"]}', "malformed_json"),
    "nothing in an object": (b"{}", "unknown_form"),
    "lists in lists": (b"[[]]", "unknown_form"),
    "deep lists": (b"[" * 100_000 + b"]" * 100_000, "malformed_json"),
    "deep objects": (b'{"result":' * 100_000 + b"1" + b"}" * 100_000, "malformed_json"),
    "deep answers": (b'{"result":' * 120 + b"{}" + b"}" * 120, "unknown_form"),
    "a comma too many": (b'{"state":[],}', "malformed_json"),
    "garbage behind": (b'{"state":[]} x', "malformed_json"),
    "a number of its own": (b'{"state":[]} 5', "unknown_form"),
    "infinity": (b'{"state":[],"a":1e999}', "malformed_json"),
    "nan": (b'{"state":NaN}', "malformed_json"),
    "twice": (b'{"state":[],"state":[]}', "malformed_field"),
    "twice, once escaped": (rb'{"state":[],"\u0073tate":[]}', "malformed_field"),
    "a header's field twice": (
        b'{"state":[],"headers":[{"number":"0x1","number":"0x2"}]}',
        "malformed_field",
    ),
    "a list as hash": (obj(witness=WITNESS | {"blockHashes": [[]]}), "malformed_field"),
    "a short hash": (obj(witness=WITNESS | {"blockHashes": ["0x11"]}), "malformed_field"),
    "a large chain id": (obj(chainId=2**64, witness=WITNESS), "malformed_field"),
    "a fractional chain id": (obj(chainId=1.5, witness=WITNESS), "malformed_field"),
    "a negative chain id": (obj(chainId=-1, witness=WITNESS), "malformed_field"),
    "odd digits": (obj(blockRlp="0x123"), "malformed_hex"),
    "foreign digits": (obj(state=["0xgg"]), "malformed_hex"),
    "0x twice": (obj(state=["0x0x"]), "malformed_hex"),
    "digits of another script": (obj(state=["٣٣"]), "malformed_hex"),
    "RLP cut short": (b"\xf8\x80\xc0", "malformed_rlp"),
    "RLP of 8 EiB": (b"\xff" + b"\x7f" + b"\xff" * 7, "malformed_rlp"),
    "RLP with a long length": (b"\xf8\x01\xc0", "malformed_rlp"),
    "RLP with bytes behind": (b"\xc3\xc0\xc0\xc0\x00", "malformed_rlp"),
    "deep RLP": (b"\xf8\xff" * 100_000, "malformed_rlp"),
    "codes in a list": (b"\xc4\xc0\xc1\xc0\xc0", "malformed_rlp"),
    "five parts": (b"\xc5\xc0\xc0\xc0\xc0\xc0", "malformed_rlp"),
    "gzip of nothing": (gzip.compress(b""), "empty"),
    "gzip's header": (gzip.compress(b"")[:10], "malformed_compression"),
    "gzip's mark": (b"\x1f\x8b", "malformed_compression"),
    "gzip of noise": (b"\x1f\x8b\x08" + random.Random(1).randbytes(999), "malformed_compression"),
    "gzip with bytes behind": (gzip.compress(b"{}") + b"x", "malformed_compression"),
    "gzip with another sum": (gzip.compress(b"{}")[:-8] + bytes(8), "malformed_compression"),
    "gzip, three layers": (
        gzip.compress(gzip.compress(gzip.compress(b"{}"))),
        "malformed_compression",
    ),
    "zstd's mark": (bytes.fromhex("28b52ffd"), "malformed_compression"),
    "zstd of noise": (
        bytes.fromhex("28b52ffd") + random.Random(2).randbytes(999),
        "malformed_compression",
    ),
    "zstd with bytes behind": (zstandard.compress(b"{}") + b"x", "malformed_compression"),
    "zstd that wants a dictionary": (bytes.fromhex("28b52ffd 21 07 00 01 0000"), None),
}


@pytest.mark.parametrize(("data", "code"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_known_form(data, code):
    refusal = read(data)
    assert isinstance(refusal, weakstate.Unreadable)
    assert refusal.code == code or code is None


KINDS = [None, True, 0, -1, 1.5, 10**30, "", "0x", "text", [], [[]], [None], [5], {}, {"a": 1}]


@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_any_field_may_have_any_type(kind):
    whole = json.loads(INPUTS["both, RPC block beside"])
    whole["witness"]["blockHashes"] = []
    whole |= {"chainId": 1, "preStateRoot": "0x" + "00" * 32}
    read(json.dumps(kind).encode())
    for places in every_place(whole):
        *above, last = places
        parent = whole
        for place in above:
            parent = parent[place]
        kept, parent[last] = parent[last], kind
        read(json.dumps(whole).encode())
        parent[last] = kept


def every_place(value, above=()):
    """Paths of all fields, and of the first and last element of each list."""
    if isinstance(value, dict):
        places = [*value]
    elif isinstance(value, list) and value:
        places = sorted({0, len(value) - 1})
    else:
        return
    for place in places:
        yield (*above, place)
        yield from every_place(value[place], (*above, place))


@pytest.mark.parametrize("form", INPUTS)
def test_input_that_is_cut_short(form):
    """Never read but where what is left is whole: space at the end, or a frame of several."""
    data = INPUTS[form]
    places = {*range(64), *range(0, len(data), max(1, len(data) // 300)), len(data) - 1}
    for place in sorted(places):
        found = read(data[:place])
        if isinstance(found, list):
            assert data[place:].isspace()


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("form", INPUTS)
def test_damaged_input(form, rounds):
    random_ = random.Random(form)
    for _ in range(rounds):
        read(damage(random_, INPUTS[form]))


@pytest.mark.skipif(sys.platform != "linux", reason="measures memory by Linux's means")
@pytest.mark.parametrize("name", BOMBS)
def test_what_unpacks_to_much_takes_bounded_time_and_memory(name):
    data = packed(name)
    assert len(data) < 1 << 20
    result, memory, seconds = explode(data)
    if name == "zeros beyond the budget":
        assert result == "input_too_large"
    assert memory < MEMORY
    assert seconds < SECONDS


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_bomb_in_a_bomb(pack):
    inner = pack(bytes(1 << 26))
    refusal = read(pack(inner * 4), weakstate.Budget(bytes=1 << 20))
    assert refusal.code in ("input_too_large", "malformed_compression", "unknown_form")


@pytest.mark.parametrize("part", ["transactions", "ommers", "withdrawals"])
def test_a_block_of_millions_of_parts_that_are_none(part):
    [header, transactions, ommers, withdrawals] = split_items(SAMPLES[0].block.rlp)
    parts = {"transactions": transactions, "ommers": ommers, "withdrawals": withdrawals}
    parts[part] = rlp_list(b"\x80" * (30 << 20))
    block = rlp_list(header + b"".join(parts.values()))
    witness = weakstate.Witness([], [], SAMPLES[0].witness.headers)
    refusal = verify(block, witness, SAMPLES[0].block.header.parent_hash)
    assert refusal.code == "malformed_block"


def split_items(rlp_):
    """The items of a list of the second kind (two bytes of length), each with its prefix."""
    payload, items = rlp_[3:], []
    while payload:
        long = max(0, payload[0] - 0xF7)
        size = int.from_bytes(payload[1 : 1 + long]) if long else payload[0] - 0xC0
        items.append(payload[: 1 + long + size])
        payload = payload[1 + long + size :]
    return items


def parts_of(sample):
    return {"nodes": sample.witness.nodes, "codes": sample.witness.codes}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.path.stem)
def test_every_byte_of_nodes_and_codes(sample):
    """All of them are needed, so none may be another: it is then not there."""
    random_ = random.Random(sample.path.stem)
    for name, values in parts_of(sample).items():
        whole = parts_of(sample)
        for index in random_.sample(range(len(values)), min(3, len(values))):
            value = values[index]
            for place in range(min(len(value), 600)):
                other = bytes([value[place] ^ 1 << random_.randrange(8)])
                whole[name] = [*values]
                whole[name][index] = value[:place] + other + value[place + 1 :]
                witness = weakstate.Witness(*whole.values(), sample.witness.headers)
                found = verify(sample.block, witness, sample.block.header.parent_hash)
                assert isinstance(found, weakstate.NotWitnessed)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.path.stem)
def test_every_byte_of_headers(sample):
    random_ = random.Random(sample.path.stem)
    for index, header in enumerate(sample.witness.headers):
        for place in range(len(header)):
            headers = sample.witness.headers
            other = bytes([header[place] ^ 1 << random_.randrange(8)])
            headers[index] = header[:place] + other + header[place + 1 :]
            witness = weakstate.Witness(*parts_of(sample).values(), headers)
            found = verify(sample.block, witness, sample.block.header.parent_hash)
            assert type(found) is weakstate.InvalidWitness


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.path.stem)
def test_every_byte_of_the_block(sample):
    """Only what nothing in the block depends on may be another, and the hash then differs."""
    random_ = random.Random(sample.path.stem)
    rlp_ = sample.block.rlp
    for place in range(len(rlp_)):
        other = bytes([rlp_[place] ^ 1 << random_.randrange(8)])
        block = rlp_[:place] + other + rlp_[place + 1 :]
        found = verify(block, sample.witness, sample.block.header.parent_hash)
        if isinstance(found, weakstate.Verified):
            free = FREE if sample.block.transactions else FREE | {"beneficiary"}
            assert {"hash"} < changed_fields(found.header, sample.block.header) <= free
        else:
            assert isinstance(found, weakstate.InvalidBlock | weakstate.NotWitnessed)


FREE = {"extra_data", "gas_limit", "mix_hash", "hash"}


def changed_fields(header, other):
    fields, others = header.to_dict(), other.to_dict()
    return {name for name in fields | others if fields.get(name) != others.get(name)}


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.path.stem)
def test_damaged_parts(sample, rounds):
    random_ = random.Random(sample.path.stem)
    for _ in range(rounds):
        parts = [sample.witness.nodes, sample.witness.codes, sample.witness.headers]
        chosen = random_.choice([part for part in parts if part])
        index = random_.randrange(len(chosen))
        chosen[index] = damage(random_, chosen[index])
        verify(sample.block, weakstate.Witness(*parts), sample.block.header.parent_hash)
        block = damage(random_, sample.block.rlp)
        verify(block, sample.witness, sample.block.header.parent_hash)


def test_what_is_not_needed_may_be_anything():
    sample, random_ = SAMPLES[3], random.Random(4)
    surplus = [b"", b"\x80", b"\xc0", *(random_.randbytes(n) for n in range(1, 600, 7))]
    witness = weakstate.Witness(
        surplus + sample.witness.nodes + sample.witness.nodes,
        surplus + sample.witness.codes,
        sample.witness.headers,
    )
    found = verify(sample.block, witness, sample.block.header.parent_hash)
    assert found.post_state_root == sample.block.header.state_root


@pytest.mark.parametrize("rounds", ROUNDS)
def test_damaged_witnesses_in_rlp(rounds):
    """Flips that leave the form readable never change what is proven."""
    sample, random_ = SAMPLES[3], random.Random(5)
    data = witness_rlp(sample.witness)
    for _ in range(rounds):
        found = read(flip(random_, data))
        for item in found if isinstance(found, list) else []:
            if item.witness is not None:
                judged = verify(sample.block, item.witness, sample.block.header.parent_hash)
                assert isinstance(judged, weakstate.InvalidWitness)
