"""The preference model: what it is made of, that it never sees what it judges, and that it says what it is worth."""

from __future__ import annotations

import json
import os

import numpy as np
import pyarrow as pa
import pytest
from typer.testing import CliRunner

import portolan
import portolan.api
from portolan.cli.main import app
from portolan.core.concept_figures import Share
from portolan.core.pair_design import Design, design_of, kinds_of
from portolan.core.pair_features import pair_features
from portolan.core.pair_fit import Task, fit_models, margins_of
from portolan.core.power import plant, power_of, verdict
from portolan.core.preference import calibrated, cross_fit, slope_of
from portolan.core.preference_figures import Judged, accuracy, figures_of, majority_margins
from portolan.core.prompt_groups import folds_of, prompt_digests, prompt_groups
from portolan.core.reply_surface import SURFACE
from portolan.errors import InputError
from portolan.pieces import WEIGHTS, PieceTable
from portolan.plugins import LearntPreferrer, ScoringPreferrer, preferrers
from small_data import TOPICS, pair_rows, topic_rows


def texts(values):
    return pa.array(values, pa.large_string())


@pytest.fixture(scope="module")
def table():
    return PieceTable(WEIGHTS)


def rows_with_a_reason(n, *, seed=0, flipped=0.0):
    """Pairs of which the better reply speaks of its prompt's topic, the other one of another."""
    rng = np.random.default_rng(seed)
    names = list(TOPICS)
    rows = []
    for number in range(n):
        topic, other = rng.choice(len(names), 2, replace=False)
        good, bad = (
            " ".join(rng.choice(TOPICS[names[place]].split(), rng.integers(6, 12))) for place in (topic, other)
        )
        if rng.random() < flipped:
            good, bad = bad, good
        ask = f"\n\nHuman: Question {number}, about {names[topic]}?\n\nAssistant: "
        rows.append({"chosen": ask + good, "rejected": ask + bad, "subset": "ab"[number % 2]})
    return rows


def features_of(rows, table, threads=1):
    prompts = [row["chosen"].split("\n\nAssistant: ")[0] for row in rows]
    sides = ([row[side].split("\n\nAssistant: ")[1] for row in rows] for side in ("chosen", "rejected"))
    return pair_features(texts(prompts), *map(texts, sides), table, threads=threads)


# Features.


def test_a_pair_with_its_sides_swapped_has_the_same_numbers_with_the_other_sign(table):
    prompts, good, bad = texts(["What now?"]), texts(["Take three eggs, please!\n- one\n- two"]), texts(["No. I can't"])
    one, other = pair_features(prompts, good, bad, table), pair_features(prompts, bad, good, table)
    assert (one.dense == -other.dense).all()
    assert one.buckets.tolist() == other.buckets.tolist()
    assert (one.signs == -other.signs).all()


def test_equal_replies_differ_in_nothing(table):
    same = texts(["The same reply."])
    found = pair_features(texts(["Hm?"]), same, same, table)
    assert not found.dense.any()
    assert len(found.buckets) == 0


def test_a_pairs_features_depend_on_its_own_texts_alone_on_any_number_of_threads(table):
    rows = rows_with_a_reason(1500)
    one, two = features_of(rows, table), features_of(rows, table, threads=2)
    last = features_of(rows[-1:], table)
    assert one.dense.tobytes() == two.dense.tobytes()
    assert one.buckets.tobytes() == two.buckets.tobytes()
    assert one.dense[-1].tobytes() == last.dense[0].tobytes()
    assert one.only(np.array([1499])).buckets.tolist() == last.buckets.tolist()


