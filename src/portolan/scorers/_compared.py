"""What scorers of duplicates compare: which texts of a row, by which options."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from portolan.core.groups import Duplicates
from portolan.plugins import InputError, Progress, Report, ScoreColumn, ScoredMap, Scores

PLANTED = "20,000 texts with 6,000 planted copies"
"""What the figures of the cards were measured on: `benchmarks/duplicates.py`."""
PARTS = ("prompt", "chosen", "rejected")


@dataclass(frozen=True)
class Options:
    """Options of a scorer, from its argument: `VALUE,NAME=VALUE,…`, the first one's name may be left out."""

    given: Mapping[str, str]

    @classmethod
    def of(cls, argument: str | None, scorer: str, known: Sequence[str]) -> Options:
        """Raises InputError where an option is not `known`."""
        given: dict[str, str] = {}
        for part in filter(None, (argument or "").split(",")):
            name, sign, value = part.partition("=")
            name, value = (name.strip(), value.strip()) if sign else (known[0], part.strip())
            if name not in known:
                raise InputError(
                    f"The '{scorer}' scorer has no option '{name}'.",
                    fix=f"Its options are: {', '.join(known)}; write --scorer {scorer}:{known[0]}=… .",
                )
            given[name] = value
        return cls(given)

    def share(self, name: str, default: float) -> float:
        """A number above 0 and at most 1. Raises InputError."""
        try:
            value = float(self.given.get(name, default))
        except ValueError:
            value = 0.0
        if not 0 < value <= 1:
            raise InputError(
                f"{name} is '{self.given[name]}'.", fix=f"Give a number above 0 and at most 1, such as {default}."
            )
        return value

    def parts(self) -> tuple[str, ...]:
        """Which parts of a pair are compared, in the order of `PARTS`; all by default. Raises InputError."""
        names = [name for name in self.given.get("of", "").split("+") if name]
        wrong = next((name for name in names if name not in PARTS), None)
        if wrong is not None:
            raise InputError(f"A pair has no part '{wrong}'.", fix="Write of=prompt, of=prompt+chosen or the like.")
        return tuple(name for name in PARTS if name in names)


def texts_compared(of: ScoredMap, parts: tuple[str, ...]) -> Iterator[pa.LargeStringArray]:
    """The text of each row that is compared, a batch at a time; the whole row without `parts`. Raises InputError."""
    if not parts:
        return (batch.texts for batch in of.texts())
    if of.kind != "pair":
        raise InputError(
            f"These rows (kind: {of.kind}) have no {' and '.join(parts)} to compare.", fix="Leave 'of=' out."
        )
    if parts == ("rejected",):
        return (batch.texts for batch in of.texts("rejected"))
    return (_joined(sides, parts) for sides in _sides(of, parts))


def _sides(of: ScoredMap, parts: tuple[str, ...]) -> Iterator[dict[str, pa.LargeStringArray]]:
    if "rejected" not in parts:
        yield from ({"prompt": batch.prompts, "chosen": batch.texts} for batch in of.texts("chosen"))
        return
    for chosen, rejected in zip(of.texts("chosen"), of.texts("rejected"), strict=True):
        yield {"prompt": chosen.prompts, "chosen": chosen.texts, "rejected": rejected.texts}


def _joined(sides: Mapping[str, pa.LargeStringArray], parts: tuple[str, ...]) -> pa.LargeStringArray:
    texts = [sides[part] for part in parts]
    return pc.binary_join_element_wise(*texts, pa.scalar("\n\n", pa.large_string())) if len(texts) > 1 else texts[0]


def halves(report: Report, n_rows: int, scorer: str) -> tuple[Report, Report]:
    """`report` for the two halves of the work: reading the rows, and comparing them."""

    def half(offset: int) -> Callable[[Progress], None]:
        def tell(progress: Progress) -> None:
            done = n_rows * progress.done // max(progress.total or 1, 1)
            report(Progress("score", (offset * n_rows + done) // 2, n_rows, note=scorer))

        return tell

    return half(0), half(1)


def group_columns(name: str, similarity: str) -> tuple[ScoreColumn, ...]:
    """The columns of a scorer that finds groups by a similarity."""
    return (
        ScoreColumn(
            name,
            "number",
            f"{similarity} with the first row of its group, 0 to 1; 0 for that first row, and for rows that are alone.",
        ),
        *_about_groups(name),
    )


def exact_columns(name: str) -> tuple[ScoreColumn, ...]:
    """The columns of a scorer that finds groups of the same text."""
    return (ScoreColumn(name, "boolean", "Whether an earlier row has the same text."), *_about_groups(name))


def _about_groups(name: str) -> tuple[ScoreColumn, ...]:
    return (
        ScoreColumn(f"{name}_group", "number", "The group: the row_id of its first row; none for rows that are alone."),
        ScoreColumn(f"{name}_rows", "number", "Rows of its group; 1 for rows that are alone."),
    )


def scores_of(name: str, found: Duplicates, score: NDArray[np.floating] | None = None) -> Scores:
    """Groups as the columns of a scorer; `score` in place of the similarity."""
    sizes = found.sizes
    has_text = found.first >= 0
    group = np.where(sizes > 1, found.first, np.nan)
    return {
        name: found.similarity if score is None else score,
        f"{name}_group": group,
        f"{name}_rows": np.where(has_text, sizes, np.nan),
    }
