"""A concept of a map: what labels taught, told of every row, with how far to believe it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from portolan.core.concept_figures import AtCut, Share
from portolan.core.concept_file import Taught
from portolan.core.concept_telling import column_of, told_in_words
from portolan.core.useful import Order
from portolan.errors import InputError
from portolan.types import RowIds

if TYPE_CHECKING:
    from portolan.teaching.teacher import Teacher


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
