"""What is asked twice is done once: who heard no answer asks again, and the journal knows the request by its name.

A request writes to a journal in one step. What it wrote in a second one would be missing where it is asked again: a
second step is refused, the first time too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Lock

from portolan.errors import RequestError


@dataclass(eq=False)
class _Request:
    """A request that is being answered, from whichever threads."""

    name: str
    lock: Lock = field(default_factory=Lock)
    has_written: bool = False


_request: ContextVar[_Request | None] = ContextVar("portolan_request", default=None)


@contextmanager
def once(request: str | None) -> Iterator[None]:
    """What the block writes to a journal, it writes once for a request of that name; None: each time."""
    token = _request.set(None if request is None else _Request(request))
    try:
        yield
    finally:
        _request.reset(token)


@contextmanager
def writing_once() -> Iterator[None]:
    """The one step in which the request that is being answered writes; one that fails may be tried again.

    Raises
    ------
    RequestError
        It has written already.
    """
    request = _request.get()
    if request is None:
        yield
        return
    with request.lock:
        if request.has_written:
            raise RequestError(
                "A request wrote to the journal in two steps: asked again, it would leave out the second.",
                fix="Write all of its events by one call of `append`.",
            )
        yield
        request.has_written = True


def request_now() -> str | None:
    """The name of the request that is being answered, up to 40 letters; None: it has none."""
    request = _request.get()
    return None if request is None else request.name
