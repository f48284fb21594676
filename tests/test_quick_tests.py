"""Filters answered from memory: they say what the database says, and counts leave a column's own clause out."""

import datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import portolan
from portolan.core.expression import parse_expression
from portolan.core.polygon import polygon_grid
from portolan.core.sifting import YES, quick_test
from portolan.core.tags import counts_by_tag
from portolan.errors import NotFoundError
from portolan.filtering import Clause

N = 300
WORDS = ["tea with milk and sugar", "ships sail over the sea", "the bread is baked with salt"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    rng = np.random.default_rng(0)
    first = datetime.datetime(2023, 1, 1, tzinfo=datetime.UTC)
    table = pa.table(
        {
            "text": [f"{WORDS[i % 3]} {i}" for i in range(N)],
            "lang": pa.array([None if i % 11 == 0 else ["en", "de", "it's"][i % 3] for i in range(N)]),
            "stars": pa.array([None if i % 7 == 0 else i % 5 for i in range(N)], pa.int64()),
            "share": pa.array([None if i % 13 == 0 else float(x) for i, x in enumerate(rng.random(N))], pa.float32()),
            "mark": pa.array([None if i % 17 == 0 else float(x) for i, x in enumerate(rng.normal(size=N))]),
            "is_new": pa.array([None if i % 19 == 0 else i % 2 == 0 for i in range(N)]),
            "seen": pa.array([(first + datetime.timedelta(hours=9 * i)).isoformat() for i in range(N)]),
            "tags": pa.array([[["a"], ["b", "a", "a"], [], None, [None, "it's"]][i % 5] for i in range(N)]),
        }
    )
    categories = ["lang", "stars", "is_new", "tags"]
    path = tmp_path_factory.mktemp("maps") / "m"
    return portolan.map_text(table, path=path, text="text", time="seen", category=categories)


def one(*values):
    return st.sampled_from(values)


numbers = st.one_of(st.integers(-1, 6), st.floats(-1.5, 1.5).map(lambda x: float(f"{x:.3g}")))
floats = one("share", "mark")
compared = one("<", "<=", ">", ">=")
moments = one("2023-02-01", "2023-01-01 09:00:00", "2023-01-10T18:00:00")
leaves = st.one_of(
    st.builds("lang {} ({})".format, one("IN", "NOT IN"), one("'en'", "'en', 'de'", "'xx'", "'it''s', 'xx'")),
    st.builds("stars {} {}".format, one("=", "<>", "IN"), one("(1)", "(2)", "(9)")),
    st.builds("{} {} {}".format, floats, st.one_of(compared, one("=", "<>")), numbers),
    st.builds("{2} {1} {0}".format, floats, compared, numbers),
    st.builds("{} BETWEEN {} AND {}".format, floats, numbers, numbers),
    st.builds("{} IS {}".format, one("lang", "stars", "is_new", "cluster_0"), one("NULL", "NOT NULL")),
    st.builds("is_new = {}".format, one("TRUE", "FALSE")),
    st.builds("cluster_{} {} ({})".format, one(0, 1), one("IN", "NOT IN"), one("0", "1, 2", "77")),
    st.builds("time(seen) {} '{}'".format, one("<", ">=", "="), moments),
    st.builds("list_contains(tags, '{}')".format, one("a", "b", "it''s", "xx")),
    st.builds("tags {} {}".format, one("=", "<>", "IS"), one("[]")).map(lambda text: text.replace("IS []", "IS NULL")),
    st.builds("row_id IN ({})".format, one("0", "1, 2, 299", "5000, 7")),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        st.builds("NOT ({})".format, inner),
    ),
    max_leaves=5,
)


@settings(deadline=None, max_examples=120)
@given(conditions)
def test_memory_says_what_the_database_says(made, text):
    filterer = made.filterer
    quick = filterer.states(text)
    # An expression that no quick test knows goes to the database as a whole.
    asked = filterer._ask_database(parse_expression(f"CASE WHEN {text} THEN 1 END = 1", filterer.columns), {})
    assert np.array_equal(quick == YES, asked == YES)


@pytest.mark.parametrize(
    "text",
    ["lang = 'en'", "share < 0.5", "0.5 > share", "is_new = TRUE", "cluster_0 IN (1)", "time(seen) < '2023-02-01'",
     "in_area('x', '0 0, 1 0, 1 1')", "lang IS NULL", "row_id = 3", "stars IN (1, 2)",
     "list_contains(tags, 'a')", "tags = []", "tags IS NULL"],
)  # fmt: skip
def test_plain_comparisons_need_no_database(made, text):
    leaf = parse_expression(text, made.filterer.columns)
    test = quick_test(leaf, made.filterer.columns)
    assert test is not None
    if not text.startswith("in_area"):
        assert made.filterer._quick.states(test) is not None


@pytest.mark.parametrize("text", ["lang = 1", "tags = ['a']", "length(text) > 3", "lang LIKE 'e%'", "stars = '1'"])
def test_what_needs_rules_of_the_database_goes_there(made, text):
    test = quick_test(parse_expression(text, made.filterer.columns), made.filterer.columns)
    assert test is None or made.filterer._quick.states(test) is None


def in_polygon(points, corners):
    states = np.empty(len(points), np.uint8)
    polygon_grid(corners).mark(points, states)
    return states == YES