@pytest.mark.parametrize(
    ("reply", "more"),
    [
        ("One two three four.", "words"), ("- a\n- b\n1. c", "list items"), ("Is it?", "ends with a question"),
        ("Sorry, I cannot.", "refusal"), ("It might be, maybe.", "hedges"), ("a, b, c", "commas"),
        ("and then he", "ends unfinished"), ("A\n\nB", "blank lines"), ("`x` = {1}", "code marks"),
        ("the weather today", "words of the prompt"), ("地图", "other scripts"),
    ],
)  # fmt: skip
def test_surface_numbers_count_what_they_are_called_after(reply, more, table):
    found = pair_features(texts(["How is the weather today"]), texts([reply]), texts(["Fine."]), table)
    assert found.block("surface")[0, SURFACE.index(more)] > 0


def test_words_that_both_replies_have_do_not_count(table):
    found = pair_features(texts([""]), texts(["alpha beta"]), texts(["alpha gamma"]), table)
    # beta, gamma, and the pairs alpha-beta and alpha-gamma.
    assert sorted(found.signs.tolist()) == [-1, -1, 1, 1]


def test_squeezed_words_keep_the_likeness_of_pairs_about(table):
    features = features_of(rows_with_a_reason(300), table)
    small = features.squeezed_words(256)
    assert small.shape == (300, 256)
    lengths = (small**2).sum(axis=1)
    assert 0.8 < lengths.mean() < 1.2


# Fitting.


def dense_design(x):
    n, d = x.shape
    nothing = np.zeros(0, np.int32)
    return Design(
        x.astype(np.float32), np.zeros(n + 1, np.int64), nothing, nothing.astype(np.int8),
        nothing.astype(np.float32), np.zeros(d, np.int64), ("surface",),
    )  # fmt: skip


def one_task(outcomes, penalty, *, folds=None, left_out=(-1,)):
    n = len(outcomes)
    return Task(
        outcomes[:, None], np.zeros(len(left_out), np.int64), np.ones(n, np.float32),
        np.zeros(n, np.int64) if folds is None else folds, np.array(left_out), np.full((1, len(left_out)), penalty),
    )  # fmt: skip


def test_the_weights_are_those_of_least_loss():
    from scipy.optimize import minimize

    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 6)).astype(np.float32)
    outcomes = np.where(x @ [1, -1, 0.5, 0, 0, 0] + rng.logistic(size=400) > 0, 1, -1).astype(np.int8)
    found, margins = fit_models(dense_design(x), one_task(outcomes, 3.0), n_steps=60)

    def loss(w):
        return np.logaddexp(0, -outcomes * (x @ w)).sum() + 1.5 * w @ w

    best = minimize(loss, np.zeros(6)).x
    np.testing.assert_allclose(found[:, 0], best, atol=2e-3)
    np.testing.assert_allclose(margins[:, 0], x @ best, atol=1e-2)


def test_a_model_learns_nothing_from_the_fold_that_it_leaves_out():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 4)).astype(np.float32)
    outcomes = np.where(rng.random(300) > 0.5, 1, -1).astype(np.int8)
    folds = np.arange(300) % 3
    other = outcomes.copy()
    other[folds == 2] *= -1
    one, two = (
        fit_models(dense_design(x), one_task(told, 1.0, folds=folds, left_out=(2,)))[0] for told in (outcomes, other)
    )
    assert one.tobytes() == two.tobytes()


def test_what_is_fitted_does_not_depend_on_the_number_of_threads_nor_on_the_models_beside(table):
    rows = rows_with_a_reason(900, flipped=0.2)
    design = design_of(features_of(rows, table))
    outcomes, folds = np.ones(900, np.int8), folds_of(np.arange(900))
    one, two = (cross_fit(design, outcomes, folds, threads=threads) for threads in (1, 2))
    assert one.margins.tobytes() == two.margins.tobytes()
    assert one.penalties == two.penalties


