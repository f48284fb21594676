"""The preference model of a map of pairs: fit one, read what it left, tell how good it is.

Whatever the model, the frame is the same: pairs of one prompt are never on both sides, margins are calibrated out of
fold, accuracy stands beside plain rules, and planted flips say what its list of likely flipped pairs is worth. What it
leaves are measured columns and the figures in the stage's info.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.concept_figures import Share
from portolan.core.flip_share import FlipShare, SurePairs, expected, flip_share, longest
from portolan.core.pair_design import design_of
from portolan.core.parallel import one_blas_thread
from portolan.core.power import Power, power_of, verdict
from portolan.core.preference import calibrated, cross_fit, only_block
from portolan.core.preference_figures import Judged, accuracy, by_subset, figures_of, majority_margins
from portolan.core.prompt_groups import N_FOLDS, folds_of
from portolan.core.shortcuts import RulePairs
from portolan.core.votes import origins
from portolan.errors import InputError, NotFoundError
from portolan.options import plugin_name
from portolan.plugins import LearntPreferrer, PairOutcomes, Preferrer, ScoringPreferrer, preferrers
from portolan.stages.measured import Measured, patiently_writing, read_measured, write_measured
from portolan.stages.paired import STAGE, MapOfPairs, Told, preferences_of
from portolan.stages.run import Tell, tell_nobody
from portolan.store import Store
from portolan.store.manifest import StageRecord, stage_key
from portolan.types import FloatArray, Report, Roles, RowIds, silent

DEFAULT = "linear"
SEED = 0
FRAME = 6
"""Raise it when what the frame makes of margins changes."""
LEAST_PAIRS = 50
"""Pairs with an outcome below which nothing can be learnt or judged."""
PAIRS = "preference_pairs"
"""The table of what plain rules may see of each pair: see `seen_pairs`."""
NAMES = ("preference", "preference_margin", "preference_surface", "preference_spread")
_WHAT = (
    "Chance that the chosen reply is preferred, 0 to 1, calibrated, by a model that has not seen the prompt.",
    "The same as a logit: below 0 the model prefers the rejected reply.",
    "Chance that the chosen reply is preferred by what replies look like alone, 0 to 1, out of fold.",
    "How far several judges differ: standard deviation of their calibrated logits.",
)


class Preference:
    """What a preference model says of a map's pairs, and how good it is. Get it from `m.preference`."""

    def __init__(self, store: Store, record: StageRecord, *, is_current: bool) -> None:
        self._store, self._info = store, record.info
        self.is_current = is_current
        """Whether the rows are still those that it was fitted on."""
        self.load = store.manifest.stages["load"].key
        """Names the rows that there were when this was asked for."""
        self.key = record.key
        """Names all that decided it: what is made of it changes with it."""
        self.seconds = record.seconds

    @property
    def name(self) -> str:
        """The model as it is asked for: NAME or NAME:ARGUMENT."""
        return str(self._info["model"])

    @property
    def card(self) -> Mapping[str, Any]:
        """What the model is, by which method, and where it fails."""
        card: Mapping[str, Any] = self._info["card"]
        return card

    @property
    def columns(self) -> tuple[str, ...]:
        """Its measured columns: the chance, the margin, the chance by looks, and of several judges the spread."""
        return tuple(column["name"] for column in self._info["columns"])

    @cached_property
    def chance(self) -> FloatArray:
        """Chance that the chosen reply is preferred: float64, shape (n_rows,); NaN for rows without two sides."""
        return self._values(0)

    @cached_property
    def margin(self) -> FloatArray:
        """The same as a logit: below 0 where the model prefers the rejected reply."""
        return self._values(1)

    @cached_property
    def surface(self) -> FloatArray:
        """Chance that the chosen reply is preferred by looks alone: length, lists, punctuation, kinds of words."""
        return self._values(2)

    @cached_property
    def spread(self) -> FloatArray | None:
        """How far several judges differ; None of a single one."""
        return self._values(3) if len(self.columns) > 3 else None

    def _values(self, place: int) -> FloatArray:
        values = read_measured(self._store, self.columns[place]).to_numpy(zero_copy_only=False)
        return np.asarray(values, np.float64)

    @property
    def accuracy(self) -> Share:
        """Share of pairs told right by a model that had not seen their prompts, with its interval."""
        return _share(self._info["figures"]["accuracy"])

    @property
    def figures(self) -> Mapping[str, Any]:
        """accuracy, log_loss, brier, calibration_error and bins, as JSON holds them."""
        figures: Mapping[str, Any] = self._info["figures"]
        return figures

    @property
    def rankings(self) -> int | None:
        """Rankings with an outcome, of which `accuracy` counts the weighted pairs; None where rows are pairs."""
        found: int | None = self._info.get("rankings")
        return found

    @property
    def baselines(self) -> dict[str, Share]:
        """Accuracy of plain rules on the same folds: chance, majority (of positions), length, surface."""
        return {name: _share(found) for name, found in self._info["baselines"].items()}

    @property
    def by_subset(self) -> list[dict[str, Any]]:
        """Accuracy by value of the category columns: column, value, model, majority (if known), length, surface."""
        subsets: list[dict[str, Any]] = self._info["by_subset"]
        return subsets

    @property
    def power(self) -> Mapping[str, Any]:
        """What its list of likely flipped pairs is worth, cut by cut, from planted flips."""
        power: Mapping[str, Any] = self._info["power"]
        return power

    def where_flipped(self, share: float) -> dict[str, Any]:
        """What lists of the rows that it contradicts most hold, where it is known how many are flipped.

        Choices alone do not tell that share; judging some rows, or how often raters agree with themselves, may.

        Parameters
        ----------
        share : float
            Of all rows, flipped at random: above 0, and no more than can be.

        Returns
        -------
        dict
            share; at_most, what it can be; lists, each with rows, precision (value, low, high, n) and the `where` that
            finds them; longest, that of them of which half or more is flipped, surely, or None.

        Raises
        ------
        InputError
            So many cannot be flipped, or nothing is known of it.
        """
        told = self.power.get("as_it_is")
        if told is None:
            raise InputError("This model was fitted by an older version.", fix=f"Fit it anew: --model {self.name}.")
        of = FlipShare.from_json(told)
        if not 0 < share <= of.at_most:
            raise InputError(
                f"{share:g} of the rows cannot be flipped: at most {of.at_most:.3f} can.",
                fix="Give a share above 0 and no higher than that, such as 0.05.",
            )
        lists = {one.listed: self._list(one, share) for one in of.lists}
        best = longest(share, of)
        return {
            "share": share,
            "at_most": of.at_most,
            "lists": list(lists.values()),
            "longest": None if best is None else lists[best.listed],
        }

    def _list(self, one: SurePairs, share: float) -> dict[str, Any]:
        # The column is float32, and the last row of the list is to be in it.
        where = f"{self.columns[0]} <= {one.chance + 1e-6:.6f}"
        return {"rows": one.listed, "precision": expected(share, one).to_json(), "where": where}

    @property
    def can_tell(self) -> bool:
        """Whether that list is worth showing at any length."""
        return bool(self._info["can_tell"])

    @property
    def rows_worth_listing(self) -> int:
        """The longest list of which half or more is expected to be right where a tenth is flipped; 0: none.

        And of which half can be flipped in the data as it stands.
        """
        return int(self.power["rows_worth_listing"]) if self.can_tell else 0

    @property
    def says(self) -> str:
        """How good it is, and whether it can tell flipped pairs, in a sentence."""
        return str(self._info["says"])

    def to_json(self) -> dict[str, Any]:
        """What `portolan audit --json` tells of the model."""
        return {
            "name": self.name,
            "accuracy": self._info["figures"]["accuracy"]["value"],
            "interval": [self.accuracy.low, self.accuracy.high],
            "pairs": self.accuracy.n,
            "rankings": self.rankings,
            "by_provenance": self.by_subset,
            "baselines": {name: share.to_json()["value"] for name, share in self.baselines.items()},
            "calibration": {name: value for name, value in self.figures.items() if name != "accuracy"},
            "power": dict(self.power),
            "can_tell": self.can_tell,
            "says": self.says,
            "is_current": self.is_current,
            "columns": list(self.columns),
            "card": dict(self.card),
        }

    def __repr__(self) -> str:
        return f"<portolan preference {self.name!r}: {self.says}>"


