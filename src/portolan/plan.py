"""What `--dry-run` tells: which stages would run, and about how long they take on this machine."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

import pyarrow as pa

from portolan.core.counted import counted
from portolan.core.pairs import check_layout, texts_of
from portolan.core.roles import describe_roles, infer_roles
from portolan.home import map_path
from portolan.loaders import SourceBatches, open_source
from portolan.options import MapOptions, plugin_name
from portolan.plugins import BrokenLine, ReadOptions, embedders
from portolan.progress import TITLES
from portolan.stages.run import Run

READ_S = 3.0
"""How long to read before the number of rows is estimated instead of counted."""

# Seconds a thousand rows, and seconds a megabyte of text, on two cores of a common server; benchmarks/pipeline.py
# measures them. They tell minutes from hours, no more.
RATES = {
    "load": (0.002, 0.045),
    "embed": (0.023, 0.105),
    "neighbors": (0.087, 0.0),
    "project": (0.045, 0.0),
    "tile": (0.001, 0.0),
    "cluster": (0.03, 0.0),
    "name": (0.005, 0.08),
    "tile-clusters": (0.0005, 0.0),
    "quality": (0.02, 0.0),
    "index": (0.002, 0.11),
}
COMPRESSION = {".gz": 3.0, ".zst": 3.2}


@dataclass(frozen=True)
class PlannedStage:
    """A stage: whether it is done already, and about how many seconds it takes; None where only the endpoint knows."""

    stage: str
    is_done: bool
    seconds: float | None


@dataclass(frozen=True)
class Plan:
    """What would run."""

    map: str
    roles: str
    rows: int
    is_exact: bool
    text_mb: float
    stages: tuple[PlannedStage, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The plan as JSON holds it."""
        return asdict(self)

    def to_text(self) -> str:
        """The plan as a person reads it."""
        about = "" if self.is_exact else "about "
        lines = [self.roles, f"{about}{counted(self.rows, 'row')}, {self.text_mb:,.1f} MB of text → {self.map}", ""]
        for planned in self.stages:
            title = TITLES.get(planned.stage, planned.stage)
            took = "?" if planned.seconds is None else f"{planned.seconds:,.1f} s"
            lines.append(f"  {title:<24}{'done already' if planned.is_done else took:>14}")
        total = sum(planned.seconds or 0 for planned in self.stages if not planned.is_done)
        lines += ["", f"About {_duration(total)} on two cores. Nothing was written."]
        return "\n".join([*lines, *(f"Note: {note}" for note in self.notes)])


def make_plan(data: Any, options: MapOptions, *, name: str, planned_run: Run | None) -> Plan:
    """Read a first part of `data`, and tell what a map of it would take.

    Parameters
    ----------
    planned_run : Run, optional
        A dry run over the map that lies there already with the same data.
    """
    broken: list[BrokenLine] = []
    source = open_source(data, options=ReadOptions(is_strict=options.is_strict, on_broken=broken.append))
    first, n_read, is_exact = _read_some(source)
    roles = infer_roles(first, **options.role_overrides())
    check_layout(roles, options.layout)
    sample = first.slice(0, 2000).combine_chunks().to_batches()[0]
    characters = sum(len(text) for text in texts_of(sample, roles, options.layout).to_pylist()) / sample.num_rows
    n_rows = n_read if is_exact else _estimated_rows(source, first, n_read)
    text_mb = n_rows * characters / 1e6
    done = set(planned_run.done_before) if planned_run is not None else set()
    notes = list(source.notes)
    if broken:
        notes.append(f"{len(broken):,} broken lines so far would be left out.")
    notes += _embedder_notes(options, n_rows, int(n_rows * characters))
    return Plan(
        map=str(map_path(name, options.path)),
        roles=describe_roles(roles, n_rows),
        rows=n_rows,
        is_exact=is_exact,
        text_mb=text_mb,
        stages=tuple(_stage(stage, done, options, n_rows, text_mb) for stage in RATES),
        notes=tuple(notes),
    )


def _stage(stage: str, done: set[str], options: MapOptions, n_rows: int, text_mb: float) -> PlannedStage:
    is_unknown = stage == "embed" and plugin_name(options.embedder)[0] not in ("static", "vectors", "model2vec")
    per_thousand, per_mb = RATES[stage]
    seconds = None if is_unknown else round(0.2 + n_rows / 1000 * per_thousand + text_mb * per_mb, 1)
    return PlannedStage(stage, stage in done, seconds)


def _embedder_notes(options: MapOptions, n_rows: int, n_characters: int) -> list[str]:
    """What the embedder says it will cost, where it can say."""
    name, argument = plugin_name(options.embedder)
    embedder = embedders.get(name)(argument, random_state=options.random_state, threads=options.threads)
    estimate = getattr(embedder, "estimate", None)
    return [estimate(n_rows, n_characters)] if estimate is not None else []


def _read_some(source: SourceBatches) -> tuple[pa.Table, int, bool]:
    """A first table, how many rows were read, and whether that is all."""
    started = time.monotonic()
    batches = source.batches()
    first = next(batches)
    kept, n_read = [first], 0
    for batch in chain([first], batches):
        n_read += batch.num_rows
        if batch is not first and sum(part.num_rows for part in kept) < 4096:
            kept.append(batch)
        if time.monotonic() - started > READ_S:
            return pa.Table.from_batches(kept), source.total_rows or n_read, source.total_rows is not None
    return pa.Table.from_batches(kept), n_read, True


def _estimated_rows(source: SourceBatches, first: pa.Table, n_read: int) -> int:
    """About how many rows the files hold, by their size and that of the first rows."""
    if source.size_bytes is None:
        return n_read
    ending = "." + source.label.rsplit(".", 1)[-1]
    unpacked = source.size_bytes * COMPRESSION.get(ending, 1.0)
    return max(n_read, int(unpacked / max(1.0, first.nbytes / first.num_rows)))


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"