def test_margins_of_swapped_pairs_have_the_other_sign(table):
    rows = rows_with_a_reason(200)
    swapped = [{"chosen": row["rejected"], "rejected": row["chosen"]} for row in rows]
    blocks = ("surface", "vectors", "words")
    design, other = (design_of(features_of(part, table), blocks=blocks) for part in (rows, swapped))
    task = Task(
        np.ones((200, 1), np.int8), np.zeros(1, np.int64), np.ones(200, np.float32), np.zeros(200, np.int64),
        np.array([-1]), np.full((3, 1), 10.0),
    )  # fmt: skip
    weights, margins = fit_models(design, task)
    np.testing.assert_array_equal(margins_of(other, weights), -margins_of(design, weights))
    np.testing.assert_allclose(margins_of(design, weights), margins, atol=1e-4)


def test_what_looks_good_in_one_kind_of_pair_may_look_bad_in_another(table):
    rows = rows_with_a_reason(600)
    features = features_of(rows, table)
    rng = np.random.default_rng(0)
    kind = rng.random(600) < 0.5
    is_longer = features.length > 0
    outcomes = np.where(is_longer == kind, 1, -1).astype(np.int8)
    outcomes[features.length == 0] = 0
    kinds, names = kinds_of({"subset": np.where(kind, "a", "b").tolist()})
    assert sorted(names) == ["subset = a", "subset = b"]
    folds, of = folds_of(np.arange(600)), Judged(outcomes, np.arange(600), np.ones(600, np.float32))
    with_kinds, without = (
        accuracy(cross_fit(design_of(features, kinds=known), outcomes, folds).margins, of).value
        for known in (kinds, None)
    )
    assert with_kinds > 0.8
    assert without < 0.6


def test_of_many_pairs_penalties_are_tried_on_some(table, monkeypatch):
    monkeypatch.setattr("portolan.core.preference.MOST_TRIED", 300)
    rows = rows_with_a_reason(600)
    found = cross_fit(design_of(features_of(rows, table)), np.ones(600, np.int8), folds_of(np.arange(600)))
    assert (found.margins > 0).mean() > 0.9


def test_pairs_without_a_winner_teach_nothing_and_are_told_of(table):
    rows = rows_with_a_reason(400)
    design, folds = design_of(features_of(rows, table)), folds_of(np.arange(400))
    outcomes = np.ones(400, np.int8)
    outcomes[:50] = 0
    found = cross_fit(design, outcomes, folds)
    assert np.isfinite(found.margins).all()
    assert (found.margins[:50] > 0).mean() > 0.9


def test_where_the_winner_is_drawn_by_chance_nothing_is_learnt(table):
    rows = rows_with_a_reason(800)
    kinds, _ = kinds_of({"subset": ["ab"[place % 2] for place in range(800)]})
    design, folds = design_of(features_of(rows, table), kinds=kinds), folds_of(np.arange(800))
    found = []
    for seed in range(3):
        outcomes = np.where(np.random.default_rng(seed).random(800) < 0.5, 1, -1).astype(np.int8)
        of = Judged(outcomes, np.arange(800), np.ones(800, np.float32))
        found.append(accuracy(cross_fit(design, outcomes, folds).margins, of).value)
    assert 0.45 < np.mean(found) < 0.55


# Groups and folds.


def test_prompts_that_are_the_same_text_or_begin_the_same_conversation_are_one_group():
    prompts = texts([f"Question {n}?" for n in range(30)] + ["question  1?", "Question 2?\n\nAn answer.\n\nAnd more?"])
    groups = prompt_groups([prompt_digests(prompts, prompts)])
    assert groups[30] == groups[1]
    assert groups[31] == groups[2]
    assert len(np.unique(groups)) == 30


def test_an_opening_that_most_conversations_share_is_no_group():
    prompts = texts([f"You are a helpful assistant.\n\nQuestion {n}?" for n in range(40)])
    assert len(np.unique(prompt_groups([prompt_digests(prompts, prompts)]))) == 40


def test_folds_keep_groups_whole_and_are_about_equal():
    groups = np.repeat(np.arange(100), np.arange(100) % 7 + 1)
    folds = folds_of(groups)
    assert all(len(np.unique(folds[groups == group])) == 1 for group in range(100))
    sizes = np.bincount(folds)
    assert sizes.max() - sizes.min() < 0.1 * sizes.mean()