def fit_preference(
    store: Store,
    choice: str = DEFAULT,
    *,
    threads: int | None = None,
    report: Report = silent,
    tell: Tell = tell_nobody,
) -> Preference:
    """Fit a preference model to the map's pairs, unless it stands; it takes the place of the one that stood.

    Parameters
    ----------
    choice : str
        NAME or NAME:ARGUMENT.

    Raises
    ------
    UnknownPluginError
        There is no such model.
    InputError
        The rows are no pairs, or too few of them have a winner.
    """
    job = _Job(store, choice, threads, report)
    if store.is_done(STAGE, job.key):
        return Preference(store, store.manifest.stages[STAGE], is_current=True)
    started = time.perf_counter()
    with one_blas_thread():
        columns, info = job.measure(tell)
    if job.key != _Job(store, choice, threads, silent).key:
        raise InputError("The map's rows were replaced while it was fitted.", fix="Run the same command again.")
    with patiently_writing(store):
        store.write_table(PAIRS, job.seen(), key=job.key)
    write_measured(
        store, _measured(store, columns), stage=STAGE, key=job.key, seconds=time.perf_counter() - started, info=info
    )
    job.pairs.forget_work()
    return Preference(store, store.manifest.stages[STAGE], is_current=True)


def present_preference(store: Store, known: Preference | None = None) -> Preference | None:
    """The model that was fitted last; None where none was.

    `known`, as it was given before, is given again where neither it nor the rows have changed: to find out whether a
    large model in a folder is still the same takes long.
    """
    record = store.manifest.stages.get(STAGE)
    if record is None:
        return None
    if known is not None and known.key == record.key and known.load == store.manifest.stages["load"].key:
        return known
    try:
        is_current = _Job(store, record.info["model"], None, silent).key == record.key
    except (NotFoundError, InputError, ImportError):
        # A model of a package, or of a folder, that is not here now: what it left stays.
        is_current = True
    return Preference(store, record, is_current=is_current)


