"""Rankings of several replies as weighted pairs: what is learnt from them, and what is told of each ranking."""

from __future__ import annotations

import json
import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import portolan
from portolan.cli.main import app
from portolan.core.pairs import sides_of
from portolan.core.ranking_pairs import (
    mean_of_pairs,
    most_of_each,
    one_group_each,
    ranking_pairs,
    shared_weights,
)
from portolan.core.roles import infer_roles
from portolan.errors import InputError
from portolan.plugins import ScoreColumn, scorers
from portolan.stages.paired import MapOfPairs
from small_data import TOPICS


def ranked(replies, scores, *, prompt="Which?", scores_name="scores"):
    return {"prompt": prompt, "responses": replies, scores_name: scores}


def pairs_of(rows, **options):
    table = pa.Table.from_pylist(rows)
    [batch] = table.to_batches()
    return ranking_pairs(batch, infer_roles(table), **options)


def told(found):
    return list(zip(found.rows.tolist(), found.chosen.to_pylist(), found.rejected.to_pylist(), strict=True))


def rankings_with_a_reason(n, n_replies, *, seed=0, low_is_best=False, shuffled=True):
    """Rankings of replies that have the more words of their prompt's topic the better they are."""
    rng = np.random.default_rng(seed)
    names = list(TOPICS)
    rows = []
    for number in range(n):
        topic, other = rng.choice(len(names), 2, replace=False)
        replies = []
        for rank in range(n_replies):
            n_good = round(8 * (n_replies - 1 - rank) / (n_replies - 1))
            words = [*rng.choice(TOPICS[names[topic]].split(), n_good),
                     *rng.choice(TOPICS[names[other]].split(), 8 - n_good)]  # fmt: skip
            replies.append((" ".join(rng.permutation(words)), rank + 1 if low_is_best else n_replies - rank))
        if shuffled:
            replies = [replies[place] for place in rng.permutation(n_replies)]
        texts, scores = zip(*replies, strict=True)
        row = ranked(list(texts), [float(score) for score in scores], prompt=f"Question {number}, {names[topic]}?")
        row["subset"] = "ab"[number % 2]
        if low_is_best:
            row["ranks"] = row.pop("scores")
        rows.append(row)
    return rows


def as_pairs(rows):
    """Rankings of two, as pairs."""
    return [
        {
            "prompt": row["prompt"],
            "chosen": row["responses"][int(np.argmax(row["scores"]))],
            "rejected": row["responses"][int(np.argmin(row["scores"]))],
            "subset": row["subset"],
        }
        for row in rows
    ]


# Pairs.


def test_a_ranking_is_every_reply_against_every_other_one_that_ranks_lower():
    found = pairs_of([ranked(["low", "high", "middle"], [1, 9, 5])])
    assert told(found) == [(0, "high", "middle"), (0, "high", "low"), (0, "middle", "low")]
    assert found.prompts.to_pylist() == ["Which?"] * 3
    assert found.is_first.tolist() == [True, False, False]


def test_of_ranks_the_lowest_is_best():
    found = pairs_of([ranked(["low", "high"], [2, 1], scores_name="ranks")])
    assert told(found) == [(0, "high", "low")]


def test_replies_of_one_rank_are_no_pair():
    found = pairs_of([ranked(["a", "b", "c"], [5, 5, 1]), ranked(["d", "e"], [3, 3])])
    assert told(found) == [(0, "a", "c"), (0, "b", "c")]


def test_replies_that_are_blank_or_have_no_score_are_in_no_pair():
    rows = [ranked(["a", " ", "b", "c", "d"], [4, 3, 2, None, float("nan")]), ranked(["e", "f", "g"], [2, 1])]
    assert told(pairs_of(rows)) == [(0, "a", "b"), (1, "e", "f")]


def test_of_a_long_ranking_some_pairs_are_drawn_whatever_stands_beside_it():
    long = ranked([f"reply {place}" for place in range(9)], list(range(9)))
    alone, beside = pairs_of([long], most=5), pairs_of([ranked(["a", "b"], [1, 2]), long], most=5)
    assert len(alone) == 5
    assert alone.chosen.to_pylist() == beside.chosen.to_pylist()[1:]
    assert set(told(alone)) < set(told(pairs_of([long])))
    assert (most_of_each(1000), most_of_each(10**7)) == (400, 1)


