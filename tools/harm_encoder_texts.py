"""The texts that the harm scorer's encoder is trained and measured on, and what its frozen layers make of them.

The lower layers are never trained, so their states are made once for all trainings: float16, in a folder of the user's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from harm_encoder_model import N_DIMS, Lower, Read, Upper, base_folder, load_base, read_pieces, small_tokenizer
from harm_sets import HarmSet, harm_sets, harmless_pairs, xstest
from harm_training import fold_of

MOST = {"DiaSafety": 2400, "Davidson": 1300, "EDOS": 2000, "requests": 2000, "replies": 300,
        "Davidson in reply": 800, "EDOS in reply": 800}  # fmt: skip
"""So many texts of each set are read to train: a training takes two minutes of one core."""
MOST_PAIRS = 300
MEASURED = {"DiaSafety": 4800, "Davidson": 3000, "EDOS": 4800, "requests": 3600, "replies": 0,
            "Davidson in reply": 1600, "EDOS in reply": 1600}  # fmt: skip
"""Of so many texts of each set those of the fold held out calibrate and measure; the ones above are among them."""
MEASURED_PAIRS = 1800
HELD_OUT = 0
"""The fold that no training sees: half of it calibrates, the other half measures the very file that is bundled."""
N_LOWER = 4
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
    groups : ndarray of int64, shape (n_texts,)
        Texts of one group (replies in one context) are trained on, or calibrate, or measure: all of them the same.
    first : int
        Where they begin among the states.
    """

    name: str
    rows: Rows
    is_harmful: Floats
    groups: NDArray[np.int64]
    first: int

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def places(self) -> Rows:
        """Where the texts stand among the states."""
        return self.first + np.arange(len(self))

    @property
    def is_held_out(self) -> NDArray[np.bool_]:
        """Which of them no training sees."""
        return fold_of(self.groups) == HELD_OUT

    @property
    def calibrating(self) -> Rows:
        """Which of those held out the chance is fitted on: half of the groups."""
        return np.flatnonzero(self.is_held_out & (_half_of(self.groups) == 0))

    @property
    def measuring(self) -> Rows:
        """Which of those held out nothing is fitted on."""
        return np.flatnonzero(self.is_held_out & (_half_of(self.groups) == 1))


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
    """Everything that is read: labelled sets, XSTest, and pairs of replies (better at `better`, worse at `worse`).

    `pair_rows` says which of all pairs they are.
    """

    parts: Mapping[str, Part]
    pair_rows: Rows
    pair_folds: NDArray[np.int64]
    better: Rows
    worse: Rows
    texts: list[str]
    prompts: list[str]


def read_pool(data: Path, most: Mapping[str, int] = MOST, most_pairs: int = MOST_PAIRS) -> Pool:
    """Read the sets and choose their texts: whole groups, in an order that the seed decides."""
    parts: dict[str, Part] = {}
    texts: list[str] = []
    prompts: list[str] = []
    for part in [*harm_sets(data), xstest(data)]:
        rows = chosen_rows(part, most.get(part.name, len(part)))
        is_harmful = part.is_harmful[rows].astype(np.float32)
        parts[part.name] = Part(part.name, rows, is_harmful, part.groups[rows], len(texts))
        texts += [part.texts[row] for row in rows]
        prompts += [part.prompts[row] for row in rows]
    pairs = harmless_pairs(data)
    rows = np.random.default_rng(0).permutation(len(pairs))[:most_pairs]
    better = len(texts) + np.arange(len(rows))
    for side in (pairs.better, pairs.worse):
        texts += [side[row] for row in rows]
        prompts += [pairs.prompts[row] for row in rows]
    return Pool(parts, rows, fold_of(pairs.groups)[rows], better, better + len(rows), texts, prompts)


def _half_of(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """0 or 1, the same for all texts of a group, whatever its fold."""
    return (groups * 2246822519 >> 9) % 2


def chosen_rows(part: HarmSet, most: int) -> Rows:
    """At most about `most` texts of a set, whole groups of them, the same ones every time."""
    order = np.random.default_rng(0).permutation(int(part.groups.max()) + 1)[part.groups]
    return np.argsort(order, kind="stable")[:most]


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
