"""Words of texts as integer ids."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from portolan.core.words import Vocabulary, split_words


def words_of(text: str) -> list[str]:
    words = split_words([text])
    return [words.vocabulary[i] for i in words.word_ids]


def test_words_are_runs_of_letters_and_digits_in_lower_case():
    assert words_of("The 2nd state-of-the-art MAP, it_said!") == [
        "the",
        "2nd",
        "state",
        "of",
        "the",
        "art",
        "map",
        "it",
        "said",
    ]


def test_an_apostrophe_between_letters_belongs_to_the_word():
    assert words_of("Don't 'quote' DON\u2019T rock'n'roll") == ["don't", "quote", "don't", "rock'n'roll"]


def test_a_final_s_after_an_apostrophe_is_left_out():
    assert words_of("the map's edge, it\u2019s") == ["the", "map", "edge", "it"]


def test_letters_of_other_alphabets_are_lower_cased_too():
    assert words_of("Été ÉTÉ Ψυχή МИР мир") == ["été", "été", "ψυχή", "мир", "мир"]


def test_scripts_without_spaces_give_a_word_for_each_character():
    assert words_of("地图app好") == ["地", "图", "app", "好"]
    assert words_of("สวย") == ["ส", "ว", "ย"]


def test_an_emoji_is_a_word_whatever_its_skin_tone():
    assert words_of("ok👍🏽👍☀️") == ["ok", "👍", "👍", "☀"]


def test_right_to_left_words_part_at_their_own_punctuation():
    assert words_of("مرحبا، بالعالم שלום-עולם") == ["مرحبا", "بالعالم", "שלום", "עולם"]


def test_nul_and_other_control_characters_part_words():
    assert words_of("a\x00b\x07c") == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one two", [True, False]),
        ("one-two", [True, False]),
        ("one. two", [True, True]),
        ("one\ntwo", [True, True]),
        ("one (two) three", [True, True, True]),
        ("一。二", [True, True]),
    ],
)
def test_punctuation_and_new_lines_break_phrases(text, expected):
    assert split_words([text]).is_after_break.tolist() == expected


def test_each_text_starts_a_phrase():
    words = split_words(["a b", "", "c"])
    assert words.indptr.tolist() == [0, 2, 2, 3]
    assert words.is_after_break.tolist() == [True, False, True]


def test_one_vocabulary_gives_a_word_the_same_id_in_each_batch():
    vocabulary = Vocabulary()
    first = split_words(["red green"], vocabulary=vocabulary)
    second = split_words(["green blue"], vocabulary=vocabulary)
    assert first.word_ids.tolist() == [0, 1]
    assert second.word_ids.tolist() == [1, 2]
    assert vocabulary.words == ["red", "green", "blue"]


def test_a_vocabulary_grows_past_its_first_table():
    said = [f"word{i}" for i in range(20_000)]
    words = split_words([" ".join(said), " ".join(reversed(said))])
    assert words.vocabulary.words == said
    assert words.word_ids[20_000:].tolist() == list(range(19_999, -1, -1))


def test_max_words_counts_for_each_text():
    words = split_words(["a b c d", "e f"], max_words=2)
    assert np.diff(words.indptr).tolist() == [2, 2]


def test_a_megabyte_without_a_space_is_one_short_word():
    assert words_of("x" * 1_000_000) == ["x" * 64]


def test_a_slice_of_an_arrow_array_is_read_in_place():
    texts = pa.array(["zero", "one", None, "two three"])
    for array in (texts[1:], texts.cast(pa.large_string())[1:]):
        words = split_words(array)
        assert words.vocabulary.words == ["one", "two", "three"]
        assert words.indptr.tolist() == [0, 1, 1, 3]


def test_no_texts_have_no_words():
    words = split_words(pa.array([], pa.string()))
    assert words.indptr.tolist() == [0]
    assert len(words.word_ids) == 0


def test_threads_change_nothing():
    texts = [f"row {i} has {i % 7} words of its own{'!' * (i % 3)}" for i in range(5000)]
    one, two = split_words(texts, threads=1), split_words(texts, threads=2)
    assert np.array_equal(one.word_ids, two.word_ids)
    assert np.array_equal(one.scan.starts, two.scan.starts)


def test_spans_point_at_the_words_in_the_bytes():
    scan = split_words(["", "Zürich, ja"]).scan
    spans = zip(scan.starts, scan.ends, strict=True)
    assert [scan.data[a:b].tobytes().decode() for a, b in spans] == ["Zürich", "ja"]
