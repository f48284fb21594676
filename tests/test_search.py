import gzip
import json
import os
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portolan.core.query import fold, parse_query
from portolan.core.search import fuse, join, scan_texts, snippet
from portolan.store import FolderStore

TEXTS = [
    "The quick brown fox",
    "Lazy dogs, and QUICK cats",
    "",
    "A café in Zürich; the naïve résumé",
    "北京大学2022年本科生毕业典礼",
    "从北京到南京的大学生iPhone14",
    "It's don't o'clock: well-known facts",
    "brown, quick: not side by side",
    "東京タワーはきれいです",
    "สวัสดีชาวโลก",
    "학교에서 만나요",
    "emoji 😀 here, NUL \0 there",
    "a quick-brown thing",
]


@pytest.fixture(scope="module")
def indexed(tmp_path_factory):
    store = FolderStore.create(tmp_path_factory.mktemp("map"), facts={})
    store.write_search([pa.array(TEXTS[:5]), pa.array(TEXTS[5:])], key="s")
    store.finish("index", key="s")
    return store


def by_index(store, text, *, limit=20):
    return store.find_words(parse_query(text), limit=limit).tolist()


def by_scan(text, *, limit=20):
    return scan_texts([pa.array(TEXTS[:5]), pa.array(TEXTS[5:])], parse_query(text), limit=limit).tolist()


QUERIES = {
    "quick": {0, 1, 7, 12},
    "QUICK": {0, 1, 7, 12},
    '"quick brown"': {0, 12},
    '"brown quick"': {7},
    "\u201cquick brown\u201d": {0, 12},
    "quick -dogs": {0, 7, 12},
    'quick -"quick brown"': {1, 7},
    '"quick brown" -fox': {12},
    "cafe": {3},
    "CAFÉ": {3},
    "zurich resume": {3},
    "well-known": {6},
    "don't": {6},
    "北京": {4, 5},
    "北京大学": {4},
    "大学": {4, 5},
    "北京 -南京": {4},
    "毕业": {4},
    "2022": {4},
    "iphone14": {5},
    "東京タワー": {8},
    "\uff11\uff14": set(),
    "\uff12\uff10\uff12\uff12": {4},
    "きれい": {8},
    "ชาวโลก": {9},
    "학교": {10},
    "there": {11},
    "nothing-such": set(),
    "-quick": {2, 3, 4, 5, 6, 8, 9, 10, 11},
}


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_finds_the_rows_that_hold_it(indexed, query):
    assert set(by_index(indexed, query)) == QUERIES[query]


@pytest.mark.parametrize("query", QUERIES)
def test_before_the_index_is_there_a_query_finds_the_same_rows(query):
    assert set(by_scan(query)) == QUERIES[query]


@pytest.mark.parametrize("find", [by_index, lambda _, text, **kw: by_scan(text, **kw)])
def test_rows_with_all_the_words_come_before_rows_with_some(indexed, find):
    assert find(indexed, "quick fox")[0] == 0
    assert set(find(indexed, "quick fox")) == {0, 1, 7, 12}
    assert find(indexed, "quick fox", limit=2)[0] == 0
    assert len(find(indexed, "quick fox", limit=2)) == 2


ODD = [
    "",
    " ",
    "\0",
    '"',
    '""',
    "-",
    '-"',
    '"-',
    "--",
    "😀",
    "-😀",
    '"" -""',
    "a" * 10_000,
    "北" * 5_000,
    "\ud800",
    "(*:^~",
]


@pytest.mark.parametrize("query", ODD)
def test_an_odd_query_finds_nothing_and_breaks_nothing(indexed, query):
    assert by_index(indexed, query) in ([], [11])
    assert by_scan(query) == by_index(indexed, query)


@given(text=st.text(max_size=60) | st.text('"- a北é\0', max_size=20))
def test_any_query_is_understood(text):
    query = parse_query(text)
    assert query.allows(fold(text)) in (True, False)
    assert "".join(piece for piece, _ in snippet(text, query.terms)).split() == text.split()


@given(text=st.text('"- abé北京', max_size=15))
@settings(max_examples=60)
def test_the_index_and_the_scan_agree_on_any_query(indexed, text):
    assert set(by_index(indexed, text)) == set(by_scan(text))


def test_a_long_query_is_cut_to_what_can_be_looked_for(indexed):
    assert by_index(indexed, " ".join(f"word{i}" for i in range(5_000)) + " fox") == []
    assert len(parse_query(" ".join(f"word{i}" for i in range(5_000))).words) == 32


