"""Processes that draw trees: Python code, of which one process runs one thread at a time."""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from multiprocessing import active_children, get_context
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Generic, Self, TypeVar

Made = TypeVar("Made")


class Ready(Generic[Made]):
    """What needs no work, in the place of a call."""

    def __init__(self, result: Made) -> None:
        self._result = result

    def result(self) -> Made:
        """It."""
        return self._result


class Workers:
    """Processes, started at the first call; for one job there are none but this.

    Leaving by an error ends those that still run, so that an interrupt is answered.
    """

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._pool: Executor | None = None
        self._others: set[BaseProcess] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._pool is None:
            return
        if kind is not None:
            for process in set(active_children()).difference(self._others):
                process.terminate()
        self._pool.shutdown(cancel_futures=True)

    def in_order(self, calls: "Iterable[Ready[Made] | Callable[[], Made]]") -> Iterator[Made]:
        """Results in the order of the calls, of which up to two a process are under way."""
        waiting: deque[Ready[Made] | Future[Made]] = deque()
        for call in calls:
            waiting.append(call if isinstance(call, Ready) else self._begun(call))
            if len(waiting) >= 2 * self._jobs or self._jobs == 1:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _begun(self, call: Callable[[], Made]) -> "Ready[Made] | Future[Made]":
        return Ready(call()) if self._jobs == 1 else self._started().submit(call)

    def _started(self) -> Executor:
        if self._pool is None:
            from concurrent.futures import ProcessPoolExecutor

            # Not forked: this process has threads, and may have locked what they share.
            context = get_context("spawn")
            self._others = set(active_children())
            self._pool = ProcessPoolExecutor(self._jobs, context, _begin)
        return self._pool


def _begin() -> None:
    """Leave interrupts to the parent, and end with it."""
    import threading

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    from multiprocessing import parent_process
    from multiprocessing.connection import wait

    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
    os._exit(1)