def crossings(points, corners):
    """The even-odd rule without a grid."""
    x, y = points[:, 0].astype(float)[:, None], points[:, 1].astype(float)[:, None]
    (x0, y0), (x1, y1) = corners.T, np.roll(corners, -1, axis=0).T
    with np.errstate(divide="ignore", invalid="ignore"):
        crosses = ((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return crosses.sum(axis=1) % 2 == 1


@pytest.mark.parametrize("seed", range(5))
def test_an_area_holds_the_points_within_it(seed):
    rng = np.random.default_rng(seed)
    corners = rng.normal(size=(3 + 9 * seed, 2))
    points = rng.normal(size=(4000, 2)).astype(np.float32)
    assert np.array_equal(in_polygon(points, corners), crossings(points, corners))


@pytest.mark.parametrize(
    "corners", [[[0, 0], [8, 0], [8, 8], [0, 8]], [[0, 0], [8, 0], [8, 1], [1, 1], [1, 8], [0, 8]]]
)
def test_an_area_with_straight_sides_holds_the_points_within_it(corners):
    corners = np.array(corners, float)
    places = np.concatenate([np.linspace(-1, 9, 161), [np.nextafter(8, 0), np.nextafter(1, 0), 1e30]]).astype(
        np.float32
    )
    points = np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2)
    assert np.array_equal(in_polygon(points, corners), crossings(points, corners))


def test_an_area_far_from_the_middle_and_very_thin_holds_the_points_within_it():
    corners = np.array([[1e5, 1e5], [1e5 + 40, 1e5 + 0.25], [1e5 + 40, 1e5 + 0.5]])
    rng = np.random.default_rng(0)
    points = (1e5 + rng.random((4000, 2)) * [44, 1]).astype(np.float32)
    assert crossings(points, corners).any()
    assert np.array_equal(in_polygon(points, corners), crossings(points, corners))


def test_an_area_without_extent_and_a_point_without_a_place_hold_nothing():
    points = np.array([[1, 1], [np.nan, 1], [1, np.inf]], np.float32)
    assert not in_polygon(points, np.array([[1.0, 0], [1, 1], [1, 2]])).any()
    assert not in_polygon(points[1:], np.array([[0.0, 0], [2, 0], [2, 2]])).any()


def test_an_area_on_the_map_is_a_filter(made):
    left, bottom = made.points.min(axis=0)
    right, top = made.points.max(axis=0)
    middle = (left + right) / 2
    low, high = bottom - 1, top + 1
    corners = f"{left - 1} {low}, {middle} {low}, {middle} {high}, {left - 1} {high}"
    where = f"in_area('{made.layout_id}', '{corners}')"
    assert np.array_equal(made.filter(where), np.flatnonzero(made.points[:, 0] < middle))
    outside = made.filter(f"NOT {where}")
    assert set(made.points[outside, 0] >= middle) == {True}


def test_an_area_of_a_layout_that_is_gone_says_so(made):
    with pytest.raises(NotFoundError, match="no layout 'gone'"):
        made.filter("in_area('gone', '0 0, 1 0, 1 1')")


def test_counts_of_a_column_leave_its_own_clause_out(made):
    filterer = made.filterer
    lang, stars = (filterer.memory.named(name) for name in ("lang", "stars"))
    sift = filterer.sift(
        [Clause(lang["slug"], "lang = 'en'"), Clause("other", "stars IN (1, 2)")], facets=[lang["slug"], stars["slug"]]
    )
    rows = made.rows.to_pylist()
    kept = [row for row in rows if row["lang"] == "en" and row["stars"] in (1, 2)]
    assert sift.n_shown == len(kept)
    by_stars = [sum(row["stars"] == value for row in kept) for value, _ in stars["values"]]
    assert sift.counts[stars["slug"]].tolist() == [*by_stars, 0]
    whatever_lang = [row for row in rows if row["stars"] in (1, 2)]
    by_lang = [sum(row["lang"] == value for row in whatever_lang) for value, _ in lang["values"]]
    assert sift.counts[lang["slug"]].tolist() == [*by_lang, sum(row["lang"] is None for row in whatever_lang)]


def test_counts_by_tag_count_a_row_once_for_each_of_its_tags(made):
    tags = made.filterer.memory.named("tags")
    counts = made.filterer.sift([Clause("", "stars = 1")], facets=[tags["slug"]]).counts[tags["slug"]]
    kept = [row["tags"] for row in made.rows.to_pylist() if row["stars"] == 1]
    expected = {tag: sum(tag in (has or []) for has in kept) for tag in ("a", "b", "it's")}
    assert counts_by_tag(tags, counts[:-1].tolist()) == expected
    assert counts[-1] == kept.count(None)


def test_lists_of_a_map_without_their_mark_are_the_databases(made, monkeypatch):
    unmarked = [{name: told for name, told in one.items() if name != "is_list"} for one in made.filterer.memory.columns]
    test = quick_test(parse_expression("list_contains(tags, 'a')", made.filterer.columns), made.filterer.columns)
    monkeypatch.setattr(type(made.filterer.memory), "columns", unmarked)
    assert made.filterer._quick.states(test) is None


def test_clauses_are_joined_by_or_where_one_asks(made):
    filterer = made.filterer
    clauses = [Clause("a", "lang = 'en'"), Clause("b", "stars = 1")]
    either = filterer.sift(clauses, join="or").n_shown
    assert either == len(made.filter("lang = 'en' OR stars = 1"))
    assert filterer.sift([]).n_shown == N


def test_bins_of_numbers_hold_every_row(made):
    filterer = made.filterer
    share = filterer.memory.named("share")
    counts = filterer.sift([], facets=[share["slug"]]).counts[share["slug"]]
    assert counts[:-1].tolist() == share["counts"]
    assert counts[-1] == made.rows.column("share").null_count


def test_a_sample_is_the_first_rows_in_tile_order(made):
    filterer = made.filterer
    sift = filterer.sift([Clause("a", "lang = 'en'")])
    places = np.flatnonzero(sift.is_shown)
    assert filterer.sample(sift, 10).tolist() == places[:10].tolist()
    assert filterer.sample(sift, 10_000).tolist() == places.tolist()
