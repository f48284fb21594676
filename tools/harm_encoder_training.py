"""Train the upper layers of the harm scorer's encoder on part of the sets: what its tool and its benchmark share.

The lower layers are frozen, so their states are made once for all trainings: float16, in a folder of the user's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - as torch's own documents have it

from harm_encoder_model import N_DIMS, Lower, Read, Upper, base_folder, load_base, read_pieces, small_tokenizer
from harm_sets import HarmSet, harm_sets, harmless_pairs, xstest
from harm_training import fold_of

MOST = {"DiaSafety": 2400, "Davidson": 1300, "EDOS": 2000, "requests": 2000, "replies": 300}
"""So many texts of each set are read: a training takes two minutes of one core. More of them may do better."""
MOST_PAIRS = 300
HELD_OUT = 0
"""The fold that no training sees: it calibrates and measures the very weights that are bundled."""
N_LOWER = 4
TRAINED = tuple(MOST)
PAIRS = "hh-rlhf harmless"
LEFT_OUT: Mapping[str, tuple[str, ...]] = {
    "DiaSafety": ("DiaSafety",),
    "EDOS": ("EDOS",),
    "requests": (PAIRS, "requests", "replies"),
}
"""Sets that are left out whole to be measured unseen, each with what else is of the same source."""
Floats = NDArray[np.float32]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """Texts of one set.

    Attributes
    ----------
    rows : ndarray of int64, shape (n_texts,)
        Which of the set's texts these are.
    is_harmful : ndarray of float32, shape (n_texts,)
    folds : ndarray of int64, shape (n_texts,)
    first : int
        Where they begin among the states.
    """

    name: str
    rows: Rows
    is_harmful: Floats
    folds: NDArray[np.int64]
    first: int

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def places(self) -> Rows:
        """Where the texts stand among the states."""
        return self.first + np.arange(len(self))


@dataclass(frozen=True)
class States:
    """What the frozen layers make of texts: (n_pieces, N_DIMS) float16 from `starts[i]` to `starts[i + 1]`."""

    values: NDArray[np.float16]
    starts: NDArray[np.int64]
    n_before: NDArray[np.int64]

    def batch(self, places: Rows) -> tuple[Tensor, Tensor, Tensor]:
        """States, marks of the text's own pieces and mask of some texts, padded at the end."""
        lengths = self.starts[places + 1] - self.starts[places]
        x = np.zeros((len(places), int(lengths.max()), N_DIMS), np.float32)
        for i, place in enumerate(places):
            x[i, : lengths[i]] = self.values[self.starts[place] : self.starts[place + 1]]
        order = np.arange(x.shape[1])
        mask = order < lengths[:, None]
        is_text = mask & (order >= self.n_before[places][:, None])
        return torch.from_numpy(x), torch.from_numpy(is_text.astype(np.float32)), torch.from_numpy(mask[:, None, None])


@dataclass(frozen=True)
class Pool:
    """Everything that is read: labelled sets, pairs (better at `better`, worse at `worse`), XSTest."""

    parts: Mapping[str, Part]
    better: Rows
    worse: Rows
    pair_folds: NDArray[np.int64]
    texts: list[str]
    prompts: list[str]


@dataclass(frozen=True)
class Plan:
    """How to train."""

    n_epochs: int = 1
    batch_texts: int = 24
    rate: float = 2e-4
    head_rate: float = 2e-3
    pair_weight: float = 0.3
    seed: int = 0


