"""Preference models that the user brings: reward models, encoders, judges."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest

import portolan
from endpoints import Endpoint, chat
from portolan.errors import InputError
from portolan.plugins import PairBatch, preferrers
from portolan.preferrers.hf import RewardModel
from test_model_scorers import tiny_classifier, tiny_tokenizer
from test_preference import rows_with_a_reason


def batch(*pairs):
    texts = [pa.array([pair[place] for pair in pairs], pa.large_string()) for place in range(3)]
    return PairBatch(*texts, np.zeros(len(pairs), np.int64), pa.table({}))


PAIRS = (("good", "very good text", "bad"), ("a text", "bad bad", "good text a very"), ("bad", "a good", "a " * 200))


@pytest.fixture(scope="module")
def reward(tmp_path_factory):
    return tiny_classifier(tmp_path_factory.mktemp("reward") / "reward", labels=["reward"])


def test_a_reward_models_margin_changes_its_sign_where_the_sides_are_swapped(reward):
    model = preferrers.get("hf")(str(reward))
    swapped = [(prompt, second, first) for prompt, first, second in PAIRS]
    one, other = (model.prefer(batch(*pairs)).margins for pairs in (PAIRS, swapped))
    np.testing.assert_allclose(one, -other, atol=1e-6)
    assert np.abs(one).max() > 0


def test_a_reward_depends_on_the_pair_alone_not_on_its_batch(reward):
    model = preferrers.get("hf")(str(reward))
    together = model.prefer(batch(*PAIRS)).margins
    alone = [model.prefer(batch(pair)).margins[0, 0] for pair in PAIRS]
    np.testing.assert_allclose(together[:, 0], alone, atol=1e-5)


def test_a_reply_of_several_pairs_is_read_once(reward, monkeypatch):
    read = []
    rewards = RewardModel.rewards

    def counted(self, prompts, replies):
        read.extend(zip(prompts, replies, strict=True))
        return rewards(self, prompts, replies)

    monkeypatch.setattr(RewardModel, "rewards", counted)
    ranking = [("a", "good", "bad"), ("a", "good", "very bad"), ("a", "bad", "very bad")]
    found = preferrers.get("hf")(str(reward)).prefer(batch(*ranking)).margins[:, 0]
    assert sorted(read) == [("a", "bad"), ("a", "good"), ("a", "very bad")]
    assert found[0] + found[2] == pytest.approx(found[1], abs=1e-6)


def test_of_several_reward_models_each_is_calibrated_then_the_mean_and_the_spread_are_told(reward, tmp_path):
    other = tiny_classifier(tmp_path / "other", labels=["bad", "good"])
    m = portolan.map_text(rows_with_a_reason(80), name="pairs", path=tmp_path / "pairs.portolan")
    logits = [m.fit_preference(f"hf:{folder}").margin for folder in (reward, other)]
    both = m.fit_preference(f"hf:{reward}+{other}")
    np.testing.assert_allclose(both.spread, np.abs(logits[0] - logits[1]) / 2, atol=1e-5)
    assert both.columns == ("preference", "preference_margin", "preference_surface", "preference_spread")


def test_a_reward_model_is_given_the_conversation_in_its_chat_template(reward, tmp_path):
    import shutil

    folder = tmp_path / "chat"
    shutil.copytree(reward, folder)
    (folder / "chat_template.jinja").write_text(
        "{% for message in messages %}{{ message['role'] }} {{ message['content'] }} [SEP] {% endfor %}"
    )
    model = preferrers.get("hf")(str(folder))
    model.prefer(batch(*PAIRS))
    assert model._models[0]._joined("good", "bad") == ("user good [SEP] assistant bad [SEP] ",)


def test_what_a_stopped_reward_model_had_done_is_not_done_again(reward, tmp_path, monkeypatch):
    monkeypatch.setattr("portolan.stages.paired.COSTLY_PAIRS", 20)
    m = portolan.map_text(rows_with_a_reason(80), name="pairs", path=tmp_path / "pairs.portolan")
    plugin = preferrers.get("hf")
    seen, prefer = [], plugin.prefer

    def stopping(self, pairs):
        seen.append(len(pairs))
        if len(seen) == 3:
            raise KeyboardInterrupt
        return prefer(self, pairs)

    monkeypatch.setattr(plugin, "prefer", stopping)
    with pytest.raises(KeyboardInterrupt):
        m.fit_preference(f"hf:{reward}")
    found = m.fit_preference(f"hf:{reward}")
    assert seen == [20, 20, 20, 20, 20]
    assert found.accuracy.n == 80
    assert not found.power["is_refitted"]


def test_a_folder_without_a_model_is_refused_with_the_fix(tmp_path):
    with pytest.raises(InputError, match="could not be loaded") as caught:
        preferrers.get("hf")(str(tmp_path)).prefer(batch(*PAIRS))
    assert "folder" in caught.value.fix
    with pytest.raises(InputError):
        preferrers.get("hf")()


# A fine-tuned encoder.


@pytest.fixture(scope="module")
def small_encoder(tmp_path_factory):
    """A transformer that knows the words of the small data."""
    pytest.importorskip("transformers", reason="transformers is not installed")
    import torch
    from transformers import BertConfig, BertModel

    from small_data import TOPICS

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("encoder") / "small"
    folder.mkdir()
    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *TOPICS,
        *sorted({w for t in TOPICS.values() for w in t.split()}),
    ]
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=300,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    tiny_tokenizer(words).save_pretrained(folder)
    return folder


def always_cooking(n):
    """Pairs of which the reply about cooking wins."""
    from small_data import TOPICS

    rng = np.random.default_rng(0)
    good, bad = (TOPICS[name].split() for name in ("cooking", "space"))
    return [
        {side: f"\n\nHuman: Number {row}?\n\nAssistant: {' '.join(rng.choice(words, 6))}"
         for side, words in (("chosen", good), ("rejected", bad))}
        for row in range(n)
    ]  # fmt: skip


@pytest.fixture
def quick_steps(monkeypatch):
    """A small model takes large steps, on one thread."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    monkeypatch.setattr("portolan.preferrers.encoder.RATE", 0.01)
    yield
    torch.set_num_threads(threads)


