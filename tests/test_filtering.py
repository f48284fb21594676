"""Which rows of a map a filter expression keeps."""

import json
import subprocess
import sys

import numpy as np
import pytest

import portolan
from portolan.errors import ExpressionError, InputError, NotFoundError

TOPICS = ["the cat sleeps on a warm sofa", "stocks and bonds fell on the market", "bake the bread with yeast and salt"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    rows = [
        {
            "text": f"{TOPICS[i % 3]} number{i}",
            "stars": None if i % 10 == 9 else i % 5,
            "lang": ["en", "de"][i % 2],
            "meta": {"source": "web" if i < 30 else "book"},
            "tags": ["old"] if i % 4 == 0 else ["new", "fresh"],
        }
        for i in range(120)
    ]
    return portolan.map_text(rows, name="filtered", path=tmp_path_factory.mktemp("maps") / "m", text="text")


def kept(made, where):
    return made.filter(where).tolist()


def test_comparisons_join_by_and_or_not(made):
    assert kept(made, "lang = 'de' AND row_id < 6 OR row_id IN (100, 102) AND NOT lang = 'de'") == [1, 3, 5, 100, 102]


def test_unknown_counts_as_no_either_way(made):
    either = set(kept(made, "stars > 2")) | set(kept(made, "NOT stars > 2"))
    assert set(range(120)) - either == set(range(9, 120, 10)) == set(kept(made, "stars IS NULL"))


def test_fields_and_lists(made):
    assert kept(made, "meta.source = 'web'") == list(range(30))
    assert kept(made, "list_contains(tags, 'old')") == list(range(0, 120, 4))


def test_words_phrases_and_words_left_out(made):
    assert kept(made, "text('cat -number3 -number6') AND row_id < 12") == [0, 9]
    assert kept(made, """text('"warm sofa"') AND row_id < 4""") == [0, 3]
    # A word of two is not enough, as it would be in the search box.
    assert kept(made, "text('cat yeast')") == []


def test_words_are_found_without_an_index_too(made, monkeypatch):
    indexed = kept(made, "text('bread salt -number5')")
    again = portolan.open_map(made.path)
    has = type(again._store).has
    monkeypatch.setattr(type(again._store), "has", lambda store, what: what != "search" and has(store, what))
    assert kept(again, "text('bread salt -number5')") == indexed == [i for i in range(2, 120, 3) if i != 5]


def test_near_a_row_is_what_the_vectors_say(made):
    similar = made.vectors @ made.vectors[4]
    assert kept(made, "near(4, 0.6)") == np.flatnonzero(similar >= 0.6).tolist()
    assert 4 in kept(made, "near(4, 0.99)")


def test_near_a_text_finds_its_topic(made):
    found = kept(made, "near('bread and yeast', 0.3)")
    assert found
    assert all(row % 3 == 2 for row in found)


def test_near_a_row_that_is_not_there_is_refused(made):
    with pytest.raises(NotFoundError, match="120"):
        made.filter("near(120, 0.5)")


def test_clusters_are_columns(made):
    ids = made.cluster_ids(0)
    assert kept(made, "cluster_0 = 0") == np.flatnonzero(ids == 0).tolist()


def test_a_comparison_of_different_kinds_says_the_fix(made):
    with pytest.raises(ExpressionError, match="CAST"):
        made.filter("stars = 'many'")


def test_files_of_this_machine_cannot_be_read(made, tmp_path):
    (tmp_path / "secret.txt").write_text("x")
    with pytest.raises(ExpressionError):
        made.filter(f"(SELECT content FROM read_text('{tmp_path}/secret.txt')) = 'x'")


def test_search_keeps_to_a_filter(made):
    hits = made.search("cat sofa", limit=5, where="lang = 'de'")
    assert len(hits) == 5
    assert all(hit.row_id % 2 == 1 for hit in hits)


def test_rows_like_one_keep_to_a_filter_in_the_same_order(made):
    everything = [hit.row_id for hit in made.search(like=4, limit=119)]
    assert [hit.row_id for hit in made.search(like=4, limit=7, where="lang = 'de'")] == [
        row for row in everything if row % 2 == 1
    ][:7]


def test_a_limit_is_checked_with_a_filter_too(made):
    with pytest.raises(InputError, match="limit is -1"):
        made.search("cat", limit=-1, where="lang = 'de'")


def search(made, where):
    command = [sys.executable, "-m", "portolan", "search", str(made.path), "cat", "--where", where, "--json"]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_the_command_line_keeps_to_a_filter(made):
    found = json.loads(search(made, "row_id < 4").stdout)
    assert found
    assert {hit["row_id"] for hit in found} <= {0, 1, 2, 3}


def test_the_command_line_says_what_is_wrong_with_a_filter(made):
    wrong = search(made, "row_idd < 4")
    assert wrong.returncode == 1
    assert "Did you mean 'row_id'" in wrong.stderr
