"""Pairs that are picked by a model of the choices they are tested on: picked anew for each fold, or no claim."""

import json

import numpy as np
import pytest

import portolan
from portolan.core.effect import Setting, footing, measure_effect
from portolan.core.effect_nested import measure_picked
from portolan.core.effect_told import Effect
from portolan.core.intervention import Strata, dropping
from portolan.core.pair_design import Design
from portolan.core.parallel import one_blas_thread
from portolan.core.preference import cross_fit
from portolan.core.preference_nested import nested_margins
from portolan.core.prompt_groups import folds_of
from portolan.core.report_article import summary
from portolan.core.report_effects import verdict
from portolan.errors import InputError

N, DIMS = 300, 30
GRID = ({"surface": 3.0}, {"surface": 30.0})
WORDS = [f"{first}{last}" for first in ("bal", "cor", "din", "fer") for last in ("a", "en", "ick", "o")]


def pairs_of(seed, *, strength, n=N):
    """Differences of replies and choices: set by a coin where `strength` is 0, else by the first five numbers."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n, DIMS)).astype(np.float32)
    chances = 1 / (1 + np.exp(-strength * rows[:, :5].sum(axis=1)))
    return rows, np.where(rng.random(n) < chances, 1, -1).astype(np.int8)


def design_of(rows):
    n_dims = rows.shape[1]
    nothing = np.zeros(0, np.int32)
    return Design(
        rows, np.zeros(len(rows) + 1, np.int64), nothing, nothing.astype(np.int8), nothing.astype(np.float32),
        np.zeros(n_dims, np.int64), ("surface",),
    )  # fmt: skip


def experiment(rows, sides, *, seed, cut=0.5):
    """Dropping what a nested model gives less than `cut`, and what a plain out-of-fold model does."""
    setting = Setting(n_draws=12, n_splits=2, n_halvings=5, seed=seed)
    groups = np.arange(len(rows))
    on = footing(rows * sides[:, None], groups, setting=setting, penalty=10.0)
    strata = Strata(np.zeros(len(rows), np.int64))
    margins = nested_margins(design_of(rows), sides, [split.folds for split in on.splits], grid=GRID)
    picks = [
        [dropping(np.flatnonzero(1 / (1 + np.exp(-sides * part[:, fold])) < cut)) for fold in range(5)]
        for part in margins
    ]
    nested = measure_picked(on, picks, strata=strata, setting=setting)
    plain = cross_fit(design_of(rows), sides, folds_of(groups), grid=GRID).margins * sides
    naive = measure_effect(
        on, dropping(np.flatnonzero(plain < np.log(cut / (1 - cut)))), strata=strata, setting=setting
    )
    return nested, naive


def claims_better(found):
    return any(one.is_effect and one.outcome.measure == "accuracy" and one.delta > 0 for one in found.effects)


def test_choices_of_a_coin_show_no_effect_where_pairs_are_picked_anew_for_each_fold():
    claims, naive_claims = 0, 0
    with one_blas_thread():
        for seed in range(5):
            nested, naive = experiment(*pairs_of(seed, strength=0), seed=seed)
            claims += any(one.is_effect for one in nested.effects)
            naive_claims += claims_better(naive)
    assert claims == 0
    assert naive_claims >= 4, "without it they do: picked by the answers of the test"


def test_a_nested_margin_knows_no_choice_of_the_fold_that_is_tested_on():
    rows, sides = pairs_of(1, strength=1.0)
    folds = folds_of(np.arange(N))
    other = np.where(folds == 2, -sides, sides).astype(np.int8)
    told, changed = (nested_margins(design_of(rows), each, [folds], grid=GRID)[0] for each in (sides, other))
    assert np.isnan(told[folds == 2, 2]).all()
    # Models are fitted together, until the last has come near enough: equal but for that.
    assert np.abs(told[folds != 2, 2] - changed[folds != 2, 2]).max() < 0.05
    assert np.abs(told[folds == 1, 0] - changed[folds == 1, 0]).max() > 0.5


def test_a_nested_margin_knows_no_choice_of_its_own_fold_but_by_one_slope_for_all():
    rows, sides = pairs_of(2, strength=1.0)
    folds = folds_of(np.arange(N))
    other = np.where(folds == 1, -sides, sides).astype(np.int8)
    told, changed = (nested_margins(design_of(rows), each, [folds], grid=GRID[:1])[0] for each in (sides, other))
    before, after = (each[folds == 1, 0] for each in (told, changed))
    slope = (before @ after) / (before @ before)
    assert np.abs(after - slope * before).max() < 0.05, "nothing but the slope, which the others give"


def test_dropping_flipped_pairs_that_nested_models_pick_makes_the_model_right_more_often():
    rows, sides = pairs_of(3, strength=3.0, n=1500)
    wrong = np.random.default_rng(0).random(1500) < 0.2
    with one_blas_thread():
        nested, _ = experiment(rows, np.where(wrong, -sides, sides).astype(np.int8), seed=0, cut=0.2)
    loss = next(one for one in nested.effects if one.outcome.measure == "recalibrated_log_loss")
    assert loss.delta < 0


def test_random_draws_are_as_many_in_every_fold_as_are_picked(monkeypatch):
    rows, sides = pairs_of(4, strength=1.0)
    seen = []
    monkeypatch.setattr("portolan.core.effect_nested._cases_of", lambda arms, n: seen.append(arms) or _stop())
    with pytest.raises(StopIteration):
        experiment(rows, sides, seed=0)
    arms = seen[0]
    sizes = [[len(one) for one in arm.folds] for arm in arms[:13]]
    assert all(size == sizes[0] for size in sizes)
    assert min(sizes[0]) > 0


def _stop():
    raise StopIteration


# Of a map.


def rows_of(n, seed, *, longer=0.8):
    """Pairs of random words of which the longer is chosen so often; 0.5: sides are set by a coin."""
    rng = np.random.default_rng(seed)
    replies = [[" ".join(rng.choice(WORDS, size)) for size in (16, 8)] for _ in range(n)]
    replies = [pair if rng.random() < longer else pair[::-1] for pair in replies]
    return [
        {"prompt": f"Question {place} of {seed}?", "chosen": one, "rejected": other}
        for place, (one, other) in enumerate(replies)
    ]


@pytest.fixture(scope="module")
def m(tmp_path_factory):
    path = tmp_path_factory.mktemp("nested") / "pairs.portolan"
    found = portolan.map_text(rows_of(300, 0), path=path, progress=False)
    found.fit_preference(progress=False)
    return found


@pytest.fixture(scope="module")
def coin(tmp_path_factory):
    path = tmp_path_factory.mktemp("nested") / "coin.portolan"
    return portolan.map_text(rows_of(200, 3, longer=0.5), path=path, progress=False)


def asked(m, expression, **more):
    return m.effect(expression, seeds=6, splits=1, probes=False, progress=False, **more)


def test_an_expression_on_the_linear_models_chances_is_nested_and_says_so(m):
    cut = float(np.nanquantile(m.preference.chance, 0.3))
    told = asked(m, f"preference < {cut} AND row_id >= 0")
    assert told.picked.how == "nested"
    assert told.picked.columns == ("preference",)
    assert "anew for each fold" in told.verdict
    assert {one.outcome.measure for one in told.outcomes} == {"accuracy", "recalibrated_log_loss"}
    assert {one.outcome.subset for one in told.outcomes} == {"all"}


def test_weights_that_speak_of_the_models_margin_are_nested(m):
    told = m.effect(
        weights="CASE WHEN preference_margin < 0 THEN 0.5 ELSE 1 END", seeds=6, splits=1, probes=False, progress=False
    )
    assert (told.action, told.picked.how) == ("weight", "nested")


def test_of_pairs_picked_by_what_knows_their_test_nothing_is_claimed_and_what_to_do_is_said(m):
    m.influence(progress=False)
    told = asked(m, "influence < 0")
    assert told.picked.how == "circular"
    assert not told.is_effect
    assert all(np.isnan(one.p_holm) and np.isnan(one.low) for one in told.outcomes)
    assert "No effect is claimed" in told.verdict
    assert "Pick instead by preference of the model 'linear'" in told.verdict
    data = json.loads(json.dumps(told.to_json(), allow_nan=False))
    assert data["picked"]["has_claims"] is False
    assert Effect.from_json(data).verdict == told.verdict
    assert told.svg().count("<circle") == len(told.outcomes)
    assert "No effect is claimed" in verdict(data)


def test_looks_that_were_weighed_by_what_was_chosen_are_no_ground_for_claims(m):
    assert asked(m, "preference_surface < 0.5").picked.how == "circular"


def test_an_expression_that_names_no_such_column_is_free(m):
    told = asked(m, "row_id < 60")
    assert told.picked.how == "freely"
    assert told.picked.note() == ""


def test_rows_picked_by_what_is_said_of_one_side_are_told_to_be_so(tmp_path):
    rows = [{**row, "score_chosen": place % 9} for place, row in enumerate(rows_of(200, 3))]
    own = portolan.map_text(rows, path=tmp_path / "own.portolan", progress=False)
    own.score("length", progress=False)
    for where in ("score_chosen > 5", "length_rejected IS NOT NULL AND row_id < 60"):
        told = asked(own, where)
        assert told.picked.how == "sided"
        assert "all pairs" in told.verdict
        assert told.picked.has_claims
    assert asked(own, "row_id < 60").picked.how == "freely"


def test_a_column_of_the_users_own_of_that_name_is_free(tmp_path):
    rows = [{**row, "preference": place / 200} for place, row in enumerate(rows_of(200, 1))]
    own = portolan.map_text(rows, path=tmp_path / "own.portolan", progress=False)
    assert asked(own, "preference < 0.3").picked.how == "freely"


def test_choices_told_by_a_model_of_elsewhere_are_named_and_may_be_claimed_on(tmp_path):
    rng = np.random.default_rng(0)
    rows = [{**row, "a": float(rng.random()), "b": float(rng.random())} for row in rows_of(200, 2)]
    own = portolan.map_text(rows, path=tmp_path / "own.portolan", progress=False)
    own.fit_preference("columns:a,b", progress=False)
    cut = float(np.nanquantile(own.preference.chance, 0.3))
    told = asked(own, f"preference <= {cut}")
    assert told.picked.how == "outside"
    assert told.picked.has_claims
    assert {one.outcome.subset for one in told.outcomes} == {"all"}, "which are contradicted their own choices say"
    assert "columns:" in told.verdict


def test_a_finding_that_is_defined_by_the_models_chances_knows_what_they_know(m):
    cut = float(np.nanquantile(m.preference.chance, 0.3))
    m.findings.define("doubted", f"preference < {cut}")
    m.findings.run(["doubted"], progress=False)
    assert asked(m, "finding_doubted IS NOT NULL").picked.how == "circular"
    assert asked(m, "len(findings) > 0").picked.how == "circular"


def test_that_the_model_is_no_better_than_a_coin_is_said_of_every_experiment(coin):
    told = asked(coin, "row_id < 60")
    assert not told.to_json()["right"]["can_tell"]
    assert "cannot be told from chance" in told.verdict


def test_models_that_pick_nothing_or_everything_without_the_tested_fold_are_refused(m):
    with pytest.raises(InputError, match="models that have not seen that fold pick"):
        asked(m, f"preference = {float(m.preference.chance[7])}")


def test_the_summary_of_a_report_has_no_effect_without_the_caution(coin):
    told = asked(coin, "row_id < 60").to_json()
    facts = {
        "rows": 300, "kind": "pair", "n_topics": 1, "findings": [], "effects": [told], "preference": None,
        "provenance": {"is_declared": True},
    }  # fmt: skip
    assert "cannot be told from chance" in summary(facts)
