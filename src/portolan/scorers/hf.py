"""Any text-classification model of Hugging Face's transformers, by name or from a local folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portolan.model_key import model_key
from portolan.plugins import Card, InputError, MissingExtraError, ScoreColumn, ScoredTexts, Scores, scorers

BATCH_TEXTS = 32
MOST_TOKENS = 512
CARD: Card = {
    "what": "What a text-classification model of your own says: the chance of a label, and the likeliest label.",
    "method": "The model's softmax, or its sigmoid where labels do not exclude each other, on the first 512 tokens.",
    "limits": "As good as the model: read its card. Of a pair it sees the reply without the prompt.",
    "figures": [],
}


class HfScorer:
    """Chance of a label after a sequence classifier; on a GPU where there is one."""

    is_costly = True
    card = CARD
    argument = "MODEL, or MODEL,label=LABEL"
    needs_argument = True
    modules = ("torch", "transformers")
    extra = "transformers"

    def __init__(self, argument: str | None = None, *, threads: int | None = None) -> None:
        self._name, _, label = (argument or "").partition(",label=")
        if not self._name:
            raise InputError(
                "The 'hf' scorer needs a model.",
                fix="Name one, or a folder that holds one: --scorer hf:MODEL or hf:MODEL,label=LABEL.",
            )
        self._label = label
        self._loaded: Any = None
        self.key = f"{model_key('hf', self._name)}:{label}:{MOST_TOKENS}"
        name = "hf_" + _slug(Path(self._name).name) + (f"_{_slug(label)}" if label else "")
        which = f"'{label}'" if label else "the label (of two the second, of several not exclusive ones the first)"
        self.columns = (
            ScoreColumn(name, "number", f"Chance of {which} after {Path(self._name).name}, 0 to 1."),
            ScoreColumn(f"{name}_label", "category", "The likeliest label."),
        )

    def score(self, texts: ScoredTexts) -> Scores:
        """Chance of the label, and the likeliest label, of each text."""
        chances, labels = self._chances(texts.texts.to_pylist())
        column = self._column_of(labels)
        first, second = (column.name for column in self.columns)
        return {first: chances[:, column], second: [labels[place] for place in chances.argmax(axis=1)]}

    def _column_of(self, labels: list[str]) -> int:
        if not self._label:
            return 1 if len(labels) == 2 and not self._is_multi(labels) else 0
        if self._label not in labels:
            raise InputError(
                f"'{self._name}' has no label '{self._label}'.", fix=f"Its labels: {', '.join(labels)[:500]}."
            )
        return labels.index(self._label)

    def _chances(self, texts: list[str]) -> tuple[NDArray[np.float32], list[str]]:
        """Chances, shape (n_texts, n_labels), and the labels' names. Texts of like length stand in one batch."""
        import torch

        model, tokenizer = self._opened()
        labels = [str(model.config.id2label[place]) for place in range(model.config.num_labels)]
        chances = np.zeros((len(texts), len(labels)), np.float32)
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for start in range(0, len(order), BATCH_TEXTS):
            places = order[start : start + BATCH_TEXTS]
            limit = min(MOST_TOKENS, int(getattr(model.config, "max_position_embeddings", MOST_TOKENS)))
            batch = tokenizer(
                [texts[place] for place in places], padding=True, truncation=True, max_length=limit, return_tensors="pt"
            ).to(model.device)
            with torch.inference_mode():
                logits = model(**batch).logits.float()
            found = torch.sigmoid(logits) if self._is_multi(labels) else torch.softmax(logits, dim=-1)
            chances[places] = found.cpu().numpy()
        return chances, labels

    def _is_multi(self, labels: list[str]) -> bool:
        """Whether labels do not exclude each other, or there is only one."""
        config = self._opened()[0].config
        return len(labels) == 1 or config.problem_type == "multi_label_classification"

    def _opened(self) -> tuple[Any, Any]:
        if self._loaded is None:
            try:
                import torch
                from transformers import AutoModelForSequenceClassification, AutoTokenizer
            except ImportError as error:
                raise MissingExtraError(
                    "The 'hf' scorer needs transformers and torch.", fix="Run: pip install 'portolan[transformers]'."
                ) from error
            where = str(Path(self._name).expanduser())
            try:
                tokenizer = AutoTokenizer.from_pretrained(where)
                model = AutoModelForSequenceClassification.from_pretrained(where).eval()
            except (OSError, ValueError) as error:
                raise InputError(
                    f"'{self._name}' could not be loaded as a text-classification model: {str(error).splitlines()[0]}",
                    fix="Give a folder that holds one, or the name of a published model and a network.",
                ) from error
            self._loaded = model.to("cuda" if torch.cuda.is_available() else "cpu"), tokenizer
        return self._loaded  # type: ignore[no-any-return]  # transformers is untyped


def _slug(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_").lower()[:40] or "model"


scorers.add("hf", HfScorer)
