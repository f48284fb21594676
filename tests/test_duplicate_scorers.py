"""The scorers of duplicates on real maps: which columns they leave, and which options they know."""

import numpy as np
import pytest

import portolan
from portolan.errors import InputError
from small_data import topic_rows

SAID = "Whisk the cream in a cold bowl until it stands, then fold the sugar in by hand."
REPLY = "Gladly: heat the oven first, then butter the pan and pour the dough in slowly."


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    """Sixty texts; row 60 repeats row 0, row 61 nearly does, row 62 is blank."""
    texts = [str(row["text"]) for row in topic_rows(60)]
    rows = [*texts, texts[0].upper(), texts[0] + " Indeed.", ""]
    splits = ["train"] * 60 + ["train", "test", "test"]
    data = [{"text": text, "split": split} for text, split in zip(rows, splits, strict=True)]
    return portolan.map_text(data, path=tmp_path_factory.mktemp("map") / "texts.portolan")


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """Forty pairs; rows 40 and 41 share the prompt, and what one chose the other rejected."""
    texts = [str(row["text"]) for row in topic_rows(120)]
    sides = [(texts[i], texts[i + 40], texts[i + 80]) for i in range(40)]
    sides += [(SAID, REPLY, texts[1][::-1]), (SAID, texts[2][::-1], REPLY)]
    data = [
        {
            "chosen": f"\n\nHuman: {prompt}\n\nAssistant: {chosen}",
            "rejected": f"\n\nHuman: {prompt}\n\nAssistant: {rejected}",
            "part": "test" if number == 41 else "train",
        }
        for number, (prompt, chosen, rejected) in enumerate(sides)
    ]
    return portolan.map_text(data, path=tmp_path_factory.mktemp("map") / "pairs.portolan")


def values(m, name):
    return m.measured(name).to_pylist()


def test_a_row_that_repeats_an_earlier_one_is_an_exact_duplicate(texts):
    found = texts.score("exact-duplicate")
    assert np.flatnonzero(found == 1).tolist() == [60]
    assert np.isnan(found[62])


def test_rows_of_a_group_carry_its_first_row_and_its_size(texts):
    texts.score("exact-duplicate")
    group, rows = values(texts, "exact_duplicate_group"), values(texts, "exact_duplicate_rows")
    assert [group[row] for row in (0, 1, 60, 61, 62)] == [0, None, 0, None, None]
    assert [rows[row] for row in (0, 1, 60, 61, 62)] == [2, 1, 2, 1, None]


def test_a_near_duplicate_tells_how_near_it_is_to_the_row_that_is_kept(texts):
    found = texts.score("near-duplicate")
    assert found[0] == 0
    assert found[60] == 1
    assert 0.8 < found[61] < 1
    assert texts.filter("near_duplicate >= 0.8").tolist() == [60, 61]


def test_another_threshold_scores_anew(texts):
    assert texts.score("near-duplicate", "0.99")[61] == 0


def test_semantic_duplicates_tell_how_many_rows_each_threshold_takes(texts):
    assert texts.score("semantic-duplicate")[60] == pytest.approx(1, abs=1e-6)
    note = next(one for one in texts.scores if one.name == "semantic-duplicate")
    previewed = [figure for figure in note.card["figures"] if figure["on"] == "this map"]
    counts = [figure["value"] for figure in previewed]
    assert len(counts) == 5
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] >= 1


def test_a_text_of_another_split_leaks_with_its_row(texts):
    found = texts.score("leakage")
    assert found[61] > 0.8
    assert values(texts, "leakage_split")[61] == "train"
    assert values(texts, "leakage_row")[61] == 0
    assert values(texts, "leakage_split")[0] == "test"


def test_which_parts_of_a_pair_are_compared_can_be_chosen(pairs):
    assert np.flatnonzero(pairs.score("exact-duplicate") == 1).tolist() == []
    assert np.flatnonzero(pairs.score("exact-duplicate", "of=prompt") == 1).tolist() == [41]
    assert np.flatnonzero(pairs.score("near-duplicate", "of=prompt+chosen") > 0.9).tolist() == []


def test_prompts_and_replies_of_pairs_leak_apart(pairs):
    assert pairs.score("leakage")[41] == 1
    assert [values(pairs, f"leakage_{part}")[41] for part in ("prompt", "chosen", "rejected")] == [1, 0, 1]
    assert [values(pairs, f"leakage_{part}")[40] for part in ("prompt", "chosen", "rejected")] == [1, 1, 0]


@pytest.mark.parametrize(
    ("choice", "problem"),
    [
        ("near-duplicate:2", "threshold is '2'"),
        ("near-duplicate:size=3", "no option 'size'"),
        ("exact-duplicate:of=reply", "no part 'reply'"),
        ("exact-duplicate:of=prompt", "have no prompt"),
        ("exact-duplicate:normal=nfd", "no normal form 'nfd'"),
        ("leakage:text", "different values"),
    ],
)
def test_what_an_option_cannot_be_is_said_with_a_fix(texts, choice, problem):
    with pytest.raises(InputError, match=problem) as caught:
        texts.score(choice)
    assert caught.value.fix


def test_without_a_split_column_leakage_asks_for_one(tmp_path):
    m = portolan.map_text([row["text"] for row in topic_rows(20)], path=tmp_path / "plain.portolan")
    with pytest.raises(InputError, match="No column tells"):
        m.score("leakage")