# Figures.


def judged(n, groups=None):
    return Judged(np.ones(n, np.int8), np.arange(n) if groups is None else groups, np.ones(n, np.float32))


def test_a_pair_without_a_lead_counts_half():
    assert accuracy(np.array([1.0, -1.0, 0.0, 0.0]), judged(4)).value == 0.5


def test_pairs_of_one_prompt_make_the_interval_wider():
    margins = np.repeat(np.where(np.random.default_rng(0).random(100) < 0.7, 1.0, -1.0), 10)
    alone, together = (accuracy(margins, judged(1000, groups)) for groups in (None, np.repeat(np.arange(100), 10)))
    assert alone.value == together.value
    assert together.high - together.low > 2.5 * (alone.high - alone.low)


def test_intervals_of_accuracy_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(400):
        of_group = rng.beta(6, 4, 60)
        groups = np.repeat(np.arange(60), 5)
        margins = np.where(rng.random(300) < of_group[groups], 1.0, -1.0)
        found = accuracy(margins, judged(300, groups))
        held += found.low <= 0.6 <= found.high
    assert 0.92 <= held / 400 <= 0.98


def test_calibrated_chances_come_true_as_often_as_they_say():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1.2, 20_000)
    outcomes = np.where(rng.random(20_000) < 1 / (1 + np.exp(-logits)), 1, -1).astype(np.int8)
    folds = np.arange(20_000) % 5
    found = calibrated(7 * logits, outcomes, folds)
    figures = figures_of(found, Judged(outcomes, np.arange(20_000), np.ones(20_000, np.float32)))
    assert figures.calibration_error < 0.015
    assert found[0] == pytest.approx(logits[0], rel=0.1)


def test_a_model_that_is_worse_than_chance_is_calibrated_to_one_half():
    assert slope_of(np.full(50, 2.0), -np.ones(50, np.int8)) == 0


