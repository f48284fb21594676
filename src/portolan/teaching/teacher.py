"""Teaches the concepts of a map, keeps them as stages of it, and tells what to label next."""

from __future__ import annotations

import platform
import time
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.concept_vectors import Ground, general_part, ground_of
from portolan.core.concept import Learnt
from portolan.core.concept_file import Taught, checked_concept_name, told_of
from portolan.core.concept_telling import card_of, column_of, columns_of
from portolan.core.lesson import WHOLE, Lesson, lesson_of
from portolan.core.parallel import one_blas_thread
from portolan.core.useful import Order, next_rows
from portolan.errors import InputError, NotFoundError
from portolan.scoring import PREFIX
from portolan.stages.embed import load_embedder
from portolan.stages.measured import COLUMNS, Measured, read_measured, write_measured
from portolan.store import Store
from portolan.store.manifest import StageRecord, stage_key
from portolan.store.protocol import AnyRowIds
from portolan.teaching.concept import Concept
from portolan.teaching.learning import enough, learnt_of
from portolan.teaching.sides import Sides
from portolan.types import BoolArray, RowIds

if TYPE_CHECKING:
    from portolan.map import Map

CUT = 0.5
VERSION = 1
"""Another one teaches anew from the same labels."""
CONCEPT = "concept"
"""Where a stage's info holds the model."""


