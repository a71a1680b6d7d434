"""A bundle gives back its parts, has one packing, and refuses everything else within bounds."""

import random
from pathlib import Path

import msgpack
import pytest
import zstandard

import weakstate
from tests.forms import witness_rlp
from weakstate.witness.bundle import KEYS, Bundle, read_bundle, unpack, write_bundle
from weakstate.witness.files import unpack_zstandard

ROOT = Path(__file__).parents[2]
PARTS = {"weakstate": 1, "block": b"block", "witness": b"witness", "delta": b"delta", "chain_id": 1}


def compress(content):
    return zstandard.ZstdCompressor().compress(content)


def packed(**changes):
    return msgpack.packb(PARTS | changes)


@pytest.mark.parametrize(
    "bundle",
    [
        Bundle(b"block", b"witness", b"delta", 1),
        Bundle(b"", b"", None, 0),
        Bundle(b"b" * 70_000, b"w" * 300, b"", (1 << 64) - 1),
    ],
)
def test_the_parts_come_back(bundle):
    parts = (bundle.block, bundle.witness, bundle.delta, bundle.chain_id)
    data = write_bundle(*parts)
    assert read_bundle(data) == bundle
    assert write_bundle(*parts) == data


def test_the_content_is_the_map_that_the_documentation_shows():
    data = write_bundle(b"block", b"witness", b"delta", 1)
    content = unpack_zstandard(data, weakstate.Budget())
    assert content == packed()
    assert tuple(msgpack.unpackb(content)) == KEYS


NOT_A_BUNDLE = {
    "empty": b"",
    "no map": msgpack.packb([1]),
    "another map": msgpack.packb({"a": 1}),
    "two parts": msgpack.packb({"weakstate": 1, "block": b""}),
    "six parts": msgpack.packb(PARTS | {"more": 1}),
    "unknown part": msgpack.packb({**{k: PARTS[k] for k in KEYS[:4]}, "chain": 1}),
    "another order": msgpack.packb({key: PARTS[key] for key in reversed(KEYS)}),
    "the same key twice": packed().replace(b"\xa5delta", b"\xa5block"),
    "version": packed(weakstate=2),
    "version of another type": packed(weakstate=True),
    "text for bytes": packed(block="block"),
    "no block": packed(block=None),
    "no witness": packed(witness=None),
    "a list for a delta": packed(delta=[]),
    "a map for a delta": packed(delta={}),
    "an extension for a delta": packed(delta=msgpack.ExtType(1, b"delta")),
    "no chain id": packed(chain_id=None),
    "a truth for a chain id": packed(chain_id=True),
    "a negative chain id": packed(chain_id=-1),
    "a fraction for a chain id": packed(chain_id=1.0),
    "bytes after it": packed() + b"\x00",
    "cut short": packed()[:-1],
    "a longer integer": packed()[:-1] + b"\xcc\x01",
    "a longer length": packed().replace(b"\xc4\x05block", b"\xc5\x00\x05block"),
    "a length that lies": packed().replace(b"\xc4\x05block", b"\xc6\xff\xff\xff\xffblock"),
    "text that is none": packed().replace(b"\xa5delta", b"\xa5\xff\xfe\xfd\xfc\xfb"),
}


@pytest.mark.parametrize("content", NOT_A_BUNDLE.values(), ids=NOT_A_BUNDLE)
def test_anything_else_is_unreadable(content):
    with pytest.raises(weakstate.Unreadable) as caught:
        read_bundle(compress(content))
    assert caught.value.code == "malformed_bundle"
    assert len(str(caught.value)) < 300


def test_what_is_not_compressed_is_unreadable():
    with pytest.raises(weakstate.Unreadable, match="malformed_bundle"):
        read_bundle(packed())


@pytest.mark.parametrize("change", [lambda data: data + b"\x00", lambda data: data[:-1]])
def test_a_frame_that_is_not_exact_is_unreadable(change):
    with pytest.raises(weakstate.Unreadable, match="malformed_compression"):
        read_bundle(change(write_bundle(b"block", b"witness", None, 1)))


def test_a_second_frame_is_unreadable():
    data = write_bundle(b"block", b"witness", None, 1)
    with pytest.raises(weakstate.Unreadable, match="malformed_bundle"):
        read_bundle(data + data)


def test_the_budget_bounds_what_is_unpacked():
    data = write_bundle(bytes(50_000_000), b"", None, 1)
    assert len(data) < 10_000
    with pytest.raises(weakstate.BudgetExceeded) as caught:
        read_bundle(data, weakstate.Budget(bytes=1_000_000))
    assert caught.value.code == "input_too_large"


def test_damage_never_gets_through_as_another_packing():
    content = packed()
    numbers = random.Random(1)
    for index in range(len(content)):
        for change in (1, 0x80, numbers.randrange(1, 256)):
            changed = bytearray(content)
            changed[index] ^= change
            try:
                bundle = unpack(bytes(changed))
            except weakstate.Unreadable:
                continue
            parts = (bundle.block, bundle.witness, bundle.delta, bundle.chain_id)
            again = unpack_zstandard(write_bundle(*parts), weakstate.Budget())
            assert again == changed


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        (("block", b"", None, 1), TypeError),
        ((b"", bytearray(), None, 1), TypeError),
        ((b"", b"", "", 1), TypeError),
        ((b"", b"", None, True), TypeError),
        ((b"", b"", None, -1), ValueError),
        ((b"", b"", None, 1 << 64), ValueError),
    ],
)
def test_parts_that_it_cannot_hold_are_the_callers_mistake(parts, error):
    with pytest.raises(error):
        write_bundle(*parts)


def test_it_is_read_as_any_file_is(samples):
    for sample in samples:
        data = write_bundle(sample.block.rlp, witness_rlp(sample.witness), b"delta", 1337)
        [item] = weakstate.read(data)
        assert (item.block, item.delta, item.chain_id) == (sample.block.rlp, b"delta", 1337)
        assert sorted(item.witness.nodes) == sorted(sample.witness.nodes)
        room = len(unpack_zstandard(data, weakstate.Budget()))
        assert weakstate.read(data, weakstate.Budget(bytes=room))[0].block == sample.block.rlp
        with pytest.raises(weakstate.BudgetExceeded):
            weakstate.read(data, weakstate.Budget(bytes=room - 1))


def example(name):
    """Bytes of an example of docs/bytes.md: the digits before two spaces in each line."""
    page = ROOT.joinpath("docs", "bytes.md").read_text(encoding="utf-8")
    block = page.partition(f"```hex {name}\n")[2].partition("```")[0]
    return bytes.fromhex("".join(line.partition("  ")[0] for line in block.splitlines()))


def test_the_examples_of_the_page():
    bundle = Bundle(b"\xc0", b"\x89WS", None, 1)
    assert read_bundle(example("bundle")) == bundle
    assert unpack(example("bundle content")) == bundle
    assert unpack_zstandard(example("bundle"), weakstate.Budget()) == example("bundle content")
