"""Pairs that belong together, so that no model is tested on a prompt it has learnt from; and the folds of groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from portolan.core.same_text import digests_of, normalized, same_keys

N_FOLDS = 5
MOST_SHARE = 0.1
"""A larger share of the pairs than this is no group: a greeting or a fixed instruction, with which many begin."""


Digests = tuple[NDArray[np.uint64], NDArray[np.uint64]]
"""Of whole prompts and of their first paragraphs, each (n_pairs, 2)."""


def prompt_digests(prompts: pa.LargeStringArray, chosen: pa.LargeStringArray) -> Digests:
    """What `prompt_groups` needs to know of some pairs. Those without a prompt go by the chosen reply."""
    said = pc.utf8_trim_whitespace(pc.if_else(pc.equal(pc.utf8_trim_whitespace(prompts), ""), chosen, prompts))
    first = pc.list_element(pc.split_pattern(said, "\n\n", max_splits=1), 0)
    whole, opening = (digests_of(normalized(part).to_pylist()) for part in (said, first))
    return whole, opening


def prompt_groups(batches: Sequence[Digests]) -> NDArray[np.int64]:
    """A number for each pair, int64, shape (n_pairs,): the same for pairs of one conversation.

    Pairs whose prompts begin with the same paragraph are one group: that holds together equal prompts, and the turns of
    one conversation, of which the later prompts repeat the earlier replies. Where a paragraph begins more than a tenth
    of all pairs, only the whole prompt counts for those.

    Parameters
    ----------
    batches : sequence of (whole, opening)
        As `prompt_digests` gives them.
    """
    if not batches:
        return np.zeros(0, np.int64)
    wholes, openings = (np.concatenate(part) for part in zip(*batches, strict=True))
    groups = same_keys(openings)
    sizes = np.bincount(groups)
    is_large = sizes[groups] > max(1, MOST_SHARE * len(groups))
    if is_large.any():
        groups[is_large] = len(sizes) + same_keys(wholes[is_large])
    return np.unique(groups, return_inverse=True)[1].ravel().astype(np.int64)


def folds_of(groups: NDArray[np.int64], *, n_folds: int = N_FOLDS, seed: int = 0) -> NDArray[np.int64]:
    """A fold for each pair, 0 … n_folds - 1, whole groups together, the folds about equal: int64, shape (n_pairs,).

    Which groups go together is drawn by `seed`.
    """
    if not len(groups):
        return np.zeros(0, np.int64)
    sizes = np.bincount(groups)
    order = np.random.default_rng(seed).permutation(len(sizes))
    # The largest first, each fold in turn forwards and backwards: none gets all that are large.
    order = order[np.argsort(-sizes[order], kind="stable")]
    turns = np.arange(len(order)) % (2 * n_folds)
    fold_of = np.empty(len(sizes), np.int64)
    fold_of[order] = np.where(turns < n_folds, turns, 2 * n_folds - 1 - turns)
    found: NDArray[np.int64] = fold_of[groups]
    return found
