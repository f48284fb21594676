"""How the harm scorer's encoder is trained and measured: nothing is measured on what something was fitted on."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def tools(monkeypatch):
    for folder in ("tools", "benchmarks"):
        monkeypatch.syspath_prepend(str(ROOT / folder))
    # "harm" is a module of the benchmarks; other tests may hold another of that name.
    monkeypatch.delitem(sys.modules, "harm", raising=False)
    names = ("harm_sets", "harm_encoder_texts", "harm_encoder_calibration", "harm_encoder")
    yield {name: importlib.import_module(name) for name in names}
    monkeypatch.delitem(sys.modules, "harm", raising=False)


def part_of(tools, groups, is_harmful=None):
    groups = np.asarray(groups)
    labels = np.zeros(len(groups), np.float32) if is_harmful is None else np.array(is_harmful, np.float32)
    return tools["harm_encoder_texts"].Part("any", np.arange(len(groups)), labels, groups, 0)


def part_of_texts(tools, n):
    texts = [f"text {number}" for number in range(n)]
    labels = np.arange(n) % 2
    blank = [""] * n
    return tools["harm_sets"].HarmSet("A set", texts, blank, labels.astype(np.int8), np.arange(n)[::-1], blank, blank)


def test_a_text_is_trained_on_or_calibrates_or_measures_and_never_two_of_them(tools):
    part = part_of(tools, np.arange(6000))
    used = np.concatenate([np.flatnonzero(~part.is_held_out), part.calibrating, part.measuring])
    assert np.sort(used).tolist() == list(range(6000))
    assert 900 < len(part.calibrating) < 1100
    assert 900 < len(part.measuring) < 1100


def test_all_texts_of_a_group_serve_the_same_end(tools):
    part = part_of(tools, np.repeat(np.arange(300), 3))
    for rows in (part.calibrating, part.measuring):
        assert np.unique(np.bincount(part.groups[rows], minlength=300)).tolist() == [0, 3]


def test_harmful_texts_of_a_kind_are_set_against_the_harmless_ones_of_that_kind(tools):
    kinds = np.array(["advice", "advice", "insult", "insult"])
    found = tools["harm_encoder"].by_kind(kinds, np.array([1, 0, 1, 0]), np.array([0.2, 0.1, 0.8, 0.9]), "here")
    assert [(line["on"], line["value"]) for line in found] == [("here: advice", 1.0), ("here: insult", 0.0)]


def test_where_no_harmless_text_has_a_kind_all_of_them_are_taken(tools):
    kinds = np.array(["hate", "offensive", "", ""])
    found = tools["harm_encoder"].by_kind(kinds, np.array([1, 1, 0, 0]), np.array([0.9, 0.3, 0.1, 0.5]), "here")
    assert [(line["value"], line["n"]) for line in found] == [(1.0, 3), (0.5, 3)]


def test_a_harmless_reply_is_paired_with_a_harmful_one_to_the_same_context(tools):
    part = part_of(tools, [7, 7, 8, 9, 9], is_harmful=[0, 1, 1, 1, 0])
    better, worse = tools["harm_encoder"].context_pairs(part, np.array([0, 1, 2, 3, 4]))
    assert list(zip(better, worse, strict=True)) == [(0, 1), (4, 3)]


def test_a_chance_never_falls_where_a_logit_rises(tools):
    is_harmful = np.tile([0, 1], 50).astype(np.float32)
    inputs = np.column_stack([is_harmful * 2 - 1, 1 - is_harmful * 2]).astype(np.float32)
    inputs += np.random.default_rng(0).normal(size=inputs.shape).astype(np.float32)
    by_words, by_reading, *_ = tools["harm_encoder_calibration"].fit_two(
        inputs, is_harmful, np.full(100, 0.01), np.zeros(100, np.int64), np.zeros(100, np.bool_), np.ones(100, np.bool_)
    )
    assert by_words > 0
    assert by_reading == 0


def test_replies_have_an_offset_of_their_own(tools):
    is_harmful = np.tile([0, 1], 100).astype(np.float32)
    is_reply = np.repeat([False, True], 100)
    inputs = np.column_stack([is_harmful * 2 - 1, is_harmful * 0]).astype(np.float32)
    inputs += np.random.default_rng(0).normal(size=inputs.shape).astype(np.float32)
    inputs[is_reply, 0] -= 3
    slope, _, offset, of_replies = tools["harm_encoder_calibration"].fit_two(
        inputs, is_harmful, np.full(200, 0.01), is_reply.astype(np.int64), is_reply, np.ones(200, np.bool_)
    )
    assert of_replies - offset == pytest.approx(3 * slope, rel=0.2)


def test_a_set_without_prompts_is_read_once_more_as_replies_in_the_same_folds(tools):
    part = part_of_texts(tools, 50)
    again = tools["harm_sets"].in_reply(part, ["One.", "Two."])
    assert again.name == "A set in reply"
    assert set(again.prompts) == {"One.", "Two."}
    place = {text: row for row, text in enumerate(part.texts)}
    rows = [place[text] for text in again.texts]
    assert again.groups.tolist() == part.groups[rows].tolist()
    assert again.is_harmful.tolist() == part.is_harmful[rows].tolist()
