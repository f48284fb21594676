"""What doing something to some pairs changes: asked of a map, measured once and kept; and what each pair does.

The experiment itself is pure (`core/effect.py`, `core/influence.py`); here the pairs of a map become its numbers.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from portolan.core.bradley_terry import Design
from portolan.core.effect import (
    N_FOLDS,
    Footing,
    Setting,
    check_selected,
    check_setting,
    footing,
    measure_effect,
)
from portolan.core.effect_design import KEY, Kinds, Scale, columns_without, dense_design, kinds_of
from portolan.core.effect_nested import Picks, measure_picked
from portolan.core.effect_told import Effect
from portolan.core.effect_words import AS_GIVEN
from portolan.core.influence import grounds, pair_influence
from portolan.core.intervention import (
    Intervention,
    Places,
    dropping,
    flipping,
    relabelling,
    strata_of,
    weighting,
)
from portolan.core.parallel import one_blas_thread
from portolan.core.picked import Picked, without_claims
from portolan.core.votes import origins
from portolan.errors import InputError, PortolanError
from portolan.filtering import NOTHING_GIVEN, Given
from portolan.pairs import check_pairs
from portolan.picking import INFLUENCE, nested_columns, picked_by
from portolan.probing import Probes, probe_designs, probes_of
from portolan.stages.measured import Measured, patiently_writing, read_measured, write_measured
from portolan.stages.paired import MapOfPairs, provenance_columns
from portolan.store import Store
from portolan.store.manifest import stage_key
from portolan.types import BoolArray, FloatArray, Report, Roles, RowIds, silent

if TYPE_CHECKING:
    from portolan.map import Map

PREFIX = "effect-"
FRAME = 2
"""Raise it when what an experiment is changes: what was measured before is then measured anew."""
TIE = 0.5
"""The chance that rows are relabelled to where none is given: neither reply is better."""
MANY_PAIRS = 50_000
"""From so many on one way to fold them is enough: what is averaged over folds varies little."""
MOST_VALUES = 50
"""A category of more values is no composition to keep."""
MOST_SUBSETS = 8
"""Values of a category, the most frequent ones, on which accuracy is measured."""


@dataclass(frozen=True)
class Asked:
    """One of `drop`, `flip`, `relabel`, `weights`: what is to be done, to which pairs.

    `weights` is an expression that gives a number for each row, or the numbers, shape (n_rows,).
    """

    drop: str | None = None
    flip: str | None = None
    relabel: str | None = None
    to: float = TIE
    weights: str | Sequence[float] | NDArray[Any] | None = None

    def __post_init__(self) -> None:
        n_given = sum(part is not None for part in (self.drop, self.flip, self.relabel, self.weights))
        if n_given != 1:
            problem = f"{n_given} of drop, flip, relabel and weights are given." if n_given else "No change is named."
            raise InputError(problem, fix="Ask for one at a time: drop, flip, relabel or weights.")
        for part in (self.drop, self.flip, self.relabel):
            if part is not None and not isinstance(part, str):
                raise InputError(
                    f"Pairs are named by an expression, and {type(part).__name__} is none.",
                    fix='Write row ids as one: "row_id IN (3, 17)".',
                )
            if part is not None and not part.strip():
                raise InputError("The expression is empty.", fix='To take all rows but some, name them: "row_id > 9".')
        if not 0 <= self.to <= 1:
            raise InputError(f"A pair cannot be relabelled to {self.to}.", fix="Give a chance between 0 and 1.")
        if self.to != TIE and self.relabel is None:
            raise InputError(f"A chance ({self.to:g}) is given, and nothing to relabel.", fix="Give it with relabel.")

    @property
    def where(self) -> str:
        """The expression, or what stands for it."""
        given = next(part for part in (self.drop, self.flip, self.relabel, self.weights) if part is not None)
        return given if isinstance(given, str) else AS_GIVEN


class Effects:
    """Experiments on the pairs of a map. What is read and fitted is kept for the next one."""

    def __init__(self, of: Map, store: Store) -> None:
        self._of, self._store = of, store
        self._footings: dict[tuple[Setting, frozenset[str]], Footing] = {}
        self._at_hand: PairsAtHand | None = None
        self._hand_key = ""

    def measure(
        self,
        asked: Asked,
        *,
        seeds: int = 20,
        splits: int | None = None,
        random_state: int = 0,
        probes: Probes = True,
        threads: int | None = None,
        report: Report = silent,
    ) -> Effect:
        """See `Map.effect`."""
        self._check()
        n_splits = (1 if self._store.n_rows > MANY_PAIRS else 3) if splits is None else splits
        setting = Setting(n_draws=seeds, n_splits=n_splits, seed=random_state)
        check_setting(setting)
        rows, values = self._selected(asked)
        check_selected(len(rows), self._store.n_rows)
        given = probes_of(probes)
        picked = self._picked(asked)
        key = self._key("effect", {
            "asked": [asked.where, _selection_key(rows, values), asked.to if asked.relabel else None, _action(asked)],
            "setting": asdict(setting), "probes": given.key, "frame": FRAME, "picked": picked.to_json(),
        })  # fmt: skip
        known = self._store.manifest.stages.get(PREFIX + key)
        if known is not None:
            return Effect.from_json(known.info)
        started = time.perf_counter()
        with one_blas_thread():
            effect = self._measured(asked, picked, rows, values, setting, given, threads, report)
        with patiently_writing(self._store):
            info = effect.to_json()
            self._store.finish(PREFIX + key, key=key, seconds=time.perf_counter() - started, info=info)
        return effect

    def kept(self) -> list[Effect]:
        """What was measured on the rows as they are now, the oldest first.

        Left out is what other rows were selected for, since labels, scores or findings have changed, and what an older
        model was fitted for.
        """
        records = [one for name, one in self._store.manifest.stages.items() if name.startswith(PREFIX)]
        now = self._rows_key
        told = [
            Effect.from_json(one.info)
            for one in sorted(records, key=lambda one: one.finished)
            if one.info.get("rows_key") == now
        ]
        return [one for one in told if self._is_selected_still(one)]

    def _is_selected_still(self, effect: Effect) -> bool:
        if effect.where == AS_GIVEN:
            return True
        asked: dict[str, Any] = {"weights" if effect.action == "weight" else effect.action: effect.where}
        try:
            return _selection_key(*self._selected(Asked(**asked))) == effect.selection_key
        except PortolanError:
            # A column of the expression is gone.
            return False

    def influence(
        self,
        of: str = "log_loss",
        *,
        probes: Probes = True,
        threads: int | None = None,
        report: Report = silent,
    ) -> NDArray[np.float32]:
        """See `Map.influence`."""
        self._check()
        given = probes_of(probes)
        if of not in ("log_loss", "chance", *given.kinds):
            raise InputError(
                f"There is nothing called '{of}' to matter to.",
                fix=f"Name one of: {', '.join(('log_loss', 'chance', *given.kinds))}.",
            )
        is_probe = of in given.kinds
        key = self._key(INFLUENCE, {"of": of, "probes": given.key if is_probe else ""})
        if not self._store.is_done(INFLUENCE, key):
            started = time.perf_counter()
            with one_blas_thread():
                hand = self._hand(threads, report)
                on = self._footing(Setting(n_splits=1), frozenset(), threads, report)
                rows = probe_designs(given, hand.scale, threads=threads)[of] if is_probe else None
                at = grounds(on, threads=threads)
                wanted: Any = "log_loss" if is_probe else of
                told = pair_influence(on, at, of=wanted, probes=rows, threads=threads)
            values = np.full(self._store.n_rows, np.nan, np.float32)
            values[hand.rows] = told
            column = pa.array(values, from_pandas=True)
            about = {"what": _influence_means(of), "of": of, "n_missing": column.null_count}
            write_measured(
                self._store,
                [Measured(INFLUENCE, "number", column, about)],
                stage=INFLUENCE,
                key=key,
                seconds=time.perf_counter() - started,
            )
        found: NDArray[np.float32] = read_measured(self._store, INFLUENCE).to_numpy(zero_copy_only=False)
        return found

    # What they are made on.

    def _check(self) -> None:
        check_pairs(self._of.roles)

    def _key(self, what: str, parameters: Mapping[str, Any]) -> str:
        roles = Roles.from_json(self._store.manifest.facts.get("roles", {}))
        about = {"roles": roles.to_json(), "design": KEY, **parameters}
        return stage_key(what, inputs=[self._store.manifest.stages["load"].key], parameters=about)

    @property
    def _rows_key(self) -> str:
        """Names the rows, what their columns mean, and the model's design."""
        return self._key("pairs", {"frame": FRAME})

    def _hand(self, threads: int | None, report: Report) -> PairsAtHand:
        key = self._rows_key
        if self._at_hand is None or self._hand_key != key:
            self._hand_key, self._footings = key, {}
            self._at_hand = PairsAtHand(self._store, self._of.roles, threads=threads, report=report)
        return self._at_hand

    def _footing(self, setting: Setting, untold: frozenset[str], threads: int | None, report: Report) -> Footing:
        """The fit that experiments begin with, of a model that is not told of some provenance columns."""
        own = (Setting(n_splits=setting.n_splits, seed=setting.seed), untold)
        if own not in self._footings:
            hand = self._hand(threads, report)
            design = hand.design[:, hand.columns(untold)] if untold else hand.design
            self._footings[own] = footing(design, hand.groups, setting=own[0], threads=threads, report=report)
        return self._footings[own]

    def _selected(self, asked: Asked, given: Given = NOTHING_GIVEN) -> tuple[RowIds, FloatArray]:
        """Rows that are asked for, ascending, and the weight of each; some columns may be `given` other values."""
        if asked.weights is None:
            expression = asked.drop or asked.flip or asked.relabel or ""
            if given:
                rows = np.flatnonzero(self._of.filterer.rows_given(expression, given)).astype(np.int64)
            else:
                rows = self._of.filter(expression)
            return rows, np.ones(len(rows))
        if isinstance(asked.weights, str):
            told = self._of.filterer.numbers(asked.weights, given)
            weights = np.where(np.isnan(told), 1.0, told)
        else:
            weights = np.asarray(asked.weights, np.float64)
        if len(weights) != self._store.n_rows:
            raise InputError(
                f"There are {len(weights)} weights and {self._store.n_rows} rows.", fix="Give a weight for each row."
            )
        if not np.isfinite(weights).all() or (weights < 0).any():
            raise InputError("A weight is negative or no number.", fix="Give weights of 0 or more.")
        rows = np.flatnonzero(weights != 1).astype(np.int64)
        if not len(rows) and not given:
            raise InputError("Every weight is 1: nothing would change.", fix="Give some rows another weight.")
        return rows, weights[rows]

    def _picked(self, asked: Asked) -> Picked:
        """What the selection knows of the choices; of weights that are given as numbers nobody can tell."""
        return Picked() if asked.where == AS_GIVEN else picked_by(self._of, self._store, asked.where)

    def _picks(
        self,
        asked: Asked,
        picked: Picked,
        intervention: Intervention,
        on: Footing,
        threads: int | None,
        report: Report,
    ) -> Picks:
        """What is done for each fold of each split to pairs outside of it: picked anew, or some of those selected."""
        if picked.how != "nested":
            return [
                [intervention.only(split.folds[intervention.places] != fold) for fold in range(N_FOLDS)]
                for split in on.splits
            ]
        hand = self._hand(threads, report)
        folds = [np.full(self._store.n_rows, -1, np.int64) for _ in on.splits]
        for each, split in zip(folds, on.splits, strict=True):
            each[hand.rows] = split.folds
        pairs = hand.every_pair(threads, report)
        columns = nested_columns(self._of, self._store, picked, pairs, folds, threads=threads, report=report)
        found = []
        for number, split in enumerate(on.splits):
            of_folds = []
            for fold in range(N_FOLDS):
                rows, values = self._selected(asked, columns.given(number, fold))
                places, is_pair = hand.places_of(rows)
                is_trained = split.folds[places] != fold
                of_folds.append(_intervention(asked, places[is_trained], values[is_pair][is_trained]))
            found.append(of_folds)
        return found

    def _measured(
        self,
        asked: Asked,
        picked: Picked,
        rows: RowIds,
        values: FloatArray,
        setting: Setting,
        probes: Any,
        threads: int | None,
        report: Report,
    ) -> Effect:
        hand = self._hand(threads, report)
        places, is_pair = hand.places_of(rows)
        check_selected(len(places), len(hand.rows))
        intervention = _intervention(asked, places, values[is_pair])
        strata = strata_of(places, hand.strata_columns, n_pairs=len(hand.rows))
        # Told which pairs are the selection, the model would set them apart by itself: whatever they teach the others
        # could not show.
        untold = frozenset(strata.left_out) & frozenset(hand.kind_columns)
        on = self._footing(setting, untold, threads, report)
        columns = hand.columns(untold)
        if picked.how in ("nested", "outside"):
            picks = self._picks(asked, picked, intervention, on, threads, report)
            found = measure_picked(
                on, picks, strata=strata, subsets=hand.subsets, setting=setting, threads=threads, report=report
            )
        else:
            designs = probe_designs(probes, hand.scale, threads=threads)
            found = measure_effect(
                on,
                intervention,
                strata=strata,
                subsets=hand.subsets,
                probes={kind: design[:, columns] for kind, design in designs.items()},
                setting=setting,
                threads=threads,
                report=report,
            )
        return Effect(
            action=intervention.action,
            where=asked.where,
            outcomes=found.effects if picked.has_claims else without_claims(found.effects),
            n_selected=len(intervention),
            n_pairs=found.n_pairs,
            matched_on=strata.columns,
            not_matched_on=strata.left_out,
            setting={
                "seeds": setting.n_draws,
                "splits": setting.n_splits,
                "folds": N_FOLDS,
                "halvings": setting.n_halvings,
                "random_state": setting.seed,
                "penalty": on.penalty,
                "model": KEY,
                "provenance": [name for name in dict.fromkeys(hand.kind_columns) if name not in untold],
                "probes": probes.label,
                "rows_without_verdict": int(len(rows) - len(places)),
                **({"to": asked.to} if asked.relabel else {}),
            },
            noun=self._of.roles.noun,
            picked=picked,
            right=found.right,
            rows_key=self._rows_key,
            selection_key=_selection_key(rows, values),
        )