def seen_pairs(store: Store) -> tuple[RulePairs, RowIds]:
    """The pairs that the present model was fitted on, as plain rules see them, and the row that each is of."""
    table = store.read_table(PAIRS)
    parts = {name: table.column(name).combine_chunks() for name in table.column_names}
    surface = parts.pop("surface")
    found = {name: part.to_numpy(zero_copy_only=False) for name, part in parts.items() if not part.null_count}
    rows: RowIds = found.pop("row_id")
    width = surface.type.list_size
    numbers = surface.flatten().to_numpy(zero_copy_only=False).reshape(-1, width)
    return RulePairs(surface=numbers, **found), rows


class _Job:
    """A preferrer and the pairs it is about to judge."""

    def __init__(self, store: Store, choice: str, threads: int | None, report: Report) -> None:
        name, argument = plugin_name(choice)
        self.store, self.choice, self.threads, self.report = store, choice, threads, report
        self.roles = Roles.from_json(store.manifest.facts.get("roles", {}))
        _check(store, self.roles)
        self.preferrer: Preferrer = preferrers.get(name)(argument, threads=threads)
        _check_columns(self.preferrer, name, self.roles)
        self.key = stage_key(
            STAGE,
            inputs=[store.manifest.stages["load"].key],
            parameters={
                "model": self.preferrer.key, "roles": self.roles.to_json(), "seed": SEED, "frame": FRAME,
            },
        )  # fmt: skip
        self.pairs = MapOfPairs(store, self.roles, key=self.key, threads=threads, report=report)

    def measure(self, tell: Tell) -> tuple[list[FloatArray], dict[str, Any]]:
        """Values of the columns `NAMES`, in order, and the figures."""
        told = self.pairs.told
        n_judged = int((told.outcomes != 0).sum())
        n_told = int((told.row_outcomes != 0).sum())
        if n_told < LEAST_PAIRS:
            raise InputError(
                f"Only {n_told:,} of {self.store.n_rows:,} {self.roles.kind}s have a winner and two different replies.",
                fix=f"A preference model needs {LEAST_PAIRS} at least.",
            )
        folds = self.folds
        of = PairOutcomes(told.outcomes, folds, told.weights)
        judged = Judged(told.outcomes, told.groups, told.weights.astype(np.float32))
        raw, spreads, power = self._judged(told, of, tell)
        logits = calibrated(raw, told.outcomes, folds, told.weights)
        logits[~told.has_sides] = np.nan
        margins, groups = told.of_rows(logits), told.row_groups
        power = replace(power, as_it_is=flip_share(margins, told.row_outcomes, groups, [cut.n for cut in power.cuts]))
        plain = self._plain(told, judged, folds)
        figures = figures_of(logits, judged)
        can_tell, says = verdict(figures.accuracy, power, rows=f"{self.roles.kind}s")
        baselines = {"chance": Share(0.5, 0.5, 0.5, n_judged)}
        baselines |= {name: accuracy(margins, judged) for name, margins in plain.items()}
        info = {
            "model": self.choice,
            "model_key": self.preferrer.key,
            "card": dict(self.preferrer.card),
            "figures": figures.to_json(),
            "baselines": {name: share.to_json() for name, share in baselines.items()},
            "by_subset": by_subset({"model": logits, **plain}, judged, self._categories(told)),
            "power": power.to_json(),
            "can_tell": can_tell,
            "says": says,
            "folds": int(folds.max()) + 1,
            "rankings": n_told if told.rows is not None else None,
        }
        looks = told.of_rows(np.where(told.has_sides, plain["surface"], np.nan))
        columns = [_chances(margins), margins, _chances(looks)]
        return columns if spreads is None else [*columns, spreads], info

    def seen(self) -> pa.Table:
        """What plain rules may see of each pair; `is_first` is missing where positions are not known."""
        told, surface = self.pairs.told, self.pairs.features.block("surface")
        n, width = surface.shape
        is_first = pa.nulls(n, pa.bool_()) if told.is_first is None else pa.array(told.is_first)
        numbers = pa.FixedSizeListArray.from_arrays(pa.array(np.ascontiguousarray(surface).ravel()), width)
        return pa.table(
            {
                "row_id": np.arange(n) if told.rows is None else told.rows, "outcomes": told.outcomes,
                "folds": self.folds, "groups": told.groups, "weights": told.weights.astype(np.float32),
                "is_first": is_first, "surface": numbers,
            }
        )  # fmt: skip

    @cached_property
    def folds(self) -> NDArray[np.int64]:
        """The fold of each pair: prompts stay together."""
        groups = self.pairs.told.groups
        return folds_of(groups, n_folds=min(N_FOLDS, int(groups.max()) + 1), seed=SEED)

    def _judged(self, told: Told, of: PairOutcomes, tell: Tell) -> tuple[FloatArray, FloatArray | None, Power]:
        """Margins of pairs as they come, spreads of rows, and what planted flips show: whole rows are flipped."""
        if isinstance(self.preferrer, LearntPreferrer):
            read = self.preferrer.read(self.pairs, report=self.report)
            raw = read.cross_fit(of, report=self.report)
            refitted = _Refitted(lambda versions: read.refit(versions, of, report=self.report), raw, told)
            power = power_of(told.row_outcomes, refitted, is_refitted=True, seed=SEED)
            return raw, None, power if refitted.is_refitted else _not_refitted(power)
        assert isinstance(self.preferrer, ScoringPreferrer)
        if hasattr(self.preferrer, "estimate"):
            tell(self.preferrer.estimate(*_size(self.pairs)))
        judges = preferences_of(self.store, self.pairs, self.preferrer, key=self.key, report=self.report)
        self._check_read(judges, told)
        spreads = None
        if judges.shape[1] > 1:
            # Each on its own scale: their logits alone can be compared.
            judges = np.stack([calibrated(each, of.outcomes, of.folds, of.weights) for each in judges.T], axis=1)
            spreads = np.stack([told.of_rows(each) for each in judges.T], axis=1).std(axis=1)
        raw = judges.mean(axis=1)
        refitted = _Refitted(lambda _versions: None, raw, told)
        return raw, spreads, power_of(told.row_outcomes, refitted, is_refitted=False, seed=SEED)

    def _check_read(self, judges: FloatArray, told: Told) -> None:
        """Refuse to judge a model by next to nothing: most of what it said of pairs could not be read as numbers."""
        is_told = told.outcomes != 0
        said = judges[is_told]
        n_read = int(np.isfinite(said).all(axis=1).sum())
        if n_read < LEAST_PAIRS:
            raise InputError(
                f"Of {said.size:,} answers of '{self.choice}' {int(np.isfinite(said).sum()):,} could be read as a "
                f"number; {n_read:,} of {len(said):,} pairs are told of by all, and {LEAST_PAIRS} are needed.",
                fix=getattr(self.preferrer, "unread", "Look for missing values in what the model reads or says."),
            )

    def _plain(self, told: Told, judged: Judged, folds: NDArray[np.int64]) -> dict[str, FloatArray]:
        """Margins of plain rules: the more frequent position where there is one, the longer reply, and the looks."""
        features = self.pairs.features
        surface = design_of(features, blocks=("surface",))
        grid = only_block("surface")
        weights = told.weights.astype(np.float32)
        looks = cross_fit(surface, told.outcomes, folds, weights=weights, grid=grid, threads=self.threads).margins
        position = {} if told.is_first is None else {"majority": majority_margins(told.is_first, judged, folds)}
        return {
            **position,
            "length": calibrated(features.length.astype(np.float64), told.outcomes, folds, told.weights),
            "surface": calibrated(looks, told.outcomes, folds, told.weights),
        }

    def _categories(self, told: Told) -> dict[str, list[str | None]]:
        """The categories' values, one a pair."""
        names = [name for name in origins(self.roles) if name in self.store.schema.names]
        columns = {name: self.store.read_rows(columns=[name]).column(name) for name in names}
        if told.rows is not None:
            columns = {name: column.take(pa.array(told.rows)) for name, column in columns.items()}
        return {name: column.to_pylist() for name, column in columns.items()}


