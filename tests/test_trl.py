"""A cleaned dataset goes into TRL: `datasets` loads it, TRL reads preferences in it, DPO trains on them; offline."""

import json

import pytest

import portolan
from small_data import pair_rows

pytest.importorskip("trl", reason="trl is not installed: pip install 'portolan[dev]'")

RECIPE = """
rules:
  - drop: row_id < 5
    reason: first ones
  - flip: row_id < 8
    reason: the wrong way round
"""
N_ROWS = 24
N_STEPS = 2
CHAT = "{% for turn in messages %}{{ turn['role'] }} {{ turn['content'] }} {% endfor %}"


def as_messages(row):
    """A pair of transcripts as lists of messages, its prompt in a column of its own."""
    prompt, chosen = row["chosen"].split("\n\nAssistant: ")
    return {
        "prompt": [{"role": "user", "content": prompt.removeprefix("\n\nHuman: ")}],
        "chosen": [{"role": "assistant", "content": chosen}],
        "rejected": [{"role": "assistant", "content": row["rejected"].split("\n\nAssistant: ")[1]}],
    }


@pytest.fixture(scope="module", params=["transcripts", "messages"])
def given(request):
    rows = pair_rows(N_ROWS)
    return rows if request.param == "transcripts" else [as_messages(row) for row in rows]


@pytest.fixture(scope="module")
def cleaned(given, tmp_path_factory):
    made = portolan.map_text(given, path=tmp_path_factory.mktemp("maps") / "m", progress=False)
    made.clean(RECIPE)
    return made


@pytest.fixture
def load(cleaned, tmp_path, monkeypatch):
    """Exports the cleaned rows, and reads them as `datasets` does."""
    import datasets

    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)

    def load(name):
        out = tmp_path / name
        cleaned.export(out)
        source = {"path": "json", "data_files": str(out)} if out.suffix else {"path": str(out)}
        return datasets.load_dataset(**source, split="train", cache_dir=str(tmp_path / "cache"))

    return load


@pytest.mark.parametrize("name", ["out", "out.jsonl"])
def test_trl_finds_prompt_and_sides_and_loses_no_word_of_them(given, load, name):
    from trl.data_utils import is_conversational, maybe_extract_prompt

    kept, loaded = given[5:], load(name)
    assert is_conversational(loaded[0]) == isinstance(given[0]["chosen"], list)
    for number, (row, read) in enumerate(zip(kept, map(maybe_extract_prompt, loaded), strict=True)):
        chosen, rejected = ("rejected", "chosen") if number < 3 else ("chosen", "rejected")
        before = row.get("prompt", [])
        assert read["prompt"] + read["chosen"] == (before + row[chosen] if before else row[chosen])
        assert read["prompt"] + read["rejected"] == (before + row[rejected] if before else row[rejected])


@pytest.mark.filterwarnings("ignore")  # what its libraries say of each other's newest versions
def test_dpo_trains_on_what_was_cleaned(given, load, tmp_path):
    import torch
    from trl import DPOConfig, DPOTrainer

    tokenizer = small_tokenizer(json.dumps(given).split())
    how = DPOConfig(
        output_dir=str(tmp_path / "trained"), max_steps=N_STEPS, per_device_train_batch_size=4, learning_rate=0.01,
        use_cpu=True, bf16=False, report_to="none", save_strategy="no", disable_tqdm=True,
    )  # fmt: skip
    model = small_model(tokenizer)
    before = [part.detach().clone() for part in model.parameters()]
    trainer = DPOTrainer(
        model, ref_model=small_model(tokenizer), args=how, train_dataset=load("out"), processing_class=tokenizer
    )
    trained = trainer.train()
    assert (trained.global_step, trainer.train_dataset.num_rows) == (N_STEPS, N_ROWS - 5)
    assert torch.isfinite(torch.tensor(trained.training_loss))
    assert any(not torch.equal(now, was) for now, was in zip(model.parameters(), before, strict=True))


def small_tokenizer(words):
    """A tokenizer of these words."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    special = ["[UNK]", "[PAD]", "[END]"]
    vocabulary = {word: number for number, word in enumerate([*special, *sorted(set(words))])}
    own = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    own.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(
        tokenizer_object=own, unk_token="[UNK]", pad_token="[PAD]", eos_token="[END]", chat_template=CHAT
    )


def small_model(tokenizer):
    """A language model of two thousand weights or so, drawn at random and always the same."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer), hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
            max_position_embeddings=512, pad_token_id=tokenizer.pad_token_id, eos_token_id=tokenizer.eos_token_id,
            bos_token_id=None,
        )
    )  # fmt: skip
