"""A run of `weakstate report`: from what blocks touched to their figures, and those of all."""

from collections.abc import Iterable, Iterator
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, TypeAlias, TypeVar

import click

from weakstate.cli.output import CannotWrite
from weakstate.cli.reporting.inputs import Given
from weakstate.cli.reporting.workers import Ready, Workers
from weakstate.errors import WeakstateError
from weakstate.sizes.access import AccessSet
from weakstate.sizes.figures import BlockFigures, Timer, figures
from weakstate.sizes.made.own_tree import OwnTreeError
from weakstate.sizes.many.compose import compose, grow
from weakstate.sizes.many.kept import Kept
from weakstate.sizes.many.spread import spread_of
from weakstate.sizes.population import Population
from weakstate.sizes.predict import MODELS
from weakstate.sizes.report import Report


class Made(NamedTuple):
    """The figures of a block, or why there are none."""

    file: str
    found: BlockFigures | WeakstateError
    kept_as: str | None = None


Found = TypeVar("Found")
Drawn: TypeAlias = tuple[Given, BlockFigures | WeakstateError]


@dataclass(frozen=True)
class Run:
    """What is asked for; figures are ``kept`` in a folder, if there is one."""

    schemes: tuple[str, ...]
    population: Population | None
    seed: int
    kept: Kept | None

    def blocks(self, given: Iterable[Given], workers: Workers) -> Iterator[Made]:
        """Figures in the order of what is given; nothing is timed yet.

        Raises: UsageError where a tree of one's own errs or a process ends; CannotWrite.
        """
        results = workers.in_order(map(self._call, given))
        for one, found in _blaming(results):
            if not isinstance(found, WeakstateError) and found is not one.found:
                self._keep(one.kept_as, found)
            yield Made(one.file, found, one.kept_as)

    def timed(self, made: Iterable[Made], timer: Timer) -> Iterator[Made]:
        """The same with times, measured one after the other: let nothing else run meanwhile.

        Raises: CannotWrite.
        """
        for each in made:
            if isinstance(each.found, WeakstateError):
                yield each
                continue
            block = each.found.timed(timer)
            if block != each.found:
                self._keep(each.kept_as, block)
            yield each._replace(found=block)

    def _keep(self, name: str | None, block: BlockFigures) -> None:
        if self.kept is None or name is None:
            return
        try:
            self.kept.keep(name, block)
        except OSError as error:
            raise CannotWrite(str(self.kept.folder / name), error.strerror) from None

    def together(self, blocks: list[BlockFigures], workers: Workers) -> Report:
        """The figures of blocks, and, of more than one, what they have together.

        Raises: UsageError where a process ends.
        """
        if len(blocks) < 2:
            return Report(tuple(blocks))
        larger = list(compose([block.access for block in blocks], seed=self.seed))
        modelled = [scheme for scheme in self.schemes if scheme in MODELS] if larger else []
        composed = _blaming(
            workers.in_order(
                partial(grow, scheme, larger, self.population, self.seed) for scheme in modelled
            )
        )
        return Report(tuple(blocks), tuple(composed), tuple(spread_of(blocks)))

    def _call(self, one: Given) -> "Ready[Drawn] | partial[Drawn]":
        if isinstance(one.found, AccessSet):
            return partial(_drawn, one, self.schemes, self.population, self.seed)
        return Ready((one, one.found))


def _blaming(results: Iterator[Found]) -> Iterator[Found]:
    try:
        yield from results
    except OwnTreeError as error:
        raise click.UsageError(str(error)) from error
    except BrokenExecutor:
        why = "a process that draws trees was ended from outside; --jobs 1 needs least memory"
        raise click.UsageError(why) from None


def _drawn(one: Given, schemes: tuple[str, ...], population: Population | None, seed: int) -> Drawn:
    assert isinstance(one.found, AccessSet)
    return one, figures(one.found, schemes, population, seed=seed, recorded=one.recorded)
