"""What options and arguments name: hashes, addresses, slots."""

import re

import click

LONG_KEYS = (2 * 34, 2 * 66)  # digits


def hash32(text: str) -> bytes:
    """A hash."""
    return _hexadecimal(text, 32, "hash")


def address(text: str) -> bytes:
    """An address."""
    return _hexadecimal(text, 20, "address")


def key(text: str) -> bytes:
    """A key of a tree of leaves: of 32 bytes, or of EIP-8297's 34 and 66."""
    digits = len(text.removeprefix("0x"))
    return _hexadecimal(text, digits // 2 if digits in LONG_KEYS else 32, "key")


def slot(text: str) -> int:
    """A storage slot, in decimal or after `0x` in hexadecimal."""
    if re.fullmatch(r"0x[0-9a-fA-F]{1,64}", text):
        return int(text, 16)
    if re.fullmatch(r"[0-9]{1,78}", text) and int(text) < 1 << 256:
        return int(text)
    raise click.BadParameter(f"{text!r} is no slot: an integer below 2^256, in decimal or after 0x")


def _hexadecimal(text: str, length: int, what: str) -> bytes:
    if not re.fullmatch(rf"(0x)?[0-9a-fA-F]{{{2 * length}}}", text):
        raise click.BadParameter(f"{text!r} is no {what}: {length} bytes in hexadecimal")
    return bytes.fromhex(text.removeprefix("0x"))
