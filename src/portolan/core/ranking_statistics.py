"""Statistics of rankings: those of the best reply against the worst, and how often the longer reply ranks higher."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from portolan.core.concept_figures import Share
from portolan.core.pair_facts import PairFacts
from portolan.core.pair_statistics import MOST_VALUES, PairStatistics, pair_statistics, spread_of
from portolan.core.preference_figures import grouped_share
from portolan.core.ranking_pairs import ranking_pairs, shared_weights
from portolan.types import BoolArray, Roles, RowIds


@dataclass(frozen=True)
class RankedLengths:
    """All pairs of rankings by the lengths of their replies; arrays of shape (n_pairs,).

    Attributes
    ----------
    rows : ndarray of int64
        The ranking that each pair comes from.
    leads : ndarray of int64
        By how many characters the reply that ranks higher is the longer one.
    """

    rows: RowIds
    leads: NDArray[np.int64]

    @classmethod
    def joined(cls, parts: Sequence[RankedLengths]) -> RankedLengths:
        """Pairs of batches, one after another."""
        nothing = [cls(np.zeros(0, np.int64), np.zeros(0, np.int64))]
        return cls(*(np.concatenate([getattr(part, name) for part in parts or nothing]) for name in ("rows", "leads")))


def read_lengths(batch: pa.RecordBatch, roles: Roles, *, first_row: int) -> RankedLengths:
    """Pairs of the rankings of a batch, of which the first is row `first_row`."""
    pairs = ranking_pairs(batch, roles)
    better, worse = (pc.utf8_length(side).to_numpy(zero_copy_only=False) for side in (pairs.chosen, pairs.rejected))
    return RankedLengths(first_row + pairs.rows, better.astype(np.int64) - worse)


def ranking_statistics(
    facts: PairFacts, lengths: RankedLengths, values: Mapping[str, NDArray[np.object_]]
) -> PairStatistics:
    """Statistics of rankings.

    Lengths and counts are those of each ranking's best and worst reply, where it has both. The bias of length is over
    all pairs; those of a ranking that differ in length share one weight, and its interval knows that they go together.

    Parameters
    ----------
    values : mapping of str to ndarray of object, shape (n_rows,)
        As `pair_statistics` takes them.
    """
    # Where no reply ranks lower than another there is no worst one: that is no blank reply.
    ends = pair_statistics(PairFacts(*(getattr(facts, part.name)[~facts.is_tie] for part in fields(facts))), {})
    n_pairs = np.bincount(lengths.rows, minlength=len(facts))
    everywhere = np.ones(len(facts), np.bool_)
    return replace(
        ends,
        n_rows=len(facts),
        turns=spread_of(facts.n_turns),
        prompt_chars=spread_of(facts.prompt_chars),
        n_ties=int(facts.is_tie.sum()),
        longer_chosen=_longer(lengths, everywhere),
        by_value={
            name: {value: _longer(lengths, column == value) for value in _values(column)}
            for name, column in values.items()
            if 0 < len(_values(column)) <= MOST_VALUES
        },
        n_pairs=len(lengths.rows),
        pairs_of_each=spread_of(n_pairs),
    )


def _values(column: NDArray[np.object_]) -> list[str]:
    return sorted({str(value) for value in column if value is not None})


def _longer(lengths: RankedLengths, within: BoolArray) -> Share:
    """In what share of the pairs of some rankings the longer reply ranks higher."""
    is_counted = (lengths.leads != 0) & within[lengths.rows]
    rows, leads = lengths.rows[is_counted], lengths.leads[is_counted]
    weights = shared_weights(rows, np.ones(len(rows), np.bool_), n_rows=len(within))
    return grouped_share((leads > 0).astype(np.float64), rows, weights)
