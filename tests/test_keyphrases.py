"""Keyphrases read as a person would say them and tell a cluster from its siblings."""

import numpy as np
import pyarrow as pa
import pytest

from portolan.core.find_phrases import find_phrases
from portolan.core.keyphrases import keyphrases, rows_to_read
from portolan.core.naming import distinct_name, fallback_name, join_phrases, sentence_case
from portolan.core.word_kinds import singular
from portolan.errors import ShapeError

FRAMES = ["I saw {} today", "why is {} so good", "tell me about {} please", "what do you think of {}", "{} is here"]


def phrases_of(*groups, n_times=3):
    """Keyphrases of clusters, each made of sentences about one or more things."""
    texts = [frame.format(thing) for group in groups for _ in range(n_times) for frame in FRAMES for thing in group]
    sizes = [n_times * len(FRAMES) * len(group) for group in groups]
    ids = np.repeat(np.arange(len(groups), dtype=np.int32), sizes)
    return keyphrases(pa.array(texts), [ids])[0]


def test_what_a_cluster_is_about_comes_first():
    assert [phrases[0] for phrases in phrases_of(["a bank robbery"], ["apple pie"])] == ["bank robbery", "apple pie"]


def test_words_of_grammar_chat_and_roles_are_no_phrases():
    groups = phrases_of(["the human assistant"], ["don't want cats"])
    words = {word for phrases in groups for phrase in phrases for word in phrase.lower().split()}
    assert not words & {"the", "human", "assistant", "don", "t", "don't", "want", "tell", "please", "what", "i"}


def test_a_word_in_every_cluster_names_none():
    groups = phrases_of(["cats with whiskers"], ["dogs with whiskers"], ["birds with whiskers"])
    assert [phrases[0] for phrases in groups] == ["cats", "dogs", "birds"]
    assert all("whiskers" not in phrases for phrases in groups)


def test_a_phrase_keeps_the_small_words_inside_it():
    assert phrases_of(["the board of directors"], ["apple pie"])[0][0] == "board of directors"


def test_a_phrase_does_not_reach_over_punctuation():
    texts = pa.array(["I like apple. Pie charts, cats"] * 5)
    phrases = find_phrases(texts)
    assert "apple. Pie" not in {phrases.written(i) for i in range(phrases.rows.shape[1])}
    assert "apple pie" not in {phrases.written(i).lower() for i in range(phrases.rows.shape[1])}


@pytest.mark.parametrize("written", ["New York", "COVID-19", "iPhone", "NASA", "top-up", "few-shot learning"])
def test_phrases_are_written_as_the_texts_write_them(written):
    assert phrases_of([written], ["apple pie"])[0][0] == written


def test_a_capital_at_the_beginning_of_some_sentences_is_no_spelling():
    texts = ["Cats purr"] * 6 + ["my cats purr"] * 6 + ["dogs bark"] * 12
    ids = np.repeat(np.arange(2, dtype=np.int32), 12)
    assert "cats purr" in keyphrases(pa.array(texts), [ids])[0][0]


def test_singular_and_plural_are_one_phrase_and_no_two_phrases_share_a_word():
    first = phrases_of(["car", "cars", "car", "stolen car"], ["apple pie"])[0]
    assert sum("car" in phrase for phrase in first) == 1


def test_a_long_phrase_is_not_cut_in_half():
    assert phrases_of(["large language models"], ["apple pie"])[0] == ("large language models",)


def test_filler_beside_a_word_is_left_out():
    texts = ["getting declined"] * 3 + ["was declined", "is declined", "declined"] * 5 + ["apple pie"] * 18
    ids = np.repeat(np.arange(2, dtype=np.int32), 18)
    assert keyphrases(pa.array(texts), [ids])[0][0] == ("declined",)


def test_chinese_phrases_are_whole_words():
    texts = ["冰墩墩很可爱", "我喜欢冰墩墩", "冰墩墩卖完了", "谁有冰墩墩"] * 4 + [
        "上海疫情",
        "疫情通报",
        "关于疫情",
        "疫情来了",
    ] * 4
    ids = np.repeat(np.arange(2, dtype=np.int32), 16)
    names = [phrases[0] for phrases in keyphrases(pa.array(texts), [ids])[0]]
    assert names == ["冰墩墩", "疫情"]


@pytest.mark.parametrize(("one", "other"), [("кошка", "собака"), ("חתול", "כלב"), ("قطة", "كلب")])
def test_scripts_with_spaces_work_without_a_word_list(one, other):
    assert [phrases[0] for phrases in phrases_of([one], [other])] == [one, other]


