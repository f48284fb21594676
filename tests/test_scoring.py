"""Scoring a map: what is kept of a scorer, what is found again, and how its columns are used."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest
from typer.testing import CliRunner

import portolan
from portolan.cli.main import app
from portolan.errors import InputError, NotFoundError, UnknownPluginError
from portolan.plugins import ScoreColumn, ScoredTexts, scorers
from portolan.scoring import COSTLY_TEXTS
from small_data import pair_rows, topic_rows

N_ROWS = 600
CARD = {"what": "Letters a.", "limits": "None."}


class CountA:
    """Counts the letter a, and calls of itself."""

    key = "count-a:1"
    columns = (
        ScoreColumn("count_a", "number", "Letters a."),
        ScoreColumn("count_a_is_many", "boolean", "More than nine."),
        ScoreColumn("count_a_class", "category", "few, some or many."),
        ScoreColumn("count_a_tags", "tags", "Letters found of abc."),
        ScoreColumn("count_a_note", "text", "A sentence."),
    )
    card = CARD
    is_costly = False
    calls = 0
    stop_at = -1

    def __init__(self, argument=None, *, threads=None):
        pass

    def score(self, texts: ScoredTexts):
        type(self).calls += 1
        if type(self).calls == type(self).stop_at:
            raise KeyboardInterrupt
        said = texts.texts.to_pylist()
        assert all(text.strip() for text in said)
        counts = np.array([text.count("a") for text in said], float)
        return {
            "count_a": counts,
            "count_a_is_many": counts > 9,
            "count_a_class": ["few" if n < 5 else "many" if n > 9 else "some" for n in counts],
            "count_a_tags": [[letter for letter in "abc" if letter in text] for text in said],
            "count_a_note": [f"{n:.0f} letters" for n in counts],
        }


class CostlyCountA(CountA):
    key = "costly-a:1"
    columns = (ScoreColumn("costly_a", "number", "Letters a."),)
    is_costly = True

    def score(self, texts: ScoredTexts):
        return {"costly_a": super().score(texts)["count_a"]}

    def estimate(self, n_texts, n_chars):
        return f"{n_texts} texts to nobody, free"


class RankOfLength:
    """A scorer of the whole map."""

    key = "rank:1"
    columns = (ScoreColumn("rank_of_length", "number", "0 for the shortest row."),)
    card = CARD
    is_costly = False
    needs = ("embed",)

    def __init__(self, argument=None, *, threads=None):
        pass

    def score_map(self, of, *, report=None):
        lengths = [len(text) for batch in of.texts() for text in batch.texts.to_pylist()]
        assert of.vectors.shape[0] == of.n_rows == len(lengths)
        return {"rank_of_length": np.argsort(np.argsort(lengths, kind="stable"))}


@pytest.fixture(autouse=True)
def own_scorers(monkeypatch):
    for name, scorer in {"count-a": CountA, "costly-a": CostlyCountA, "rank-of-length": RankOfLength}.items():
        monkeypatch.setitem(scorers._plugins, name, scorer)
        scorer.calls, scorer.stop_at = 0, -1


@pytest.fixture(scope="module")
def texts_path(tmp_path_factory):
    rows = topic_rows(N_ROWS)
    rows[3]["text"] = "  "
    path = tmp_path_factory.mktemp("scoring") / "texts"
    return portolan.map_text(rows, path=path, progress=False).path


@pytest.fixture(scope="module")
def pairs_path(tmp_path_factory):
    path = tmp_path_factory.mktemp("scoring") / "pairs"
    return portolan.map_text(pair_rows(N_ROWS), path=path, progress=False).path


@pytest.fixture
def texts(texts_path, tmp_path):
    return copy_of(texts_path, tmp_path / "texts")


@pytest.fixture
def pairs(pairs_path, tmp_path):
    return copy_of(pairs_path, tmp_path / "pairs")


def copy_of(path, to):
    import shutil

    return portolan.open_map(shutil.copytree(path, to))


def score(m, name, **more):
    return m.score(name, progress=False, **more)


def test_a_score_is_a_float_for_each_row_and_missing_where_there_is_no_text(texts):
    found = score(texts, "count-a")
    assert found.dtype == np.float32
    assert found.shape == (N_ROWS,)
    assert np.flatnonzero(np.isnan(found)).tolist() == [3]
    assert found[0] == texts.rows["text"][0].as_py().count("a")


def test_what_was_scored_is_not_scored_again_even_after_opening_anew(texts):
    first = score(texts, "count-a")
    n_calls = CountA.calls
    again = score(portolan.open_map(texts.path), "count-a")
    assert CountA.calls == n_calls
    assert np.array_equal(first, again, equal_nan=True)


def test_a_scorer_of_another_version_scores_anew(texts, monkeypatch):
    score(texts, "count-a")
    monkeypatch.setattr(CountA, "key", "count-a:2")
    assert [note.is_current for note in texts.scores] == [False]
    CountA.calls = 0
    score(texts, "count-a")
    assert CountA.calls
    assert [note.key for note in texts.scores] == ["count-a:2"]


def test_each_side_of_a_pair_is_scored_apart_and_the_name_alone_is_the_chosen_one(pairs):
    chosen, rejected = score(pairs, "count-a"), score(pairs, "count-a", side="rejected")
    for row, (first, second) in enumerate(zip(chosen[:9], rejected[:9], strict=True)):
        given = pairs.rows.slice(row, 1).to_pylist()[0]
        assert first == given["chosen"].split("Assistant: ")[1].count("a")
        assert second == given["rejected"].split("Assistant: ")[1].count("a")
    assert np.array_equal(pairs.measured("count_a_chosen"), chosen)
    assert {c["side"] for c in pairs.scores[0].columns} == {None, "chosen", "rejected"}


@pytest.mark.parametrize(
    ("where", "meets"),
    [
        ("count_a > 9", lambda n: n > 9),
        ("count_a_is_many", lambda n: n > 9),
        ("count_a_class = 'few'", lambda n: n < 5),
        ("count_a_class IN ('few', 'many')", lambda n: n < 5 or n > 9),
        ("list_contains(count_a_tags, 'a')", lambda n: n > 0),
        ("count_a_note = '7 letters'", lambda n: n == 7),
    ],
)
def test_measured_columns_of_every_kind_can_be_filtered_by_at_once(texts, where, meets):
    _ = texts.filterer
    found = score(texts, "count-a")
    wanted = [row for row, n in enumerate(found) if not np.isnan(n) and meets(n)]
    assert texts.filter(where).tolist() == wanted


def test_rows_without_text_are_null_in_filters(texts):
    score(texts, "count-a")
    assert texts.filter("count_a IS NULL").tolist() == [3]
    assert texts.filter("count_a_class IS NULL").tolist() == [3]


def test_the_page_can_colour_by_all_columns_but_sentences(texts):
    score(texts, "count-a")
    kinds = {column["name"]: column["kind"] for column in texts._store.tile_columns()}
    assert kinds["count_a"] == "number"
    assert kinds["count_a_is_many"] == "boolean"
    assert kinds["count_a_class"] == kinds["count_a_tags"] == "category"
    assert "count_a_note" not in kinds


def test_scored_rows_can_be_sorted_by_their_score(texts):
    found = score(texts, "count-a")
    best = texts.table(sort="count_a desc", limit=1)["row_id"][0].as_py()
    assert found[best] == np.nanmax(found)


def test_a_column_of_the_users_own_keeps_its_name(tmp_path):
    rows = [{**row, "count_a": "mine"} for row in topic_rows(60)]
    m = portolan.map_text(rows, path=tmp_path / "m", text="text", progress=False)
    score(m, "count-a")
    assert m.rows["count_a"][0].as_py() == "mine"
    assert m.scores[0].columns[0]["name"] == "measured_count_a"
    assert len(m.filter("measured_count_a >= 0")) == 60


def test_a_stopped_costly_scorer_goes_on_where_it_was(texts):
    CostlyCountA.stop_at = 3
    with pytest.raises(KeyboardInterrupt):
        score(texts, "costly-a")
    assert texts.scores == []
    score(portolan.open_map(texts.path), "costly-a")
    n_batches = -(-N_ROWS // COSTLY_TEXTS)
    # Two batches were kept; the one that was stopped is done again.
    assert CostlyCountA.calls == n_batches + 1


def test_a_scorer_of_the_whole_map_sees_texts_and_vectors(texts):
    ranks = score(texts, "rank-of-length")
    assert sorted(ranks.tolist()) == list(range(N_ROWS))


def test_scores_survive_a_rebuild_and_are_beside_the_new_tiles(texts):
    from portolan.api import rebuild

    before = score(texts, "count-a")
    CountA.calls = 0
    again = rebuild(texts.path)
    assert np.array_equal(score(again, "count-a"), before, equal_nan=True)
    assert CountA.calls == 0
    assert "count_a" in {column["name"] for column in again._store.tile_columns()}


def test_a_score_of_vectors_is_no_longer_current_with_other_vectors(tmp_path):
    rows = topic_rows(80)
    m = portolan.map_text(rows, path=tmp_path / "m", progress=False)
    score(m, "rank-of-length"), score(m, "count-a")
    np.save(tmp_path / "v.npy", np.random.default_rng(0).normal(size=(80, 8)).astype(np.float32))
    m = portolan.map_text(rows, path=tmp_path / "m", embedder=f"vectors:{tmp_path / 'v.npy'}", progress=False)
    assert {note.name: note.is_current for note in m.scores} == {"rank-of-length": False, "count-a": True}


def test_other_rows_have_no_scores(tmp_path):
    m = portolan.map_text(topic_rows(60), path=tmp_path / "m", progress=False)
    score(m, "count-a")
    m = portolan.map_text(topic_rows(70), path=tmp_path / "m", replace=True, progress=False)
    assert m.scores == []
    assert len(score(m, "count-a")) == 70


def test_scores_are_columns_of_further_layouts_too(pairs):
    pairs.add_layout("rejected", progress=False)
    score(pairs, "count-a")
    pairs.add_layout("prompt", progress=False)
    for beside in pairs.layouts.values():
        assert "count_a" in {column["name"] for column in beside._store.tile_columns()}


def test_a_map_can_be_scored_while_others_read_it_and_they_see_the_column_at_once(texts):
    other = portolan.open_map(texts.path)
    score(texts, "count-a")
    assert len(other.filter("count_a >= 0")) == N_ROWS - 1


def test_who_writes_the_map_is_waited_for(texts, monkeypatch):
    monkeypatch.setattr("portolan.stages.measured.WAIT_S", 0.0)
    other = portolan.open_map(texts.path)
    with other._store.writing(), pytest.raises(portolan.PortolanError, match="is being written"):
        score(texts, "count-a")
    assert score(texts, "count-a").shape == (N_ROWS,)


def test_an_unknown_scorer_is_refused_with_the_names_of_those_that_are_there(texts):
    with pytest.raises(UnknownPluginError, match="length") as caught:
        score(texts, "none-such")
    assert "readability" in caught.value.fix


def test_only_pairs_have_sides(texts):
    with pytest.raises(NotFoundError, match="side"):
        score(texts, "count-a", side="rejected")


def test_a_scorer_that_gives_too_few_values_is_told_so(texts, monkeypatch):
    monkeypatch.setattr(CountA, "score", lambda self, texts: {"count_a": [1.0]})
    monkeypatch.setattr(CountA, "columns", CountA.columns[:1])
    with pytest.raises(InputError, match="1 values of 'count_a'"):
        score(texts, "count-a")


def run(*arguments):
    return CliRunner().invoke(app, ["score", *map(str, arguments)])


def test_the_command_scores_and_tells_columns_and_card_as_json(texts):
    result = run(texts.path, "--scorer", "count-a", "--json")
    [told] = json.loads(result.stdout)
    assert told["name"] == "count-a"
    assert told["card"]["limits"] == "None."
    assert told["columns"][0] == {
        "name": "count_a", "kind": "number", "what": "Letters a.", "side": None, "n_missing": 1, "is_coloured": True,
    }  # fmt: skip


def test_the_command_lists_scorers_and_what_they_left(texts):
    score(texts, "count-a")
    told = run(texts.path, "--list").stdout
    assert "How long a text is" in told
    assert "count_a_class" in told
    assert json.loads(run(texts.path, "--list", "--json").stdout)["scores"][0]["name"] == "count-a"


def test_a_dry_run_tells_the_cost_and_scores_nothing(pairs):
    told = run(pairs.path, "--scorer", "costly-a", "--dry-run").stdout
    assert f"would read {2 * N_ROWS:,} texts" in told
    assert f"{2 * N_ROWS} texts to nobody, free" in told
    assert pairs.scores == []


def test_conversations_are_scored_from_the_first_reply_on(tmp_path):
    rows = [
        {"messages": [{"role": "user", "content": f"banana {n}"}, {"role": "assistant", "content": "an apple"}]}
        for n in range(40)
    ]
    m = portolan.map_text(rows, path=tmp_path / "m", progress=False)
    assert score(m, "count-a").tolist() == [2.0] * 40


def test_turns_are_those_of_the_whole_conversation(pairs):
    score(pairs, "length")
    assert set(pairs.measured("length_turns").to_pylist()) == {2.0}
    assert pairs.measured("length_turns").type == pa.float32()


def test_what_scoring_would_read_is_counted_where_the_map_is_small(texts):
    plan = texts.plan_score("count-a")
    lengths = [len(row["text"]) for row in topic_rows(N_ROWS)]
    assert (plan.n_texts, plan.n_chars, plan.is_exact) == (N_ROWS - 1, sum(lengths) - lengths[3], True)


def test_of_a_larger_map_some_rows_are_read_and_told_as_about(texts, monkeypatch):
    monkeypatch.setattr("portolan.scoring.PLANNED_ROWS", 40)
    exact = sum(len(row["text"]) for row in topic_rows(N_ROWS))
    plan = texts.plan_score("costly-a")
    assert not plan.is_exact
    assert (plan.n_texts, plan.estimate) == (N_ROWS, f"{N_ROWS} texts to nobody, free")
    assert abs(plan.n_chars - exact) < 0.2 * exact
    assert plan.reading.startswith("about ")
