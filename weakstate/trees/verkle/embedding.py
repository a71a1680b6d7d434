"""How accounts, code and storage become keys and values of a Verkle tree.

Sources: EIP-6800, "Tree embedding", for the packed header; the five-leaf header is that of the
same EIP until 2024-06, with which the Kaustinen testnets up to the sixth ran.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TypeAlias

from eth_hash.auto import keccak

from weakstate.trees.verkle.nodes import STEM_BYTES
from weakstate.trees.verkle.pedersen import commit

BASIC_DATA, CODE_HASH = 0, 1
VERSION, BALANCE, NONCE, CODE_KECCAK, CODE_SIZE = range(5)

HEADER_STORAGE = 64  # places of the first slots, beside the header
CODE = 128  # place of the first chunk
MAIN_STORAGE = 256**STEM_BYTES  # place of slot 0, had it no place beside the header
GROUP = 256  # places that share a stem

CHUNK_CODE = 31  # bytes of code in a chunk
PUSH1, PUSH32 = 0x60, 0x7F

Header: TypeAlias = Callable[[int, int, bytes], dict[int, bytes]]
"""Leaves of nonce, balance and code, by suffix."""


@lru_cache(maxsize=1 << 16)
def stem_of(address: bytes, index: int) -> bytes:
    """The stem of an account's ``index``-th group of 256 places: 31 bytes.

    It is the scalar of a commitment to the 64 bytes of address and index: five scalars, the first
    for their length.
    """
    hashed = address.rjust(32, b"\0") + index.to_bytes(32, "little")
    parts = [int.from_bytes(hashed[start : start + 16], "little") for start in range(0, 64, 16)]
    scalars = enumerate([2 + 256 * len(hashed), *parts])
    return commit(dict(scalars)).to_scalar().to_bytes(32, "little")[:STEM_BYTES]


def key_of(address: bytes, place: int) -> bytes:
    """The key of one of an account's places."""
    index, suffix = divmod(place, GROUP)
    return stem_of(address, index) + bytes([suffix])


def storage_key(address: bytes, slot: int) -> bytes:
    """The key of a storage slot; of the places of main storage, the first 64 stay empty."""
    in_header = slot < CODE - HEADER_STORAGE
    return key_of(address, (HEADER_STORAGE if in_header else MAIN_STORAGE) + slot)


def code_key(address: bytes, chunk: int) -> bytes:
    """The key of a chunk of code."""
    return key_of(address, CODE + chunk)


def chunks(code: bytes) -> list[bytes]:
    """Code in values of 32 bytes: how many of the 31 that follow are a PUSH's data, and these.

    What stands for data of a PUSH before is counted at most up to the chunk's end.
    """
    data_left = []  # at each byte: how many from here on are data of a PUSH before it
    left = 0
    for byte in code:
        data_left.append(left)
        if left:
            left -= 1
        elif PUSH1 <= byte <= PUSH32:
            left = byte - PUSH1 + 1
    return [
        bytes([min(data_left[start], CHUNK_CODE)])
        + code[start : start + CHUNK_CODE].ljust(CHUNK_CODE, b"\0")
        for start in range(0, len(code), CHUNK_CODE)
    ]


def packed_header(nonce: int, balance: int, code: bytes) -> dict[int, bytes]:
    """Version, code size, nonce and balance in one leaf, big-endian; the code's hash in another."""
    basic = bytes(5) + len(code).to_bytes(3) + nonce.to_bytes(8) + balance.to_bytes(16)
    return {BASIC_DATA: basic, CODE_HASH: keccak(code)}


def five_leaf_header(nonce: int, balance: int, code: bytes) -> dict[int, bytes]:
    """A leaf each, little-endian; that of the code's size only where there is code."""
    numbers = {VERSION: 0, BALANCE: balance, NONCE: nonce}
    if code:
        numbers[CODE_SIZE] = len(code)
    leaves = {suffix: number.to_bytes(32, "little") for suffix, number in numbers.items()}
    return leaves | {CODE_KECCAK: keccak(code)}


def account_leaves(
    address: bytes,
    nonce: int,
    balance: int,
    code: bytes,
    storage: Mapping[int, int],
    header: Header = packed_header,
) -> Iterator[tuple[bytes, bytes]]:
    """All keys and values of an account."""
    for suffix, value in header(nonce, balance, code).items():
        yield key_of(address, suffix), value
    for index, chunk in enumerate(chunks(code)):
        yield code_key(address, index), chunk
    for slot, number in storage.items():
        yield storage_key(address, slot), number.to_bytes(32)
