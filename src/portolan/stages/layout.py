"""Neighbors, project, quality: from vectors to points, and how faithful they are."""

from __future__ import annotations

from typing import Any

from portolan.core.metrics import measure_quality
from portolan.core.neighbors import find_neighbors
from portolan.core.project import project
from portolan.core.turn import turned
from portolan.stages.run import Run
from portolan.types import Progress


def neighbors(run: Run) -> None:
    """The nearest rows of each row, in the vectors."""
    n_neighbors, random_state = run.options.n_neighbors, run.options.random_state

    def work(key: str) -> None:
        found = find_neighbors(
            run.vectors,
            n_neighbors=n_neighbors,
            random_state=random_state,
            threads=run.options.threads,
            report=run.report,
        )
        run.store.write_array("neighbors", found.ids, key=key)
        run.store.write_array("distances", found.distances, key=key)

    parameters = {"n_neighbors": n_neighbors, "random_state": random_state}
    run.stage("neighbors", after=["embed"], parameters=parameters, work=work)


def layout(run: Run, *, like: Run | None = None) -> None:
    """Positions of all rows on the map; with `like`, turned the way that other layout of them lies."""

    def work(key: str) -> None:
        points = project(
            run.vectors,
            run.graph,
            random_state=run.options.random_state,
            threads=run.options.threads,
            report=run.report,
        )
        run.store.write_points(points if like is None else turned(points, like=like.points), key=key)

    parameters: dict[str, Any] = {"random_state": run.options.random_state}
    if like is not None:
        parameters["like"] = like.keys["project"]
    run.stage("project", after=["neighbors"], parameters=parameters, work=work)


def quality(run: Run) -> None:
    """Quality figures of the layout, measured on a sample and kept in the manifest."""

    def work(_key: str) -> dict[str, Any]:
        run.report(Progress("quality", 0, 1, unit="sample"))
        measured = measure_quality(run.vectors, run.points, run.graph, random_state=run.options.random_state)
        run.report(Progress("quality", 1, 1, unit="sample"))
        return {name: round(float(value), 4) for name, value in measured.items()}

    run.stage("quality", after=["project"], parameters={}, work=work)