def test_the_weights_of_all_pairs_sum_to_the_rankings():
    rows = np.repeat(np.arange(4), [3, 1, 6, 2])
    is_counted = np.array([1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0, 0], bool)
    weights = shared_weights(rows, is_counted, n_rows=5)
    assert np.bincount(rows, weights, 5).tolist() == pytest.approx([1, 1, 1, 1, 0])
    # One that does not count weighs nothing, unless there are no others.
    assert weights[2] == 0
    assert weights[-1] == 0.5


def test_a_ranking_is_told_by_the_mean_of_its_pairs_and_one_without_pairs_by_nothing():
    rows = np.array([0, 0, 2])
    found = mean_of_pairs(np.array([1.0, 3.0, np.nan]), rows, np.array([0.5, 0.5, 1.0]), n_rows=3)
    assert found[0] == 2
    assert np.isnan(found[1:]).all()


def test_all_pairs_of_a_ranking_are_one_group_and_rankings_of_one_prompt_too():
    groups = one_group_each(np.array([4, 7, 9, 4, 1]), np.array([0, 0, 1, 2, 2]))
    assert groups.tolist() == [0, 0, 1, 0, 0]


# On a map.


@pytest.fixture(scope="module")
def rankings(tmp_path_factory):
    rows = rankings_with_a_reason(200, 4)
    return portolan.map_text(rows, name="ranks", path=tmp_path_factory.mktemp("maps") / "ranks.portolan")


def hand(m):
    return MapOfPairs(m._store, m.roles, key="test")


def test_no_prompt_is_on_both_sides_of_a_fold_though_rankings_have_none(tmp_path):
    rows = [{"responses": [f"good {row}", f"bad {row}", f"ugly {row}"], "scores": [3, 2, 1]} for row in range(60)]
    m = portolan.map_text(rows, name="bare", path=tmp_path / "bare.portolan")
    told = hand(m).told
    assert m.roles.kind == "ranking"
    assert len(told.groups) == 180
    assert (told.groups == told.groups[3 * told.rows]).all()


def test_batches_hold_no_more_pairs_than_asked_for_and_all_pairs_in_order(rankings):
    pairs = hand(rankings)
    sizes = [len(batch) for batch in pairs.batches(batch_pairs=4)]
    assert max(sizes) == 4
    assert sum(sizes) == pairs.n_pairs == 1200
    one = [text for batch in pairs.batches() for text in batch.chosen.to_pylist()]
    assert one == [text for batch in pairs.batches(batch_pairs=4) for text in batch.chosen.to_pylist()]


def test_the_planted_order_is_found_and_told_once_a_row(rankings):
    found = rankings.preference
    assert found.accuracy.value > 0.85
    assert (found.accuracy.n, found.rankings) == (1200, 200)
    assert found.chance.shape == (200,)
    assert (found.chance > 0.5).mean() > 0.95
    assert found.chance == pytest.approx(1 / (1 + np.exp(-found.margin)), abs=1e-5)
    # Ten bins of equal size; what is said of them rests on 200 rankings, not on 1,200 pairs.
    assert [one["n"] for one in found.figures["bins"]] == [20] * 10
    assert {(one["column"], one["value"], one["model"]["n"]) for one in found.by_subset} == {
        ("subset", "a", 600), ("subset", "b", 600),
    }  # fmt: skip
    assert json.loads(json.dumps(found.to_json(), allow_nan=False))["rankings"] == 200
    assert len(rankings.filter("preference < 0.5")) == (found.chance < 0.5).sum()


def test_ranks_from_the_best_down_are_learnt_as_scores_from_the_worst_up_are(rankings, tmp_path):
    rows = rankings_with_a_reason(200, 4, low_is_best=True)
    m = portolan.map_text(rows, name="low", path=tmp_path / "low.portolan")
    assert m.roles.notes["low_is_best"]
    assert m.preference.margin.tolist() == rankings.preference.margin.tolist()


def test_rankings_of_two_are_what_pairs_are(tmp_path):
    rows = rankings_with_a_reason(150, 2)
    ranks = portolan.map_text(rows, name="two", path=tmp_path / "two.portolan").preference
    pairs = portolan.map_text(as_pairs(rows), name="pairs", path=tmp_path / "pairs.portolan").preference
    assert ranks.margin.tolist() == pairs.margin.tolist()
    assert ranks.surface.tolist() == pairs.surface.tolist()
    assert ranks.figures == pairs.figures
    assert ranks.power == pairs.power
    assert (ranks.rankings, pairs.rankings) == (150, None)


def test_a_ranking_that_stands_upside_down_is_what_the_model_contradicts_most(tmp_path):
    rows = rankings_with_a_reason(200, 4)
    upside_down = [5, 60, 133]
    for row in upside_down:
        rows[row]["scores"] = [5 - score for score in rows[row]["scores"]]
    m = portolan.map_text(rows, name="flipped", path=tmp_path / "flipped.portolan")
    assert set(np.argsort(m.preference.chance)[:3]) == set(upside_down)
    assert m.preference.power["auc"] > 0.95