class PairsAtHand:
    """The pairs of a map that say which reply is better, as numbers; of rankings the best reply against the worst."""

    def __init__(self, store: Store, roles: Roles, *, threads: int | None, report: Report) -> None:
        pairs = MapOfPairs(store, roles, key="", ends_only=True, threads=threads, report=report)
        told = pairs.told
        self._store, self._roles = store, roles
        self._pairs = pairs if roles.kind == "pair" and store.n_rows <= MANY_PAIRS else None
        self.rows: RowIds = np.flatnonzero(told.outcomes != 0).astype(np.int64)
        self.kinds: Kinds = self._kinds()
        self.kind_columns = self.kinds.columns
        design, scale = dense_design(pairs.features, kinds=self.kinds)
        self.scale: Scale = scale
        self.design: Design = design if len(self.rows) == len(design) else design[self.rows]
        self.groups: Places = told.groups[self.rows]

    def every_pair(self, threads: int | None, report: Report) -> MapOfPairs:
        """All pairs with their texts' features, of rankings too; those of many are read again."""
        return self._pairs or MapOfPairs(self._store, self._roles, key="", threads=threads, report=report)

    def columns(self, untold: frozenset[str]) -> Places:
        """Columns of the design for a model that is not told of some provenance columns."""
        return columns_without(self.design.shape[1], self.kind_columns, untold)

    def _kinds(self) -> Kinds:
        names = provenance_columns(self._store.schema.names, self._roles)
        found = []
        for name in names:
            column = self._store.read_rows(columns=[name]).column(name)
            if not pa.types.is_nested(column.type):
                found.append((name, pc.fill_null(pc.cast(column, pa.string()), "").to_pylist()))
        return kinds_of(found, n_pairs=self._store.n_rows)

    def places_of(self, rows: RowIds) -> tuple[Places, BoolArray]:
        """Places of rows among the pairs, ascending, and which of the rows are one of them."""
        places = np.searchsorted(self.rows, rows)
        is_pair = np.isin(rows, self.rows)
        return places[is_pair].astype(np.int64), is_pair

    @cached_property
    def _categories(self) -> list[tuple[str, list[str], Places]]:
        """Name, values and codes of each category of few values; raters' verdicts are none, for they are the labels."""
        found = []
        for name in origins(self._roles):
            column = self._store.read_rows(columns=[name]).column(name).combine_chunks()
            if pa.types.is_nested(column.type):
                continue
            encoded = pc.dictionary_encode(pc.fill_null(pc.cast(column, pa.string()), ""))
            values = encoded.dictionary.to_pylist()
            if 1 < len(values) <= MOST_VALUES:
                codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
                found.append((name, values, codes[self.rows]))
        return found

    @property
    def strata_columns(self) -> list[tuple[str, Places]]:
        """Codes of each category."""
        return [(name, codes) for name, _, codes in self._categories]

    @cached_property
    def subsets(self) -> dict[str, BoolArray]:
        """Pairs of each of the most frequent values of each category."""
        found = {}
        for name, values, codes in self._categories:
            for code in np.argsort(-np.bincount(codes), kind="stable")[:MOST_SUBSETS].tolist():
                found[f"{name} = {values[code]}"] = codes == code
        return found


