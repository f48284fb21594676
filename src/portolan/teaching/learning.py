"""How a lesson is learnt: labels of different texts, their vectors, and beside them rows that nobody labelled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.concept import N_BACKGROUND, Frame, Learnt, drawn, frame_of, learn
from portolan.core.groups import NO_TEXT
from portolan.core.lesson import Lesson
from portolan.core.same_text import digests_of, normalized, same_keys
from portolan.errors import InputError
from portolan.teaching.sides import Sides
from portolan.types import Vectors


def enough(lesson: Lesson, sides: Sides) -> Lesson:
    """The lesson without rows that have no text, if there are labels enough. Raises InputError."""
    lesson = lesson.only(drawn(lesson.is_positive))
    groups = _groups(lesson, sides)
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


def learnt_of(lesson: Lesson, vectors: Sequence[Vectors], sides: Sides) -> Learnt:
    """What a lesson teaches; `vectors` are those of all rows, for each side of the lesson."""
    own = np.empty((len(lesson.row_ids), vectors[0].shape[1]), np.float32)
    for place, every in enumerate(vectors):
        is_of = lesson.side_of == place
        own[is_of] = every[lesson.row_ids[is_of]]
    frame, background = _frame(vectors), _background(lesson, vectors)
    return learn(own, lesson.is_positive, _groups(lesson, sides), frame, background=background)


def _background(lesson: Lesson, vectors: Sequence[Vectors]) -> Vectors:
    """Some rows that nobody labelled, of the sides in turn."""
    rows = np.random.default_rng(0).permutation(len(vectors[0]))[: N_BACKGROUND + len(lesson.row_ids)]
    rows = rows[~np.isin(rows, lesson.row_ids)][:N_BACKGROUND]
    parts = [np.asarray(every[rows[place :: len(vectors)]], np.float32) for place, every in enumerate(vectors)]
    found = np.concatenate(parts)
    return found[found.any(axis=1)]


def _groups(lesson: Lesson, sides: Sides) -> NDArray[np.int64]:
    """A number for each label, the same for the same text; NO_TEXT where there is none."""
    texts: list[str] = [""] * len(lesson.row_ids)
    for place, side in enumerate(lesson.sides):
        at = np.flatnonzero(lesson.side_of == place)
        if not len(at):
            continue
        for one, text in zip(at.tolist(), sides.texts(side, lesson.row_ids[at]), strict=True):
            texts[one] = text
    digests = digests_of(normalized(pa.array(texts, pa.large_string())).to_pylist())
    return np.where(digests.any(axis=1), same_keys(digests), NO_TEXT)


def _frame(vectors: Sequence[Vectors]) -> Frame:
    return frame_of(vectors[0]) if len(vectors) == 1 else frame_of(np.concatenate([one[::4] for one in vectors]))
