"""Batches made ahead of their use, in the background."""

from collections import deque
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from linnet.tasks.contract import Examples

Content = TypeVar("Content")


def prefetch(
    dataset: Examples[Content], start: int, *, workers: int = 1, ahead: int = 4
) -> Generator[Content, None, None]:
    """Batches start, start+1, ... in order, made by `workers` threads up to `ahead` batches in advance.

    Endless; closing the iterator ends the threads. An error in a batch is raised where it is asked for.
    """
    pool = ThreadPoolExecutor(workers, thread_name_prefix="linnet-mix")
    waiting: deque[Future[Content]] = deque()
    index = start
    try:
        while True:
            while len(waiting) < max(1, ahead):
                waiting.append(pool.submit(dataset.batch, index))
                index += 1
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
