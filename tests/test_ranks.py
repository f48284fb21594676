"""Ranks of values."""

import subprocess
import sys

import numpy as np
from scipy.stats import rankdata

from portolan.core.ranks import ranks


def test_equal_values_share_the_mean_of_their_ranks():
    assert ranks(np.array([0.5, 2.0, 0.5, 1.0])).tolist() == [1.5, 4, 1.5, 3]


def test_ranks_are_those_of_scipy():
    values = np.random.default_rng(0).normal(size=500).round(1)
    assert (ranks(values) == rankdata(values)).all()


def test_a_value_that_is_none_leaves_no_rank():
    assert np.isnan(ranks(np.array([1.0, np.nan]))).all()


def test_opening_a_map_loads_no_statistics_package():
    code = "import portolan.map, sys; print('scipy.stats' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
