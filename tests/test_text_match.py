import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portolan.core.query import fold, parse_query
from portolan.core.text_match import holds, match_texts
from portolan.core.word_bits import WordBits, frequent_words, word_bits
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


@settings(max_examples=300, deadline=None)
@given(st.lists(texts, min_size=1, max_size=6), texts)
def test_bits_tell_what_the_texts_do(some, asked):
    query = parse_query(asked)
    words = frequent_words(some)
    frequent = WordBits(words, word_bits(pa.array(some, pa.large_string()), words))
    rest = frequent.rest(query)
    told = frequent.may_match(query)
    if not rest.is_empty:
        told &= match_texts(pa.array(some, pa.large_string()), rest, asked=told)
    expected = [holds(fold(text), query) for text in some]
    assert told.tolist() == expected


def test_words_share_slots_and_are_told_apart():
    words = tuple(f"word{number}" for number in range(64))
    texts = pa.array([" ".join(words[:number]) + " word" for number in range(65)])
    assert word_bits(texts, words).tolist() == [(1 << number) - 1 for number in range(65)]


@pytest.fixture(scope="module", params=[0, 10**9], ids=["bits", "no bits"])
def indexed(tmp_path_factory, request):
    store = FolderStore.create(tmp_path_factory.mktemp("map"), facts={})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "LEAST_TOLD", request.param)
        return _indexed(store)


def _indexed(store):
    rng = np.random.default_rng(0)
    words = np.array(["of", "the", "genus", "café", "北京", "lamp", "of the"])
    some = [" ".join(rng.choice(words, 4)) + f" row{row}" for row in range(3000)]
    store.write_search([pa.array(some)], key="s")
    store.finish("index", key="s")
    assert store.has("word-bits") == (search.LEAST_TOLD == 0)
    return store, some


@pytest.mark.parametrize("shares", [(0.0, 0.0), (1.0, 1.0)])
@pytest.mark.parametrize("asked", ["of", "of the", '"of the"', "genus -lamp", "cafe", "北京", "row17", "-of"])
def test_frequent_words_and_rare_ones_are_found_alike_either_way(indexed, shares, asked, monkeypatch):
    store, some = indexed
    monkeypatch.setattr(search, "MOST_INDEXED_SHARE", shares[0])
    monkeypatch.setattr(search, "MOST_CHECKED_SHARE", shares[1])
    query = parse_query(asked)
    assert sorted(store.match_words(query).tolist()) == [at for at, text in enumerate(some) if holds(fold(text), query)]
