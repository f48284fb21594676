"""What scorers measured of a map's rows: run one, read what it left, list what is there.

A scorer runs once for its key, which names all that decides its scores; what it leaves are measured columns. Nobody is
locked out meanwhile: the map is locked when the columns are kept, at the end.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from portolan.core.parallel import one_blas_thread
from portolan.core.scored import (
    ScoreColumn,
    as_column,
    is_text,
    sides_to_score,
)
from portolan.errors import InputError, NotFoundError
from portolan.options import plugin_name
from portolan.plugins import MapScorer, Scorer, TextScorer, scorers
from portolan.stages.measured import COLUMNS, Measured, read_measured, write_measured
from portolan.stages.run import Tell, tell_nobody
from portolan.stages.scored import MapToScore, score_batches
from portolan.store import Store
from portolan.store.manifest import StageRecord, stage_key
from portolan.types import Report, Roles, Side, silent

PREFIX = "score-"
MEASURED_NAME = "measured_{}"
"""What a column is called where the user's data has one of its name."""
BATCH_TEXTS = 8192
PLANNED_ROWS = 4096
"""Rows that are read to tell what scoring would read."""
COSTLY_TEXTS = 256
"""Texts in a batch that is kept when it is finished."""
_COLUMN_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class ScoreNote:
    """What is there of one scorer.

    Attributes
    ----------
    name : str
        What the scorer is asked for by: NAME or NAME:ARGUMENT.
    columns : tuple of dict
        name, kind, what, side (None, "chosen", "rejected") and n_missing of each; the first is the score itself.
    key : str
        Names what decided the scores: plugin, version, model.
    card : dict
        What it measures, by which method, and how good it is.
    is_current : bool
        Whether the rows, and what else it was made of, are still the same.
    """

    name: str
    columns: tuple[dict[str, Any], ...]
    key: str
    card: dict[str, Any]
    seconds: float
    finished: str
    is_current: bool

    def to_json(self) -> dict[str, Any]:
        """The note as JSON holds it."""
        return {**asdict(self), "columns": list(self.columns)}


@dataclass(frozen=True)
class ScorePlan:
    """What scoring would do: how many texts, what the scorer says of the cost, whether it is done already.

    Of a large map texts and characters are estimated from some of the rows, and not `is_exact`.
    """

    name: str
    n_texts: int
    n_chars: int
    estimate: str
    is_done: bool
    is_exact: bool

    @property
    def reading(self) -> str:
        """What it would read, in words."""
        return f"{'' if self.is_exact else 'about '}{self.n_texts:,} texts, {self.n_chars:,} characters"


def score(
    store: Store,
    choice: str,
    *,
    threads: int | None = None,
    report: Report = silent,
    tell: Tell = tell_nobody,
) -> ScoreNote:
    """Run a scorer over the map's rows, unless its scores are there; an interrupted costly one goes on.

    Parameters
    ----------
    choice : str
        NAME or NAME:ARGUMENT.

    Raises
    ------
    UnknownPluginError
        There is no such scorer.
    InputError
        The map is not made as far as the scorer needs, or its rows were replaced meanwhile.
    """
    job = _Job(store, choice, threads)
    if store.is_done(job.stage, job.key):
        return _note(store, store.manifest.stages[job.stage])
    if hasattr(job.scorer, "estimate"):
        tell(_planned(job).estimate)
    started = time.perf_counter()
    with one_blas_thread():
        columns = _measure(job, report)
    if job.key != _Job(store, choice, threads).key:
        raise InputError("The map's rows were replaced while they were scored.", fix="Run the same command again.")
    info = {"scorer": choice, "scorer_key": job.scorer.key, "card": dict(job.scorer.card), "needs": list(job.needs)}
    write_measured(store, columns, stage=job.stage, key=job.key, seconds=time.perf_counter() - started, info=info)
    return _note(store, store.manifest.stages[job.stage])


