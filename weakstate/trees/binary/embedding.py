"""How accounts, code and storage become keys and values of a binary tree.

Sources: EIP-7864 as of 2025; go-ethereum, trie/bintrie; EIP-8297 with the execution specifications.
"""

from collections.abc import Iterator, Mapping
from typing import Literal

from eth_hash.auto import keccak

from weakstate.trees.binary.profile import ACCOUNT_ZONE, CODE_ZONE, STORAGE_ZONE, Profile

BASIC_DATA, CODE_HASH, DELEGATION = 0, 1, 2
HEADER_STORAGE = 64  # place of the first slots, beside the header
CODE = 128  # place of the first chunk, in trees with stems
MAIN_STORAGE = 256**31
GROUP = 256  # places that share a stem

CHUNK_CODE = 31  # bytes of code in a chunk
PUSH1, PUSH32 = 0x60, 0x7F
DELEGATION_MARK = b"\xef\x01\x00"


def _address32(address: bytes) -> bytes:
    return address.rjust(32, b"\0")


def stem_key(
    profile: Profile, address: bytes, place: int, order: Literal["little", "big"]
) -> bytes:
    """The key of one of an account's places, in a tree with stems.

    EIP-7864 hashed the index in little-endian order until 2026-03-09, in big-endian order since.
    """
    index, suffix = divmod(place, GROUP)
    hashed = profile.digest(_address32(address) + index.to_bytes(32, order))
    return hashed[:31] + bytes([suffix])


def header_key(profile: Profile, address: bytes, suffix: int) -> bytes:
    """The key of a leaf of the account's header."""
    if profile.has_stems:
        return stem_key(profile, address, suffix, "big")
    return bytes([ACCOUNT_ZONE]) + profile.digest(_address32(address)) + bytes([suffix])


def storage_key(
    profile: Profile, address: bytes, slot: int, order: Literal["little", "big"] = "big"
) -> bytes:
    """The key of a storage slot."""
    if slot < CODE - HEADER_STORAGE:
        return header_key(profile, address, HEADER_STORAGE + slot)
    if profile.has_stems:
        return stem_key(profile, address, MAIN_STORAGE + slot, order)
    index, suffix = divmod(slot, GROUP)
    account = _address32(address)
    group = profile.digest(account + index.to_bytes(32))
    return bytes([STORAGE_ZONE]) + profile.digest(account) + group + bytes([suffix])


def code_key(
    profile: Profile,
    address: bytes,
    code_hash: bytes,
    chunk: int,
    order: Literal["little", "big"] = "big",
) -> bytes:
    """The key of a chunk of code; in EIP-8297 all accounts with this code share it."""
    if profile.has_stems:
        return stem_key(profile, address, CODE + chunk, order)
    index, suffix = divmod(chunk, GROUP)
    return bytes([CODE_ZONE]) + profile.digest(code_hash + index.to_bytes(32)) + bytes([suffix])


def chunks(code: bytes) -> list[bytes]:
    """Code in values of 32 bytes: how many of the 31 that follow are a PUSH's data, and these."""
    found, left = [], 0
    for start in range(0, len(code), CHUNK_CODE):
        part = code[start : start + CHUNK_CODE]
        found.append(bytes([min(left, CHUNK_CODE)]) + part.ljust(CHUNK_CODE, b"\0"))
        for byte in part:
            if left:
                left -= 1
            elif PUSH1 <= byte <= PUSH32:
                left = byte - PUSH1 + 1
    return found


def basic_data(nonce: int, balance: int, code_size: int) -> bytes:
    """Version zero, code size, nonce and balance in one value, big-endian."""
    return bytes(4) + code_size.to_bytes(4) + nonce.to_bytes(8) + balance.to_bytes(16)


def account_leaves(
    profile: Profile,
    address: bytes,
    nonce: int,
    balance: int,
    code: bytes,
    storage: Mapping[int, int],
) -> Iterator[tuple[bytes, bytes | None]]:
    """All keys and values of an account. In EIP-8297 zeros are no value, so they clear the key."""
    found = {header_key(profile, address, BASIC_DATA): basic_data(nonce, balance, len(code))}
    if code.startswith(DELEGATION_MARK) and not profile.has_stems:
        found[header_key(profile, address, DELEGATION)] = code.ljust(32, b"\0")
    else:
        code_hash = keccak(code)
        found[header_key(profile, address, CODE_HASH)] = code_hash
        for index, chunk in enumerate(chunks(code)):
            found[code_key(profile, address, code_hash, index)] = chunk
    for slot, number in storage.items():
        found[storage_key(profile, address, slot)] = number.to_bytes(32)
    for key, value in found.items():
        yield key, value if profile.has_stems or any(value) else None
