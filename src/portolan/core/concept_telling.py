"""What is told of a concept: its columns, its card, its figures in words."""

from __future__ import annotations

from collections.abc import Sequence

from portolan.core.concept_figures import Share
from portolan.core.concept_file import Taught, Told
from portolan.core.scored import Card, ScoreColumn

PREFIX = "concept_"
METHOD = (
    "Logistic regression on the map's vectors, taught by labels; strength of the penalty, calibration and figures by a "
    "cross-validation in five folds that keeps rows of the same text together."
)
LIMITS = (
    "The figures hold for rows like those that were labelled: where the hardest rows were labelled, they are worse "
    "than on the rest; where the easiest, better. Rows unlike all labelled ones are guessed."
)


def column_of(name: str) -> str:
    """The column that a concept's chances are in."""
    return PREFIX + name


def columns_of(name: str, values: Sequence[str]) -> tuple[ScoreColumn, ScoreColumn]:
    """The two columns that a concept leaves."""
    which = " or ".join(f"“{value}”" for value in values)
    return (
        ScoreColumn(column_of(name), "number", f"Chance that people would label it {which}, 0 to 1."),
        ScoreColumn(f"{column_of(name)}_certainty", "number", "How sure the concept is of its side of .5, 0 to 1."),
    )


def card_of(taught: Taught, *, limits: str = LIMITS) -> Card:
    """What it measures, and how well."""
    told = taught.told
    on = f"{told.n_labels} labelled rows of its map, cross-validated"
    figures = [
        {"measure": f"{what} at {told.best.cut:g}", "value": in_words(share), "on": on, "n": share.n}
        for what, share in (("precision", told.best.precision), ("recall", told.best.recall))
    ]
    precision = {
        "measure": "average precision",
        "value": in_words(told.average_precision),
        "on": on,
        "n": told.n_labels,
    }
    what = columns_of(taught.name, taught.values)[0].what
    return {
        "what": f"{taught.description.rstrip('.')}. {what}" if taught.description else what,
        "method": METHOD, "limits": limits, "figures": [*figures, precision],
    }  # fmt: skip


def in_words(share: Share) -> str:
    """A share with its interval in brackets: .82, then .71 to .90."""
    if share.n == 0:
        return "unknown"
    return f"{_short(share.value)} ({_short(share.low)}\N{EN DASH}{_short(share.high)})"


def told_in_words(told: Told) -> str:
    """Precision and recall with their intervals, and how many labels they are from."""
    return (
        f"Precision {in_words(told.best.precision)}, recall {in_words(told.best.recall)}, from {told.n_labels:,} labels"
    )


def _short(value: float) -> str:
    return f"{value:.2f}".removeprefix("0") if value < 1 else "1.00"
