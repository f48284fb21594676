"""Blocks of fixed size on several threads: the same result on any number of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import TypeVar

from threadpoolctl import ThreadpoolController

T = TypeVar("T")


def thread_count(threads: int | None) -> int:
    """`threads`, or the number of cores this process may use."""
    if threads is not None:
        return max(1, threads)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep BLAS on one thread: how it splits a product among threads may change the last bits."""
    with _libraries(len(sys.modules)).limit(limits=1, user_api="blas"):
        yield


@lru_cache(maxsize=1)
def _libraries(_n_modules: int) -> ThreadpoolController:
    """The BLAS libraries that are loaded. To look takes 10 ms, and only an import brings another."""
    return ThreadpoolController()


def map_blocks(
    work: Callable[[int, int], T], n_rows: int, *, block_rows: int, threads: int | None = None
) -> Iterator[T]:
    """Results of `work(start, stop)` for each block of rows, in order.

    The blocks depend on `block_rows` alone, so that the number of threads changes nothing but time. `work` should
    release the GIL (NumPy, numba with nogil).
    """
    starts = range(0, n_rows, block_rows)
    with one_blas_thread(), ThreadPoolExecutor(thread_count(threads)) as pool:
        yield from pool.map(lambda start: work(start, min(start + block_rows, n_rows)), starts)


def each_block(work: Callable[[int, int], T], n_rows: int, *, block_rows: int) -> list[T]:
    """Results of `work(start, stop)` for each block of rows, in order, for answers that a person waits for.

    As `map_blocks`, but for work without BLAS: the threads are kept from call to call, and nothing is looked up.
    """
    starts = range(0, n_rows, block_rows)
    if len(starts) <= 1:
        return [work(start, n_rows) for start in starts]
    return list(_kept_threads().map(lambda start: work(start, min(start + block_rows, n_rows)), starts))


@cache
def _kept_threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(thread_count(None), thread_name_prefix="portolan-block")
