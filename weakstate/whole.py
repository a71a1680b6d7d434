"""Files that are written whole or not at all."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO


@contextmanager
def whole_file(path: str | os.PathLike[str], *, force: bool = False) -> Iterator[BinaryIO]:
    """A stream whose bytes are the file once the block ends; whatever interrupts it leaves none.

    Raises: FileExistsError if there is one already and ``force`` is not set, or something that is
    no file; OSError.
    """
    path = os.path.realpath(path)
    if os.path.lexists(path) and not (force and os.path.isfile(path)):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
    # Hidden, so that a folder is not read with it in the meantime.
    temporary = os.path.join(os.path.dirname(path), f".weakstate-{os.urandom(8).hex()}")
    try:
        with open(temporary, "xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if force or not _link(temporary, path):
            os.replace(temporary, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)


def _link(temporary: str, path: str) -> bool:
    """Give a file another name that nothing has yet; False where a file can have but one name."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:
        return False
    return True
