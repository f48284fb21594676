"""What doing something to pairs changes, asked of a map."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import portolan
from portolan.cli.main import app
from portolan.core.effect_told import Effect
from portolan.core.effect_words import difference_words, level_words, number_words, outcome_words
from portolan.effecting import Asked, save_plot
from portolan.errors import ExpressionError, InputError, PortolanError
from portolan.probes import KINDS
from portolan.probing import probes_of
from small_data import pair_rows, topic_rows

N = 400


def preferring_rows():
    """Pairs of 200 prompts whose chosen reply says more, but in the last fifth, whose source got it wrong."""
    rows = []
    for number, row in enumerate(pair_rows(N)):
        long, short = row["chosen"] + " And some more words about that, since more was asked.", row["rejected"]
        prompt = f"\n\nHuman: Question {number // 2}, please"
        long, short = (side.replace("\n\nHuman: ", f"{prompt}: ") for side in (long, short))
        is_wrong = number >= N * 4 // 5
        rows.append({
            "chosen": short if is_wrong else long,
            "rejected": long if is_wrong else short,
            "source": "wrong" if is_wrong else "right",
            "subset": row["subset"],
            "weight": 0.0 if is_wrong else 1.0,
        })  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def m(tmp_path_factory):
    path = tmp_path_factory.mktemp("effect") / "pairs.portolan"
    return portolan.map_text(preferring_rows(), path=path, category=["source", "subset"], progress=False)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The same pairs, of which nothing says where they come from."""
    path = tmp_path_factory.mktemp("effect") / "plain.portolan"
    rows = [
        {"chosen": row["chosen"], "rejected": row["rejected"], "mark": n} for n, row in enumerate(preferring_rows())
    ]
    return portolan.map_text(rows, path=path, progress=False)


@pytest.fixture(scope="module")
def dropped(m):
    return m.effect("source = 'wrong'", seeds=8, splits=1, progress=False)


def by_name(effect):
    return {(one.outcome.measure, one.outcome.subset): one for one in effect.outcomes}


def test_dropping_pairs_that_were_labelled_wrong_makes_the_model_better(dropped):
    loss = by_name(dropped)["log_loss", "not selected"]
    assert loss.is_effect
    assert loss.high < 0
    assert "measurable effect" in dropped.verdict
    assert "better" in dropped.verdict


def test_a_column_that_decides_the_selection_is_named_and_the_others_are_matched_on(dropped):
    assert dropped.matched_on == ("subset",)
    assert dropped.not_matched_on == ("source",)


def test_the_model_is_told_where_pairs_come_from_but_not_which_are_the_selection(m, dropped):
    some = m.effect("row_id < 40", seeds=5, splits=1, probes=False, progress=False)
    assert some.setting["provenance"] == ["source", "subset"]
    assert dropped.setting["provenance"] == ["subset"]
    assert "The model is told the subset of each pair." in str(dropped)


def test_a_model_that_is_told_where_pairs_come_from_is_right_where_preferences_turn_round(m, plain):
    told, untold = (
        by_name(one.effect("row_id < 40", seeds=5, splits=1, probes=False, progress=False))["accuracy", "all"].with_all
        for one in (m, plain)
    )
    assert told > 0.9 > untold


def test_an_effect_is_listed_only_while_its_expression_selects_the_same_pairs(plain):
    plain.define_labels("taste", ["good", "bad"])
    plain.label("taste", "bad", rows=range(30))
    plain.effect("label_taste = 'bad'", seeds=5, splits=1, probes=False, progress=False)
    wheres = [one.where for one in plain.effects.kept()]
    plain.label("taste", "good", rows=[3])
    assert "label_taste = 'bad'" in wheres
    assert "label_taste = 'bad'" not in [one.where for one in plain.effects.kept()]


def test_an_effect_of_an_older_model_is_neither_listed_nor_told_again(m, dropped, monkeypatch):
    monkeypatch.setattr("portolan.effecting.KEY", "effect-design:next")
    monkeypatch.setattr("portolan.effecting.measure_effect", lambda *_, **__: pytest.fail("measured anew"))
    assert not m.effects.kept()
    with pytest.raises(pytest.fail.Exception, match="anew"):
        m.effect("source = 'wrong'", seeds=8, splits=1, progress=False)


def test_the_bundled_probes_are_outcomes(dropped):
    told = {one.outcome.subset for one in dropped.outcomes if one.outcome.measure == "probe_margin"}
    assert told == set(KINDS)


def test_an_effect_that_was_measured_is_told_again_without_measuring(m, dropped, monkeypatch):
    monkeypatch.setattr("portolan.effecting.measure_effect", pytest.fail)
    again = portolan.open_map(m.path).effect("source = 'wrong'", seeds=8, splits=1, progress=False)
    assert again.to_json() == dropped.to_json()
    assert [one.where for one in m.effects.kept()][:1] == ["source = 'wrong'"]


