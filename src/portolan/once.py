"""What is asked twice is done once: who heard no answer asks again, and the journal knows the request by its name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_request: ContextVar[str | None] = ContextVar("portolan_request", default=None)


@contextmanager
def once(request: str | None) -> Iterator[None]:
    """What the block writes to a journal, it writes once for a request of that name; None: each time."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def request_now() -> str | None:
    """The name of the request that is being answered, up to 40 letters; None: it has none."""
    return _request.get()