def test_an_encoder_learns_what_wins(small_encoder, tmp_path, quick_steps):
    m = portolan.map_text(always_cooking(100), name="pairs", path=tmp_path / "pairs.portolan")
    found = m.fit_preference(f"encoder:{small_encoder},epochs=3")
    assert found.accuracy.value > 0.9
    assert not found.power["is_refitted"]
    assert not list((m.path / "stages").glob("answers/preference-*"))


def test_an_epoch_reads_every_pair_once_with_others_of_its_length():
    from portolan.preferrers.encoder import BATCH_PAIRS, EncodedPairs

    read = EncodedPairs.__new__(EncodedPairs)
    lengths = np.random.default_rng(0).integers(3, 200, 500)
    read._replies = [([0] * length, [0] * 2) for length in lengths]
    rows = np.arange(0, 500, 2)
    batches = read._batches(np.random.default_rng(1), rows)
    assert sorted(np.concatenate(batches)) == list(rows)
    assert max(map(len, batches)) == BATCH_PAIRS
    assert np.mean([np.ptp(lengths[batch]) for batch in batches]) < 30


def test_a_stopped_encoder_goes_on_where_it_was(small_encoder, tmp_path, quick_steps, monkeypatch):
    from portolan.preferrers.encoder import EncodedPairs

    made = [
        portolan.map_text(always_cooking(80), name=name, path=tmp_path / f"{name}.portolan") for name in ("one", "two")
    ]
    choice = f"encoder:{small_encoder},epochs=2"
    whole = made[0].fit_preference(choice).margin
    epochs, epoch = [], EncodedPairs._epoch

    def stopping(self, *arguments):
        epochs.append(arguments[5])
        if len(epochs) == 4:
            raise KeyboardInterrupt
        epoch(self, *arguments)

    monkeypatch.setattr(EncodedPairs, "_epoch", stopping)
    with pytest.raises(KeyboardInterrupt):
        made[1].fit_preference(choice)
    found = made[1].fit_preference(choice).margin
    assert epochs == [(0, 0), (0, 1), (1, 0), (1, 1), (1, 1), *((fold, each) for fold in (2, 3, 4) for each in (0, 1))]
    np.testing.assert_allclose(found, whole, rtol=1e-3)


def test_an_encoders_options_are_read_with_care(small_encoder):
    for argument in (f"{small_encoder},epochs=0", f"{small_encoder},rate=2", "rate=2"):
        with pytest.raises(InputError):
            preferrers.get("encoder")(argument)