def read_pool(data: Path) -> Pool:
    """Read the sets and choose their texts: whole groups, in an order that the seed decides."""
    parts: dict[str, Part] = {}
    texts: list[str] = []
    prompts: list[str] = []
    for part in [*harm_sets(data), xstest(data)]:
        rows = chosen_rows(part, MOST.get(part.name, len(part)))
        folds = fold_of(part.groups)[rows]
        parts[part.name] = Part(part.name, rows, part.is_harmful[rows].astype(np.float32), folds, len(texts))
        texts += [part.texts[row] for row in rows]
        prompts += [part.prompts[row] for row in rows]
    pairs = harmless_pairs(data)
    rows = np.random.default_rng(0).permutation(len(pairs))[:MOST_PAIRS]
    better = len(texts) + np.arange(len(rows))
    for side in (pairs.better, pairs.worse):
        texts += [side[row] for row in rows]
        prompts += [pairs.prompts[row] for row in rows]
    return Pool(parts, better, better + len(rows), fold_of(pairs.groups)[rows], texts, prompts)


def chosen_rows(part: HarmSet, most: int) -> Rows:
    """At most about `most` texts of a set, whole groups of them, the same ones every time."""
    order = np.random.default_rng(0).permutation(int(part.groups.max()) + 1)[part.groups]
    return np.argsort(order, kind="stable")[:most]


def trained(pool: Pool, states: States, folder: Path, *, without: str | None = None) -> Upper:
    """Upper layers trained without a set of `LEFT_OUT` (none: without the held out fold), from `folder` or anew."""
    path = folder / f"upper-{without or 'held-out'}.pt"
    upper = opened(pool)[2]
    if path.exists():
        upper.load_state_dict(torch.load(path))
        return upper.eval()
    left_out, fold = (LEFT_OUT[without], None) if without else ((), HELD_OUT)
    upper = train_upper(pool, states, Plan(), without=left_out, fold=fold, upper=upper)
    torch.save(upper.state_dict(), path)
    return upper


def read_states(pool: Pool, folder: Path) -> States:
    """States of the frozen layers, from `folder` where they are there; a run that was stopped goes on."""
    folder.mkdir(parents=True, exist_ok=True)
    read, lower, _ = opened(pool)
    lengths = np.array([len(ids) for ids in read.ids], np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    path, done_path = folder / "states.npy", folder / "done.npy"
    new = {} if path.exists() else {"dtype": np.float16, "shape": (int(starts[-1]), N_DIMS)}
    values = np.lib.format.open_memmap(path, "w+" if new else "r+", **new)
    done = np.load(done_path) if done_path.exists() else np.zeros(len(read), bool)
    for number, places in enumerate(same_length(lengths, done)):
        ids = torch.tensor([read.ids[place] for place in places])
        with torch.inference_mode():
            found = lower(ids).to(torch.float16).numpy()
        for place, state in zip(places, found, strict=True):
            values[starts[place] : starts[place + 1]] = state
        done[places] = True
        if number % 25 == 0:
            np.save(done_path, done)
            print(f"states: {done.sum():,} of {len(done):,}", flush=True)
    np.save(done_path, done)
    return States(values, starts, read.n_before)


def opened(pool: Pool, n_lower: int = N_LOWER) -> tuple[Read, Lower, Upper]:
    """The pool's texts as word pieces, and MiniLM cut in two."""
    torch.manual_seed(0)
    tokenizer, kept = small_tokenizer(base_folder())
    lower, upper = load_base(base_folder(), kept, n_lower)
    return read_pieces(tokenizer, pool.texts, pool.prompts), lower, upper


def same_length(lengths: NDArray[np.int64], done: NDArray[np.bool_], most: int = 32) -> Iterator[list[int]]:
    """Batches of places of equal length: nothing is padded."""
    for length in np.unique(lengths):
        places = np.flatnonzero((lengths == length) & ~done)
        for start in range(0, len(places), most):
            yield places[start : start + most].tolist()


def train_upper(
    pool: Pool, states: States, plan: Plan, *, without: Sequence[str] = (), fold: int | None = None, upper: Upper
) -> Upper:
    """Train `upper` on all sets and pairs but those in `without`, and but the texts of a fold; each set counts alike.

    Each set has a bias of its own while training: how often a set calls a text harmful says how it was collected.
    """
    torch.manual_seed(plan.seed)
    random = np.random.default_rng(plan.seed)
    names = [name for name in TRAINED if name not in without]
    table = _labelled(pool, names, fold)
    pairs = np.flatnonzero(pool.pair_folds != fold) if PAIRS not in without else np.zeros(0, np.int64)
    biases = torch.zeros(len(names), requires_grad=True)
    heads = [*upper.hidden.parameters(), *upper.harm.parameters(), biases]
    groups = [{"params": list(upper.layers.parameters()), "lr": plan.rate}, {"params": heads, "lr": plan.head_rate}]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    batches = _batches(table[0], states, plan, random)
    ramp = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _ramp(step, len(batches)))
    upper.train()
    for step, rows in enumerate(batches):
        places, labels, sets, weights = (column[rows] for column in table)
        logits = upper(*states.batch(places)) + biases[torch.from_numpy(sets)]
        each = F.binary_cross_entropy_with_logits(logits, torch.from_numpy(labels), reduction="none")
        loss = (each * torch.from_numpy(weights)).mean()
        if len(pairs) and step % 4 == 0:
            few = random.choice(pairs, 8)
            both = upper(*states.batch(np.concatenate([pool.better[few], pool.worse[few]])))
            loss = loss + plan.pair_weight * F.softplus(both[:8] - both[8:]).mean()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(upper.parameters(), 1.0)
        optimiser.step()
        ramp.step()
        if step % 50 == 0:
            print(f"step {step} of {len(batches)}: loss {float(loss.detach()):.3f}", flush=True)
    return upper.eval()