def test_a_ranking_counts_as_one_row_however_many_replies_it_has(tmp_path):
    # Two rankings in three prefer the first word; the others prefer the second, and have ten times the pairs.
    rows = [ranked(["alpha", "beta"], [2, 1], prompt=f"Question {row}?") for row in range(80)]
    rows += [
        ranked(["beta"] * 4 + ["alpha"] * 3, [2] * 4 + [1] * 3, prompt=f"Question {row}?") for row in range(80, 120)
    ]
    m = portolan.map_text(rows, name="uneven", path=tmp_path / "uneven.portolan")
    assert m.fit_preference("linear:words").accuracy.value == pytest.approx(2 / 3, abs=1e-3)


def test_a_reply_that_is_given_twice_weighs_no_more_than_its_share(tmp_path):
    rows = rankings_with_a_reason(60, 3)
    for row in rows:
        row["responses"] = [*row["responses"], row["responses"][0]]
        row["scores"] = [*row["scores"], row["scores"][0] + 0.5]
    m = portolan.map_text(rows, name="twice", path=tmp_path / "twice.portolan")
    told = hand(m).told
    assert (told.outcomes == 0).sum() == 60
    assert np.bincount(told.rows, told.weights).tolist() == pytest.approx([1.0] * 60)
    assert told.weights[told.outcomes == 0].tolist() == [0.0] * 60


def test_where_every_list_is_sorted_its_order_is_no_baseline(rankings, tmp_path):
    assert "majority" in rankings.preference.baselines
    rows = rankings_with_a_reason(60, 3, shuffled=False)
    m = portolan.map_text(rows, name="sorted", path=tmp_path / "sorted.portolan")
    assert "majority" not in m.preference.baselines


def test_rankings_of_which_none_is_higher_are_told_by_nothing(tmp_path):
    rows = rankings_with_a_reason(80, 3)
    rows[7]["scores"] = [1.0, 1.0, 1.0]
    m = portolan.map_text(rows, name="tied", path=tmp_path / "tied.portolan")
    assert np.flatnonzero(np.isnan(m.preference.margin)).tolist() == [7]
    assert m.preference.rankings == 79


def test_too_few_rankings_are_refused_however_many_pairs_they_are(tmp_path):
    m = portolan.map_text(rankings_with_a_reason(20, 6), name="few", path=tmp_path / "few.portolan")
    with pytest.raises(InputError, match="Only 20 of 20 rankings"):
        m.fit_preference()


def test_rankings_without_any_order_are_refused(tmp_path):
    rows = [ranked(["a b", "c d"], [1, 1], prompt=f"Question {row}?") for row in range(60)]
    m = portolan.map_text(rows, name="equal", path=tmp_path / "equal.portolan")
    with pytest.raises(InputError, match="ranks higher"):
        m.fit_preference()


def test_scores_of_two_columns_are_no_model_of_rankings(rankings):
    with pytest.raises(InputError, match="rankings of several") as error:
        rankings.fit_preference("columns:scores,scores")
    assert "linear" in error.value.fix


def test_the_command_says_how_many_rankings_there_are(rankings):
    found = CliRunner().invoke(app, ["preference", str(rankings.path)])
    assert found.exit_code == 0, found.output
    assert "200 rankings as 1,200 pairs" in found.output
    assert "subset = a" in found.output


# Best against worst: what is audited.


def sides(row, roles=None):
    table = pa.Table.from_pylist([row])
    return [side.to_pylist()[0] for side in sides_of(table.to_batches()[0], roles or infer_roles(table))]


def test_the_sides_of_a_ranking_are_its_best_and_its_worst_reply():
    assert sides(ranked(["low", "high", "middle"], [1, 9, 5])) == ["Which?", "high", "low"]
    assert sides(ranked(["low", "high", "middle"], [3, 1, 2], scores_name="ranks")) == ["Which?", "high", "low"]


def test_of_equal_replies_at_both_ends_the_first_is_best_and_the_last_is_worst():
    assert sides(ranked(["a", "b", "c", "d"], [9, 9, 1, 1]))[1:] == ["a", "d"]


def test_where_no_reply_ranks_lower_there_is_none_to_reject():
    assert sides(ranked(["a", "b"], [2, 2]))[1:] == ["a", ""]
    assert sides(ranked(["a", "b"], [None, 2]))[1:] == ["b", ""]


