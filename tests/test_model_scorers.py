"""Scorers of models that the user brings: a classifier in a folder, a language model at an endpoint."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

import portolan
from endpoints import Endpoint, chat
from portolan.core.scored import plain_scored
from portolan.errors import EndpointError, InputError, NotFoundError
from portolan.plugins import TextScorer, scorers
from small_data import topic_rows

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "text", "a", "very"]


def tiny_tokenizer(words):
    """A tokenizer of whole words. (The one made of a file of words knows none of them in transformers 5.)"""
    from tokenizers import BertWordPieceTokenizer
    from transformers import PreTrainedTokenizerFast

    pieces = BertWordPieceTokenizer({word: place for place, word in enumerate(words)})
    return PreTrainedTokenizerFast(
        tokenizer_object=pieces._tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )


def tiny_classifier(folder, *, labels, problem_type=None):
    """A transformer with random weights."""
    pytest.importorskip("transformers", reason="transformers is not installed")
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(0)
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        id2label=dict(enumerate(labels)), label2id={label: n for n, label in enumerate(labels)},
        max_position_embeddings=64, problem_type=problem_type,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    tiny_tokenizer(WORDS).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def two_labels(tmp_path_factory):
    return tiny_classifier(tmp_path_factory.mktemp("hf") / "Tiny-Model", labels=["fine", "toxic"])


TEXTS = ["good text", "a very bad text", "bad " * 300, "good"]


def test_a_classifiers_chances_and_likeliest_label_are_columns_named_after_it(two_labels):
    scorer = scorers.get("hf")(str(two_labels))
    assert isinstance(scorer, TextScorer)
    found = scorer.score(plain_scored(TEXTS))
    assert list(found) == ["hf_tiny_model", "hf_tiny_model_label"]
    chances, labels = found["hf_tiny_model"], found["hf_tiny_model_label"]
    assert ((chances > 0) & (chances < 1)).all()
    assert labels == ["toxic" if chance > 0.5 else "fine" for chance in chances]


def test_a_label_can_be_chosen_and_the_two_add_up_to_one(two_labels):
    toxic, fine = (scorers.get("hf")(f"{two_labels},label={label}") for label in ("toxic", "fine"))
    both = (
        toxic.score(plain_scored(TEXTS))["hf_tiny_model_toxic"] + fine.score(plain_scored(TEXTS))["hf_tiny_model_fine"]
    )
    assert both == pytest.approx([1.0] * len(TEXTS), abs=1e-5)


def test_a_label_that_the_model_has_not_is_refused_with_those_it_has(two_labels):
    with pytest.raises(InputError, match="no label 'rude'") as caught:
        scorers.get("hf")(f"{two_labels},label=rude").score(plain_scored(TEXTS))
    assert "fine, toxic" in caught.value.fix


def test_labels_that_do_not_exclude_each_other_have_chances_of_their_own(tmp_path):
    folder = tiny_classifier(tmp_path / "multi", labels=list("abcd"), problem_type="multi_label_classification")
    chances, _ = scorers.get("hf")(str(folder))._chances(TEXTS)
    assert abs(chances.sum(axis=1) - 1).min() > 0.1


def test_another_model_in_the_same_folder_has_another_key(tmp_path):
    folder = tiny_classifier(tmp_path / "model", labels=["a", "b"])
    before = scorers.get("hf")(str(folder)).key
    (folder / "vocab.txt").write_text("\n".join(reversed(WORDS)))
    assert scorers.get("hf")(str(folder)).key != before


def test_a_folder_without_a_model_is_refused(tmp_path):
    pytest.importorskip("transformers", reason="transformers is not installed")
    with pytest.raises(InputError, match="could not be loaded"):
        scorers.get("hf")(str(tmp_path)).score(plain_scored(TEXTS))


@pytest.mark.parametrize(("name", "needs"), [("hf", "needs a model"), ("judge", "needs a model")])
def test_scorers_of_models_ask_which(name, needs):
    with pytest.raises(InputError, match=needs):
        scorers.get(name)()


def words_counted(request: dict) -> dict:
    """A judge who scores a text by its number of words."""
    text = json.loads(request["messages"][1]["content"])["text"]
    said = {"reason": f"It has {len(text.split())} words.", "score": min(10, len(text.split()))}
    return chat(f"Here you are: {json.dumps(said)}")


@pytest.fixture
def endpoint(monkeypatch) -> Iterator[Endpoint]:
    pytest.importorskip("httpx", reason="httpx is not installed")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-key")
    with Endpoint(words_counted) as endpoint:
        yield endpoint


def judge(endpoint, *, rubric=""):
    return scorers.get("judge")(f"m@{endpoint.url}" + (f",rubric={rubric}" if rubric else ""), sleep=lambda _s: None)


def test_a_judge_gives_a_score_and_a_reason(endpoint):
    found = judge(endpoint).score(plain_scored(["one two three", "one"], ["Count.", ""]))
    assert found == {"judge": [3.0, 1.0], "judge_reason": ["It has 3 words.", "It has 1 words."]}
    asked = sorted(json.loads(body["messages"][1]["content"])["before"] for body in endpoint.requests)
    assert asked == ["", "Count."]


def test_a_rubric_of_ones_own_is_sent_names_the_column_and_changes_the_key(endpoint, tmp_path):
    rubric = tmp_path / "Kind words.txt"
    rubric.write_text("0: rude. 10: kind.")
    scorer = judge(endpoint, rubric=rubric)
    scorer.score(plain_scored(["one"]))
    assert endpoint.requests[0]["messages"][0]["content"].endswith("0: rude. 10: kind.")
    assert [column.name for column in scorer.columns] == ["judge_kind_words", "judge_kind_words_reason"]
    assert scorer.key != judge(endpoint).key


def test_a_busy_endpoint_is_asked_again(endpoint):
    endpoint.first(429, 500)
    assert judge(endpoint).score(plain_scored(["one two"]))["judge"] == [2.0]
    assert len(endpoint.requests) == 3


def test_an_answer_without_a_score_is_asked_for_once_more_then_missing(endpoint):
    endpoint.first("no idea", '{"score": 99}')
    assert judge(endpoint).score(plain_scored(["one"])) == {"judge": [None], "judge_reason": [None]}
    endpoint.first("no idea")
    assert judge(endpoint).score(plain_scored(["one"]))["judge"] == [1.0]


def test_a_refusing_endpoint_is_told_with_what_to_check(endpoint):
    endpoint.first(401)
    with pytest.raises(EndpointError, match="401") as caught:
        judge(endpoint).score(plain_scored(["one"]))
    assert "OPENAI_API_KEY" in caught.value.fix


def test_the_cost_is_told_before(endpoint):
    assert "price not known" in judge(endpoint).estimate(100, 1000)
    assert "USD" in scorers.get("judge")("gpt-4o-mini").estimate(1000, 100_000)


def test_a_rubric_that_is_not_there_is_told(tmp_path):
    with pytest.raises(NotFoundError, match="cannot be read"):
        scorers.get("judge")(f"m,rubric={tmp_path / 'none.txt'}")


def test_a_map_is_judged_row_by_row_and_what_was_paid_for_is_kept(endpoint, tmp_path, monkeypatch):
    monkeypatch.setattr("portolan.scoring.COSTLY_TEXTS", 16)
    m = portolan.map_text(topic_rows(60), path=tmp_path / "m", progress=False)
    endpoint.first(*[words_counted] * 40, 401)
    with pytest.raises(EndpointError):
        m.score("judge", f"m@{endpoint.url}", progress=False)
    n_before = len(endpoint.requests)
    found = m.score("judge", f"m@{endpoint.url}", progress=False)
    # 32 answers in two finished batches were kept: 28 texts were left to ask for.
    assert len(endpoint.requests) - n_before == 28
    assert found.tolist() == [min(10, len(row["text"].split())) for row in topic_rows(60)]
    assert m.measured("judge_reason")[0].as_py().endswith("words.")
