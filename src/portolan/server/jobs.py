"""Long work of the server: one piece at a time, in a thread of its own, with progress and a way to stop it.

Whatever is done so can be killed at any moment: exports appear whole or not at all, scorers go on where they were,
decisions are written in one step at the end.
"""

from __future__ import annotations

import contextvars
import itertools
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Literal

from portolan.errors import InputError, MapLockedError, NotFoundError, PortolanError
from portolan.progress import TITLES
from portolan.types import Progress, Report

JobKind = Literal["audit", "clean", "effect", "export", "influence", "score"]
JobState = Literal["running", "done", "failed", "stopped"]
log = logging.getLogger("portolan.server")


class StoppedError(Exception):
    """Somebody stopped the work: raised out of its next report of progress."""


class Job:
    """A piece of work: what it is, how far it has come, what came of it.

    Attributes
    ----------
    kind : JobKind
    told : str
        What is being done, as a clause: "scoring with pii".
    state : JobState
    result : Any
        What the work gave, once it is done.
    """

    def __init__(self, number: int, kind: JobKind, told: str) -> None:
        self.number = number
        self.kind = kind
        self.told = told
        self.state: JobState = "running"
        self.progress: Progress | None = None
        self.result: Any = None
        self.problem: PortolanError | None = None
        self.is_stopping = False
        self._started = time.monotonic()
        self._ended: float | None = None
        self._over = threading.Event()

    @property
    def seconds(self) -> float:
        """How long it has been running, or ran."""
        return (self._ended or time.monotonic()) - self._started

    @property
    def stage(self) -> str:
        """What it is at, for a person; "" before it said so."""
        return TITLES.get(self.progress.stage, self.progress.stage) if self.progress else ""

    def wait(self, seconds: float) -> None:
        """Wait until it is over, but no longer than that."""
        self._over.wait(seconds)

    def report(self, progress: Progress) -> None:
        """Take note of progress. Raises StoppedError where somebody stopped the work."""
        if self.is_stopping:
            raise StoppedError
        self.progress = progress

    def run(self, work: Callable[[Report], Any]) -> None:
        """Do the work and keep what comes of it."""
        try:
            self.result = work(self.report)
            self.state = "done"
        except StoppedError:
            self.state = "stopped"
        except PortolanError as error:
            self.problem, self.state = error, "failed"
        except Exception as error:  # a shell's outer edge: nobody else would say that it failed
            log.exception("%s failed", self.told)
            fix = "The terminal that runs the server says more; please report what it shows."
            self.problem, self.state = PortolanError(f"It failed: {type(error).__name__}.", fix=fix), "failed"
        finally:
            self._ended = time.monotonic()
            self._over.set()


class Desk:
    """Takes one piece of work at a time, and remembers the last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._job: Job | None = None

    def start(self, kind: JobKind, told: str, work: Callable[[Report], Any]) -> Job:
        """Begin a piece of work.

        Raises
        ------
        MapLockedError
            Another one is not over.
        """
        with self._lock:
            if self._job is not None and self._job.state == "running":
                raise MapLockedError(f"The server is {self._job.told}.", fix="Wait until that is done, or stop it.")
            job = self._job = Job(next(self._numbers), kind, told)
        # Whoever began it does it: their name is in the context of the request.
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(job.run, work), name=f"job-{job.number}", daemon=True).start()
        return job

    def last(self) -> Job | None:
        """The work that is being done, or was done last."""
        return self._job

    def job(self, number: int) -> Job:
        """The work of that number. Raises NotFoundError where a later one took its place."""
        job = self._job
        if job is None or job.number != number:
            raise NotFoundError(f"There is no work {number} any more.", fix="Begin it again.")
        return job

    def stop(self, number: int) -> Job:
        """Ask the work to stop; it does so at its next step. Raises NotFoundError, or InputError where it is over."""
        job = self.job(number)
        if job.state != "running":
            raise InputError("It is over already.", fix="Nothing is to be done.")
        job.is_stopping = True
        return job

    @property
    def is_busy(self) -> bool:
        """Whether work is being done."""
        return self._job is not None and self._job.state == "running"

    def end(self, *, wait_s: float = 0.3) -> None:
        """The server stops: so does the work, and whatever it left unfinished goes."""
        if self._job is not None and self.is_busy:
            self._job.is_stopping = True
            self._job.wait(wait_s)