class _Refitted:
    """Margins of rows for versions of their outcomes: fitted anew, or where that cannot be done those that there are.

    A ranking that is flipped is flipped as a whole: its last reply is then its best one.
    """

    def __init__(self, refit: Any, margins: FloatArray, told: Told) -> None:
        self._refit, self._margins, self._told = refit, margins, told
        self.is_refitted = True

    def __call__(self, versions: NDArray[np.int8]) -> FloatArray:
        told = self._told
        of_pairs = versions if told.rows is None else told.of_pairs(versions) * told.outcomes[:, None]
        found: FloatArray | None = self._refit(of_pairs)
        if found is None:
            self.is_refitted = False
            return np.repeat(told.of_rows(self._margins)[:, None], versions.shape[1], axis=1)
        if told.rows is None:
            return found
        return np.stack([told.of_rows(each) for each in found.T], axis=1)


def _not_refitted(power: Power) -> Power:
    return replace(power, is_refitted=False)


def _check(store: Store, roles: Roles) -> None:
    if roles.kind not in ("pair", "ranking"):
        raise InputError(
            f"The rows of '{store.path}' are no pairs (kind: {roles.kind}): nobody preferred anything.",
            fix="Make a map of pairs: portolan map FILE --chosen COLUMN --rejected COLUMN.",
        )
    if "load" not in store.manifest.stages:
        raise InputError(f"The map '{store.path}' is not finished.", fix="Run portolan map on it again.")


