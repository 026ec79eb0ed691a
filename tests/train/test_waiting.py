"""Idle is what the devices were for want of a batch, and only that."""

import time

import pytest

from linnet.train.waiting import AHEAD, Waiting


class Result:
    """Like an array that is being worked out: ready from a moment on."""

    def __init__(self, ready_at: float = 0.0) -> None:
        self.ready_at, self.blocked = ready_at, False

    def is_ready(self) -> bool:
        return time.monotonic() >= self.ready_at

    def block_until_ready(self) -> None:
        self.blocked = True


def slow(seconds: float):
    while True:
        time.sleep(seconds)
        yield "batch"


def test_a_slow_loader_is_idle_time_where_the_devices_are_done():
    waiting, batches = Waiting(), slow(0.05)
    waiting.started(Result())
    assert waiting.next(batches) == "batch"
    assert 0.5 < waiting.share() <= 1


def test_a_wait_during_which_the_devices_work_is_not_idle():
    waiting = Waiting()
    waiting.started(Result(ready_at=time.monotonic() + 60))
    waiting.next(slow(0.02))
    assert waiting.share() == 0


def test_each_share_counts_from_the_last():
    waiting = Waiting()
    waiting.next(slow(0.02))
    assert waiting.share() > 0
    time.sleep(0.01)
    assert waiting.share() == 0


def test_we_wait_for_the_oldest_when_more_than_a_few_are_under_way():
    waiting, results = Waiting(), [Result() for _ in range(AHEAD + 2)]
    for result in results:
        waiting.started(result)
    assert [result.blocked for result in results] == [True, True] + [False] * AHEAD


def test_an_error_of_the_loader_comes_through():
    def read(_: int) -> str:
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        Waiting().next(map(read, range(1)))
