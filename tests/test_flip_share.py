"""How many pairs can be flipped at most, and what a list holds where a share of them is."""

import json
from dataclasses import replace

import numpy as np
import pytest

from portolan.core.concept_figures import Share
from portolan.core.flip_share import FlipShare, expected, flip_share, longest, precision_where, share_for_half
from portolan.core.power import CUTS, power_of, verdict


def simulated(seed, *, n=6000, scale=2.0, flipped=0.0, unseen=0.0):
    """Margins of a right model, choices by Bradley-Terry, some flipped, some made for a reason that it cannot see."""
    rng = np.random.default_rng(seed)
    margins = rng.normal(0, scale, n)
    outcomes = np.where(rng.random(n) < 1 / (1 + np.exp(-margins)), 1, -1).astype(np.int8)
    outcomes[rng.random(n) < unseen] *= -1
    is_flipped = rng.random(n) < flipped
    outcomes[is_flipped] *= -1
    return margins, outcomes, is_flipped


def share_of(margins, outcomes, groups=None):
    return flip_share(margins, outcomes, np.arange(len(margins)) if groups is None else groups, CUTS)


def told(margins, outcomes):
    """What is said of a model that is what it is, whatever is planted."""
    power = power_of(outcomes, lambda versions: np.repeat(margins[:, None], versions.shape[1], 1), is_refitted=False)
    power = replace(power, as_it_is=share_of(margins, outcomes))
    right = float((margins * outcomes > 0).mean())
    return power, *verdict(Share(right, right - 0.01, right + 0.01, len(margins)), power)


@pytest.mark.parametrize("flipped", [0.0, 0.05, 0.2])
def test_not_more_pairs_are_flipped_than_it_says(flipped):
    bounds = [share_of(*simulated(seed, n=2000, flipped=flipped)[:2]).at_most for seed in range(100)]
    assert np.mean(np.array(bounds) >= flipped) >= 0.95


def test_of_clean_data_a_strong_model_says_that_hardly_any_pair_can_be_flipped():
    assert share_of(*simulated(0, n=20_000, scale=4)[:2]).at_most < 0.01


def test_a_weak_model_says_hardly_anything():
    assert share_of(*simulated(0, scale=0.3)[:2]).at_most > 0.25
    _, can_tell, says = told(*simulated(0, scale=0.3, flipped=0.2)[:2])
    assert not can_tell
    assert "cannot tell" in says


@pytest.mark.parametrize("flipped", [0.05, 0.1, 0.2])
@pytest.mark.parametrize("unseen", [0.0, 0.1])
def test_where_the_share_is_known_a_list_holds_what_is_expected(flipped, unseen):
    margins, outcomes, is_flipped = simulated(1, n=40_000, flipped=flipped, unseen=unseen)
    ranked = is_flipped[np.argsort(margins * outcomes, kind="stable")]
    for each in share_of(margins, outcomes).lists:
        share = expected(flipped, each)
        assert share.low <= share.value <= share.high
        rows = each.listed
        error = 2.6 * np.sqrt(0.25 / rows)
        assert share.low - error <= ranked[:rows].mean() <= share.high + error


def test_the_longest_list_is_half_right_where_the_share_is_known():
    margins, outcomes, is_flipped = simulated(7, n=20_000, flipped=0.2)
    found = longest(0.2, share_of(margins, outcomes))
    ranked = is_flipped[np.argsort(margins * outcomes, kind="stable")]
    assert found.rows >= 500
    assert ranked[: found.rows].mean() > 0.5
    assert longest(0.001, share_of(margins, outcomes)) is None


def test_choices_for_reasons_that_the_model_cannot_see_are_not_called_flips():
    margins, outcomes, _ = simulated(2, scale=3, unseen=0.2)
    assert share_of(margins, outcomes).at_most > 0.2
    power, can_tell, says = told(margins, outcomes)
    assert not can_tell
    assert power.most_rows == 0
    assert "choices alone do not tell" in says


def test_a_list_is_no_longer_than_half_of_it_can_be_flips():
    margins, outcomes, _ = simulated(3, n=20_000, scale=4)
    power, can_tell, says = told(margins, outcomes)
    without = max(cut.n for cut in power.cuts if cut.precision.low >= 0.5)
    assert can_tell
    assert power.most_rows < without
    lists = {one.rows: share_for_half(one.against.value) for one in power.as_it_is.lists}
    assert lists[power.most_rows] <= power.as_it_is.at_most < lists[without]
    assert f"of the {power.most_rows:,} rows it contradicts most" in says


def test_pairs_of_one_prompt_bound_less():
    margins, outcomes, _ = simulated(4, n=500)
    many, few = np.repeat(margins, 8), np.repeat(outcomes, 8)
    apart, together = share_of(many, few), share_of(many, few, np.repeat(np.arange(500), 8))
    assert together.at_most > apart.at_most


def test_half_of_a_list_is_flipped_where_the_share_for_half_is():
    for against in (0.02, 0.2, 0.45):
        assert precision_where(share_for_half(against), against) == pytest.approx(0.5)


def test_a_share_that_leaves_nobody_against_the_model_is_all_of_a_list():
    assert precision_where(0.1, 0.1) == 1
    assert precision_where(0.0, 0.1) == 0
    assert precision_where(0.5, 0.7) == 1


def test_where_the_model_contradicts_nothing_there_is_no_list():
    found = share_of(np.full(200, 3.0), np.ones(200, np.int8))
    assert found.lists == ()
    assert found.at_most < 0.1


def test_pairs_without_an_outcome_or_a_margin_do_not_count():
    margins, outcomes, _ = simulated(5, n=1000)
    more = np.concatenate([margins, [np.nan, -9.0]])
    found = share_of(more, np.concatenate([outcomes, [1, 0]]).astype(np.int8))
    assert found == share_of(margins, outcomes)


def test_it_is_plain_json():
    found = share_of(*simulated(6)[:2])
    said = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert {"rows", "listed", "chance", "against", "half_if", "at_most"} == set(said["lists"][0])
    again = FlipShare.from_json(said)
    assert again.at_most == pytest.approx(found.at_most, abs=1e-4)
    assert [one.rows for one in again.lists] == [one.rows for one in found.lists]
    assert longest(0.1, again).rows == longest(0.1, found).rows