def test_the_majority_is_learnt_on_the_other_folds():
    is_first = np.arange(100) % 10 != 0
    margins = majority_margins(is_first, judged(100), np.arange(100) // 20)
    assert accuracy(margins, judged(100)).value == pytest.approx(0.9)


# Power.


def test_a_tenth_of_the_pairs_is_flipped_none_of_them_twice():
    versions = plant(np.ones(1000, np.int8), n_versions=5)
    flips = versions < 0
    assert flips.sum(axis=0).tolist() == [100] * 5
    assert flips.sum(axis=1).max() == 1


def test_pairs_without_a_winner_are_never_flipped():
    outcomes = np.ones(500, np.int8)
    outcomes[::2] = 0
    assert (plant(outcomes)[::2] == 0).all()


def test_a_strong_model_can_tell_and_knows_its_power_before():
    rng = np.random.default_rng(0)
    margins = np.abs(rng.normal(3, 1, 4000))
    outcomes = np.where(rng.random(4000) < 0.02, -1, 1).astype(np.int8)
    power = power_of(
        outcomes, lambda versions: np.repeat(margins[:, None], versions.shape[1], axis=1), is_refitted=False
    )
    can_tell, says = verdict(accuracy(margins, Judged(outcomes, np.arange(4000), np.ones(4000, np.float32))), power)
    assert can_tell
    assert power.most_rows >= 100
    assert "cannot" not in says
    for cut in power.cuts:
        assert cut.at_rates[0.05] < cut.precision.value < cut.at_rates[0.2] or cut.precision.value == 1


def test_a_model_near_chance_says_that_it_cannot_tell():
    rng = np.random.default_rng(0)
    margins = rng.normal(0, 1, 4000)
    power = power_of(np.ones(4000, np.int8), lambda versions: rng.normal(size=versions.shape), is_refitted=True)
    assert power.auc == pytest.approx(0.5, abs=0.05)
    assert power.most_rows == 0
    can_tell, says = verdict(accuracy(np.abs(margins) + 0.1, judged(4000)), power)
    assert not can_tell
    assert "cannot tell" in says
    assert not verdict(Share(0.51, 0.49, 0.53, 4000), power)[0]


def test_the_expected_precision_at_another_rate_is_what_planting_that_rate_gives():
    rng = np.random.default_rng(0)
    n = 200_000
    is_flipped = rng.random(n) < 0.1
    against = rng.normal(size=n) + 1.5 * is_flipped
    versions = np.where(is_flipped, -1, 1).astype(np.int8)[:, None]
    from portolan.core.power import _power

    cut = next(each for each in _power(is_flipped[:, None], against[:, None], is_refitted=True).cuts if each.n == 5000)
    threshold = np.sort(against)[-5000]
    other = rng.random(n) < 0.2
    listed = rng.normal(size=n) + 1.5 * other >= threshold
    assert cut.at_rates[0.2] == pytest.approx(other[listed].mean(), abs=0.02)
    assert versions.shape == (n, 1)


# The map.


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    rows = rows_with_a_reason(500, flipped=0.05)
    rows[7]["rejected"] = rows[7]["chosen"]
    rows[8]["rejected"] = ""
    return portolan.map_text(rows, name="pairs", path=tmp_path_factory.mktemp("maps") / "pairs.portolan")


def test_a_map_of_pairs_has_a_preference_model_on_first_use(pairs):
    found = pairs.preference
    assert found.name == "linear"
    assert found.accuracy.value > 0.85
    assert set(found.baselines) == {"chance", "length", "surface"}
    assert found.chance.shape == (500,)
    assert np.isnan(found.margin[8])
    assert found.margin[7] == 0
    np.testing.assert_allclose(found.chance[:5], 1 / (1 + np.exp(-found.margin[:5])), rtol=1e-5)


def test_its_columns_can_be_filtered_by(pairs):
    found = pairs.preference
    rows = pairs.filter("preference < 0.3")
    assert set(rows) == set(np.flatnonzero(found.chance < 0.3))


def test_it_stands_until_another_model_is_fitted(pairs):
    key = pairs.preference.key
    assert pairs.fit_preference().key == key
    other = pairs.fit_preference("linear:surface")
    assert other.key != key
    assert pairs.preference.key == other.key
    assert pairs.fit_preference().key == key


def test_a_rebuilt_map_keeps_it(pairs):
    before = pairs.preference
    made = portolan.api.rebuild(pairs.path)
    assert made.has_preference
    assert made.preference.key == before.key
    assert set(made.filter("preference < 0.3")) == set(np.flatnonzero(before.chance < 0.3))


def test_subsets_are_told_apart_beside_the_plain_rules(pairs):
    told = pairs.preference.by_subset
    assert {(one["column"], one["value"]) for one in told} == {("subset", "a"), ("subset", "b")}
    assert {"model", "length", "surface"} <= set(told[0])


def test_what_the_audit_tells_of_the_model_is_plain_json(pairs):
    told = json.loads(json.dumps(pairs.preference.to_json(), allow_nan=False))
    assert {"accuracy", "by_provenance", "baselines", "power", "can_tell", "says"} <= set(told)


@pytest.fixture(scope="module")
def flipped_pairs(tmp_path_factory):
    """Pairs with a reason, of which a fifth stands the wrong way round."""
    rows = rows_with_a_reason(600)
    is_flipped = np.random.default_rng(3).random(600) < 0.2
    for place in np.flatnonzero(is_flipped):
        rows[place] |= {"chosen": rows[place]["rejected"], "rejected": rows[place]["chosen"]}
    path = tmp_path_factory.mktemp("flips") / "flips.portolan"
    return portolan.map_text(rows, name="flips", path=path), is_flipped


def test_where_many_are_flipped_it_lists_none_unasked_and_says_how_many_can_be(flipped_pairs):
    m, is_flipped = flipped_pairs
    assert not m.preference.can_tell
    assert m.preference.power["as_it_is"]["at_most"] >= is_flipped.mean()
    assert "choices alone do not tell" in m.preference.says


def test_where_the_share_of_flips_is_known_its_list_holds_them(flipped_pairs):
    m, is_flipped = flipped_pairs
    told = m.preference.where_flipped(0.2)["longest"]
    rows = m.filter(told["where"])
    assert len(rows) == told["rows"]
    assert told["precision"]["low"] - 0.1 <= is_flipped[rows].mean() <= told["precision"]["high"] + 0.1


def test_more_flips_than_can_be_are_refused_with_how_many_can(flipped_pairs):
    with pytest.raises(InputError, match="at most") as error:
        flipped_pairs[0].preference.where_flipped(0.45)
    assert "0.05" in error.value.fix


def test_the_command_tells_how_a_finding_is_made_of_that_list(flipped_pairs):
    m, _ = flipped_pairs
    where = m.preference.where_flipped(0.2)["longest"]["where"]
    asked = ["preference", str(m.path), "--flipped", "0.2"]
    assert f'--define flipped "{where}"' in CliRunner().invoke(app, asked).stdout
    told = json.loads(CliRunner().invoke(app, [*asked, "--json"]).stdout)
    assert told["where_flipped"]["longest"]["where"] == where


def test_rows_that_are_no_pairs_have_no_preference(tmp_path):
    m = portolan.map_text(topic_rows(60), name="texts", path=tmp_path / "texts.portolan")
    with pytest.raises(InputError, match="no pairs") as error:
        _ = m.preference
    assert "--chosen" in error.value.fix


def test_too_few_pairs_are_refused(tmp_path):
    m = portolan.map_text(rows_with_a_reason(20), name="few", path=tmp_path / "few.portolan")
    with pytest.raises(InputError, match="Only 20"):
        m.fit_preference()


def test_scores_in_columns_of_the_data_are_a_model_of_their_own(tmp_path):
    rng = np.random.default_rng(0)
    rows = rows_with_a_reason(200)
    for row in rows:
        row["good"], row["bad"] = float(rng.normal(1)), float(rng.normal())
    m = portolan.map_text(rows, name="scored", path=tmp_path / "scored.portolan")
    found = m.fit_preference("columns:good,bad")
    lead = np.array([row["good"] - row["bad"] for row in rows])
    assert found.accuracy.value == pytest.approx((lead > 0).mean(), abs=1e-4)
    assert not found.power["is_refitted"]
    with pytest.raises(InputError):
        m.fit_preference("columns:good")


def test_where_people_voted_ties_teach_nothing_and_the_majority_of_positions_is_a_baseline(tmp_path):
    rows = []
    for number, row in enumerate(rows_with_a_reason(300)):
        good, bad = (row[side].split("Assistant: ")[1] for side in ("chosen", "rejected"))
        is_second = number % 3 == 0
        rows.append({
            "instruction": f"Question {number}", "output_1": bad if is_second else good,
            "output_2": good if is_second else bad,
            "preference": 0 if number % 10 == 0 else 2 if is_second else 1,
            "subset": "first" if number % 2 else "other",
        })  # fmt: skip
    m = portolan.map_text(rows, name="votes", path=tmp_path / "votes.portolan")
    found = m.preference
    assert found.accuracy.n == 270
    assert found.baselines["majority"].value == pytest.approx(2 / 3, abs=0.05)
    assert found.columns[0] == "measured_preference"
    assert np.isfinite(found.margin).all()
    assert "preference" not in {one["column"] for one in found.by_subset}
    assert {one["value"]: one["majority"]["value"] for one in found.by_subset} == {
        "first": pytest.approx(2 / 3, abs=0.08), "other": pytest.approx(2 / 3, abs=0.08),
    }  # fmt: skip


@pytest.mark.parametrize("name", preferrers.names())
def test_every_bundled_model_keeps_the_contract(name):
    plugin = preferrers.get(name)
    kinds = [
        kind
        for kind in (LearntPreferrer, ScoringPreferrer)
        if hasattr(plugin, "read" if kind is LearntPreferrer else "prefer")
    ]
    assert len(kinds) == 1
    assert isinstance(plugin.is_costly, bool)
    assert plugin.card["what"].endswith(".")
    assert plugin.card["limits"].endswith(".")


@pytest.mark.shared
@pytest.mark.parametrize(
    ("source", "n_told", "least"),
    [("pandalm/testset-v1.jsonl.gz", 861, 0.62), ("hh-rlhf/harmless-base.jsonl.gz", 1720, 0.5)],
)
def test_pairs_of_other_formats_go_the_same_way(source, n_told, least, tmp_path):
    data = os.environ.get("PORTOLAN_DATA")
    if not data:
        pytest.skip("PORTOLAN_DATA does not name the folder of the larger data")
    m = portolan.map_text(f"{data}/{source}", name="pairs", path=tmp_path / "pairs.portolan")
    found = m.preference
    assert found.accuracy.n == pytest.approx(n_told, abs=25)
    assert found.accuracy.value > least
    assert not found.can_tell
    assert ("majority" in found.baselines) == source.startswith("pandalm")


# Findings.


def test_likely_flipped_lists_what_was_flipped_where_the_model_can_tell(tmp_path):
    rows = rows_with_a_reason(600)
    flipped = list(range(0, 600, 20))
    for place in flipped:
        rows[place]["chosen"], rows[place]["rejected"] = rows[place]["rejected"], rows[place]["chosen"]
    m = portolan.map_text(rows, name="flips", path=tmp_path / "flips.portolan")
    found = m.findings["likely-flipped"]
    listed = found.row_ids.tolist()
    assert 10 <= len(listed) <= m.preference.rows_worth_listing
    assert len(set(listed) & set(flipped)) / len(listed) > 0.7
    assert (m.preference.chance[listed] < 0.5).all()


def test_where_the_model_cannot_tell_nothing_is_listed_and_the_reason_stands_there(tmp_path):
    rows = pair_rows(200)
    m = portolan.map_text(rows, name="chance", path=tmp_path / "chance.portolan")
    for name in ("likely-flipped", "near-tie", "surface-shortcut"):
        found = m.findings[name]
        assert found.count == 0
        assert "tell" in found.note.note
    assert not m.preference.can_tell
    assert m.preference.rows_worth_listing == 0


def test_too_few_pairs_are_not_looked_at_for_what_needs_a_model(tmp_path):
    m = portolan.map_text(rows_with_a_reason(30), name="few", path=tmp_path / "few.portolan")
    assert not m.findings["likely-flipped"].note.is_looked_for
    assert not m.has_preference


def test_a_shortcut_by_looks_is_told_of_with_the_rules_accuracy(tmp_path):
    rows = rows_with_a_reason(300)
    for number, row in enumerate(rows):
        row["chosen"] += " and so on, and so forth, and much more of it" * (number % 4 != 0)
    m = portolan.map_text(rows, name="long", path=tmp_path / "long.portolan")
    found = m.findings["surface-shortcut"]
    assert found.count > 100
    assert found.note.power["rules"]["length"]["value"] > 0.65
    assert "length" in found.note.note


# The command.


def test_the_command_tells_accuracy_beside_plain_rules_and_what_the_list_is_worth(pairs):
    said = CliRunner().invoke(app, ["preference", str(pairs.path)])
    assert said.exit_code == 0, said.output
    for word in ("accuracy", "chance", "length", "surface", "subset = a", "Planted flips", "half if"):
        assert word in said.output
    assert "preference_margin" in said.output


def test_the_command_prints_json(pairs):
    said = CliRunner().invoke(app, ["preference", str(pairs.path), "--model", "linear", "--json"])
    assert json.loads(said.stdout)["name"] == "linear"
