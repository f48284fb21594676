"""Parts of the audit that know no map: facts of pairs, rates, cards, checks, judged samples, statuses."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from portolan.core.audit_check import parse_check
from portolan.core.concept_figures import Share, wilson
from portolan.core.copies import copies
from portolan.core.finding_status import StatusSaid, counts_of, row_statuses, status_of
from portolan.core.judged_findings import blind_sample, judged, ratio_interval, recall_of, sample_order
from portolan.core.opposite import opposite_pairs
from portolan.core.pair_facts import PairTexts, read_facts, read_texts
from portolan.core.pair_statistics import pair_statistics
from portolan.core.plain_texts import text_array
from portolan.core.provenance import difference, fisher, holm, rates
from portolan.core.provenance_card import ProvenanceCard, read_card, write_card
from portolan.core.roles import infer_roles
from portolan.core.shingles import shingle_sets
from portolan.errors import CardError, InputError

# Facts of pairs.

TRANSCRIPTS = [
    ("\n\nHuman: Hi\n\nAssistant: One", "\n\nHuman: Hi\n\nAssistant: Two"),
    ("\n\nHuman: Hi\n\nAssistant: ONE", "\n\nHuman: Hi\n\nAssistant: one "),
    ("\n\nHuman: Hi\n\nAssistant: One", "\n\nHuman: Ho\n\nAssistant: Two"),
    (
        "\n\nHuman: A\n\nAssistant: B\n\nHuman: C\n\nAssistant: D",
        "\n\nHuman: A\n\nAssistant: B\n\nHuman: X\n\nAssistant: D",
    ),
    ("\n\nHuman: Hi\n\nAssistant: ", "\n\nHuman: Hi\n\nAssistant: Two words"),
]


def as_batch(rows, **more):
    table = pa.table({"chosen": [one for one, _ in rows], "rejected": [other for _, other in rows], **more})
    return table.to_batches()[0], infer_roles(table)


def as_messages(transcript):
    parts = [part.split(": ", 1) for part in transcript.strip().split("\n\n")]
    roles = {"Human": "user", "Assistant": "assistant"}
    return [{"role": roles[who.rstrip(":")], "content": (text or [""])[0].strip()} for who, *text in parts]


def test_what_of_the_prompt_the_sides_do_not_share_is_a_share_of_peoples_turns():
    facts = read_facts(*as_batch(TRANSCRIPTS))
    assert facts.unshared.tolist() == [0, 0, 1, 0.5, 0]
    assert facts.n_turns.tolist() == [1, 1, 0, 1, 1]


def test_equal_replies_are_so_whatever_their_case_and_blank_ones_are_like_nothing():
    facts = read_facts(*as_batch(TRANSCRIPTS))
    assert facts.is_identical.tolist() == [False, True, False, False, False]
    assert facts.likeness[1] == 1
    assert facts.likeness[0] == 0
    assert np.isnan(facts.likeness[4])


def test_pairs_in_lists_of_messages_have_the_same_facts_as_in_transcripts():
    rows = [(as_messages(one), as_messages(other)) for one, other in TRANSCRIPTS]
    left, right = read_facts(*as_batch(TRANSCRIPTS)), read_facts(*as_batch(rows))
    for name in ("prompt_chars", "chosen_chars", "rejected_chars", "n_turns", "unshared", "is_identical"):
        assert getattr(left, name).tolist() == getattr(right, name).tolist(), name
    texts = read_texts(*as_batch(rows))
    assert texts.chosen.to_pylist() == read_texts(*as_batch(TRANSCRIPTS)).chosen.to_pylist()


def test_pairs_with_a_prompt_column_share_it():
    table = pa.table({"prompt": ["What is it?"] * 2, "chosen": ["A dog.", "A cat."], "rejected": ["A cow.", "A cat."]})
    facts = read_facts(table.to_batches()[0], infer_roles(table))
    assert facts.unshared.tolist() == [0, 0]
    assert facts.is_identical.tolist() == [False, True]
    assert facts.prompt_chars.tolist() == [11, 11]


def test_statistics_tell_how_often_the_longer_reply_was_chosen():
    rows = [(f"\n\nHuman: Hi\n\nAssistant: {'a' * left}", f"\n\nHuman: Hi\n\nAssistant: {'b' * right}")
            for left, right in ((5, 2), (6, 2), (2, 9), (3, 3))]  # fmt: skip
    facts = read_facts(*as_batch(rows))
    told = pair_statistics(facts, {"part": np.array(["x", "x", "y", "y"], object)})
    assert (told.longer_chosen.value, told.longer_chosen.n) == (pytest.approx(2 / 3), 3)
    assert told.by_value["part"]["x"].value == 1
    assert "66.7%" in str(told)
    assert told.to_json()["chosen_chars"]["q50"] == 4


def test_values_of_a_few_pairs_are_counted_but_not_printed():
    facts = read_facts(*as_batch([("\n\nHuman: Hi\n\nAssistant: aaa", "\n\nHuman: Hi\n\nAssistant: b")] * 100))
    part = np.array(["large"] * 60 + [f"small {n}" for n in range(40)], object)
    told = pair_statistics(facts, {"part": part, "batch": np.array([f"batch {n // 3}" for n in range(100)], object)})
    printed = str(told)
    assert "part = large" in printed
    assert "small 3" not in printed
    assert "40 values with fewer than 20 pairs" in printed
    assert "34 values with fewer than 20 pairs each" in printed
    assert len(told.by_value["part"]) == 41


def test_of_many_values_those_with_the_most_pairs_are_printed():
    facts = read_facts(*as_batch([("\n\nHuman: Hi\n\nAssistant: aaa", "\n\nHuman: Hi\n\nAssistant: b")] * 230))
    part = np.array([f"{n // 23}" for n in range(230)], object)
    printed = str(pair_statistics(facts, {"part": part}))
    assert sum(f"part = {n}" in printed for n in range(10)) == 8
    assert "2 values with fewer than those above" in printed


# Opposites.


def opposite(rows):
    columns = [text_array(list(column)) for column in zip(*rows, strict=True)]
    return opposite_pairs([PairTexts(*columns)], np.zeros(len(rows), np.int64)).tolist()


def test_a_pair_and_its_swap_are_opposites_and_equal_pairs_are_not():
    one = ("what is a tree", "a tall plant with wood", "no idea what you mean")
    swapped = (one[0], one[2], one[1])
    assert opposite([one, swapped]) == [1, 1]
    assert opposite([one, one]) == [0, 0]
    assert opposite([one, ("how do fish breathe then", *swapped[1:])]) == [0, 0]


def test_pairs_of_four_equal_replies_contradict_nothing():
    same = ("what is a tree", "a tall plant", "a tall plant")
    assert opposite([same, same]) == [0, 0]


# Copies.


def repeated(rows):
    texts = PairTexts(*(text_array(list(column)) for column in zip(*rows, strict=True)))
    whole = shingle_sets([text_array(["\n\n".join(row) for row in rows])])
    groups = np.zeros(len(rows), np.int64)
    return copies([texts], groups, whole=whole, least=0.8, least_of_reply=0.5).tolist()


LONG = " ".join(f"word{number}" for number in range(100))


def test_a_copy_repeats_the_earlier_pair_whichever_reply_was_chosen():
    assert repeated([(LONG, "yes", "no"), (LONG, "no", "yes"), (LONG, "yes", "no")]) == [
        0,
        pytest.approx(1, abs=0.1),
        1,
    ]


def test_other_replies_to_a_long_prompt_are_no_copy():
    assert repeated([(LONG, "yes", "no"), (LONG, "perhaps", "never"), (LONG, "yes", "never")]) == [0, 0, 0]


def test_equal_pairs_are_found_however_far_apart_in_a_large_group():
    between = [(LONG, f"reply {number} a", f"reply {number} b") for number in range(100)]
    assert repeated([(LONG, "yes", "no"), *between, (LONG, "yes", "no")])[-1] == 1


# Rates.


def test_fishers_test_agrees_with_scipy():
    chance = np.random.default_rng(0)
    for _ in range(50):
        n_all = int(chance.integers(2, 400))
        n, n_found = (int(chance.integers(0, n_all + 1)) for _ in range(2))
        count = int(chance.integers(max(0, n + n_found - n_all), min(n, n_found) + 1))
        table = [[count, n - count], [n_found - count, n_all - n - n_found + count]]
        assert fisher(count, n, n_found, n_all) == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-6, abs=1e-12)


def test_newcombes_interval_is_the_one_of_his_example():
    # Newcombe 1998, table II, (a): 56/70 against 48/80, method 10.
    value, low, high = difference(wilson(56, 70), wilson(48, 80))
    assert (value, low, high) == (pytest.approx(0.2), pytest.approx(0.0524, abs=1e-4), pytest.approx(0.3339, abs=1e-4))


def test_p_values_are_corrected_for_how_many_there_are():
    assert holm(np.array([0.01, 0.04, 0.03])).tolist() == pytest.approx([0.03, 0.06, 0.06])
    assert holm(np.array([0.9, 0.8])).tolist() == [1, 1]


def test_a_value_is_told_beside_all_others_and_rows_without_one_are_left_out():
    codes = np.array([0] * 10 + [1] * 90 + [-1] * 5)
    is_found = np.zeros(105, bool)
    is_found[[0, 1, 2, 50, 104]] = True
    high, low = rates(codes, ["red", "blue"], is_found)
    assert (high.value, high.count, high.n, high.expected) == ("red", 3, 10, pytest.approx(1 / 90))
    assert high.low < high.excess < high.high
    assert (low.value, low.excess) == ("blue", -high.excess)


def test_of_a_null_finding_few_values_are_told_as_surely_more_frequent():
    chance = np.random.default_rng(1)
    codes = np.repeat(np.arange(5), 200)
    wrong = 0
    for _ in range(200):
        wrong += min(one.p for one in rates(codes, list("abcde"), chance.random(1000) < 0.1)) < 0.05
    assert wrong <= 18  # of 200 at 5 %: 10, and three standard deviations below 20


# Cards.

CARD = """version: 1
name: pairs
owner: us
provenance:
  subset:
    column: part
    values:
      helpful: everyday questions
      red-team:
        for: attacks
        intended: [doubly-egregious, recovery]
        reason: on purpose
  batch: delivered