def test_siblings_are_told_apart_by_what_parts_them():
    things = ["bank card lost", "bank card fee", "garden roses", "garden tulips"]
    texts = [frame.format(thing) for thing in things for _ in range(4) for frame in FRAMES]
    fine = np.repeat(np.arange(4, dtype=np.int32), 4 * len(FRAMES))
    lower, upper = keyphrases(pa.array(texts), [fine, fine // 2])
    assert "lost" in lower[0][0]
    assert "fee" in lower[1][0]
    assert "bank card" in upper[0][0]
    assert "garden" in " ".join(upper[1])


def test_the_wording_of_a_repeated_prompt_counts_less_than_what_rows_are_about():
    prompt = "Please act as my travelling companion and answer."
    about = [f"{prompt} {frame.format('volcanoes')} {i}" for i in range(6) for frame in FRAMES]
    others = [frame.format("apple pie") for _ in range(6) for frame in FRAMES]
    ids = np.repeat(np.arange(2, dtype=np.int32), len(about))
    weights = find_phrases(pa.array(about)).weights
    assert weights.min() < 0.2
    assert keyphrases(pa.array(about + others), [ids])[0][0][0] == "volcanoes"


def test_the_phrases_of_a_parent_speak_for_its_smaller_children_too():
    things = ["cats with whiskers"] * 4 + ["cats with long tails"] * 4 + ["volcanoes"] * 3 + ["apple pie"] * 11
    texts = [frame.format(thing) for thing in things for frame in FRAMES]
    fine = np.repeat(np.arange(4, dtype=np.int32), [4 * 5, 4 * 5, 3 * 5, 11 * 5])
    parent = keyphrases(pa.array(texts), [fine, (fine == 3).astype(np.int32)])[1][0]
    assert {"cats", "volcanoes"} <= set(" ".join(parent[:3]).split())


def test_rows_without_text_take_no_part():
    texts = pa.array(["bank robbery"] * 5 + ["apple pie"] * 5 + [""])
    ids = np.array([0] * 5 + [1] * 5 + [-1], np.int32)
    assert [phrases[0] for phrases in keyphrases(texts, [ids])[0]] == ["bank robbery", "apple pie"]


@pytest.mark.parametrize("texts", [[""], ["?!"], ["the of and"], ["one text about cats"]])
def test_a_single_row_of_any_kind_is_no_trouble(texts):
    assert len(keyphrases(pa.array(texts), [np.zeros(1, np.int32)])[0]) == 1


def test_no_text_at_all_gives_no_phrases():
    assert keyphrases(pa.array([""]), [np.full(1, -1, np.int32)]) == [[]]


def test_texts_and_rows_of_different_length_are_refused():
    with pytest.raises(ShapeError):
        keyphrases(pa.array(["a", "b"]), [np.zeros(3, np.int32)])


def test_of_many_rows_some_of_each_cluster_are_read():
    ids = np.repeat(np.arange(10, dtype=np.int32), [9_000, 500, 200, 100, 50, 40, 40, 30, 30, 10])
    rows = rows_to_read([ids], max_rows=1_000)
    assert (np.diff(rows) > 0).all()
    assert len(rows) <= 1_000
    assert np.bincount(ids[rows]).tolist() == [100, 100, 100, 100, 50, 40, 40, 30, 30, 10]


def test_of_few_rows_all_with_text_are_read():
    assert rows_to_read([np.array([0, -1, 1], np.int32)]).tolist() == [0, 2]


def test_reading_a_part_of_the_rows_gives_the_same_first_phrase():
    texts = np.array([frame.format(thing) for thing in ("cats", "dogs") for _ in range(40) for frame in FRAMES])
    ids = np.repeat(np.arange(2, dtype=np.int32), 200)
    rows = rows_to_read([ids], max_rows=60)
    read = keyphrases(pa.array(texts[rows]), [ids], rows=rows)
    assert [phrases[0] for phrases in read[0]] == ["cats", "dogs"]


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        ("cars", "car"),
        ("stories", "story"),
        ("boxes", "box"),
        ("women", "woman"),
        ("bus", "bus"),
        ("class", "class"),
        ("houses", "house"),
        ("physics", "physics"),
    ],
)
def test_singulars(plural, one):
    assert singular(plural) == one


def test_a_name_joins_phrases_while_it_stays_short():
    assert join_phrases(("bank robbery", "stealing cars", "a very long phrase indeed")) == "Bank robbery, stealing cars"


def test_sentence_case_leaves_a_words_own_capitals():
    assert [sentence_case(name) for name in ("iPhone, apps", "cats", "NASA")] == ["iPhone, apps", "Cats", "NASA"]


def test_a_taken_name_gets_one_more_phrase_or_one_fewer_then_a_number():
    assert distinct_name("Cats", ("cats", "whiskers"), {"cats"}) == "Cats, whiskers"
    assert distinct_name("Cats, dogs", ("cats", "dogs"), {"cats, dogs"}) == "Cats"
    assert distinct_name("Cats", ("cats",), {"cats"}) == "Cats (2)"


def test_a_cluster_without_phrases_is_named_by_a_row_or_by_its_size():
    assert fallback_name(["", " A row\nof text "], 3) == "A row of text"
    assert fallback_name([""], 1_200) == "1,200 rows"
