"""A bundle: block, witness and delta in one file, msgpack in Zstandard.

The parts are opaque here: who reads a block, a witness or a delta checks it.
`docs/bytes.md` has the bytes.
"""

from typing import NamedTuple

from weakstate._native import Budget, Item
from weakstate.compression import is_zstandard
from weakstate.errors import Unreadable
from weakstate.witness.files import unpack_zstandard

VERSION = 1

# Parts in the order in which they stand. The first names the format and its version.
KEYS = ("weakstate", "block", "witness", "delta", "chain_id")

# A map of five entries, the key of the first of them: no text, RLP or gzip starts so.
PREFIX = bytes([0x80 | len(KEYS), 0xA0 | len(KEYS[0])]) + KEYS[0].encode()

# What compresses in a bundle are codes; hashes do not. Higher levels cost time and gain little.
LEVEL = 3


class Bundle(NamedTuple):
    """What a bundle holds: nothing in it is checked or trusted."""

    block: bytes
    witness: bytes
    delta: bytes | None
    chain_id: int


def write_bundle(block: bytes, witness: bytes, delta: bytes | None, chain_id: int) -> bytes:
    """The bundle's bytes: the same for the same parts, under one version of Zstandard.

    Raises: TypeError, ValueError for parts that a bundle cannot hold.
    """
    import zstandard

    content = _pack(Bundle(block, witness, delta, chain_id))
    return zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress(content)


def read_bundle(data: bytes, budget: Budget | None = None) -> Bundle:
    """The parts of a bundle, no larger than the budget's bytes in all.

    Raises: Unreadable for anything that `write_bundle` would not have packed; BudgetExceeded.
    """
    if not is_zstandard(data):
        raise Unreadable("malformed_bundle", "Zstandard", f"bytes that start {data[:8].hex()}")
    return unpack(unpack_zstandard(data, budget or Budget()))


def is_content(content: bytes) -> bool:
    """Whether what Zstandard held starts as a bundle does."""
    return content.startswith(PREFIX)


def unpack(content: bytes) -> Bundle:
    """The parts of a bundle that is no longer compressed. Raises: Unreadable."""
    import msgpack

    if not is_content(content):
        actual = f"bytes that start {content[:12].hex()}"
        raise Unreadable("malformed_bundle", f"a map of {', '.join(KEYS)}", actual)
    try:
        # Lengths are held against what is there before memory is taken.
        parts = msgpack.unpackb(
            content,
            strict_map_key=True,
            max_map_len=len(KEYS),
            max_str_len=max(map(len, KEYS)),
            max_bin_len=len(content),
            max_array_len=0,
            max_ext_len=0,
        )
    except ValueError as error:
        raise Unreadable("malformed_bundle", "whole parts", _said(error)) from None
    if tuple(parts) != KEYS:
        actual = ", ".join(map(str, parts))
        raise Unreadable("malformed_bundle", f"the keys {', '.join(KEYS)}", actual)
    version = parts["weakstate"]
    if type(version) is not int or version != VERSION:
        raise Unreadable("malformed_bundle", f"version {VERSION}", repr(version), "weakstate")
    bundle = Bundle(parts["block"], parts["witness"], parts["delta"], parts["chain_id"])
    try:
        packed = _pack(bundle)
    except (TypeError, ValueError) as error:
        raise Unreadable("malformed_bundle", actual=str(error)) from None
    if packed != content:
        raise Unreadable("malformed_bundle", "each part in its shortest form")
    return bundle


def item(content: bytes, budget: Budget) -> Item:
    """The parts of a bundle that is no longer compressed, as `read` gives them.

    Raises: Unreadable, BudgetExceeded.
    """
    block, witness, delta, chain_id = unpack(content)
    return Item(block=block, witness=witness, delta=delta, chain_id=chain_id, budget=budget)


def _pack(bundle: Bundle) -> bytes:
    """The only content of a bundle with these parts."""
    import msgpack

    for name in ("block", "witness"):
        _expect(name, getattr(bundle, name), bytes)
    if bundle.delta is not None:
        _expect("delta", bundle.delta, bytes)
    _expect("chain_id", bundle.chain_id, int)
    if not 0 <= bundle.chain_id < 1 << 64:
        raise ValueError(f"chain_id must be a number below 2^64, not {bundle.chain_id}")
    parts = (VERSION, bundle.block, bundle.witness, bundle.delta, bundle.chain_id)
    packed: bytes = msgpack.packb(dict(zip(KEYS, parts, strict=True)))
    return packed


def _expect(name: str, value: object, kind: type) -> None:
    # `True` is an int to Python, and no chain id.
    if type(value) is not kind:
        raise TypeError(f"{name} must be {kind.__name__}, not {type(value).__name__}")


def _said(error: ValueError) -> str:
    """What msgpack says, without the bytes that some of its errors carry."""
    return f"{type(error).__name__}: {str(error)[:80]}"
