"""Duplicates: exact, near, semantic; leakage between splits."""

import itertools
import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portolan.core.groups import NO_TEXT, alone, join, roots
from portolan.core.leakage import NOBODY, leaks, split_codes, split_column
from portolan.core.near_duplicates import likeness, near_duplicates
from portolan.core.neighbors import find_neighbors
from portolan.core.same_text import Normal, exact_duplicates
from portolan.core.semantic_duplicates import close_rows, repeats_at, semantic_duplicates
from portolan.core.shingles import MOST_SHINGLES, shingle_sets
from small_data import TOPICS

WORDS = TOPICS["cooking"].split()
TEXTS = st.lists(
    st.one_of(
        st.lists(st.sampled_from(WORDS[:6]), max_size=9).map(" ".join), st.text(max_size=12), st.just("Ärger in Köln!")
    ),
    max_size=40,
)


def array(texts):
    return pa.array(texts, pa.large_string())


def sentence(n_words, seed):
    return " ".join(random.Random(seed).choices([f"{word}{i}" for word in WORDS for i in range(40)], k=n_words))


def exact(texts, **options):
    return exact_duplicates([array(texts)], **options)


def near(texts, *, threads=1, threshold=0.5):
    return near_duplicates(shingle_sets([array(texts)], threads=threads), threshold=threshold, threads=threads)


def groups_of(found):
    """The groups of two rows or more, as sets of rows."""
    groups = {}
    for row, first in enumerate(found.first.tolist()):
        groups.setdefault(first, set()).add(row)
    groups.pop(NO_TEXT, None)
    return {frozenset(rows) for rows in groups.values() if len(rows) > 1}


def jaccard(one, other):
    def shingles(text):
        words = text.split()
        return {*words, *itertools.pairwise(words)}

    left, right = shingles(one), shingles(other)
    return len(left & right) / len(left | right)


# Exact.


def test_case_white_space_and_unicode_forms_make_no_other_text():
    found = exact(["Caf\u00e9 au lait", "CAFE\u0301  AU\u00a0LAIT\n", "\uff43\uff41\uff46\u00e9 au lait", "tea"])
    assert found.first.tolist() == [0, 0, 0, 3]
    assert found.similarity.tolist() == [0, 1, 1, 0]


def test_each_step_of_the_normal_form_can_be_turned_off():
    assert exact(["a b", "A b"], normal=Normal(is_lower=False)).first.tolist() == [0, 1]
    assert exact(["a b", "a  b"], normal=Normal(is_spaced=False)).first.tolist() == [0, 1]
    assert exact(["\ufb01", "fi"], normal=Normal(is_nfkc=False)).first.tolist() == [0, 1]


def test_blank_texts_are_in_no_group_and_have_no_similarity():
    found = exact(["", " \n\u3000", "a"])
    assert found.first.tolist() == [NO_TEXT, NO_TEXT, 2]
    assert np.isnan(found.similarity[:2]).all()
    assert found.sizes.tolist() == [0, 0, 1]


