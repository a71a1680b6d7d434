"""Exit codes: one for each party to blame, and which wins over many blocks."""

from collections.abc import Collection

DISAGREEMENT = 70  # EX_SOFTWARE of sysexits.h: weakstate is wrong, not its input
INTERRUPTED = 130  # 128 + SIGINT
PIPE_CLOSED = 141  # 128 + SIGPIPE

PRECEDENCE = (DISAGREEMENT, 1, 4, 3, 6, 5, 2)


def first_exit(codes: Collection[int]) -> int:
    """The first code, by precedence, that occurred; 0 if none did."""
    return next((code for code in PRECEDENCE if code in codes), 0)
