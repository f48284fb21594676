"""Teaching: from what people label, a concept that scores every row. `docs/concepts.md` tells how and how well.

Labels are source, and lie in the journal. What is learnt from them is derived: a stage of the map whose record holds
the model, and whose columns are measured columns like any scorer's.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.concept_vectors import Ground, general_part, ground_of
from portolan.core.concept import N_BACKGROUND, Frame, Learnt, drawn, frame_of, learn
from portolan.core.concept_figures import AtCut, Share
from portolan.core.concept_file import Taught, checked_concept_name, told_of
from portolan.core.concept_telling import card_of, column_of, columns_of, told_in_words
from portolan.core.groups import NO_TEXT
from portolan.core.lesson import WHOLE, Lesson, lesson_of
from portolan.core.parallel import one_blas_thread
from portolan.core.same_text import digests_of, normalized, same_keys
from portolan.core.useful import Order, next_rows
from portolan.errors import InputError, MapLockedError, NotFoundError
from portolan.scoring import PREFIX
from portolan.stages.embed import load_embedder
from portolan.stages.measured import COLUMNS, Measured, read_measured, write_measured
from portolan.stages.texts import layout_texts, layout_texts_of, search_texts_of
from portolan.store import Store
from portolan.store.manifest import StageRecord, stage_key
from portolan.store.protocol import AnyRowIds
from portolan.types import BoolArray, Layout, RowIds, Vectors

if TYPE_CHECKING:
    from portolan.map import Map

CUT = 0.5
VERSION = 1
"""Another one teaches anew from the same labels."""
CONCEPT = "concept"
"""Where a stage's info holds the model."""


@dataclass(frozen=True)
class Concept:
    """A concept of a map: what it says of every row, and how far to believe it.

    Get one from `Map.teach`. What it was taught by is `is_current` while no label of its set has changed.
    """

    taught: Taught
    of: Teacher
    is_current: bool
    is_of_sides: bool

    @property
    def name(self) -> str:
        """What it is called; its chances are in the column `concept_NAME`."""
        return self.taught.name

    @property
    def column(self) -> str:
        """The column of its chances, for filters: `concept_NAME >= 0.8`."""
        return column_of(self.name)

    @property
    def scores(self) -> NDArray[np.float32]:
        """Chance of each row, in [0, 1], float32, shape (n_rows,); NaN without text. Of sides: of the chosen one."""
        return self.of.measured(self.column)

    @property
    def certainty(self) -> NDArray[np.float32]:
        """How sure it is of its side of one half, in [0, 1], float32, shape (n_rows,)."""
        return self.of.measured(f"{self.column}_certainty")

    @property
    def n_labels(self) -> int:
        """Labelled rows (or sides) that it was taught by."""
        return self.taught.told.n_labels

    @property
    def cut(self) -> float:
        """The chance that `precision` and `recall` are told at."""
        return self.taught.told.best.cut

    @property
    def precision(self) -> Share:
        """Of labelled rows at the cut or above, the share that is it: value, low, high (95 %), n."""
        return self.taught.told.best.precision

    @property
    def recall(self) -> Share:
        """Of labelled rows that are it, the share at the cut or above."""
        return self.taught.told.best.recall

    @property
    def average_precision(self) -> Share:
        """Mean of the precision at each row that is it, the likeliest first."""
        return self.taught.told.average_precision

    @property
    def curve(self) -> tuple[AtCut, ...]:
        """Precision and recall at .05, .1 … .95."""
        return self.taught.told.curve

    def next(self, n: int = 10, *, order: Order = "useful", seed: int = 0) -> RowIds:
        """Rows to label next: the most "useful" (least certain, no two alike, a fifth at random), or "likely" first."""
        return self.of.next(self.taught.set, self.taught.values, n, name=self.name, order=order, seed=seed)

    def save(self, path: str | Path) -> Path:
        """Write it to a small file that `m.score("concept", path)` applies on another map of the same embedder.

        Raises
        ------
        InputError
            It is about how the two replies of a pair differ: no other map knows that.
        """
        target = Path(path).expanduser()
        text = self.of.general(self.taught).to_text()
        try:
            target.write_text(text, encoding="utf-8")
        except OSError as error:
            raise InputError(
                f"'{target}' cannot be written: {error}", fix="Name a file in a folder of yours."
            ) from error
        return target

    def __repr__(self) -> str:
        return f"<Concept {self.name}: {told_in_words(self.taught.told)}>"