@given(TEXTS, st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_rows_in_another_order_are_in_the_same_groups(texts, chance):
    order = list(range(len(texts)))
    chance.shuffle(order)
    shuffled = [texts[row] for row in order]
    for find in (exact, near):
        moved = {frozenset(order[row] for row in rows) for rows in groups_of(find(shuffled))}
        assert moved == groups_of(find(texts))


@given(TEXTS, st.integers(1, 7))
@settings(max_examples=15, deadline=None)
def test_the_cut_into_batches_changes_nothing(texts, size):
    batches = [array(texts[start : start + size]) for start in range(0, len(texts), size)]
    assert exact_duplicates(batches).first.tolist() == exact(texts).first.tolist()
    assert near_duplicates(shingle_sets(batches)).first.tolist() == near(texts).first.tolist()


# Near.


@given(TEXTS)
@settings(max_examples=30, deadline=None)
def test_the_same_text_is_always_a_near_duplicate(texts):
    same, alike = exact(texts), near(texts)
    for row in np.flatnonzero(same.is_repeat):
        assert alike.first[row] == alike.first[same.first[row]]


def test_similarity_is_the_share_of_common_words_and_neighbours():
    texts = ["whisk the cream in a cold bowl", "whisk the cream in a warm bowl"]
    assert near(texts).similarity[1] == np.float32(jaccard(*texts))


def test_every_pair_in_a_group_of_two_is_as_alike_as_the_threshold_asks():
    texts = [sentence(20, seed) for seed in range(50)]
    texts += [" ".join([*text.split()[:-4], *sentence(4, seed + 99).split()]) for seed, text in enumerate(texts)]
    found = near(texts, threshold=0.6)
    assert found.is_repeat.sum() == 50
    assert (found.similarity[found.is_repeat] >= 0.6).all()
    assert near(texts, threshold=0.9).is_repeat.sum() == 0


def test_copies_with_a_tenth_of_their_words_changed_are_found():
    chance = random.Random(3)
    texts = [sentence(40, seed) for seed in range(300)]
    copies = [text.split() for text in texts]
    for words in copies:
        for place in chance.sample(range(40), 4):
            words[place] = chance.choice(WORDS)
    found = near(texts + [" ".join(words) for words in copies])
    assert found.first[300:].tolist() == list(range(300))


def test_threads_change_nothing():
    texts = [sentence(12, seed % 4_000) + (" salt" if seed % 3 else " soup") for seed in range(6_000)]
    one, two = near(texts, threads=1), near(texts, threads=2)
    assert one.first.tolist() == two.first.tolist()
    assert one.similarity.tolist() == two.similarity.tolist()


def test_many_equal_rows_are_one_set_and_one_group():
    sets = shingle_sets([array(["Whisk the cream."] * 100_000)])
    assert len(sets) == 1
    found = near_duplicates(sets)
    assert found.sizes[0] == 100_000
    assert found.is_repeat.sum() == 99_999


def test_many_texts_with_the_same_minima_are_compared_with_few_others():
    common = sentence(60, 1)
    texts = [f"{common} {i}" for i in range(3_000)]
    assert near(texts).sizes[0] == 3_000


def test_texts_without_words_are_near_only_to_the_same():
    assert near(["!!!", "???", "!!!", "🙂", "🙂"]).first.tolist() == [0, 1, 0, 3, 3]


def test_texts_of_any_script_are_compared():
    chinese = "今天天气很好我们去公园散步吧"
    assert near([chinese, chinese[:-1], "قطة على السجادة", "قطة  على السجادة"]).first.tolist() == [0, 0, 2, 2]


def test_one_huge_text_keeps_its_smallest_shingles_alone():
    huge = sentence(200_000, 1)
    sets = shingle_sets([array([huge, huge + " cake", sentence(30, 2)])])
    assert np.diff(sets.indptr).max() == MOST_SHINGLES
    assert near_duplicates(sets, threshold=0.9).first.tolist() == [0, 0, 2]


def test_the_overlap_of_large_sets_is_estimated_within_a_few_hundredths():
    left, right = (" ".join(f"w{i}" for i in range(start, start + 6_000)) for start in (0, 2_000))
    sets = shingle_sets([array([left, right])])
    assert likeness(sets, sets.set_of[:1], sets.set_of[1:])[0] == pytest.approx(jaccard(left, right), abs=0.05)


def test_no_text_at_all_gives_no_groups():
    assert near([]).first.tolist() == []
    assert near(["", " "]).first.tolist() == [NO_TEXT, NO_TEXT]
    assert exact([]).first.tolist() == []


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=40))
def test_joined_members_have_the_smallest_of_their_group_as_root(pairs):
    parents = alone(31)
    links = np.array(pairs, np.int64).reshape(-1, 2)
    join(parents, links[:, 0], links[:, 1])
    known = [{i} for i in range(31)]
    for left, right in pairs:
        both = known[left] | known[right]
        for member in both:
            known[member] = both
    assert roots(parents).tolist() == [min(group) for group in known]


