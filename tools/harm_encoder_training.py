"""Train the upper layers of the harm scorer's encoder on part of the sets: what its tool and its benchmark share."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812 - as torch's own documents have it

from harm_encoder_model import Upper
from harm_encoder_texts import HELD_OUT, MOST, Floats, Pool, Rows, States, opened
from harm_sets import IN_REPLY
from harm_training import fold_of

TRAINED = tuple(MOST)
PAIRS = "hh-rlhf harmless"
LEFT_OUT: Mapping[str, tuple[str, ...]] = {
    "DiaSafety": ("DiaSafety",),
    "Davidson": ("Davidson",),
    "EDOS": ("EDOS",),
    "requests": (PAIRS, "requests", "replies"),
}
"""Sets that are left out whole to be measured unseen, each with what else is of the same source."""


@dataclass(frozen=True)
class Plan:
    """How to train."""

    n_epochs: int = 1
    batch_texts: int = 24
    rate: float = 2e-4
    head_rate: float = 2e-3
    pair_weight: float = 0.3
    seed: int = 0


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


def train_upper(
    pool: Pool, states: States, plan: Plan, *, without: Sequence[str] = (), fold: int | None = None, upper: Upper
) -> Upper:
    """Train `upper` on all sets and pairs but those in `without`, and but the texts of a fold; each set counts alike.

    Each set has a bias of its own while training: how often a set calls a text harmful says how it was collected.
    """
    torch.manual_seed(plan.seed)
    random = np.random.default_rng(plan.seed)
    names = [name for name in TRAINED if name.removesuffix(IN_REPLY) not in without]
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
        kept = np.flatnonzero(fold_of(part.groups) != fold)
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
