"""One run of the stages over one map: keys, times, what is done already, and what the stages have left so far."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from portolan.core.neighbors import Neighbors
from portolan.options import MapOptions
from portolan.store import Store
from portolan.store.manifest import stage_key
from portolan.types import ClusterIds, Points, Report, Roles, Vectors, silent

Tell = Callable[[str], None]
"""Receives a line for the person."""


def tell_nobody(_line: str) -> None:
    """Say nothing."""


@dataclass
class Run:
    """What every stage is given: the store, the choices, where to report, and the keys of the stages before it.

    `vectors`, `graph`, `points` and `layers` are read when a stage first asks for them: a stage that is done asks for
    nothing.
    """

    store: Store
    options: MapOptions
    report: Report = silent
    tell: Tell = tell_nobody
    is_dry: bool = False
    """Only find out what would run."""
    keys: dict[str, str] = field(default_factory=dict)
    done_before: list[str] = field(default_factory=list)
    """Stages that were found done, so that nothing had to run."""
    due: list[str] = field(default_factory=list)
    """Stages that ran, or would run."""

    def stage(
        self,
        name: str,
        *,
        after: Sequence[str],
        parameters: dict[str, Any],
        work: Callable[[str], dict[str, Any] | None],
    ) -> None:
        """Run `work(key)` unless the stage is done under that key.

        The key is made of the keys of the stages in `after` and of `parameters`: a changed parameter redoes this stage
        and what follows from it, and nothing else. `work` writes to the store under the key; what it returns is kept as
        the stage's info.
        """
        key = stage_key(name, inputs=[self.keys[before] for before in after], parameters=parameters)
        self.keys[name] = key
        if self.store.is_done(name, key):
            self.done_before.append(name)
            return
        self.due.append(name)
        if self.is_dry:
            return
        started = time.perf_counter()
        info = work(key)
        self.store.finish(name, key=key, seconds=time.perf_counter() - started, info=info)

    @cached_property
    def roles(self) -> Roles:
        """Which column plays which part."""
        return Roles.from_json(self.store.manifest.facts["roles"])

    @cached_property
    def vectors(self) -> Vectors:
        """Vectors of all rows."""
        return self.store.read_vectors()

    @cached_property
    def graph(self) -> Neighbors:
        """The nearest rows of each row."""
        return Neighbors(self.store.read_array("neighbors"), self.store.read_array("distances"))

    @cached_property
    def points(self) -> Points:
        """Positions of all rows."""
        return self.store.read_points()

    @cached_property
    def layers(self) -> list[ClusterIds]:
        """Each row's cluster in each layer, the finest first."""
        return self.store.read_clusters()
