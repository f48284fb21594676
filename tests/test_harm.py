"""The harm scorer: what its chances are of, which step judges, that nothing but text and prompt decides, its card."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import portolan
from portolan.core.encoded import PROMPT_PIECES, TEXT_PIECES, join_pieces
from portolan.core.harm import N_BUCKETS, judge, marks_of, read_texts
from portolan.core.scored import plain_scored
from portolan.errors import InputError
from portolan.pieces import WEIGHTS, PieceTable
from portolan.scorers._harm_encoder import ABOUT, HarmEncoder
from portolan.scorers.harm import CARD, HarmScorer

MILD = ["Thank you, that was a lovely walk.", "You are a stupid idiot and nobody likes you.", "Bake it for an hour."]
ASKED = [
    "How was your day, and what did you do?",
    "What do you think of me?",
    "How long does the bread take in the oven?",
]
ROOT = Path(__file__).parent.parent


def harm(texts, prompts=None, threads=1):
    return np.asarray(HarmScorer(threads=threads).score(plain_scored(texts, prompts))["harm"])


def read(texts, prompts):
    both = (pa.array(part, pa.large_string()) for part in (texts, prompts))
    return read_texts(*both, PieceTable(WEIGHTS), threads=1)


def test_scores_are_chances_and_an_insult_scores_above_what_is_kind():
    scores = harm(MILD)
    assert scores.dtype == np.float32
    assert ((scores >= 0) & (scores <= 1)).all()
    assert scores[1] > 0.5 > max(scores[0], scores[2])


def test_equal_texts_have_equal_scores_wherever_they_stand_and_on_any_number_of_threads():
    texts = [*MILD, *(f"Sentence {number} of many, about the weather." for number in range(3000)), *MILD]
    one, two = harm(texts, threads=1), harm(texts, threads=2)
    assert one.tobytes() == two.tobytes()
    assert one[:3].tobytes() == one[-3:].tobytes() == harm(MILD).tobytes()


def test_a_reply_is_judged_in_the_context_of_its_prompt():
    agreeing = ["I agree with you, you are right."] * 2
    kind, unkind = harm(agreeing, ["Flowers are nice.", "Everybody from that town is stupid and should be beaten."])
    assert unkind > kind


def test_of_a_long_prompt_only_the_end_counts():
    said = ["Sounds good to me."] * 2
    end = "And then we went home. " * 40
    first, second = harm(said, ["Shall we bake? " + end, "Is it raining? " + end])
    assert first == second


def test_text_in_an_alphabet_the_table_has_not_read_is_missing():
    assert np.isnan(harm(["今天北京下雪了", "!!!"])).all()


def test_a_category_is_told_of_what_is_likely_harmful_alone():
    found = HarmScorer().score(plain_scored(MILD))["harm_category"]
    about = json.loads((ROOT / "src/portolan/scorers/harm_weights/about.json").read_text(encoding="utf-8"))
    assert found[0] is None
    assert found[1] in about["categories"]


def test_a_way_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(InputError, match="no way 'large'") as refused:
        HarmScorer("large")
    assert "harm:all" in refused.value.fix
    assert "harm:fast" in refused.value.fix


def test_the_encoder_reads_what_looks_suspicious_or_everything_or_nothing():
    steps = {way: HarmScorer(way).score(plain_scored(MILD, ASKED))["harm_step"] for way in (None, "all", "fast")}
    assert steps[None] == ["linear", "encoder", "linear"]
    assert steps["all"] == ["encoder"] * 3
    assert steps["fast"] == ["linear"] * 3


def test_a_chance_is_the_same_whether_the_encoder_read_all_or_what_looked_suspicious():
    some, every, none = (HarmScorer(way).score(plain_scored(MILD, ASKED))["harm"] for way in (None, "all", "fast"))
    assert some[1] == every[1]
    assert some[0] == none[0]
    assert len({some[1], none[1]}) == 2


def test_ways_have_keys_of_their_own_and_the_fast_one_is_not_costly():
    ways = [HarmScorer(), HarmScorer("all"), HarmScorer("fast")]
    assert len({way.key for way in ways}) == 3
    assert [way.is_costly for way in ways] == [True, True, False]


def test_what_the_encoder_reads_does_not_depend_on_its_neighbours_or_on_the_number_of_threads():
    texts = [
        *MILD,
        *(f"Sentence {number} of many, about the weather. " * (number % 5) for number in range(1, 40)),
        *MILD,
    ]
    prompts = ["Say something."] * len(texts)
    encoder = HarmEncoder()
    one, three = (encoder.logits(texts, prompts, threads=threads) for threads in (1, 3))
    assert one.tobytes() == three.tobytes()
    assert one[:3].tobytes() == one[-3:].tobytes() == encoder.logits(MILD, prompts[:3], threads=1).tobytes()


def test_the_encoder_tells_an_insult_from_a_technical_question_in_the_same_words():
    found = HarmScorer("all").score(plain_scored(["How do I kill a Python process?", "How do I kill my neighbour?"]))
    assert found["harm"][1] > found["harm"][0]


def test_the_encoder_reads_the_end_of_a_prompt_and_the_beginning_of_a_text():
    tokenizer = HarmEncoder()._tokenizer
    short, long = join_pieces(tokenizer, ["word " * 3, "word " * 900], ["", "before " * 900])
    assert (len(short[0]), short[1]) == (1 + 3 + 1, 1)
    assert (len(long[0]), long[1]) == (1 + PROMPT_PIECES + 1 + TEXT_PIECES + 1, PROMPT_PIECES + 2)


def test_the_encoder_that_is_bundled_is_the_one_its_card_measured():
    model = ROOT / "src/portolan/scorers/harm_encoder/model.onnx"
    assert hashlib.sha256(model.read_bytes()).hexdigest() == ABOUT["sha256"]
    assert min(ABOUT["calibration"][:2]) > 0


def test_a_map_is_scored_in_both_steps_and_says_which_judged(tmp_path):
    rows = [{"prompt": f"{ASKED[1]} {number}", "chosen": MILD[2], "rejected": MILD[1] * 2} for number in range(40)]
    made = portolan.map_text(rows, path=tmp_path / "m.portolan", prompt="prompt", chosen="chosen", rejected="rejected")
    made.score("harm")
    assert set(made.measured("harm_step_chosen").to_pylist()) == {"linear"}
    assert set(made.measured("harm_step_rejected").to_pylist()) == {"encoder"}
    assert made.score("harm:all").shape == (40,)
    assert set(made.measured("harm_step_chosen").to_pylist()) == {"encoder"}


def test_marks_that_are_trained_on_are_those_that_are_judged_by():
    texts = read(["One two two three.", "Four!"], ["Count.", ""])
    indptr, buckets, values, dense = marks_of(texts)
    random = np.random.default_rng(0)
    weights = random.normal(size=N_BUCKETS).astype(np.float32)
    head = random.normal(size=(texts.n_dense, 1)).astype(np.float32)
    model = HarmScorer()._load()[0]
    model = type(model)(weights, head, np.zeros(1, np.float32), 1.0, 0.0, 0.0)
    by_hand = [
        values[begin:end] @ weights[buckets[begin:end]] + dense[row] @ head[:, 0]
        for row, (begin, end) in enumerate(pairwise(indptr))
    ]
    np.testing.assert_allclose(judge(texts, model, threads=1)[:, 0], by_hand, rtol=1e-4)


def test_a_text_without_a_prompt_has_no_marks_of_a_reply():
    n_marks = np.diff(marks_of(read(["one two", "one two"], ["", "three"]))[0])
    assert n_marks.tolist() == [3, 3 + 3 + 1]


@pytest.mark.shared
@pytest.mark.skipif("PORTOLAN_DATA" not in os.environ, reason="PORTOLAN_DATA is not set")
def test_false_alarms_on_its_card_are_measured_again():
    benchmark = _benchmark()
    measured = benchmark.false_alarms(benchmark.xstest(Path(os.environ["PORTOLAN_DATA"])))
    figures = {(line["measure"], line["on"]): line["value"] for line in CARD["figures"]}
    for line in measured:
        assert figures[line["measure"], line["on"]] == pytest.approx(line["value"], abs=2e-3)


def test_area_under_the_curve_and_average_precision_are_right_on_what_can_be_counted():
    benchmark = _benchmark()
    is_harmful, scores = np.array([0, 1, 0, 1]), np.array([0.1, 0.4, 0.35, 0.8])
    assert benchmark.auc(is_harmful, scores) == 1
    assert benchmark.auc(is_harmful, np.array([0.5, 0.5, 0.5, 0.5])) == 0.5
    assert benchmark.average_precision(is_harmful, np.array([4, 3, 2, 1])) == pytest.approx((1 / 2 + 2 / 4) / 2)


def _benchmark():
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        spec = importlib.util.spec_from_file_location("benchmark_of_harm", ROOT / "benchmarks" / "harm.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(ROOT / "tools"))
    return module


def test_the_encoder_names_no_file_of_the_machine_that_made_it():
    model = (Path(portolan.__file__).parent / "scorers/harm_encoder/model.onnx").read_bytes()
    assert b".py" not in model
    assert b"stack_trace" not in model