def plan_score(store: Store, choice: str) -> ScorePlan:
    """What `score` would do; of many texts some are read, to tell how many there are. Raises as `score` does."""
    return _planned(_Job(store, choice, None))


def score_stage(store: Store, choice: str) -> tuple[str, str]:
    """The stage that a scorer's columns are kept as, and the key that it has when they are current. Cheap.

    Raises
    ------
    UnknownPluginError
        There is no such scorer.
    InputError
        It cannot be built so, or the map is not made as far as it needs.
    """
    job = _Job(store, choice, None)
    return job.stage, job.key


def notes_of_scores(store: Store) -> list[ScoreNote]:
    """What is there of each scorer, the oldest first."""
    records = [record for stage, record in store.manifest.stages.items() if stage.startswith(PREFIX)]
    return [_note(store, record) for record in sorted(records, key=lambda record: record.finished)]


def score_values(store: Store, note: ScoreNote, *, side: Side = "chosen") -> NDArray[Any]:
    """The score itself of each row, shape (n_rows,): float32, NaN where missing; of categories an array of str or None.

    Booleans are 0 and 1; of lists of tags it is how many there are.
    """
    base = note.columns[0]
    suffix = "_rejected" if side == "rejected" else ""
    found = next((column for column in note.columns if column["name"] == base["name"] + suffix), None)
    if found is None:
        raise NotFoundError(f"'{note.name}' did not score a {side} side.", fix="Only pairs have sides; leave it out.")
    values = read_measured(store, found["name"])
    if found["kind"] in ("category", "text"):
        return np.array(values.to_pylist(), dtype=object)
    if found["kind"] == "tags":
        values = pc.list_value_length(values)
    if found["kind"] == "boolean":
        values = values.cast(pa.int8())
    numbers: NDArray[Any] = values.cast(pa.float32()).to_numpy(zero_copy_only=False)
    return numbers


def choice_of(name: str, argument: str | None) -> str:
    """NAME or NAME:ARGUMENT, from the two or from one that holds both."""
    return name if argument is None else f"{name}:{argument}"


class _Job:
    """A scorer and what it is about to score."""

    def __init__(self, store: Store, choice: str, threads: int | None) -> None:
        name, argument = plugin_name(choice)
        self.store = store
        self.choice = choice
        self.scorer: Scorer = scorers.get(name)(argument, threads=threads)
        self.threads = threads
        self.roles = Roles.from_json(store.manifest.facts.get("roles", {}))
        self.needs = tuple(getattr(self.scorer, "needs", ()))
        self.stage = PREFIX + self.scorer.columns[0].name
        self.key = stage_key(
            self.stage,
            inputs=_inputs(store, self.needs),
            parameters={
                "scorer": self.scorer.key,
                "roles": self.roles.to_json(),
                "batch": COSTLY_TEXTS,
                # Once only the best reply of a ranking was scored.
                **({"sides": len(self.sides)} if self.roles.kind == "ranking" else {}),
            },
        )

    @property
    def columns(self) -> tuple[ScoreColumn, ...]:
        """The scorer's columns."""
        return self.scorer.columns

    @property
    def sides(self) -> tuple[Side | None, ...]:
        """Sides that are scored apart."""
        return sides_to_score(self.roles)


def _inputs(store: Store, needs: Sequence[str]) -> list[str]:
    stages = store.manifest.stages
    for stage in ("load", *needs):
        if stage not in stages:
            raise InputError(
                f"The map '{store.path}' is not finished: '{stage}' is still to do.",
                fix="Run portolan map on it again, and score it then.",
            )
    return [stages[stage].key for stage in ("load", *needs)]


