"""Fit a table of word pieces, so that the sum over a text's pieces points where the teacher's sentence vector does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.words import Vocabulary, split_words
from portolan.types import Vectors


@dataclass(frozen=True)
class Bags:
    """Word pieces of each text: pieces[indptr[i]:indptr[i + 1]]."""

    indptr: NDArray[np.int64]
    pieces: NDArray[np.int64]

    def take(self, rows: NDArray[np.int64]) -> Bags:
        """The bags of some rows."""
        sizes = np.diff(self.indptr)[rows]
        indptr = np.concatenate([[0], sizes.cumsum()])
        places = np.arange(indptr[-1]) - np.repeat(indptr[:-1], sizes) + np.repeat(self.indptr[rows], sizes)
        return Bags(indptr, self.pieces[places])


def bags_of(texts: list[str], vocab: str, *, max_words: int) -> Bags:
    """Word pieces as the embedder sees them: word by word, without punctuation."""
    from tokenizers import BertWordPieceTokenizer

    words = split_words(pa.array(texts, pa.large_string()), vocabulary=Vocabulary(), max_words=max_words)
    tokenizer = BertWordPieceTokenizer(vocab, lowercase=True)
    pieces = [e.ids for e in tokenizer.encode_batch(words.vocabulary.words, add_special_tokens=False)]
    sizes = np.array([len(p) for p in pieces])
    flat = [piece for word in words.word_ids for piece in pieces[word]]
    indptr = np.concatenate([[0], sizes[words.word_ids].cumsum()])[words.indptr]
    return Bags(indptr.astype(np.int64), np.array(flat, np.int64))


def leading_directions(targets: Vectors, n_dims: int) -> Vectors:
    """Orthonormal (n_teacher_dims, n_dims) that keeps most of the teacher's vectors; not centred: angles must stay."""
    values, directions = np.linalg.eigh(targets.T @ targets)
    return directions[:, np.argsort(-values)[:n_dims]].astype(np.float32)


def first_table(tokens: Vectors, bags: Bags, directions: Vectors) -> Vectors:
    """The teacher's vector of each piece alone, weighted by how rare the piece is (SIF; Arora et al. 2017)."""
    counts = np.bincount(bags.pieces, minlength=len(tokens)) + 1.0
    weights = 1e-3 / (1e-3 + counts / counts.sum())
    unit = tokens / np.linalg.norm(tokens, axis=1, keepdims=True)
    return ((unit @ directions) * weights[:, None]).astype(np.float32)


def fit_table(
    table: Vectors,
    bags: Bags,
    targets: Vectors,
    *,
    n_epochs: int = 12,
    batch_rows: int = 1024,
    rate: float = 3e-3,
    decay: float = 0.0,
    similarity: float = 0.0,
    random_state: int = 0,
) -> Vectors:
    """Adam on 1 - cosine, plus `similarity` times the mean squared error of the cosines between a batch's texts.

    Pieces that no text holds keep their first vectors; `decay` pulls all towards them.
    """
    import torch

    torch.manual_seed(random_state)
    torch.set_num_threads(2)
    first = torch.from_numpy(table)
    weights = torch.nn.Parameter(first.clone())
    optimizer = torch.optim.Adam([weights], lr=rate, betas=(0.9, 0.99))
    goal = torch.from_numpy(targets)
    rng = np.random.default_rng(random_state)
    usable = np.flatnonzero(np.diff(bags.indptr) > 0)
    n_steps = n_epochs * (len(usable) // batch_rows)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=rate, total_steps=max(n_steps, 1), pct_start=0.1)
    for epoch in range(n_epochs):
        order = rng.permutation(usable)
        losses = []
        for start in range(0, len(order) - batch_rows + 1, batch_rows):
            rows = order[start : start + batch_rows]
            bag = bags.take(rows)
            offsets = torch.from_numpy(bag.indptr[:-1])
            sums = torch.nn.functional.embedding_bag(torch.from_numpy(bag.pieces), weights, offsets, mode="sum")
            unit = torch.nn.functional.normalize(sums)
            wanted = goal[torch.from_numpy(rows)]
            loss = 1 - (unit * wanted).sum(1).mean()
            if similarity:
                loss = loss + similarity * ((unit @ unit.T - wanted @ wanted.T) ** 2).mean()
            if decay:
                loss = loss + decay * ((weights - first) ** 2).sum(1).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(float(loss.detach()))
        print(f"epoch {epoch + 1}/{n_epochs}: loss {np.mean(losses):.4f}", flush=True)
    return weights.detach().numpy()


def quantised(table: Vectors) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """The table as int8 (n_pieces, n_dims), and each piece's scale (n_pieces,)."""
    scales = np.maximum(np.abs(table).max(axis=1), 1e-12) / 127
    return np.round(table / scales[:, None]).astype(np.int8), scales.astype(np.float32)