def _check_columns(preferrer: Preferrer, name: str, roles: Roles) -> None:
    if roles.kind == "ranking" and isinstance(preferrer, ScoringPreferrer) and preferrer.columns:
        raise InputError(
            f"The '{name}' model reads a number for each of two replies; these rows are rankings of several.",
            fix="Choose a model that reads replies: --model linear, hf:MODEL or judge:MODEL.",
        )


def _size(pairs: MapOfPairs) -> tuple[int, int]:
    import pyarrow.compute as pc

    n_chars = 0
    for batch in pairs.batches():
        parts = (batch.prompts, batch.chosen, batch.rejected)
        n_chars += sum(pc.sum(pc.utf8_length(part)).as_py() or 0 for part in parts)
    return pairs.n_pairs, n_chars


def _chances(logits: FloatArray) -> FloatArray:
    found: FloatArray = 1 / (1 + np.exp(-np.clip(logits, -50, 50)))
    return found


def _measured(store: Store, values: list[FloatArray]) -> list[Measured]:
    given = set(store.schema.names)
    columns = []
    for name, what, numbers in zip(NAMES, _WHAT, values, strict=False):
        array = pa.array(numbers.astype(np.float32), mask=np.isnan(numbers))
        about = {"what": what, "side": None, "n_missing": array.null_count}
        columns.append(Measured(f"measured_{name}" if name in given else name, "number", array, about))
    return columns


def _share(found: Mapping[str, Any]) -> Share:
    value = float("nan") if found["value"] is None else found["value"]
    return Share(value, found["low"], found["high"], found["n"])