class Teacher:
    """Teaches concepts of one map, and tells what to label next."""

    def __init__(self, of: Map, store: Store) -> None:
        self._map = of
        self._store = store

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
        return search_texts_of(self._store, self._map.roles, np.asarray(row_ids, np.int64))

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
        lesson = self._enough(self.lesson(taught.set, taught.values))
        with one_blas_thread():
            vectors = [general_part(embedder, self._vectors(side)) for side in lesson.sides]
            learnt = self._learnt(lesson, vectors)
        return self._taught(
            lesson, taught.name, learnt, ground, description=taught.description, cut=taught.told.best.cut
        )

    # How it is learnt.

    def _learn(self, lesson: Lesson, name: str, *, description: str, cut: float) -> tuple[Taught, list[Measured]]:
        lesson = self._enough(lesson)
        vectors = [self._vectors(side) for side in lesson.sides]
        learnt = self._learnt(lesson, vectors)
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

    def _enough(self, lesson: Lesson) -> Lesson:
        """The lesson without rows that have no text, if there are labels enough."""
        lesson = lesson.only(drawn(lesson.is_positive))
        groups = self._groups(lesson)
        lesson, groups = lesson.only(groups != NO_TEXT), groups[groups != NO_TEXT]
        distinct = lesson.only(np.unique(groups, return_index=True)[1])
        missing = distinct.missing()
        if missing:
            raise InputError(
                f"Of different texts, {distinct.n_positive} are labelled "
                f"{' or '.join(f'“{value}”' for value in lesson.values)} and {distinct.n_other} otherwise.",
                fix=missing,
            )
        return lesson

    def _learnt(self, lesson: Lesson, vectors: Sequence[Vectors]) -> Learnt:
        own = np.empty((len(lesson.row_ids), vectors[0].shape[1]), np.float32)
        for place, every in enumerate(vectors):
            is_of = lesson.side_of == place
            own[is_of] = every[lesson.row_ids[is_of]]
        frame, background = _frame(vectors), self._background(lesson, vectors)
        return learn(own, lesson.is_positive, self._groups(lesson), frame, background=background)

    def _background(self, lesson: Lesson, vectors: Sequence[Vectors]) -> Vectors:
        """Some rows that nobody labelled, of the sides in turn."""
        rows = np.random.default_rng(0).permutation(len(vectors[0]))[: N_BACKGROUND + len(lesson.row_ids)]
        rows = rows[~np.isin(rows, lesson.row_ids)][:N_BACKGROUND]
        parts = [np.asarray(every[rows[place :: len(vectors)]], np.float32) for place, every in enumerate(vectors)]
        found = np.concatenate(parts)
        return found[found.any(axis=1)]

    def _groups(self, lesson: Lesson) -> NDArray[np.int64]:
        """A number for each label, the same for the same text; NO_TEXT where there is none."""
        texts: list[str] = [""] * len(lesson.row_ids)
        for place, side in enumerate(lesson.sides):
            at = np.flatnonzero(lesson.side_of == place)
            rows = lesson.row_ids[at]
            if not len(rows):
                continue
            roles = self._map.roles
            found = (
                search_texts_of(self._store, roles, rows)
                if side == WHOLE
                else layout_texts_of(self._store, roles, _layout(side), rows).to_pylist()
            )
            for one, text in zip(at.tolist(), found, strict=True):
                texts[one] = text
        digests = digests_of(normalized(pa.array(texts, pa.large_string())).to_pylist())
        return np.where(digests.any(axis=1), same_keys(digests), NO_TEXT)

    def _taught(
        self, lesson: Lesson, name: str, learnt: Learnt, ground: Ground, *, description: str, cut: float
    ) -> Taught:
        from portolan import __version__

        layout = "chosen" if lesson.sides != (WHOLE,) else self._layout
        reads = layout if layout in ("prompt", "difference") else "text"
        made = {"portolan": __version__, "numpy": np.__version__, "python": platform.python_version()}
        return Taught(
            name, lesson.set, lesson.values, learnt.model, told_of(learnt, cut), ground.key, description.strip(), reads,
            ground.mean, made,
        )  # fmt: skip

    # What it is learnt on.

    @property
    def _layout(self) -> Layout:
        if "embed" not in self._store.manifest.stages:
            raise InputError("The map has no vectors yet.", fix="Let portolan map finish, and teach it then.")
        layout: Layout = self._store.manifest.stages["embed"].info["layout"]
        return layout

    def _vectors(self, side: str) -> Vectors:
        """Vectors of all rows, or of one side of all pairs: those of the map, or made once and kept."""
        if side in (WHOLE, self._layout):
            return self._map.vectors
        kind, embedded = f"vectors-{side}", self._store.manifest.stages["embed"].key
        key = stage_key(kind, inputs=[embedded], parameters={})
        if not self._store.is_done(kind, key):
            made = self._embedded(side)
            try:
                with self._store.writing():
                    self._store.write_array(kind, made, key=key)
                    self._store.finish(kind, key=key)
            except MapLockedError:
                # Somebody is writing the map: the next time they are kept.
                return made
        return self._store.read_array(kind)

    def _embedded(self, side: str) -> Vectors:
        embedder = load_embedder(self._store)
        blocks = [embedder.embed(texts) for texts in layout_texts(self._store, self._map.roles, _layout(side))]
        return np.concatenate(blocks)

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


def _frame(vectors: Sequence[Vectors]) -> Frame:
    return frame_of(vectors[0]) if len(vectors) == 1 else frame_of(np.concatenate([one[::4] for one in vectors]))


def _layout(side: str) -> Layout:
    return "rejected" if side == "rejected" else "chosen"


def _measured(column: Any, name: str, side: str | None, values: pa.Array) -> Measured:
    return Measured(name, column.kind, values, {"what": column.what, "side": side, "n_missing": values.null_count})
