"""What an expression knows of the choices in a map, and pairs picked by it anew without each fold that is tested on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.expression import columns_of
from portolan.core.finding_status import defined_findings
from portolan.core.picked import How, Picked
from portolan.errors import PortolanError
from portolan.filtering import Given
from portolan.options import plugin_name
from portolan.plugins import PairOutcomes, findings, preferrers
from portolan.preferring import NAMES
from portolan.stages.measured import COLUMNS
from portolan.stages.paired import STAGE as PREFERENCE
from portolan.stages.paired import MapOfPairs
from portolan.store import Store
from portolan.types import FloatArray, Report, Roles, silent

if TYPE_CHECKING:
    from portolan.map import Map

AUDIT = "audit"
ALL_FINDINGS = "findings"
INFLUENCE = "influence"
FLIPPED = "likely-flipped"
COMPARES = frozenset({"contradictory"})
"""Findings without a model that look at the choices of other pairs all the same."""
SIDED = frozenset({"harmful-chosen", "chosen-worse", "over-refusal", "recovery"})
"""Findings that would be others if the sides changed places."""
CHANCE, MARGIN, SURFACE = NAMES[:3]

SIDES = ("chosen", "rejected")
_SAFER: tuple[How, ...] = ("outside", "sided")

Source = tuple[str, How]
"""What a column holds, and what that knows: `CHANCE`, `MARGIN`, `FLIPPED`, or "" for what cannot be made anew."""


def picked_by(of: Map, store: Store, expression: str) -> Picked:
    """What the columns of an expression know of the choices. Raises ExpressionError."""
    sources = _Sources(of, store)
    found = {name: sources.of_column(name) for name in sorted(columns_of(expression, of.filterer.columns))}
    for how in ("circular", "nested", "outside", "sided"):
        columns = tuple(name for name, (_, one) in found.items() if one == how)
        if columns:
            return Picked(how, columns, sources.model if how in ("nested", "outside") else "")
    return Picked()


@dataclass(frozen=True)
class NestedColumns:
    """Columns as they would be without each fold that is tested on.

    Attributes
    ----------
    margins : sequence of ndarray of float64, shape (n_rows, n_folds)
        Of each split, calibrated; NaN for rows of the fold, and those that nothing is told of.
    holds : mapping of str to str
        What each column holds: `CHANCE`, `MARGIN` or `FLIPPED`.
    n_listed : int
        Rows that the list of likely flipped ones has.
    """

    margins: Sequence[FloatArray]
    holds: Mapping[str, str]
    n_listed: int

    def given(self, split: int, fold: int) -> Given:
        """The columns for one fold of a split, as filters take them."""
        margins = self.margins[split][:, fold]
        chances = 1 / (1 + np.exp(-np.clip(margins, -50, 50)))
        values = {MARGIN: margins, CHANCE: chances, FLIPPED: self._flipped(chances)}
        return {name: _column(values[what]) for name, what in self.holds.items()}

    def _flipped(self, chances: FloatArray) -> FloatArray:
        """The finding's column: the rows contradicted most, of those outside the fold as large a share as of all."""
        found = np.full(len(chances), np.nan)
        known = np.flatnonzero(~np.isnan(chances))
        n_folds = self.margins[0].shape[1]
        n_listed = round(self.n_listed * (n_folds - 1) / n_folds)
        first = known[np.argsort(chances[known], kind="stable")][:n_listed]
        first = first[chances[first] < 0.5]
        found[first] = 1 - chances[first]
        return found


def nested_columns(
    of: Map,
    store: Store,
    picked: Picked,
    pairs: MapOfPairs,
    splits: Sequence[NDArray[np.int64]],
    *,
    threads: int | None = None,
    report: Report = silent,
) -> NestedColumns:
    """The columns that rows are picked by, made anew for each fold of each split.

    Parameters
    ----------
    pairs : MapOfPairs
        All pairs, of rankings too.
    splits : sequence of ndarray of int64, shape (n_rows,)
        -1: a row of no fold.
    """
    sources = _Sources(of, store)
    argument = plugin_name(sources.model)[1]
    told = pairs.told
    reader: Any = preferrers.get(plugin_name(sources.model)[0])(argument, threads=threads)
    folds = [told.of_pairs(each) for each in splits]
    outcomes = PairOutcomes(told.outcomes, folds[0], told.weights)
    margins = reader.read(pairs, report=report).nested(outcomes, folds, report=report)
    of_rows = [
        np.stack([told.of_rows(np.where(told.has_sides, each, np.nan)) for each in split.T], axis=1)
        for split in margins
    ]
    holds = {name: sources.of_column(name)[0] for name in picked.columns}
    return NestedColumns(of_rows, holds, sources.n_flipped)


