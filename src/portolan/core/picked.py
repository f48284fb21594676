"""Whether pairs were picked with knowledge of the choices that they are tested on, and what follows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from portolan.core.effect import OutcomeEffect
from portolan.core.report_words import listed

How = Literal["freely", "sided", "outside", "nested", "circular"]
INSTEAD = (
    "Pick instead by preference of the model 'linear', which is fitted anew without each fold that is tested on; by "
    "scores of a model that has not learnt from these choices (hf:NAME, judge:NAME, a column of yours); or by a model "
    "of other data."
)


@dataclass(frozen=True)
class Picked:
    """What a selection of pairs knows of choices.

    Attributes
    ----------
    how : {"freely", "sided", "outside", "nested", "circular"}
        By nothing that knows the choices of other pairs; the same, but by what is said of one side, so that the pairs'
        own choices are known; by a preference model that has not learnt from them; by one
        that has, fitted anew without each fold; by what has learnt from the choices that are tested on.
    columns : tuple of str
        Those columns of the expression that know of choices.
    model : str
        The preference model, where the columns are one's.
    """

    how: How = "freely"
    columns: tuple[str, ...] = ()
    model: str = ""

    @property
    def has_claims(self) -> bool:
        """Whether a difference says anything of the pairs."""
        return self.how != "circular"

    def note(self, *, is_code: bool = False) -> str:
        """What to know of it, in a sentence or three; "" where pairs were picked freely.

        Parameters
        ----------
        is_code : bool
            Whether names of columns stand between backticks.
        """
        names = listed([f"`{name}`" if is_code else name for name in self.columns])
        if self.how == "nested":
            return (
                f"These rows are picked by {names}, of a model of the same choices: so they are picked anew for each "
                "fold that is tested on, by models that have not seen it, and all rows of the fold are measured on."
            )
        if self.how == "circular":
            known = "knows" if len(self.columns) == 1 else "know"
            return (
                f"No effect is claimed: these rows are picked by {names}, which {known} the choices that are tested "
                f"on, and would make a difference even where sides were set by a coin. {INSTEAD}"
            )
        if self.how == "outside":
            return (
                f"These rows are picked by {names}, of {self.model}, which has learnt no more from these choices than "
                "one slope; which of them it contradicts their own choices say, so all rows are measured on."
            )
        if self.how == "sided":
            says = "says" if len(self.columns) == 1 else "say"
            return (
                f"These rows are picked by {names}, which {says} something of one side: the other pairs differ from "
                "them by that very thing, so a model without them can suit the other pairs better even where sides "
                "were set by a coin. Go by accuracy on all pairs and by the probes."
            )
        return ""

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "how": self.how, "columns": list(self.columns), "model": self.model, "has_claims": self.has_claims,
            "note": self.note(),
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Picked:
        """What `to_json` gave."""
        return cls(data["how"], tuple(data["columns"]), data["model"])


def without_claims(effects: Sequence[OutcomeEffect]) -> tuple[OutcomeEffect, ...]:
    """Differences without anything that would tell them from 0: no interval, no p, no effect."""
    no = math.nan
    return tuple(replace(one, low=no, high=no, p=no, p_holm=no, smallest=no, is_effect=False) for one in effects)