def test_a_ranking_is_laid_out_by_what_its_ends_differ_in_and_by_its_prompt(tmp_path):
    rows = rankings_with_a_reason(60, 3)
    m = portolan.map_text(rows, name="gap", path=tmp_path / "gap.portolan", layout="difference")
    assert (np.linalg.norm(m.vectors, axis=1) > 0.9).all()


HARM = "poison"


class WordHarm:
    """Harm by a word, for tests."""

    key = "ranking-harm:1"
    is_costly = False

    def __init__(self, argument=None, *, threads=None):
        self.card = {"what": "Harm by a word.", "limits": "One word."}
        self.columns = (ScoreColumn("ranking_harm", "number", "Chance of harm."),)

    def score(self, texts):
        return {"ranking_harm": [0.9 if HARM in text else 0.1 for text in texts.texts.to_pylist()]}


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    rows = rankings_with_a_reason(120, 4)

    def replace(row, *, best=None, worst=None, middle=None):
        scores = rows[row]["scores"]
        for score, text in ((4, best), (1, worst), (3, middle)):
            if text is not None:
                rows[row]["responses"][scores.index(score)] = text

    replace(2, best=f"Take {HARM}.")
    replace(3, best=f"Take {HARM}.", worst=f"Use {HARM} now.")
    replace(4, middle=f"A middle reply with {HARM}.")
    replace(5, best="The same reply.", worst="The same  REPLY.")
    replace(6, worst="Write to jane.roe@mail.example.org, please.")
    rows[8] = {**rows[7], "responses": list(rows[7]["responses"])}
    rows[9] = {**rows[7], "scores": [5 - score for score in rows[7]["scores"]]}
    rows[10]["scores"] = [1.0] * 4
    m = portolan.map_text(rows, name="audited", path=tmp_path_factory.mktemp("maps") / "audited.portolan")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(scorers._plugins, "ranking-harm", WordHarm)
        m.findings.run(harm="ranking-harm", progress=False)
        yield m


@pytest.mark.parametrize(
    ("finding", "rows"),
    [
        ("harmful-chosen", [2, 3]), ("doubly-egregious", [3]), ("chosen-worse", [2]), ("identical", [5]),
        ("pii", [6]), ("contradictory", [7, 8, 9]), ("prompt-mismatch", []),
    ],
)  # fmt: skip
def test_findings_of_rankings_are_about_the_best_reply_and_the_worst(audited, finding, rows):
    assert sorted(audited.findings[finding].row_ids.tolist()) == rows


def test_copies_of_a_ranking_are_found(audited):
    assert set(audited.findings["duplicate"].row_ids.tolist()) >= {8}


def test_each_scorer_tells_of_both_ends_of_a_ranking(audited):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(scorers._plugins, "ranking-harm", WordHarm)
        assert audited.filter("ranking_harm_chosen > 0.5").tolist() == [2, 3]
        assert audited.filter("ranking_harm_rejected > 0.5").tolist() == [3]
        # In a ranking of equals no reply is the worst.
        assert audited.filter("ranking_harm_rejected IS NULL").tolist() == [10]


def test_the_audit_says_what_stands_for_a_ranking(audited):
    found = CliRunner().invoke(app, ["audit", str(audited.path), "--finding", "identical"])
    assert found.exit_code == 0, found.output
    assert "best reply" in found.output
    assert "identical" in found.stdout


def test_examples_of_a_finding_show_the_ends_of_the_ranking(audited):
    [one] = audited.findings["doubly-egregious"].examples(5)
    assert [one[side][0]["text"] for side in ("chosen", "rejected")] == [f"Take {HARM}.", f"Use {HARM} now."]
    assert len(one["replies"]) == 4