class _Sources:
    """Where a map's columns come from, so far as choices go."""

    def __init__(self, of: Map, store: Store) -> None:
        stages = store.manifest.stages
        self._of, self._store = of, store
        record = stages.get(PREFERENCE)
        self._told = [] if record is None else [str(column["name"]) for column in record.info[COLUMNS]]
        self.model = "" if record is None else str(record.info["model"])
        audit = stages.get(AUDIT)
        notes: list[dict[str, Any]] = [] if audit is None else audit.info[ALL_FINDINGS]
        self._notes = {str(note["column"]): note for note in notes if note["count"]}
        roles = Roles.from_json(store.manifest.facts.get("roles", {}))
        self._sided = {name for name in (roles.chosen, roles.rejected) if name}
        for other in stages.values():
            self._sided |= {str(one["name"]) for one in other.info.get(COLUMNS, ()) if one.get("side") in SIDES}
        self._open: set[str] = set()

    @property
    def n_flipped(self) -> int:
        """Rows in the list of likely flipped ones."""
        return next((int(note["count"]) for note in self._notes.values() if note["name"] == FLIPPED), 0)

    def of_column(self, name: str) -> Source:
        """What a column holds and knows."""
        if name in self._store.schema.names:
            return "", "sided" if name in self._sided or _names_a_side(name) else "freely"
        if name in self._told:
            place = self._told.index(name)
            what = NAMES[place]
            how = self._of_model()
            if what == SURFACE:
                # Looks are weighed by what was chosen, whoever the model is.
                return "", "circular"
            return ("", "circular") if how == "nested" and what not in (CHANCE, MARGIN) else (what, how)
        if name == INFLUENCE:
            return "", "circular"
        if name in self._notes:
            return self._of_finding(self._notes[name])
        if name == ALL_FINDINGS:
            # A list cannot be made anew in part.
            return "", _worst(self._of_finding(note)[1] for note in self._notes.values())
        return "", "sided" if name in self._sided else "freely"

    def _of_finding(self, note: Mapping[str, Any]) -> Source:
        name = str(note["name"])
        if note["is_defined"]:
            return "", self._of_defined(name)
        if name in COMPARES:
            return "", "circular"
        try:
            needs = findings.get(name)().needs
        except PortolanError:
            # A finding of a package that is not here now.
            return "", "freely"
        if PREFERENCE not in needs:
            return "", "sided" if name in SIDED else "freely"
        how = self._of_model()
        if name == FLIPPED:
            return FLIPPED, how
        return "", how if how == "outside" and name == "near-tie" else "circular"

    def _of_defined(self, name: str) -> How:
        """A finding that somebody defined knows what its expressions know; it stands as it was found."""
        defined = defined_findings(self._of.journal.events()).get(name)
        if defined is None or name in self._open:
            return "freely"
        self._open.add(name)
        hows = []
        for expression in filter(None, (defined.where, defined.score)):
            try:
                columns = columns_of(expression, self._of.filterer.columns)
            except PortolanError:
                # A column of it is gone.
                continue
            hows += [self.of_column(column)[1] for column in columns]
        self._open.discard(name)
        return _worst(hows)

    def _of_model(self) -> How:
        """What the preference model knows of the choices."""
        try:
            kind = preferrers.get(plugin_name(self.model)[0])
        except PortolanError:
            return "circular"
        if hasattr(kind, "prefer"):
            return "outside"
        return "nested" if getattr(kind, "can_nest", False) else "circular"


def _worst(hows: Iterator[How] | Sequence[How]) -> How:
    """What columns know that stand for others and are not made anew."""
    found = set(hows)
    if found & {"circular", "nested"}:
        return "circular"
    return next((how for how in _SAFER if how in found), "freely")


def _names_a_side(name: str) -> bool:
    """Whether a column of the data seems to be of one reply: score_chosen, chosen_length."""
    return bool(set(re.split(r"[^a-z]+", name.lower())) & set(SIDES))


def _column(values: FloatArray) -> pa.Array:
    return pa.array(values.astype(np.float32), mask=np.isnan(values))
