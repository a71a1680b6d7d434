"""Which binary trees there are.

Sources: EIP-7864 as of 2025; go-ethereum, trie/bintrie; EIP-8297 with the execution specifications.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from blake3 import blake3

STEM_BITS = 248
ACCOUNT_ZONE, CODE_ZONE, STORAGE_ZONE = 0x00, 0x01, 0xFF
ZONE_KEY_BYTES = {ACCOUNT_ZONE: 34, CODE_ZONE: 34, STORAGE_ZONE: 66}


@dataclass(frozen=True)
class Profile:
    """A kind of binary tree: its name, its hash function, and whether keys are in stems.

    With stems, keys have 31 bytes of stem and a suffix, and nothing is ever removed; without, they
    begin with a zone and are removed where they are cleared. ``tag`` begins its witnesses.
    """

    name: str
    tag: int
    digest: Callable[[bytes], bytes]
    has_stems: bool

    def key_bytes(self, first: int) -> int | None:
        """How many bytes the keys have that begin with this byte; None if there are none."""
        return 32 if self.has_stems else ZONE_KEY_BYTES.get(first)

    @property
    def longest_key(self) -> int:
        """Bits of the longest key."""
        return 256 if self.has_stems else 8 * ZONE_KEY_BYTES[STORAGE_ZONE]


def _blake3(message: bytes) -> bytes:
    return blake3(message).digest()


def _sha256(message: bytes) -> bytes:
    return sha256(message).digest()


EIP_7864 = Profile("binary-7864", 0, _blake3, has_stems=True)
GETH = Profile("binary-geth", 1, _sha256, has_stems=True)
EIP_8297 = Profile("binary-8297", 2, _blake3, has_stems=False)
PROFILES = {profile.name: profile for profile in (EIP_7864, GETH, EIP_8297)}
