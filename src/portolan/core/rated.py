"""Labels as ratings: which rows several authors labelled, and how far they agree."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portolan.core.agreement import cohen_kappa, fleiss_kappa, krippendorff_alpha
from portolan.core.label_tables import value_codes
from portolan.core.labels import Labels
from portolan.errors import InputError, NotFoundError


def ratings_of(labels: Labels, name: str, *, side: str = "") -> tuple[list[str], NDArray[np.int32]]:
    """Authors, and what each said of each row: codes of shape (n_rows, n_authors), -1 for nothing.

    Raises
    ------
    NotFoundError
        There is no such set.
    InputError
        It is one of multiple choice.
    """
    if name not in labels.sets:
        known = ", ".join(sorted(labels.sets)) or "none"
        raise NotFoundError(f"There is no set of labels '{name}'.", fix=f"Sets: {known}.")
    if labels.sets[name].is_multiple:
        raise InputError(
            f"Rows may have several labels of '{name}'.", fix="Agreement is measured on sets of single choice."
        )
    # A label that settles what others contradicted each other on is no opinion of its own.
    own = {
        slot.author: numbers
        for slot, numbers in labels.slots.items()
        if (slot.set, slot.side) == (name, side) and not slot.settles
    }
    authors = sorted(own)
    codes = [value_codes(labels, own[author])[0] for author in authors]
    return authors, np.stack(codes, axis=1) if codes else np.zeros((labels.n_rows, 0), np.int32)


def agreement_of(labels: Labels, name: str, *, side: str = "") -> dict[str, Any]:
    """How far authors agree: `authors`, `rows` labelled by several, `agreed` of them, and the three measures.

    `cohen` has one for each two authors who share rows; NaN where a measure says nothing.
    """
    authors, ratings = ratings_of(labels, name, side=side)
    several = ratings[(ratings >= 0).sum(axis=1) >= 2]
    agreed = sum(len({code for code in row if code >= 0}) == 1 for row in several.tolist())
    pairs = []
    for one, other in combinations(range(len(authors)), 2):
        shared = several[:, [one, other]]
        n_shared = int((shared >= 0).all(axis=1).sum())
        if n_shared:
            pairs.append({"authors": [authors[one], authors[other]], "rows": n_shared, "kappa": cohen_kappa(shared)})
    return {
        "set": name, "side": side or None, "authors": authors, "rows": len(several), "agreed": agreed, "cohen": pairs,
        "fleiss": fleiss_kappa(several), "krippendorff": krippendorff_alpha(several),
    }  # fmt: skip
