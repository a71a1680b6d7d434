"""What is compressed, told by its first bytes.

Source of Zstandard's: RFC 8878, sections 3.1.1 and 3.1.2; of gzip's: RFC 1952, section 2.3.1.
"""

GZIP_MAGIC = bytes.fromhex("1f8b")
FRAME_MAGIC = bytes.fromhex("28b52ffd")
SKIPPABLE_MAGIC = bytes.fromhex("2a4d18")  # after one byte, 0x50 to 0x5f

# What the decoder may hold beside its output: the largest window that `zstd` itself writes
# without being asked for more memory (--long).
WINDOW_BYTES = 128 << 20


def is_zstandard(data: bytes) -> bool:
    """Whether the bytes start with a Zstandard or a skippable frame."""
    return data.startswith(FRAME_MAGIC) or (data[1:4] == SKIPPABLE_MAGIC and data[0] & 0xF0 == 0x50)


def is_gzip(data: bytes) -> bool:
    """Whether the bytes start as gzip does."""
    return data.startswith(GZIP_MAGIC)
