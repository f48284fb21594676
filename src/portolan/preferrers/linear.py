"""Bradley-Terry on words, bundled vectors and surface features: the default, seconds on a hundred thousand pairs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from portolan.core.pair_design import BLOCKS, design_of
from portolan.core.preference import GRID, CrossFit, cross_fit, refit
from portolan.core.preference_nested import nested_margins
from portolan.errors import InputError
from portolan.plugins import Card, PairOutcomes, PairsToPrefer, preferrers
from portolan.types import FloatArray, Report, silent

CARD: Card = {
    "what": "Which of two replies is preferred, learnt from the map's own pairs.",
    "method": "Logistic regression without intercept on what two replies differ in (Bradley & Terry 1952): words and "
    "pairs of words, bundled vectors, surface features, those weighed by the prompt and by where the pair comes from; "
    "five folds by prompt.",
    "limits": "A weak model. It reads words, not arguments: on people's preferences between two replies of good models "
    "it is little better than chance, and says so. It learns whatever tells the sides apart, length and style too.",
    "command": "python benchmarks/preference.py DATA",
    "figures": [],
}


class LinearPreferrer:
    """Bradley-Terry on what two replies differ in."""

    card = CARD
    is_costly = False
    can_nest = True
    """Whether what it reads can tell of pairs without one more fold: `LinearPairs.nested`."""
    argument = "blocks joined by +, by default all: surface+vectors+relevance+context+provenance+words"

    def __init__(self, argument: str | None = None, *, threads: int | None = None) -> None:
        self._blocks = tuple(argument.split("+")) if argument else BLOCKS
        strange = [name for name in self._blocks if name not in BLOCKS]
        if strange:
            raise InputError(
                f"The 'linear' model has no block '{strange[0]}'.", fix=f"Join some of these by +: {', '.join(BLOCKS)}."
            )
        self._threads = threads
        self.key = f"linear:1:{'+'.join(self._blocks)}"

    def read(self, pairs: PairsToPrefer, *, report: Report = silent) -> LinearPairs:
        """Read all pairs, whoever won them."""
        return LinearPairs(pairs, self._blocks, self._threads)


class LinearPairs:
    """The map's pairs at a common scale."""

    def __init__(self, pairs: PairsToPrefer, blocks: tuple[str, ...], threads: int | None) -> None:
        self._design = design_of(pairs.features, blocks=blocks, kinds=pairs.kinds)
        self._grid = tuple({name: each[name] for name in blocks} for each in GRID)
        self._threads = threads
        self.fitted: CrossFit | None = None

    def cross_fit(self, of: PairOutcomes, *, report: Report = silent) -> FloatArray:
        """Out-of-fold margins."""
        weights = np.asarray(of.weights, np.float32)
        self.fitted = cross_fit(
            self._design, of.outcomes, of.folds, weights=weights, grid=self._grid, threads=self._threads, report=report
        )
        return self.fitted.margins

    def refit(self, versions: np.ndarray, of: PairOutcomes, *, report: Report = silent) -> FloatArray | None:
        """Out-of-fold margins for other outcomes, the penalties as they were chosen."""
        if self.fitted is None:
            self.cross_fit(of, report=report)
        assert self.fitted is not None
        weights = np.asarray(of.weights, np.float32)
        return refit(
            self._design,
            versions,
            of.folds,
            self.fitted.penalties,
            weights=weights,
            threads=self._threads,
            report=report,
            stage="power",
        )

    def nested(
        self, of: PairOutcomes, splits: Sequence[NDArray[np.int64]], *, report: Report = silent
    ) -> list[FloatArray]:
        """Calibrated margins for each fold that may be tested on, made without it: see `nested_margins`."""
        return nested_margins(
            self._design,
            of.outcomes,
            splits,
            weights=np.asarray(of.weights, np.float32),
            grid=self._grid,
            threads=self._threads,
            report=report,
        )


preferrers.add("linear", LinearPreferrer)