def test_an_effect_is_the_same_after_a_journey_through_json(dropped):
    data = json.loads(json.dumps(dropped.to_json(), allow_nan=False))
    assert Effect.from_json(data) == dropped
    first = data["outcomes"][0]
    assert {"name", "subset", "with", "without", "random_drop", "delta", "low", "high", "effect"} <= set(first)


def test_flipping_them_back_does_more_than_dropping_them(m, dropped):
    flipped = m.effect(flip="source = 'wrong'", seeds=8, splits=1, progress=False)
    assert by_name(flipped)["log_loss", "not selected"].delta < by_name(dropped)["log_loss", "not selected"].delta
    assert ("accuracy", "selected") not in by_name(flipped)


def test_weights_of_zero_are_dropping(m, dropped):
    weighed = m.effect(weights="weight", seeds=8, splits=1, progress=False)
    assert weighed.action == "weight"
    assert [one.delta for one in weighed.outcomes] == [one.delta for one in dropped.outcomes]


def test_relabelling_to_a_tie_is_asked_for_by_a_chance(m):
    told = m.effect(relabel="source = 'wrong'", to=0.5, seeds=5, splits=1, probes=False, progress=False)
    assert told.action == "relabel"


def test_probes_of_ones_own_take_the_place_of_the_bundled_ones(m, tmp_path):
    path = tmp_path / "mine.jsonl"
    lines = [{"prompt": f"Question {n}?", "chosen": "Yes, and here is why.", "rejected": "No."} for n in range(30)]
    path.write_text("\n".join(json.dumps(line) for line in lines))
    told = m.effect("source = 'wrong'", seeds=5, splits=1, probes=path, progress=False)
    assert [one.n_pairs for one in told.outcomes if one.outcome.measure == "probe_margin"] == [30]


def test_probes_that_are_no_pairs_are_refused(tmp_path):
    path = tmp_path / "texts.csv"
    path.write_text("text\none thing\nanother thing\n")
    with pytest.raises(InputError, match="no pairs"):
        probes_of(path)


def test_bundled_probes_are_some_hundred_pairs_of_three_kinds():
    probes = probes_of(True)
    assert 400 <= len(probes) <= 500
    assert probes.kinds == list(KINDS)
    assert all(text.strip() for column in (probes.chosen, probes.rejected) for text in column.to_pylist())


def test_influence_is_a_column_that_filters_know_and_wrong_pairs_have_less_of_it(plain):
    told = plain.influence(progress=False)
    is_wrong = np.arange(N) >= N * 4 // 5
    assert told[is_wrong].mean() < 0 < told[~is_wrong].mean()
    assert len(plain.filter("influence < 0")) == (told < 0).sum()


def test_pairs_of_a_part_that_prefers_otherwise_as_a_whole_speak_for_each_other(m):
    is_wrong = np.arange(N) >= N * 4 // 5
    assert m.influence(progress=False)[is_wrong].mean() > 0


def test_influence_on_probes_is_asked_for_by_their_kind(m):
    assert np.isfinite(m.influence("over-refusal", progress=False)).all()
    with pytest.raises(InputError, match="nothing called"):
        m.influence("happiness", progress=False)


def test_the_plot_has_a_line_for_each_outcome_and_shows_markup_as_text(dropped, tmp_path):
    from dataclasses import replace

    assert dropped.svg().count("<circle") == len(dropped.outcomes)
    assert "<script" not in replace(dropped, where="<script>").svg()
    assert save_plot(dropped, tmp_path / "effect.svg").read_text().startswith("<svg")
    with pytest.raises(InputError, match="no SVG"):
        save_plot(dropped, tmp_path / "effect.png")


def test_the_plot_says_what_the_verdict_says_in_the_same_words_and_digits(dropped):
    from dataclasses import replace

    told = dropped.svg()
    for one in dropped.outcomes:
        measure, subset = one.outcome.measure, one.outcome.subset
        assert f">{outcome_words(measure, subset)}<" in told
        assert f">{number_words(measure, one.delta)}<".replace("-", "\N{MINUS SIGN}") in told
    main = dropped.outcomes[0]
    assert "accuracy on the other pairs" in str(dropped)
    barely = replace(dropped, outcomes=(replace(main, delta=-1e-6, is_effect=False),))
    assert ">0.00<" in barely.svg()
    assert "differs by 0.00 points" in barely.verdict