# Semantic.


def turned(angles):
    """Unit vectors in a plane, by degrees."""
    radians = np.radians(np.array(angles, float))
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def test_rows_whose_vectors_are_close_share_a_group_and_tell_their_cosine():
    vectors = turned([0, 90, 10, 180])
    pairs = close_rows(vectors, find_neighbors(vectors, n_neighbors=3))
    found = semantic_duplicates(vectors, pairs, threshold=0.9)
    assert found.first.tolist() == [0, 1, 0, 3]
    assert found.similarity[2] == pytest.approx(np.cos(np.radians(10)), abs=1e-6)


def test_the_preview_counts_the_rows_that_each_threshold_takes():
    vectors = turned([0, 3, 15, 90, 120])  # cosines .999, .978, .866
    pairs = close_rows(vectors, find_neighbors(vectors, n_neighbors=4))
    assert repeats_at(5, pairs) == {0.8: 3, 0.85: 3, 0.9: 2, 0.95: 2, 0.99: 1}


def test_equal_vectors_are_one_group_even_where_the_graph_has_too_few_neighbours():
    vectors = np.repeat(turned([0, 90]), 200, axis=0)
    pairs = close_rows(vectors, find_neighbors(vectors, n_neighbors=2))
    assert semantic_duplicates(vectors, pairs).sizes.tolist() == [200] * 400


def test_rows_without_a_vector_are_in_no_semantic_group():
    vectors = np.vstack([np.zeros((2, 2), np.float32), turned([0, 1])])
    pairs = close_rows(vectors, find_neighbors(vectors, n_neighbors=2))
    assert semantic_duplicates(vectors, pairs).first.tolist() == [NO_TEXT, NO_TEXT, 2, 2]


# Leakage.


def leaked(texts, splits, **options):
    codes, _ = split_codes(pa.chunked_array([pa.array(splits, pa.string())]))
    return leaks(shingle_sets([array(texts)]), codes, **options)


def test_a_text_in_two_splits_leaks_and_one_twice_in_a_split_does_not():
    found = leaked(["a b c", "a b c", "d e f", "D e f!", "g"], ["train", "train", "train", "test", "test"])
    assert found.similarity.tolist() == [0, 0, 1, 1, 0]
    assert found.other.tolist() == [NOBODY, NOBODY, 3, 2, NOBODY]


def test_the_most_alike_text_of_another_split_is_told():
    text = sentence(20, 1)
    texts = [text, text + " salt", text + " salt soup", sentence(20, 2)]
    found = leaked(texts, ["test", "test", "train", "train"])
    assert found.other.tolist() == [2, 2, 1, NOBODY]
    assert found.similarity[1] == np.float32(jaccard(texts[1], texts[2]))


def test_rows_without_a_split_leak_nowhere():
    found = leaked(["a b c", "a b c", "a b c d e f"], ["train", None, None])
    assert found.other.tolist() == [NOBODY] * 3
    assert np.isnan(found.similarity).tolist() == [False, True, True]


@given(TEXTS, st.data())
@settings(max_examples=30, deadline=None)
def test_what_leaks_has_its_partner_in_another_split(texts, data):
    splits = data.draw(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=len(texts), max_size=len(texts)))
    found = leaked(texts, splits)
    for row in np.flatnonzero(found.other >= 0):
        other = found.other[row]
        assert splits[row] is not None
        assert splits[other] not in (None, splits[row])
        assert found.similarity[row] >= 0.5


def test_the_split_column_is_found_by_its_values_then_by_its_name():
    assert split_column({"kind": ["x", "y"], "part": ["Train", "validation"], "split": ["a", "b"]}) == "part"
    assert split_column({"kind": ["x", "y"], "my_fold": ["0", "1", "2"]}) == "my_fold"
    assert split_column({"kind": ["x", "y"], "split": ["only"]}) is None
