"""How far one plain trait alone tells which reply was chosen: its length, punctuation, style, writer or place.

Each trait is a Bradley-Terry model of its own (`pair_fit`) on the numbers that tell of it, and no other, fitted on four
folds and judged on the fifth; all of them are fitted in one pass over the pairs. A trait may tell the choice in one
part of the data and nothing, or the contrary, in another: in each part it is fitted anew on that part alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from portolan.core.mark_kernels import Floats
from portolan.core.pair_design import Design, scaled
from portolan.core.pair_fit import Reals, Task, fit_models, margins_of
from portolan.core.preference import LEFT_OUT, calibrated, own_margins, penalties_of
from portolan.core.reply_surface import SURFACE, WORD_GROUPS
from portolan.types import BoolArray

GROUPS: Mapping[str, tuple[str, ...]] = {
    "length": ("words", "characters"),
    "punctuation": (
        "commas", "stops", "exclamations", "questions", "ends with a question", "ends unfinished", "quotes",
        "brackets", "colons",
    ),
    "style": (
        "lines", "list items", "blank lines", "code marks", "digits", "capitals", "other scripts",
        "characters a word", "words a sentence", "distinct words",
    ),
    "tone": tuple(WORD_GROUPS),
    "echo": ("words of the prompt", "prompt's words taken up", "begins like the prompt"),
}  # fmt: skip
"""The numbers of `reply_surface` by what they tell of; each is in one group."""
LOOKS, POSITION, WRITER = "looks", "position", "writer"
WHAT = {
    "length": "how long the replies are, in words and characters",
    "punctuation": "commas, stops, marks of exclamation and of question, quotes, brackets, colons, how they end",
    "style": "lines, lists, blank lines, code, digits, capitals, scripts, long words and sentences, repetition",
    "tone": "refusals, hedges, courtesy, negation, I and you, connectives, questions",
    "echo": "words of the prompt that are taken up",
    LOOKS: "all of these together",
    POSITION: "which reply was given first",
    WRITER: "who, or which model, wrote each reply",
}
"""The rules, in the order that they are told in."""
PENALTY = {POSITION: 10.0, WRITER: 3.0}
SURFACE_PENALTY = 30.0
MOST_WRITERS = 500
"""Writers with fewer pairs than so many others are all one."""


@dataclass(frozen=True)
class RulePairs:
    """Pairs, with what plain rules may see of them; arrays have shape (n_pairs,) unless said otherwise.

    Attributes
    ----------
    outcomes : ndarray of int8
        1: the chosen reply won; 0: not counted.
    folds, groups : ndarray of int64
        Pairs of one group are in one fold: see `prompt_groups`.
    weights : ndarray of float32
        What each pair counts.
    surface : ndarray of float32, shape (n_pairs, N_SURFACE)
        What the replies look like, chosen less rejected.
    is_first : ndarray of bool, or None
        Whether the chosen reply was given first; None where that is not known.
    writers : ndarray of int64, shape (n_pairs, 2), or None
        Who wrote the chosen and the rejected reply, 0 …; -1 where that is not known. None where nobody is named.
    """

    outcomes: NDArray[np.int8]
    folds: NDArray[np.int64]
    groups: NDArray[np.int64]
    weights: Floats
    surface: Floats
    is_first: BoolArray | None = None
    writers: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.outcomes)

    def only(self, rows: NDArray[np.int64]) -> RulePairs:
        """Those pairs alone."""
        return replace(
            self,
            **{name: getattr(self, name)[rows] for name in ("outcomes", "folds", "groups", "weights", "surface")},
            is_first=None if self.is_first is None else self.is_first[rows],
            writers=None if self.writers is None else self.writers[rows],
        )

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that there is something to learn from for, in order."""
        missing = {name for name, of in ((POSITION, self.is_first), (WRITER, self.writers)) if of is None}
        return tuple(name for name in WHAT if name not in missing)


def rule_logits(of: RulePairs, *, threads: int | None = None) -> dict[str, Reals]:
    """What each rule alone says of each pair, out of fold and calibrated: float64, shape (n_pairs,), by rule.

    A logit above 0: the rule would have the chosen reply.
    """
    design = _design(of)
    n_folds = int(of.folds.max(initial=0)) + 1
    left_out = np.tile(np.arange(n_folds), len(of.rules))
    penalties = penalties_of(design, [_penalties(rule) for rule in of.rules for _ in range(n_folds)])
    task = Task(of.outcomes[:, None], np.zeros_like(left_out), of.weights, of.folds, left_out, penalties)
    weights, _ = fit_models(design, task, threads=threads)
    # What is left of the other traits is next to nothing; calibrated, it would be more.
    weights[penalties[design.block_of] >= LEFT_OUT] = 0
    margins = margins_of(design, weights, threads=threads)
    own = own_margins(margins.reshape(len(of), len(of.rules), n_folds), of.folds)
    return {rule: calibrated(own[:, place], of.outcomes, of.folds, of.weights) for place, rule in enumerate(of.rules)}


def _penalties(rule: str) -> dict[str, float]:
    """What a rule sees, as `penalties_of` takes it: blocks that are not named are left out."""
    groups = tuple(GROUPS) if rule == LOOKS else (rule,)
    return {group: PENALTY.get(group, SURFACE_PENALTY) for group in groups}


def _design(of: RulePairs) -> Design:
    """The pairs at a common scale; writers are marks: 1 for who wrote the chosen reply, -1 for the other one."""
    blocks = (*GROUPS, POSITION, WRITER)
    group_of = {number: group for group, numbers in GROUPS.items() for number in numbers}
    block_of = [blocks.index(group_of[number]) for number in SURFACE]
    dense = [scaled(of.surface)]
    if of.is_first is not None:
        dense.append(np.where(of.is_first, 1, -1).astype(np.float32)[:, None])
        block_of.append(blocks.index(POSITION))
    indptr, marks, signs = np.zeros(len(of) + 1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int8)
    n_marks = 0
    if of.writers is not None:
        indptr, marks, signs, n_marks = _writer_marks(of.writers)
        block_of += [blocks.index(WRITER)] * n_marks
    scales = np.ones(n_marks, np.float32)
    return Design(np.hstack(dense), indptr, marks, signs, scales, np.array(block_of, np.int64), blocks)


def _writer_marks(
    writers: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int8], int]:
    """Writers as sparse numbers; a pair of which one is not known, or of one writer, has none."""
    counts = np.bincount(writers[writers >= 0], minlength=1)
    number = np.full(len(counts) + 1, min(len(counts), MOST_WRITERS), np.int64)
    kept = np.argsort(-counts, kind="stable")[:MOST_WRITERS]
    number[kept] = np.arange(len(kept))
    found = number[writers]
    is_told = (writers >= 0).all(axis=1) & (found[:, 0] != found[:, 1])
    indptr = np.concatenate([[0], np.cumsum(2 * is_told)]).astype(np.int64)
    marks = found[is_told].ravel().astype(np.int32)
    signs = np.tile(np.array([1, -1], np.int8), int(is_told.sum()))
    return indptr, marks, signs, len(kept) + 1
