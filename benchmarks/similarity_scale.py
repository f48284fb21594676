"""How similar two rows of a map are that have nothing to do with each other: the scale of `near(…)`.

python benchmarks/similarity_scale.py MAP
"""

from __future__ import annotations

import sys

import numpy as np

import portolan

N_ROWS = 6000
THRESHOLDS = (0.4, 0.6)
"""What the page begins with: for words, and for a whole row."""


def main(path: str) -> None:
    """Print quantiles of the similarity of random pairs of rows, and the share above what the page begins with."""
    of = portolan.open_map(path)
    rows = np.random.default_rng(0).choice(of.n_rows, min(N_ROWS, of.n_rows), replace=False)
    vectors = np.asarray(of.vectors)[np.sort(rows)]
    similarities = (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
    for quantile in (0.5, 0.9, 0.99, 0.999):
        print(f"{100 * quantile:g} % of pairs are below {np.quantile(similarities, quantile):.3f}")
    for threshold in THRESHOLDS:
        print(f"{100 * (similarities >= threshold).mean():.2f} % are {threshold} or more")


if __name__ == "__main__":
    main(sys.argv[1])