class Teacher:
    """Teaches concepts of one map, and tells what to label next."""

    def __init__(self, of: Map, store: Store) -> None:
        self._map = of
        self._store = store
        self._sides = Sides(of, store)

    def teach(self, name: str, *, set: str, values: Sequence[str], description: str = "", cut: float = CUT) -> Concept:
        """Learn a concept from the labels as they stand, and score all rows by it. Same labels: nothing is done.

        Raises
        ------
        InputError
            There are too few labels; the name or the cut cannot be used; the map is not embedded yet.
        NotFoundError
            There is no such set.
        """
        name = checked_concept_name(name)
        if not 0 < cut < 1:
            raise InputError(f"The cut is {cut}.", fix="Give a chance between 0 and 1.")
        lesson = self.lesson(set, values)
        stage = PREFIX + column_of(name)
        key = self._key(lesson, name, description=description, cut=cut)
        if not self._store.is_done(stage, key):
            started = time.perf_counter()
            with one_blas_thread():
                taught, columns = self._learn(lesson, name, description=description, cut=cut)
            info = {
                "scorer": f"concept:{name}", "scorer_key": f"taught:{VERSION}:{key}", "card": dict(card_of(taught)),
                "needs": ["embed"], CONCEPT: taught.to_json(),
            }  # fmt: skip
            seconds = time.perf_counter() - started
            write_measured(self._store, columns, stage=stage, key=key, seconds=seconds, info=info)
        return self.concept(name)

    def lesson(self, set: str, values: Sequence[str]) -> Lesson:
        """What the labels of a set say now. Raises as `lesson_of` does."""
        return lesson_of(self._store.judged.labels(), set, values)

    def concepts(self) -> list[Concept]:
        """The concepts that were taught on this map, by name."""
        records = [record for record in self._store.manifest.stages.values() if CONCEPT in record.info]
        return sorted((self._concept(record) for record in records), key=lambda one: one.name)

    def concept(self, name: str) -> Concept:
        """The concept of that name. Raises NotFoundError."""
        record = self._store.manifest.stages.get(PREFIX + column_of(name))
        if record is None or CONCEPT not in record.info:
            known = ", ".join(one.name for one in self.concepts()) or "none"
            raise NotFoundError(f"There is no concept '{name}'.", fix=f"Concepts: {known}. Teach one: portolan teach.")
        return self._concept(record)

    def next(
        self,
        set: str,
        values: Sequence[str],
        n: int,
        *,
        name: str | None = None,
        order: Order = "useful",
        seed: int = 0,
    ) -> RowIds:
        """Rows to label next; without a concept of that name, rows spread over the map. See `Concept.next`."""
        if not 1 <= n <= 1000:
            raise InputError(f"{n} rows were asked for.", fix="Ask for 1 to 1,000.")
        lesson = self.lesson(set, values)
        vectors = self._map.vectors
        is_open: BoolArray = np.asarray(vectors.any(axis=1))
        is_open[lesson.row_ids] = False
        chances = certainty = None
        if name is not None and any(one.name == name for one in self.concepts()):
            sides = [""] if lesson.sides == (WHOLE,) else [f"_{side}" for side in lesson.sides]
            column = column_of(name)
            # Of two sides, the likelier counts, and the one it is less sure of.
            chances = np.fmax.reduce([self.measured(column + side) for side in sides])
            certainty = np.fmin.reduce([self.measured(f"{column}_certainty{side}") for side in sides])
            is_open &= ~np.isnan(chances)
        return next_rows(vectors, is_open, n, chances=chances, certainty=certainty, order=order, seed=seed)

    def texts(self, row_ids: AnyRowIds) -> list[str]:
        """All text of rows, in their order."""
        return self._sides.texts(WHOLE, np.asarray(row_ids, np.int64))

    def measured(self, column: str) -> NDArray[np.float32]:
        """A column of numbers, float32, shape (n_rows,); NaN where missing."""
        values: NDArray[np.float32] = read_measured(self._store, column).to_numpy(zero_copy_only=False)
        return values

    def general(self, taught: Taught) -> Taught:
        """The concept in terms of vectors that mean the same on every map, learnt anew from the same labels if need be.

        Raises
        ------
        InputError
            It cannot be applied elsewhere; there are too few labels now.
        """
        if taught.reads == "difference":
            raise InputError(
                "The map is laid out by how the two replies differ: what was learnt of that is of no use elsewhere.",
                fix="Teach it on a map that is laid out by chosen.",
            )
        embedder = load_embedder(self._store)
        ground = ground_of(embedder)
        if ground.mean is None:
            return taught
        lesson = enough(self.lesson(taught.set, taught.values), self._sides)
        with one_blas_thread():
            vectors = [general_part(embedder, self._sides.vectors(side)) for side in lesson.sides]
            learnt = learnt_of(lesson, vectors, self._sides)
        return self._taught(
            lesson, taught.name, learnt, ground, description=taught.description, cut=taught.told.best.cut
        )

    # How it is learnt.

    def _learn(self, lesson: Lesson, name: str, *, description: str, cut: float) -> tuple[Taught, list[Measured]]:
        lesson = enough(lesson, self._sides)
        vectors = [self._sides.vectors(side) for side in lesson.sides]
        learnt = learnt_of(lesson, vectors, self._sides)
        ground = Ground(ground_of(load_embedder(self._store)).key)
        taught = self._taught(lesson, name, learnt, ground, description=description, cut=cut)
        columns = []
        for place, side in enumerate(lesson.sides):
            values = taught.model.chances(vectors[place])
            for column, found in zip(columns_of(name, lesson.values), values, strict=True):
                array = pa.array(found, from_pandas=True)
                if side != "rejected":
                    columns.append(_measured(column, column.name, None, array))
                if side != WHOLE:
                    columns.append(_measured(column, f"{column.name}_{side}", side, array))
        return taught, columns

    def _taught(
        self, lesson: Lesson, name: str, learnt: Learnt, ground: Ground, *, description: str, cut: float
    ) -> Taught:
        from portolan import __version__

        layout = "chosen" if lesson.sides != (WHOLE,) else self._sides.layout
        reads = layout if layout in ("prompt", "difference") else "text"
        made = {"portolan": __version__, "numpy": np.__version__, "python": platform.python_version()}
        return Taught(
            name, lesson.set, lesson.values, learnt.model, told_of(learnt, cut), ground.key, description.strip(), reads,
            ground.mean, made,
        )  # fmt: skip

    def _key(self, lesson: Lesson, name: str, *, description: str, cut: float) -> str:
        """Names all that decides what is learnt."""
        said = sha256()
        for part in (lesson.row_ids, lesson.side_of, lesson.is_positive):
            said.update(np.ascontiguousarray(part).tobytes())
        stages = self._store.manifest.stages
        inputs = [stages[stage].key for stage in ("load", "embed") if stage in stages]
        parameters = {
            "version": VERSION, "name": name, "set": lesson.set, "values": list(lesson.values),
            "sides": list(lesson.sides), "labels": said.hexdigest(), "description": description, "cut": cut,
        }  # fmt: skip
        return stage_key(CONCEPT, inputs=inputs, parameters=parameters)

    def _concept(self, record: StageRecord) -> Concept:
        taught = Taught.from_json(record.info[CONCEPT])
        try:
            lesson = self.lesson(taught.set, taught.values)
            key = self._key(lesson, taught.name, description=taught.description, cut=taught.told.best.cut)
        except (InputError, NotFoundError):
            # Its labels were taken back.
            key = ""
        is_of_sides = any(entry["side"] is not None for entry in record.info[COLUMNS])
        return Concept(taught, self, key == record.key, is_of_sides)


def _measured(column: Any, name: str, side: str | None, values: pa.Array) -> Measured:
    return Measured(name, column.kind, values, {"what": column.what, "side": side, "n_missing": values.null_count})