"""


def test_a_card_is_read_and_written_back():
    card = read_card(CARD, columns=["part", "delivered"])
    assert [(one.part, one.column) for one in card.columns] == [("subset", "part"), ("batch", "delivered")]
    [(column, value)] = card.intended("recovery")
    assert (column.column, value.value, value.purpose, value.reason) == ("part", "red-team", "attacks", "on purpose")
    assert read_card(write_card(card)) == card
    assert ProvenanceCard.from_json(card.to_json()) == card


@pytest.mark.parametrize(
    ("text", "where", "problem"),
    [
        ("provenance:\n  subst: a", (2, 3), "Did you mean subset"),
        ("provenance:\n  subset: gone", (2, 11), "no column 'gone'"),
        ("name: x", (1, 1), "nothing of provenance"),
        (
            "provenance:\n  subset:\n    column: part\n    values:\n      a:\n        intended: [Odd Name]",
            (6, 20),
            "no name",
        ),
        ("provenance: [", (1, 14), "no YAML"),
        ("version: 3\nprovenance: {}", (1, 10), "reads version 1"),
        ("provenance:\n  subset:\n    column: part\n    values: [a]", (4, 13), "names no values"),
    ],
)
def test_what_is_wrong_in_a_card_is_told_with_line_and_column(text, where, problem):
    with pytest.raises(CardError) as caught:
        read_card(text, columns=["part"])
    assert problem in str(caught.value)
    assert (caught.value.line, caught.value.column) == where


# Checks.


def test_a_check_is_a_finding_a_region_and_a_comparison():
    check = parse_check("doubly-egregious outside red-team > 0.1 %")
    assert (check.finding, check.region, check.where, check.op) == ("doubly-egregious", "outside", "red-team", ">")
    assert check.holds(2, 1000)
    assert not check.holds(1, 1000)
    assert not check.holds(0, 0)


def test_an_expression_in_a_check_may_hold_comparisons_of_its_own():
    check = parse_check("pii in length(chosen) > 100 AND subset = 'a' >= 3")
    assert (check.where, check.op, check.limit) == ("length(chosen) > 100 AND subset = 'a'", ">=", 3)
    assert check.holds(3, 10)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("identical", "does not end with a comparison"),
        ("identical > many", "does not end with a comparison"),
        ("> 3", "names no finding"),
        ("identical beside red-team > 3", "no finding, with in or outside"),
        ("identical outside > 3", "no finding, with in or outside"),
        ("identical > 200 %", "200 %"),
    ],
)
def test_what_is_wrong_in_a_check_is_told(text, problem):
    with pytest.raises(InputError, match=problem):
        parse_check(text)


# Statuses.


def test_a_part_goes_before_the_whole_and_the_later_part_before_the_earlier():
    part, later = np.array([True, True, False, False]), np.array([False, True, False, False])
    said = [
        (StatusSaid("intended", "a"), part),
        (StatusSaid("to-drop", "b"), later),
        (StatusSaid("to-drop"), None),
    ]
    codes = row_statuses(said, np.array([True, False, False, True]), n_rows=4)
    assert counts_of(codes) == {"intended": 1, "to-drop": 2, "dropped": 1}
    assert status_of(codes) == "mixed"
    assert status_of(codes[:0]) == "open"


# Judged.


def test_a_longer_sample_holds_the_shorter_one_and_nothing_tells_which_rows_are_inside():
    is_inside = np.arange(500) < 60
    short, long = (blind_sample(is_inside, "x", n) for n in (20, 60))
    assert set(short.tolist()) <= set(long.tolist())
    assert is_inside[short].sum() == 10
    inside = is_inside[long]
    assert 10 < (inside[1:] != inside[:-1]).sum() < 50


def test_who_stops_halfway_has_judged_the_beginning_of_both_strata():
    is_inside = np.arange(500) < 60
    rows = blind_sample(is_inside, "x", 60)[:30].tolist()
    found = judged(is_inside, {row: "right" if row < 60 else "wrong" for row in rows}, "x")
    assert found.n_inside + found.n_outside == 30


def test_rows_that_somebody_looked_up_change_no_figure():
    is_inside = np.arange(500) < 60
    order = sample_order(np.arange(60), "x")
    labels = dict.fromkeys(order[:5].tolist(), "right") | dict.fromkeys(order[10:].tolist(), "wrong")
    assert judged(is_inside, labels, "x").precision == wilson(5, 5)


def test_unsure_rows_count_for_neither():
    is_inside = np.arange(100) < 10
    order = sample_order(np.arange(10), "x").tolist()
    labels = {row: "unsure" if place < 4 else "right" for place, row in enumerate(order)}
    found = judged(is_inside, labels, "x")
    assert (found.precision.n, found.n_unsure) == (6, 4)


def test_recall_weighs_each_stratum_by_its_rows():
    # 100 inside, half of them right: 50. 900 outside, 1 of 45 is it: 20.
    found = recall_of(wilson(20, 40), 100, wilson(1, 45), 900)
    assert found.value == pytest.approx(50 / 70)
    assert found.low < 0.4
    assert found.high > 0.9


def test_the_interval_of_recall_holds_the_truth_as_often_as_it_says():
    chance = np.random.default_rng(0)
    n_inside, n_outside, right, missed = 300, 4700, 0.7, 0.03
    truth = n_inside * right / (n_inside * right + n_outside * missed)
    held = 0
    for _ in range(400):
        inside, outside = wilson(chance.binomial(60, right), 60), wilson(chance.binomial(120, missed), 120)
        found = recall_of(inside, n_inside, outside, n_outside)
        held += found.low <= truth <= found.high
    assert held >= 370  # 380 of 400, and three standard deviations below 368


def test_an_interval_of_a_ratio_has_its_ratio_in_it_and_no_end_where_the_divisor_may_be_nothing():
    low, high = ratio_interval(wilson(10, 40), wilson(20, 40))
    assert low < 0.5 < high
    assert ratio_interval(wilson(10, 40), Share(0.0, 0.0, 0.1, 40))[1] == float("inf")
    assert ratio_interval(wilson(0, 40), wilson(20, 40))[0] == 0
