"""Where a command writes its files, and what they are called."""

import errno
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import click

from weakstate.witness.files import write_file

STDOUT = "-"

# Endings that say how a file was encoded, which the one that is written says anew.
SUFFIXES = frozenset(
    (".gz", ".zst", ".json", ".rlp", ".hex", ".bin", ".witness", ".bundle", ".delta", ".block")
)


class CannotWrite(click.FileError):
    """A file that the system does not let us write: no verdict on anything."""

    exit_code = 2


@contextmanager
def writing(output: str) -> Iterator[None]:
    """Say why a file could not be written. Raises: CannotWrite; BrokenPipeError."""
    try:
        yield
    except FileExistsError:
        raise CannotWrite(output, "it is there already; --force writes over it") from None
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CannotWrite(output, error.strerror or str(error)) from None


class Output:
    """One file, standard output, or a folder in which files are named after those of PATH.

    ``output`` is a folder if it ends with a slash or is one already; in it, files of a folder
    that was named keep their place below it. ``inputs`` are never written over.
    """

    def __init__(
        self, output: str, paths: Sequence[str], inputs: Iterable[str], suffix: str, *, force: bool
    ) -> None:
        self._output = output
        self._folders = [path for path in paths if os.path.isdir(path)]
        self._inputs = [os.stat(path) for path in inputs if os.path.exists(path)]
        self._suffix = suffix
        self._force = force
        self._used: set[str] = set()
        self.is_stdout = output == STDOUT
        self.is_folder = output.endswith(os.sep) or os.path.isdir(output)

    def write(self, file: str, data: bytes) -> str:
        """Write what was made of ``file``; return where to.

        Raises: FileExistsError if that would destroy what is there; CannotWrite.
        """
        try:
            if self.is_stdout:
                sys.stdout.buffer.write(data)
                return STDOUT
            path = self._name(file) if self.is_folder else self._output
            self._spare_inputs(path)
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            write_file(path, data, force=self._force)
        except (FileExistsError, BrokenPipeError):
            raise
        except OSError as error:
            raise CannotWrite(self._output, error.strerror or str(error)) from None
        return path

    def _name(self, file: str) -> str:
        """A path in the folder that nothing of this run has been written to."""
        stem = "stdin" if file == STDOUT else os.path.basename(file)
        for folder in self._folders:
            below = os.path.relpath(file, folder)
            if file != STDOUT and not below.startswith(os.pardir):
                stem = below
        while os.path.splitext(stem)[1] in SUFFIXES:
            stem = os.path.splitext(stem)[0]
        path, number = os.path.join(self._output, stem + self._suffix), 1
        while path in self._used:
            number += 1
            path = os.path.join(self._output, f"{stem}-{number}{self._suffix}")
        self._used.add(path)
        return path

    def _spare_inputs(self, path: str) -> None:
        if os.path.exists(path):
            here = os.stat(path)
            if any(os.path.samestat(here, read) for read in self._inputs):
                raise FileExistsError(errno.EEXIST, "It is one of the files that are read", path)


def write_once(path: str, data: bytes, *, force: bool) -> None:
    """Write a file, unless it is there with the same bytes already.

    Raises: CannotWrite, also if it is there with others and ``force`` is not set.
    """
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        if not (os.path.isfile(path) and _holds(path, data)):
            write_file(path, data, force=force)
    except FileExistsError:
        raise CannotWrite(path, "it is there and holds something else") from None
    except OSError as error:
        raise CannotWrite(path, error.strerror or str(error)) from None


def _holds(path: str, data: bytes) -> bool:
    with open(path, "rb") as stream:
        return os.path.getsize(path) == len(data) and stream.read() == data