def _labelled(pool: Pool, names: Sequence[str], fold: int | None) -> tuple[Any, ...]:
    """Places, labels, numbers of the sets and weights of the texts to train on."""
    columns: list[list[Any]] = [[], [], [], []]
    for number, name in enumerate(names):
        part = pool.parts[name]
        kept = np.flatnonzero(part.folds != fold)
        share = part.is_harmful[kept].mean()
        even = np.where(part.is_harmful[kept] > 0, 0.5 / max(share, 1e-9), 0.5 / (1 - share)) if share else 1.0
        found = (
            part.places[kept],
            part.is_harmful[kept],
            np.full(len(kept), number),
            np.sqrt(np.full(len(kept), 3000 / len(kept))) * np.sqrt(even),
        )
        for column, values in zip(columns, found, strict=True):
            column.append(values)
    places, labels, sets, weights = (np.concatenate(column) for column in columns)
    return places, labels.astype(np.float32), sets, (weights / weights.mean()).astype(np.float32)


def _batches(places: Rows, states: States, plan: Plan, random: np.random.Generator) -> list[Rows]:
    """Rows of each step: mixed, then of like length within a few hundred, so that little is padded."""
    lengths = states.starts[places + 1] - states.starts[places]
    batches: list[Rows] = []
    for _ in range(plan.n_epochs):
        order = random.permutation(len(places))
        for start in range(0, len(order), 16 * plan.batch_texts):
            some = order[start : start + 16 * plan.batch_texts]
            some = some[np.argsort(lengths[some], kind="stable")]
            few = [some[at : at + plan.batch_texts] for at in range(0, len(some), plan.batch_texts)]
            batches += [few[at] for at in random.permutation(len(few))]
    return batches


def _ramp(step: int, n_steps: int) -> float:
    """Share of the rate: up over the first tenth, then down along a cosine."""
    first = max(1, n_steps // 10)
    return (step + 1) / first if step < first else 0.5 * (1 + math.cos(math.pi * (step - first) / (n_steps - first)))


def logits_of(upper: Upper, states: States, places: Rows, *, batch_texts: int = 64) -> Floats:
    """Logits of texts, float32 (n_texts,)."""
    found = np.empty(len(places), np.float32)
    lengths = states.starts[places + 1] - states.starts[places]
    order = np.argsort(lengths, kind="stable")
    with torch.inference_mode():
        for start in range(0, len(order), batch_texts):
            rows = order[start : start + batch_texts]
            found[rows] = upper(*states.batch(places[rows])).numpy()
    return found
