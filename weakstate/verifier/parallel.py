"""Apply a function to a stream on worker threads and give the results in order."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

Given = TypeVar("Given")
Made = TypeVar("Made")


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Workers:
    """Threads, started at the first stream that is long enough to want them.

    Leaving does not wait for threads that still run, so that an interrupt is answered.
    Raises: ValueError if ``jobs`` is less than one.
    """

    def __init__(self, jobs: int) -> None:
        if jobs < 1:
            raise ValueError(f"jobs must be at least 1, not {jobs}")
        self._jobs = jobs
        self._pool: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def in_order(self, function: Callable[[Given], Made], given: Iterable[Given]) -> Iterator[Made]:
        """``map``, with up to two calls a thread under way.

        ``given`` is drawn on by the caller's thread, which also does the work for one job or
        a stream of one.
        """
        source = iter(given)
        head = list(islice(source, 1 if self._jobs == 1 else 2))
        if len(head) < 2:
            yield from map(function, chain(head, source))
            return
        pool = self._started()
        waiting: deque[Future[Made]] = deque()
        try:
            for one in chain(head, source):
                waiting.append(pool.submit(function, one))
                if len(waiting) >= 2 * self._jobs:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def _started(self) -> "ThreadPoolExecutor":
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(self._jobs, thread_name_prefix="weakstate")
        return self._pool