def test_meaning_is_searched_without_the_minus_parts():
    assert parse_query('how to -not "bake bread" -"at home"').text == "how to bake bread"


# Two rankings as one.


def test_a_row_found_both_ways_comes_first():
    assert [(row_id, ways) for row_id, _, ways in fuse([3, 1], [2, 1])] == [
        (1, ("words", "meaning")),
        (2, ("meaning",)),
        (3, ("words",)),
    ]


def test_scores_fall_from_the_first_to_the_last():
    scores = [score for _, score, _ in fuse([5, 4, 3], [1, 4])]
    assert scores == sorted(scores, reverse=True)


def test_what_meaning_finds_keeps_to_the_phrases_and_the_minus_words(indexed):
    query = parse_query('"quick brown" -fox')
    hits = join(query, by_words=[12], by_meaning=[0, 1, 12], texts_of=indexed.search_texts, limit=10)
    assert [(hit.row_id, hit.found_by) for hit in hits] == [(12, ("words", "meaning"))]


def test_no_more_than_limit_rows_are_shown(indexed):
    hits = join(parse_query("quick"), by_words=[0, 1, 7], by_meaning=[3, 4], texts_of=indexed.search_texts, limit=2)
    assert len(hits) == 2


# What is shown.


def pieces(text, query, **kw):
    return list(snippet(text, parse_query(query).terms, **kw))


def test_matches_are_marked_as_they_stand_in_the_text():
    assert pieces("A Café, a cafeteria", "cafe") == [("A ", False), ("Café", True), (", a cafeteria", False)]


def test_a_phrase_is_marked_as_one_piece():
    assert pieces("so quick-brown it is", '"quick brown"') == [("so ", False), ("quick-brown", True), (" it is", False)]


def test_a_long_text_is_cut_to_where_most_of_the_words_stand():
    text = "fox " + "filler " * 100 + "the quick brown fox " + "filler " * 100
    shown = pieces(text, "quick fox", n_characters=60)
    assert [piece for piece, is_match in shown if is_match] == ["quick", "fox"]
    assert (shown[0][0], shown[-1][0]) == ("… ", " …")
    assert sum(len(piece) for piece, _ in shown) <= 65


def test_what_is_shown_begins_and_ends_with_whole_words():
    text = "sourdough marmalade " * 40 + "quick fox " + "sourdough marmalade " * 40
    shown = "".join(piece for piece, _ in pieces(text, "quick fox", n_characters=100))
    words = shown.removeprefix("… ").removesuffix(" …").split()
    assert set(words) == {"sourdough", "marmalade", "quick", "fox"}


def test_words_that_say_little_are_marked_only_where_nothing_else_was_asked():
    assert [piece for piece, is_match in pieces("how to bake the bread", "how to bake") if is_match] == ["bake"]
    assert [piece for piece, is_match in pieces("how to bake", "how to") if is_match] == ["how", "to"]
    assert [piece for piece, is_match in pieces("how to bake", '"how to"') if is_match] == ["how to"]


def test_without_a_match_the_beginning_is_shown():
    assert pieces("one two three", "nine") == [("one two three", False)]


def test_matches_in_scripts_without_spaces_are_marked():
    assert pieces("从北京到南京", "北京") == [("从", False), ("北京", True), ("到南京", False)]


def test_a_huge_text_is_shown_at_once():
    assert [piece for piece, is_match in pieces("é" * 5_000_000 + " fox", "fox") if is_match] == []


# Larger data.


@pytest.mark.shared
def test_every_headline_with_a_word_is_found_and_no_other(tmp_path):
    folder = os.environ.get("PORTOLAN_DATA")
    if not folder:
        pytest.skip("PORTOLAN_DATA is not set: the larger data are not here")
    with gzip.open(Path(folder) / "weibo-hot-search" / "2022.jsonl.gz", "rt") as lines:
        titles = [json.loads(line)["title"] for line in islice(lines, 20_000)]
    store = FolderStore.create(tmp_path / "map", facts={})
    store.write_search([pa.array(titles)], key="s")
    store.finish("index", key="s")
    for word in ("北京", "世界杯", "大学", "核酸检测"):
        expected = [row_id for row_id, title in enumerate(titles) if word in title]
        assert len(expected) > 3
        assert sorted(store.find_words(parse_query(f'"{word}"'), limit=20_000).tolist()) == expected
