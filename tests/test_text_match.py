import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portolan.core.query import fold, parse_query
from portolan.core.text_match import holds, match_texts
from portolan.store import FolderStore, search

TEXTS = [
    "The genus of plants", "GENUS OF", "a genus, of course", "genus_of things", "of a genus", "", "subgenus of it",
    "Ein Café of genus", "genus of café", "北京 genus of", "don't o'clock", "x" * 50 + " genus of",
]  # fmt: skip
QUERIES = [
    "of",
    "genus of",
    '"genus of"',
    "genus -plants",
    '-"genus of"',
    "cafe",
    "CAFÉ of",
    "北京",
    "t",
    "-of",
    '"o clock"',
]

pieces = st.sampled_from(["of", "Genus", "café", "straße", "_", "-", " ", "  ", "'", "北", "京", "OF", "x1", "\n", "Ä"])
texts = st.lists(pieces, max_size=8).map("".join)


@pytest.mark.parametrize("asked", QUERIES)
def test_a_batch_is_matched_as_each_text_is(asked):
    query = parse_query(asked)
    found = match_texts(pa.array(TEXTS, pa.large_string()), query)
    assert found.tolist() == [holds(fold(text), query) for text in TEXTS]


@settings(max_examples=300, deadline=None)
@given(st.lists(texts, min_size=1, max_size=6), texts)
def test_any_text_and_query_agree_with_folding(some, asked):
    query = parse_query(asked)
    expected = [not query.is_empty and holds(fold(text), query) for text in some]
    assert match_texts(pa.array(some, pa.large_string()), query).tolist() == expected


def test_an_empty_query_matches_nothing():
    assert not match_texts(pa.array(TEXTS), parse_query("…")).any()


@pytest.fixture(scope="module")
def indexed(tmp_path_factory):
    store = FolderStore.create(tmp_path_factory.mktemp("map"), facts={})
    rng = np.random.default_rng(0)
    words = np.array(["of", "the", "genus", "café", "北京", "lamp", "of the"])
    some = [" ".join(rng.choice(words, 4)) + f" row{row}" for row in range(3000)]
    store.write_search([pa.array(some)], key="s")
    store.finish("index", key="s")
    return store, some


@pytest.mark.parametrize("shares", [(0.0, 0.0), (1.0, 1.0)])
@pytest.mark.parametrize("asked", ["of", "of the", '"of the"', "genus -lamp", "cafe", "北京", "row17", "-of"])
def test_frequent_words_and_rare_ones_are_found_alike_either_way(indexed, shares, asked, monkeypatch):
    store, some = indexed
    monkeypatch.setattr(search, "MOST_INDEXED_SHARE", shares[0])
    monkeypatch.setattr(search, "MOST_CHECKED_SHARE", shares[1])
    query = parse_query(asked)
    assert sorted(store.match_words(query).tolist()) == [at for at, text in enumerate(some) if holds(fold(text), query)]
