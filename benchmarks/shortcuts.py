"""What plain traits alone are claimed to tell, on coins and where one decides: `python benchmarks/shortcuts.py`.

Pairs have numbers drawn by chance in place of looks, a position and two of four writers, and lie in four parts. On
coins whatever is claimed is wrong. Then one trait decides a share of the pairs of one part and a coin all else: is that
trait named in that part, and is anything else?
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import numpy as np

from portolan.core.reply_surface import N_SURFACE, SURFACE
from portolan.core.shortcut_figures import Column, rules_by_part, rules_of
from portolan.core.shortcuts import RulePairs
from portolan.core.shortcuts_told import Shortcuts

PARTS = tuple("abcd")
DECIDED = "c"


def coins(n: int, seed: int, *, n_parts: int = len(PARTS)) -> tuple[RulePairs, Column]:
    """Pairs of which nothing tells the choice."""
    rng = np.random.default_rng(seed)
    pairs = RulePairs(
        np.ones(n, np.int8), rng.integers(0, 5, n), np.arange(n), np.ones(n, np.float32),
        rng.normal(size=(n, N_SURFACE)).astype(np.float32), rng.random(n) < 0.5, rng.integers(0, 4, (n, 2)),
    )  # fmt: skip
    names = PARTS if n_parts == len(PARTS) else [str(part) for part in range(n_parts)]
    return pairs, Column("part", np.arange(n) % n_parts, names)


def decided(pairs: RulePairs, where: np.ndarray, trait: str) -> RulePairs:
    """The same, with a trait that decides those pairs."""
    if trait == "position":
        return replace(pairs, is_first=pairs.is_first | where)
    if trait == "writer":
        best = np.sort(pairs.writers, axis=1)
        return replace(pairs, writers=np.where(where[:, None], best, pairs.writers))
    surface = pairs.surface.copy()
    commas = SURFACE.index("commas")
    surface[where, commas] = np.abs(surface[where, commas])
    return replace(pairs, surface=surface)


def told(pairs: RulePairs, column: Column) -> Shortcuts:
    """What is claimed of them."""
    return Shortcuts(rules_of(pairs), rules_by_part(pairs, [column]))


def on_coins(n: int, n_sets: int) -> None:
    """In how many sets of coins something is claimed, of all pairs and of parts."""
    claims = {"of all pairs": 0, "of a part": 0, "anything": 0}
    for seed in range(n_sets):
        found = told(*coins(n, seed))
        of_all, of_part = bool(found.sure), bool(found.stronger or found.unlike)
        for name, is_claimed in zip(claims, (of_all, of_part, of_all or of_part), strict=True):
            claims[name] += is_claimed
    counts = ", ".join(f"{name} {count}" for name, count in claims.items())
    print(f"{n_sets} sets of {n:,} coins in {len(PARTS)} parts: claimed {counts}")


def on_planted(n: int, n_sets: int, trait: str, share: float) -> None:
    """How often a trait is named where it decides, and how often another trait or another part is."""
    right = wrong = 0
    for seed in range(n_sets):
        pairs, column = coins(n, seed)
        where = (column.codes == PARTS.index(DECIDED)) & (np.random.default_rng(seed).random(n) < share)
        found = {(one.value, one.rule.name) for one in told(decided(pairs, where, trait), column).stronger}
        # All looks together know of punctuation as well.
        own = {(DECIDED, trait), *({(DECIDED, "looks")} if trait == "punctuation" else ())}
        right += (DECIDED, trait) in found
        wrong += bool(found - own)
    print(f"| {trait} | {share:.0%} | {right / n_sets:.2f} | {wrong / n_sets:.2f} |")


def timed(n: int) -> None:
    """Processor seconds, with a trait that decides, four values of a column and twenty topics."""
    pairs, column = coins(n, 0)
    pairs = decided(pairs, np.random.default_rng(1).random(n) < 0.3, "punctuation")
    columns = [column, coins(n, 0, n_parts=20)[1]]
    told(*coins(1000, 0))
    for name, work in (("all pairs", lambda: rules_of(pairs)), ("24 parts", lambda: rules_by_part(pairs, columns))):
        begun, cpu = time.perf_counter(), time.process_time()
        work()
        print(f"{n:,} pairs, {name}: {time.process_time() - cpu:.1f} processor seconds, "
              f"{time.perf_counter() - begun:.1f} s")  # fmt: skip


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=200)
    parser.add_argument("--pairs", type=int, default=160_800, help="Of the timing.")
    parser.add_argument("--part", choices=("coins", "planted", "time"), help="By default all.")
    asked = parser.parse_args()
    if asked.part in (None, "coins"):
        for n in (400, 1000, 4000):
            on_coins(n, asked.sets)
    if asked.part in (None, "planted"):
        plant(asked.sets // 4)
    if asked.part in (None, "time"):
        timed(asked.pairs)


def plant(n_sets: int) -> None:
    """Print the table of traits that decide."""
    print("| trait | decides of part c | named there | anything else named |\n| --- | --- | --- | --- |")
    for trait in ("punctuation", "position", "writer"):
        for share in (0.3, 0.5, 0.8):
            on_planted(1600, n_sets, trait, share)


if __name__ == "__main__":
    main()
