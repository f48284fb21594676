"""Reward models of Hugging Face's transformers, by name or from a local folder; several of them as an ensemble."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from portolan.model_key import model_key
from portolan.plugins import Card, InputError, MissingExtraError, PairBatch, Preferences, preferrers
from portolan.types import FloatArray

BATCH_TEXTS = 16
MOST_TOKENS = 1024
CARD: Card = {
    "what": "What a reward model of your own gives each reply to its prompt.",
    "method": "A sequence classifier's score of prompt and reply, in the tokenizer's chat template where it has one; "
    "the chosen reply's minus the rejected one's, calibrated on the map's pairs. Several models: each calibrated by "
    "itself, then the mean of their logits, and their standard deviation.",
    "limits": "As good as the models: read their cards. One that was trained on this very data knows its labels, "
    "flipped ones too. The turns before the reply go in as one turn of the user; of what is too long the end is read.",
    "figures": [],
}


class HfPreferrer:
    """Margins of one or several reward models; on a GPU where there is one."""

    card = CARD
    is_costly = True
    argument = "MODEL, or MODEL+MODEL+…"
    needs_argument = True
    modules = ("torch", "transformers")
    extra = "transformers"
    columns: tuple[str, ...] = ()

    def __init__(self, argument: str | None = None, *, threads: int | None = None) -> None:
        self._names = [name for name in (argument or "").split("+") if name]
        if not self._names:
            raise InputError(
                "The 'hf' model needs the name of a reward model.",
                fix="Name one, or a folder that holds one: --model hf:MODEL; several are joined by +.",
            )
        self._models: list[RewardModel] = []
        self.key = "+".join(model_key("hf-preference:1", name) for name in self._names)

    def prefer(self, pairs: PairBatch) -> Preferences:
        """Margins of each model."""
        self._models = self._models or [RewardModel(name) for name in self._names]
        prompts, chosen, rejected = (part.to_pylist() for part in (pairs.prompts, pairs.chosen, pairs.rejected))
        said = [*zip(prompts, chosen, strict=True), *zip(prompts, rejected, strict=True)]
        # A reply of a ranking stands in several of its pairs: it is read once.
        place_of = {one: place for place, one in enumerate(dict.fromkeys(said))}
        places = np.array([place_of[one] for one in said]).reshape(2, -1)
        rewards = [model.rewards(*map(list, zip(*place_of, strict=True)))[places] for model in self._models]
        return Preferences(np.stack([better - worse for better, worse in rewards], axis=1))


class RewardModel:
    """A sequence classifier whose first logit is the reward."""

    def __init__(self, name: str) -> None:
        try:
            import torch
            from transformers import AutoModelForSequenceClassification, AutoTokenizer
        except ImportError as error:
            raise MissingExtraError(
                "The 'hf' model needs transformers and torch.", fix="Run: pip install 'portolan[transformers]'."
            ) from error
        where = str(Path(name).expanduser())
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(where, truncation_side="left")
            model = AutoModelForSequenceClassification.from_pretrained(where).eval()
        except (OSError, ValueError) as error:
            raise InputError(
                f"'{name}' could not be loaded as a reward model: {str(error).splitlines()[0]}",
                fix="Give a folder that holds a sequence classifier, or the name of a published one and a network.",
            ) from error
        self._model: Any = model.to("cuda" if torch.cuda.is_available() else "cpu")
        # Of several labels the last is the better one: (bad, good). One label is the reward itself.
        self._is_single = int(model.config.num_labels) == 1

    def rewards(self, prompts: list[str], replies: list[str]) -> FloatArray:
        """Reward of each reply to its prompt: float64, shape (n_texts,). Texts of like length stand in one batch."""
        import torch

        texts = [self._joined(prompt, reply) for prompt, reply in zip(prompts, replies, strict=True)]
        found = np.zeros(len(texts))
        order = sorted(range(len(texts)), key=lambda place: sum(map(len, texts[place])))
        for start in range(0, len(order), BATCH_TEXTS):
            places = order[start : start + BATCH_TEXTS]
            batch = self._cut([texts[place] for place in places]).to(self._model.device)
            with torch.inference_mode():
                logits = self._model(**batch).logits.float()
            reward = logits[:, 0] if self._is_single else logits[:, -1] - logits[:, 0]
            found[places] = reward.cpu().numpy()
        return found

    def _joined(self, prompt: str, reply: str) -> tuple[str, ...]:
        """One text in the chat template, or prompt and reply as the two parts of a cross-encoder's input."""
        if getattr(self._tokenizer, "chat_template", None):
            turns = [{"role": "user", "content": prompt}, {"role": "assistant", "content": reply}]
            return (str(self._tokenizer.apply_chat_template(turns, tokenize=False)),)
        return (prompt, reply)

    def _cut(self, texts: list[tuple[str, ...]]) -> Any:
        limit = min(MOST_TOKENS, int(getattr(self._model.config, "max_position_embeddings", MOST_TOKENS)))
        parts = [list(part) for part in zip(*texts, strict=True)]
        # A chat template has written its special tokens already.
        is_whole = len(parts) == 1
        return self._tokenizer(
            *parts,
            padding=True,
            truncation=True if is_whole else "longest_first",
            max_length=limit,
            add_special_tokens=not is_whole,
            return_tensors="pt",
        )


preferrers.add("hf", HfPreferrer)
