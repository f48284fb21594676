"""Rows in an order, a page at a time."""

import math

import numpy as np
import pandas as pd
import pytest

import portolan
from portolan.core.order import Sort, parse_sort
from portolan.errors import ExpressionError, InputError
from portolan.filtering import Clause

N_ROWS = 400
WORDS = ["apple", "Banana", "cherry", "éclair", "Zebra", "fig", "date"]


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)

    def sometimes(value):
        return None if rng.random() < 0.15 else value

    return [
        {
            "text": f"{WORDS[rng.integers(7)]} {WORDS[rng.integers(7)]} pie number{i}" if i % 50 else "",
            "stars": sometimes(int(rng.integers(5))),
            "score": sometimes(float(np.round(rng.normal(), 1))) if i % 7 else math.nan,
            "lang": sometimes(["en", "De", "fr"][rng.integers(3)]),
            "is_good": sometimes(bool(rng.integers(2))),
            "when": sometimes(f"20{rng.integers(10, 24)}-{rng.integers(1, 13):02}-01"),
            "tags": sometimes(["old"] * int(rng.integers(3))),
        }
        for i in range(N_ROWS)
    ]


@pytest.fixture(scope="module")
def made(rows, tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps") / "m"
    return portolan.map_text(rows, name="table", path=folder, text="text", time="when")


def ids(made, **asked):
    return made.table(columns=[], **asked).column("row_id").to_pylist()


def expected(values, *, is_descending):
    """pandas' own stable sort: missing last, ties in the order of the rows."""
    series = pd.Series(values, dtype=object if any(isinstance(v, str) for v in values) else None)
    filled = pd.Series(series.dropna().tolist(), index=series.dropna().index)
    known = filled.sort_values(kind="stable", ascending=not is_descending).index.tolist()
    return known + series[series.isna()].index.tolist()


def folded(text):
    return text.lower().replace("é", "e\u0301")


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("column", ["row_id", "stars", "score", "is_good", "when"])
def test_values_are_sorted_with_ties_by_row_and_missing_ones_last(made, rows, column, direction):
    values = [row.get(column, place) for place, row in enumerate(rows)]
    wanted = expected(values, is_descending=direction == "desc")
    assert ids(made, sort=f"{column} {direction}") == wanted


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("column", ["text", "lang"])
def test_texts_are_sorted_alphabetically_whatever_their_case(made, rows, column, direction):
    texts = [folded(row[column] or "") or None for row in rows]
    assert ids(made, sort=f"{column} {direction}") == expected(texts, is_descending=direction == "desc")


def test_rows_are_sorted_by_what_an_expression_says(made, rows):
    lengths = [len(row["text"]) for row in rows]
    assert ids(made, sort="length(text) desc") == expected(lengths, is_descending=True)


def test_clusters_are_sorted_by_their_names(made):
    layer = made.n_layers - 1
    names = {c["cluster_id"]: folded(c["name"]) for c in made.clusters.to_pylist() if c["layer"] == layer}
    clusters = made.cluster_ids(layer)[ids(made, sort=f"cluster_{layer}")]
    shown = [names[cluster] for cluster in clusters.tolist() if cluster >= 0]
    assert shown == sorted(shown)
    assert (clusters[len(shown) :] == -1).all()


def test_a_filter_keeps_the_order(made, rows):
    kept = ids(made, where="lang = 'en'", sort="stars")
    assert kept == [row for row in ids(made, sort="stars") if rows[row]["lang"] == "en"]


def test_clauses_are_joined_by_and_or_or(made):
    clauses = [Clause("a", "stars = 1"), Clause("b", "lang = 'en'")]
    assert made.tabler.page(clauses).total == len(made.filter("stars = 1 AND lang = 'en'"))
    assert made.tabler.page(clauses, join="or").total == len(made.filter("stars = 1 OR lang = 'en'"))


def test_pages_joined_are_the_list(made):
    pages = [ids(made, where="stars > 1", sort="score", offset=at, limit=37) for at in range(0, N_ROWS, 37)]
    assert [row_id for page in pages for row_id in page] == ids(made, where="stars > 1", sort="score")


def test_a_page_tells_the_whole_and_where_a_row_stands(made):
    listed = ids(made, sort="stars desc")
    page = made.tabler.page(sort=Sort("stars", is_descending=True), offset=10, limit=5, find=listed[250])
    assert (page.row_ids.tolist(), page.total, page.place) == (listed[10:15], N_ROWS, 250)


def test_a_row_that_is_filtered_out_has_no_place(made, rows):
    away = next(place for place, row in enumerate(rows) if row["lang"] != "en")
    assert made.tabler.page(where="lang = 'en'", limit=0, find=away).place is None


def test_columns_of_the_table_are_those_asked_for(made):
    assert made.table(limit=2, columns=["stars"]).column_names == ["row_id", "stars"]
    assert made.table(limit=2).num_columns == 8


def test_directions_are_read_as_in_sql():
    assert parse_sort("stars", ["stars"]) == parse_sort("stars ASC", ["stars"]) == Sort("stars")
    assert parse_sort("length(text) Desc", []) == Sort("length(text)", is_descending=True)
    assert parse_sort("in desc", ["in desc"]) == Sort("in desc")


@pytest.mark.parametrize("nothing", ["", " ", "desc"])
def test_sorting_by_nothing_is_refused(nothing):
    with pytest.raises(InputError, match="sort by is empty"):
        parse_sort(nothing, [])


def test_sorting_by_an_unknown_column_names_those_that_are_there(made):
    with pytest.raises(ExpressionError, match="There is no column 'star'"):
        made.table(sort="star")


def test_the_parts_of_pairs_are_sorted_as_they_are_read(tmp_path):
    said = [("what is a cat", "a pet", "no"), ("and a dog", "Zoo", "maybe"), ("bees", "an insect", "yes")]
    pairs = [
        {"chosen": f"\n\nHuman: {q}\n\nAssistant: {a}", "rejected": f"\n\nHuman: {q}\n\nAssistant: {b}"}
        for q, a, b in said
    ]
    made = portolan.map_text(pairs, name="pairs", path=tmp_path / "p")
    assert ids(made, sort="prompt") == [1, 2, 0]
    assert ids(made, sort="chosen") == [0, 2, 1]
    assert ids(made, sort="rejected desc") == [2, 0, 1]


def test_a_list_asked_for_before_an_edit_shows_it_afterwards(made):
    before = {cluster: ids(made, where=f"cluster_0 = {cluster}") for cluster in (0, 1)}
    made.edit.merge([(0, 0), (0, 1)])
    assert ids(made, where="cluster_0 = 0") == sorted(before[0] + before[1])
    made.edit.undo()
    assert ids(made, where="cluster_0 = 0") == before[0]


def test_an_order_by_clusters_follows_their_names(made):
    made.table(sort="cluster_0", limit=1)
    last = int(made.cluster_ids(0)[1])
    made.edit.rename((0, last), "zzz")
    [row_id] = ids(made, sort="cluster_0 desc", limit=1)
    assert made.cluster_ids(0)[row_id] == last
    made.edit.undo()


def test_prompts_are_sorted_by_what_they_ask_in_the_end(tmp_path):
    talks = ["\n\nHuman: Hi\n\nAssistant: Yes?\n\nHuman: zebras", "\n\nHuman: Hi\n\nAssistant: Yes?\n\nHuman: ants"]
    made = portolan.map_text(
        [{"chosen": f"{talk}\n\nAssistant: Oh", "rejected": f"{talk}\n\nAssistant: No"} for talk in talks],
        name="pairs",
        path=tmp_path / "p",
    )
    assert ids(made, sort="prompt") == [1, 0]