def test_a_report_on_rankings_has_an_audit_and_says_what_is_called_chosen(audited, tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(scorers._plugins, "ranking-harm", WordHarm)
        found = CliRunner().invoke(app, ["report", str(audited.path), "-o", str(tmp_path / "audit.md")])
    assert found.exit_code == 0, found.output
    text = (tmp_path / "audit.md").read_text()
    assert "A preference audit of 120 rankings" in text
    assert "Findings and experiments are about its best reply and its worst" in text
    assert "pairs of 119 rankings (each of which counts as one row)" in text
    assert "1 ranking has no reply that ranks above another" in text
    assert "10 % of the rankings were flipped" in text
    assert "[The best and the worst reply are harmful](#finding-doubly-egregious)" in text
    assert "“These rankings are intended: the best and the worst reply are bad, and one is worse”" in text
    assert "All replies of a ranking have one prompt." in text
    assert not re.search(r"chosen reply|rejected|of these pairs|[0-9] pairs by", text.partition("## Method")[0])


def test_an_effect_on_rankings_is_one_on_best_against_worst(tmp_path):
    rows = rankings_with_a_reason(150, 4)
    ends = [
        {**row, "responses": [row["responses"][row["scores"].index(at)] for at in (4, 1)], "scores": [4.0, 1.0]}
        for row in rows
    ]
    ranks = portolan.map_text(rows, name="ranks", path=tmp_path / "ranks.portolan")
    pairs = portolan.map_text(as_pairs(ends), name="pairs", path=tmp_path / "pairs.portolan")
    one, other = (m.effect("subset = 'a'", seeds=5, progress=False) for m in (ranks, pairs))
    assert one.n_pairs == 150
    own = ("rows_key", "noun", "verdict")
    told = [{name: part for name, part in each.to_json().items() if name not in own} for each in (one, other)]
    assert told[0] == told[1]
    assert one.verdict.endswith(
        "Of each ranking the best reply against the worst was measured, and no reply between them."
    )
    assert "75 rankings of 150" in str(one)
    assert "pairs" not in str(one)


# Decided.


FLIP = "rules: [{flip: row_id < 2, reason: upside down}]"


def test_a_flipped_ranking_goes_out_with_its_best_reply_as_its_worst(tmp_path):
    rows = rankings_with_a_reason(30, 3)
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    m = portolan.map_text(tmp_path / "rows.jsonl", path=tmp_path / "flip.portolan")
    m.decide("flip", rows=[0])
    m.clean(FLIP)
    for ending in ("jsonl", "parquet"):
        told = m.export(tmp_path / f"out.{ending}")
        assert told.n_changed == 2
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert lines == pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert [line["scores"] for line in lines[:2]] == [[4 - score for score in row["scores"]] for row in rows[:2]]
    assert lines[2:] == rows[2:]
    flipped = portolan.map_text(tmp_path / "out.jsonl", path=tmp_path / "flipped.portolan")
    given, out = (sides(one.rows_by_id([0])[0], m.roles) for one in (m, flipped))
    assert out == [given[0], given[2], given[1]]


def test_a_label_is_of_a_ranking_as_a_whole(rankings):
    rankings.define_labels("good", ["yes", "no"])
    with pytest.raises(InputError, match="rankings") as error:
        rankings.label("good", "yes", rows=[0], side="chosen")
    assert "ranking as a whole" in error.value.fix


# Statistics.


def test_statistics_of_rankings_count_all_pairs_and_each_ranking_once(tmp_path):
    # In a ranking of four the longer is always better, in one of two it is worse: one half, though 6 of 7 pairs say so.
    long_wins = ranked(["a", "aa", "aaa", "aaaa"], [1, 2, 3, 4], prompt="One?")
    short_wins = ranked(["bb", "b"], [1, 2], prompt="Two?")
    rows = [{**(long_wins if place % 2 else short_wins), "part": "xy"[place % 2]} for place in range(40)]
    m = portolan.map_text(rows, name="lengths", path=tmp_path / "lengths.portolan", category=["part"])
    found = m.pairs.statistics
    assert (found.n_rows, found.n_pairs, found.longer_chosen.value) == (40, 140, pytest.approx(0.5))
    assert {value: share.value for value, share in found.by_value["part"].items()} == {"x": 0.0, "y": 1.0}
    assert (found.chosen_chars.mean, found.rejected_chars.mean) == (2.5, 1.5)
    assert json.loads(json.dumps(m.pairs.to_json(), allow_nan=False))["pairs"] == 140
    assert "the longer reply ranks higher" in str(m.pairs)
    assert "worst reply, characters" in str(m.pairs)


def test_the_table_of_rankings_is_a_dataset_of_weighted_pairs(rankings, tmp_path):
    table = rankings.pairs.table()
    assert table.column_names == ["row_id", "prompt", "chosen", "rejected", "weight", "prompt_turns"]
    assert table.num_rows == 1200
    assert sum(table.column("weight").to_pylist()) == pytest.approx(200)
    some = rankings.pairs.table([7, 3])
    assert some.column("row_id").to_pylist() == [7] * 6 + [3] * 6
    assert some.slice(6).equals(table.slice(18, 6))
    assert rankings.pairs.table([]).num_rows == 0
    m = portolan.map_text(table, name="pairs", path=tmp_path / "pairs.portolan")
    assert (m.roles.kind, m.n_rows) == ("pair", 1200)