def test_an_encoder_that_is_not_named_is_minilm():
    unnamed, named = (preferrers.get("encoder")(name) for name in (None, "sentence-transformers/all-MiniLM-L6-v2"))
    assert unnamed.key == named.key
    assert preferrers.get("encoder")("epochs=2").key == f"{named.key[:-1]}2"


def test_an_encoder_that_cannot_be_loaded_is_told_with_the_fix(tmp_path):
    pytest.importorskip("transformers", reason="transformers is not installed")
    m = portolan.map_text(rows_with_a_reason(60), name="pairs", path=tmp_path / "pairs.portolan")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="could not be loaded") as caught:
        m.fit_preference(f"encoder:{tmp_path / 'empty'}")
    assert "encoder:FOLDER" in caught.value.fix


# A language model as judge.


def longer_wins(request):
    """A judge who calls the longer reply better, and the second place a little too."""
    given = json.loads(request["messages"][1]["content"])
    lead = len(given["B"].split()) - len(given["A"].split())
    return chat(json.dumps({"reason": "Length.", "score": float(np.clip(5 + lead + 1, 0, 10))}))


def test_a_judge_is_asked_in_both_orders_and_favouring_a_place_shows():
    with Endpoint(longer_wins) as endpoint:
        model = preferrers.get("judge")(f"m@{endpoint.url}", sleep=lambda _s: None)
        found = model.prefer(batch(("p", "one two three", "one"), ("p", "one", "one two"))).margins
        assert found.tolist() == [[1.0, 3.0], [-2.0, 0.0]]
        assert len(endpoint.requests) == 4
        asked = [json.loads(request["messages"][1]["content"]) for request in endpoint.requests]
    assert sorted((one["A"], one["B"]) for one in asked) == [
        ("one", "one two"), ("one", "one two three"), ("one two", "one"), ("one two three", "one"),
    ]  # fmt: skip


def test_a_judge_that_gives_no_score_leaves_the_pair_untold():
    with Endpoint("I would rather not say.") as endpoint:
        model = preferrers.get("judge")(f"m@{endpoint.url}", sleep=lambda _s: None)
        assert np.isnan(model.prefer(batch(("p", "a", "b"))).margins).all()


def test_a_judges_rubric_is_part_of_its_key_and_its_cost_is_told_before(tmp_path):
    rubric = tmp_path / "kind.txt"
    rubric.write_text("Which is kinder?")
    plain, kind = (preferrers.get("judge")(f"gpt-4o-mini{more}") for more in ("", f",rubric={rubric}"))
    assert plain.key != kind.key
    assert "2,000 requests" in plain.estimate(1000, 100_000)
    assert "USD" in plain.estimate(1000, 100_000)
    with pytest.raises(InputError, match="needs a model") as caught:
        preferrers.get("judge")()
    assert "--model judge" in caught.value.fix


def test_a_map_is_judged_with_a_spread_between_the_orders(tmp_path):
    m = portolan.map_text(rows_with_a_reason(60), name="pairs", path=tmp_path / "pairs.portolan")
    with Endpoint(longer_wins) as endpoint:
        found = m.fit_preference(f"judge:m@{endpoint.url}")
        assert len(endpoint.requests) == 120
    assert found.spread is not None
    assert found.accuracy.n == 60


def test_a_judge_of_whom_nothing_can_be_read_is_refused_and_asked_again_next_time(tmp_path):
    m = portolan.map_text(rows_with_a_reason(60), name="pairs", path=tmp_path / "pairs.portolan")
    with Endpoint("I would rather not say.") as endpoint:
        with pytest.raises(InputError, match=r"Of 120 answers .* 0 could be read") as caught:
            m.fit_preference(f"judge:m@{endpoint.url}")
        assert '"score": 7' in caught.value.fix
        endpoint.answers = [longer_wins]
        assert m.fit_preference(f"judge:m@{endpoint.url}").accuracy.n == 60


def test_pairs_that_a_judge_could_not_read_are_not_told_of(tmp_path):
    def sometimes(request):
        said = json.loads(request["messages"][1]["content"])
        return chat("No.") if "Question 7," in said["before"] else longer_wins(request)

    m = portolan.map_text(rows_with_a_reason(60), name="pairs", path=tmp_path / "pairs.portolan")
    with Endpoint(sometimes) as endpoint:
        assert m.fit_preference(f"judge:m@{endpoint.url}").accuracy.n == 59