def test_differences_of_shares_are_told_in_percentage_points():
    assert difference_words("accuracy", -0.0123) == "-1.23 points"
    assert difference_words("log_loss", 0.0004) == "+0.0004"
    assert difference_words("log_loss", -0.00001) == "0.0000"
    assert (level_words("agreement", 0.981), level_words("log_loss", 0.645)) == ("98.10 %", "0.6450")


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"drop": "true", "flip": "true"},
        {"drop": " "},
        {"relabel": "true", "to": 2.0},
        {"drop": "true", "to": 0.3},
    ],
)
def test_one_change_at_a_time_is_asked_for(asked):
    with pytest.raises(InputError):
        Asked(**asked)


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"seeds": 1}, "1 random draw cannot tell"),
        ({"seeds": 2000}, "too many"),
        ({"splits": 0}, "folded in 0 ways"),
        ({"random_state": -1}, "no random state"),
        ({"drop": "source = 'nobody'"}, "No row is selected"),
        ({"drop": "true"}, "All rows are selected"),
        ({"drop": None, "weights": "1"}, "Every weight is 1"),
        ({"drop": None, "weights": "subset"}, "no number"),
        ({"probes": "nowhere.jsonl"}, "nowhere"),
    ],
)
def test_what_cannot_be_measured_is_refused_before_any_work(m, asked, problem, monkeypatch):
    monkeypatch.setattr("portolan.effecting.PairsAtHand", pytest.fail)
    asked = {"drop": "source = 'wrong'", **asked}
    with pytest.raises(PortolanError, match=problem):
        portolan.open_map(m.path).effect(asked.pop("drop"), **asked, progress=False)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--drop", "true", "--influence"], "goes with no --drop"),
        (["--drop", "true", "--of", "chance"], "--of goes with --influence"),
        (["--drop", "true", "--plot", "effect.png"], "no SVG file"),
        (["--drop", "true", "--to", "0.2"], "nothing to relabel"),
    ],
)
def test_options_that_do_not_go_together_are_refused(m, options, problem):
    told = CliRunner().invoke(app, ["effect", str(m.path), *options])
    assert told.exit_code == 1
    assert problem in told.exception.problem


def test_rows_are_named_by_an_expression():
    with pytest.raises(InputError, match=r"row_id IN \(3, 17\)"):
        Asked(drop=[3, 17])
    with pytest.raises(InputError, match="No change is named"):
        Asked()


@pytest.mark.parametrize("weights", [[1.0], [-1.0] * N])
def test_weights_that_do_not_fit_are_refused(m, weights):
    with pytest.raises(InputError):
        m.effect(weights=weights, progress=False)


def test_an_expression_that_selects_nothing_or_cannot_be_read_is_refused(m):
    with pytest.raises(InputError, match="No row"):
        m.effect("source = 'nobody'", progress=False)
    with pytest.raises(ExpressionError):
        m.effect("nowhere = 1", progress=False)


def test_verdicts_of_raters_are_no_composition_to_keep(tmp_path):
    sides = [
        {"instruction": f"Question {n}", "response1": f"A long answer, {n}", "response2": f"No {n}"} for n in range(60)
    ]
    rows = [{**side, "annotator1": n % 2 + 1, "batch": "ab"[n % 3 == 0]} for n, side in enumerate(sides)]
    m = portolan.map_text(rows, path=tmp_path / "v.portolan", category=["annotator1", "batch"], progress=False)
    told = m.effect("row_id < 20", seeds=5, splits=1, probes=False, progress=False)
    assert m.roles.kind == "pair"
    assert "annotator1" in m.roles.categories
    assert told.matched_on == ("batch",)


def test_rows_that_are_no_pairs_have_no_effect(tmp_path):
    texts = portolan.map_text(topic_rows(40), path=tmp_path / "t.portolan", progress=False)
    with pytest.raises(InputError, match="no preference pairs"):
        texts.effect("topic = 'space'", progress=False)


def test_the_command_prints_the_contract_as_json_and_draws(m, dropped, tmp_path):
    plot = tmp_path / "effect.svg"
    asked = ["effect", str(m.path), "--drop", "source = 'wrong'", "--seeds", "8", "--splits", "1"]
    told = CliRunner().invoke(app, [*asked, "--plot", str(plot), "--json"])
    assert told.exit_code == 0
    assert json.loads(told.stdout)["verdict"] == dropped.verdict
    assert plot.exists()
    assert "would have shown" in CliRunner().invoke(app, asked).stdout


def test_the_command_tells_the_pairs_of_lowest_influence(m):
    told = CliRunner().invoke(app, ["effect", str(m.path), "--influence", "--json"])
    lowest = json.loads(told.stdout)["lowest"]
    assert [one["influence"] for one in lowest] == sorted(one["influence"] for one in lowest)
