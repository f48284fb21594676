"""The user's own scores of the two replies, from columns: the margin is their difference."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from portolan.errors import ColumnError, InputError
from portolan.plugins import Card, PairBatch, Preferences, preferrers

CARD: Card = {
    "what": "Scores of both replies that stand in the data's own columns.",
    "method": "The chosen reply's score minus the rejected one's, calibrated on the map's pairs.",
    "limits": "As good as what gave the scores. Where they come from the same judgement as the choice they repeat it.",
    "figures": [],
}


class ColumnsPreferrer:
    """Difference of two columns of numbers."""

    card = CARD
    is_costly = False
    argument = "CHOSEN_COLUMN,REJECTED_COLUMN"
    needs_argument = True

    def __init__(self, argument: str | None = None, *, threads: int | None = None) -> None:
        names = [name.strip() for name in (argument or "").split(",")]
        if len(names) != 2 or not all(names):
            raise InputError(
                "The 'columns' model needs two columns: the scores of the chosen and of the rejected reply.",
                fix="Write --model columns:CHOSEN_COLUMN,REJECTED_COLUMN.",
            )
        self.columns = (names[0], names[1])
        self.key = f"columns:1:{names[0]},{names[1]}"

    def prefer(self, pairs: PairBatch) -> Preferences:
        """Difference of the scores; missing where one is. Where votes chose the second side, the second is ahead."""
        first, second = (_numbers(pairs.columns, name) for name in self.columns)
        return Preferences(np.where(pairs.leads > 0, second - first, first - second))


def _numbers(table: pa.Table, name: str) -> np.ndarray:
    column = table.column(name)
    try:
        values = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise ColumnError(
            f"Column '{name}' holds no numbers but {column.type}.", fix="Name two columns of scores."
        ) from error
    return np.asarray(values, np.float64)


preferrers.add("columns", ColumnsPreferrer)