def _intervention(asked: Asked, places: Places, weights: FloatArray) -> Intervention:
    if asked.drop is not None:
        return dropping(places)
    if asked.flip is not None:
        return flipping(places)
    if asked.relabel is not None:
        return relabelling(places, np.full(len(places), asked.to))
    return weighting(places, weights)


def _action(asked: Asked) -> str:
    return next(name for name in ("drop", "flip", "relabel", "weights") if getattr(asked, name) is not None)


def _influence_means(of: str) -> str:
    if of == "log_loss":
        return "How much more log loss, in nats over all held-out pairs, there would be without the pair."
    if of == "chance":
        return "How much less chance, summed over all held-out pairs, the chosen replies would get without the pair."
    return f"How much lower the mean margin on the probes '{of}' would be without the pair, in log-odds."


def _selection_key(rows: RowIds, weights: FloatArray) -> str:
    """Names rows and what each counts."""
    digest = hashlib.blake2b(np.ascontiguousarray(rows).tobytes(), digest_size=12)
    digest.update(np.ascontiguousarray(weights).tobytes())
    return digest.hexdigest()


def check_plot(path: str | Path) -> Path:
    """The place of a plot. Raises InputError where its name does not end in .svg."""
    place = Path(path)
    if place.suffix.lower() != ".svg":
        raise InputError(f"'{place.name}' is no SVG file.", fix="End the name in .svg.")
    return place


def save_plot(effect: Effect, path: str | Path) -> Path:
    """Write the forest plot as an SVG file.

    Raises
    ------
    InputError
        The name does not end in .svg.
    MapWriteError
        It cannot be written.
    """
    from portolan.store.files import replace_file, write_errors

    place = check_plot(path)
    with write_errors(place):
        replace_file(place, effect.svg().encode())
    return place