def _note(store: Store, record: StageRecord) -> ScoreNote:
    info = record.info
    try:
        key = _Job(store, info["scorer"], None).key
    except (NotFoundError, InputError, ImportError):
        # A scorer of a package, or of a model's folder, that is not here now: what it left stays.
        key = record.key
    return ScoreNote(
        name=info["scorer"],
        columns=tuple(info[COLUMNS]),
        key=info["scorer_key"],
        card=dict(info["card"]),
        seconds=record.seconds,
        finished=record.finished,
        is_current=key == record.key,
    )


def _planned(job: _Job) -> ScorePlan:
    n_rows, n_texts, n_chars = job.store.n_rows, 0, 0
    n_read = min(n_rows, PLANNED_ROWS)
    # Spread over the map: rows of one source often lie beside each other.
    row_ids = np.linspace(0, max(n_rows - 1, 0), n_read).astype(np.int64)
    for side in job.sides:
        for batch in MapToScore(job.store, job.roles, threads=job.threads).texts_of(row_ids, side):
            there = is_text(batch.texts)
            n_texts += int(there.sum())
            lengths = pc.add(pc.utf8_length(batch.texts), pc.utf8_length(batch.prompts)).to_numpy(zero_copy_only=False)
            n_chars += int(lengths[there].sum())
    is_exact = n_read == n_rows
    if not is_exact:
        n_texts, n_chars = (_rounded(count * n_rows / n_read) for count in (n_texts, n_chars))
    estimate = getattr(job.scorer, "estimate", None)
    said = str(estimate(n_texts, n_chars)) if estimate else ""
    return ScorePlan(job.choice, n_texts, n_chars, said, job.store.is_done(job.stage, job.key), is_exact)


def _rounded(count: float) -> int:
    """To three digits: more would not be known."""
    return int(float(f"{count:.3g}"))


# Measuring.


def _measure(job: _Job, report: Report) -> list[Measured]:
    names = _free_names(job)
    if isinstance(job.scorer, MapScorer):
        return list(_measured_map(job, job.scorer, names, report))
    assert isinstance(job.scorer, TextScorer)
    return list(_measured_texts(job, job.scorer, names, report))


def _free_names(job: _Job) -> dict[str, str]:
    """What each column is called: by its own name, or another where the user's data has a column of one of them."""
    wanted = [column.name for column in job.columns]
    given = set(job.store.schema.names)
    taken = {name + suffix for name in wanted for suffix in ("", "_chosen", "_rejected")} & given
    return {name: MEASURED_NAME.format(name) if taken else name for name in wanted}


def _measured_map(job: _Job, scorer: MapScorer, names: Mapping[str, str], report: Report) -> Iterator[Measured]:
    n_rows = job.store.n_rows
    found = scorer.score_map(MapToScore(job.store, job.roles, threads=job.threads), report=report)
    for column in job.columns:
        for side in (None, "chosen", "rejected"):
            suffix = f"_{side}" if side else ""
            if column.name + suffix in found:
                values = as_column(found[column.name + suffix], column, n=n_rows)
                yield _measured(column, names[column.name] + suffix, side, values)


def _measured_texts(job: _Job, scorer: TextScorer, names: Mapping[str, str], report: Report) -> Iterator[Measured]:
    """Each side's columns; those of the chosen side without a side's name as well."""
    tables = score_batches(
        job.store, job.roles, scorer, stage=job.stage, key=job.key, batch_texts=_batch_texts(scorer), report=report
    )
    for column in job.columns:
        for side, table in zip(job.sides, tables, strict=True):
            values = table.column(column.name).combine_chunks()
            if side in (None, "chosen"):
                yield _measured(column, names[column.name], None, values)
            if side is not None:
                yield _measured(column, f"{names[column.name]}_{side}", side, values)


def _batch_texts(scorer: Scorer) -> int:
    return COSTLY_TEXTS if scorer.is_costly else BATCH_TEXTS


def _measured(column: ScoreColumn, name: str, side: str | None, values: pa.Array) -> Measured:
    return Measured(name, column.kind, values, {"what": column.what, "side": side, "n_missing": values.null_count})
