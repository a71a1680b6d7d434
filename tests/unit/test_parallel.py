"""Results come in order, work is bounded ahead, and leaving does not wait."""

import threading
import time

import pytest

from weakstate.verifier.parallel import Workers


@pytest.mark.parametrize("jobs", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 2, 40])
def test_results_are_in_the_order_of_the_input(jobs, count):
    def work(number):
        time.sleep(0.001 * (number % 3))
        return number * number

    with Workers(jobs) as workers:
        assert list(workers.in_order(work, range(count))) == [n * n for n in range(count)]


@pytest.mark.parametrize("jobs", [1, 3])
def test_input_is_drawn_little_ahead(jobs):
    drawn = []
    with Workers(jobs) as workers:
        results = workers.in_order(str, (drawn.append(n) or n for n in range(1000)))
        assert next(results) == "0"
        assert len(drawn) <= 2 * jobs
        results.close()


def test_one_job_and_one_input_stay_on_the_callers_thread():
    here = threading.get_ident()
    for jobs, given in [(1, range(3)), (4, range(1))]:
        with Workers(jobs) as workers:
            threads = workers.in_order(lambda _: threading.get_ident(), given)
            assert set(threads) == {here}


def test_several_threads_do_work():
    meet = threading.Barrier(2, timeout=10)  # breaks unless two calls are under way at once
    with Workers(2) as workers:
        assert list(workers.in_order(lambda _: meet.wait() >= 0, range(2))) == [True, True]


def test_an_error_ends_the_stream_and_cancels_what_waits():
    started = []

    def work(number):
        started.append(number)
        if number == 0:
            raise KeyboardInterrupt
        time.sleep(0.01)

    with Workers(2) as workers, pytest.raises(KeyboardInterrupt):
        list(workers.in_order(work, range(100)))
    assert len(started) <= 4


def test_jobs_below_one_are_refused():
    with pytest.raises(ValueError, match="at least 1"):
        Workers(0)
