"""Clusters of a former layout, found again among the present ones by the rows that both hold."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

import numpy as np

from portolan.types import ClusterIds

Match = Callable[[int, int], tuple[int, int] | None]
"""Layer and cluster_id of a former cluster -> those of the present one; None where nothing is left of it."""

_STRING = re.compile(r"""('(?:[^']|'')*'|"(?:[^"]|"")*")""")
_CONDITION = re.compile(r"\bcluster_(\d+)\s*(=|<>|!=|(?:NOT\s+)?IN)\s*(?:(\d+)|\(([\d\s,]+)\))", re.IGNORECASE)


def matching(former: Sequence[ClusterIds], present: Sequence[ClusterIds]) -> Match:
    """What finds a former cluster again: the present one that shares the largest part of both (Jaccard index).

    It is looked for in the layer whose number of clusters is nearest to that of the former one's.

    Parameters
    ----------
    former, present : sequence of ndarray of int32, shape (n_rows,)
        Each row's cluster in each layer; -1 where it has none.
    """
    counts = [_count(ids) for ids in present]
    if not counts:
        return lambda layer, cluster_id: None
    layers = [int(np.argmin(np.abs(np.log1p(counts) - math.log1p(_count(ids))))) for ids in former]

    def match(layer: int, cluster_id: int) -> tuple[int, int] | None:
        if layer >= len(former):
            return None
        of_old = former[layer] == cluster_id
        now = present[layers[layer]]
        shared = np.bincount(now[of_old & (now >= 0)], minlength=counts[layers[layer]])
        if not shared.any():
            return None
        sizes = np.bincount(now[now >= 0], minlength=len(shared))
        return layers[layer], int(np.argmax(shared / (sizes + of_old.sum() - shared)))

    return match


def rewrite_clusters(where: str, match: Match) -> str:
    """A filter expression with the former clusters that it names as the present ones.

    `cluster_1 = 3`, `cluster_1 IN (3, 4)` and their opposites are rewritten; what stands in quotes is left alone.
    """

    def now(found: re.Match[str]) -> str:
        return _now(found, match)

    pieces = _STRING.split(where)
    pieces[::2] = [_CONDITION.sub(now, piece) for piece in pieces[::2]]
    return "".join(pieces)


def names_clusters(where: str) -> bool:
    """Whether `rewrite_clusters` would look for a cluster."""
    return any(_CONDITION.search(piece) for piece in _STRING.split(where)[::2])


def _now(found: re.Match[str], match: Match) -> str:
    layer = int(found[1])
    matches = [match(layer, int(text)) for text in re.findall(r"\d+", found[3] or found[4])]
    ids = list(dict.fromkeys(one for one in matches if one is not None))
    is_not = found[2].upper() in ("<>", "!=") or found[2].upper().startswith("NOT")
    if not ids:
        return "TRUE" if is_not else "FALSE"
    column = f"cluster_{ids[0][0]}"
    if found[3] is not None:
        return f"{column} {found[2]} {ids[0][1]}"
    return f"{column} {'NOT IN' if is_not else 'IN'} ({', '.join(str(cluster_id) for _, cluster_id in ids)})"


def _count(ids: ClusterIds) -> int:
    return int(ids.max(initial=-1)) + 1
