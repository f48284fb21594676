"""A small encoder that reads the prompt's end with a reply, fine-tuned on the map's pairs, fold by fold.

The loss is Bradley-Terry's on the two replies' scores, so swapping sides changes the sign. What a fold's model says is
kept when it is done, and its state after every epoch: a run that was stopped goes on there.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from portolan.errors import InputError, MissingExtraError
from portolan.model_key import model_key
from portolan.plugins import Card, PairOutcomes, PairsToPrefer, preferrers
from portolan.types import FloatArray, Progress, Report, silent

BATCH_PAIRS = 16
BATCHES_SORTED = 25
PAIRS_AT_ONCE = 4
"""Of a batch a processor reads so many at once: what is kept for the way back is then a quarter."""
PROMPT_TOKENS, REPLY_TOKENS = 96, 160
MOST_TOKENS = PROMPT_TOKENS + REPLY_TOKENS + 3
LENGTH_STEP = 32
PROMPT_CHARS, REPLY_CHARS = 1200, 1600
RATE = 5e-5
DEFAULT = "sentence-transformers/all-MiniLM-L6-v2"
WARM_SHARE = 0.1
CARD: Card = {
    "what": "Which of two replies is preferred, by a small encoder fine-tuned on the map's own pairs.",
    "method": "A cross-encoder over the prompt's end and a reply, scored at its first token and the mean of all; "
    "pairwise logistic loss, AdamW; one model for each of five folds by prompt.",
    "limits": "It needs tens of thousands of pairs, and a GPU or patience. Planted flips are looked for with the "
    "models as they are: they are not trained anew on them, so that what they find is told a little too well.",
    "figures": [],
}


class EncoderPreferrer:
    """A fine-tuned encoder; on a GPU where there is one."""

    card = CARD
    is_costly = True
    argument = f"MODEL or FOLDER, by default {DEFAULT}, then ,epochs=1"
    needs_argument = False
    modules = ("torch", "transformers")
    extra = "transformers"

    def __init__(self, argument: str | None = None, *, threads: int | None = None) -> None:
        name, *options = (argument or "").split(",")
        if "=" in name:
            name, options = "", [name, *options]
        self._name = name or DEFAULT
        self._epochs = _epochs(options)
        self._threads = threads
        self.key = f"{model_key('encoder:2', self._name)}:{self._epochs}"

    def read(self, pairs: PairsToPrefer, *, report: Report = silent) -> EncodedPairs:
        """Read all pairs as tokens."""
        return EncodedPairs(pairs, self._name, self._epochs)


def _epochs(options: list[str]) -> int:
    for option in options:
        name, _, value = option.partition("=")
        if name.strip() != "epochs" or not value.strip().isdigit() or int(value) < 1:
            raise InputError(f"The 'encoder' model has no option '{option}'.", fix="Write epochs=1, or more.")
        return int(value)
    return 1


class EncodedPairs:
    """Pairs as tokens, and the models of the folds."""

    def __init__(self, pairs: PairsToPrefer, name: str, epochs: int) -> None:
        try:
            import torch
            from transformers import AutoTokenizer
        except ImportError as error:
            raise MissingExtraError(
                "The 'encoder' model needs transformers and torch.", fix="Run: pip install 'portolan[transformers]'."
            ) from error
        self._name, self._epochs = str(Path(name).expanduser()), epochs
        self._folder = pairs.new_folder("encoder")
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._halves = _has_bfloat16(self._device)
        self._at_once = BATCH_PAIRS if self._device == "cuda" else PAIRS_AT_ONCE
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(self._name)
        except (OSError, ValueError) as error:
            raise InputError(
                f"'{name}' could not be loaded as an encoder: {str(error).splitlines()[0]}",
                fix="It is downloaded once, which takes a network; or give a folder that holds an encoder: "
                "--model encoder:FOLDER.",
            ) from error
        self._replies: list[tuple[list[int], list[int]]] = []
        for batch in pairs.batches():
            self._replies += self._tokens(*(part.to_pylist() for part in (batch.prompts, batch.chosen, batch.rejected)))

    def _tokens(self, prompts: list[str], chosen: list[str], rejected: list[str]) -> list[tuple[list[int], list[int]]]:
        """Ids of the prompt's end with the chosen and with the rejected reply."""
        asked, first, second = (
            self._tokenizer(part, add_special_tokens=False)["input_ids"]
            for part in (
                [text[-PROMPT_CHARS:] for text in prompts],
                [text[:REPLY_CHARS] for text in chosen],
                [text[:REPLY_CHARS] for text in rejected],
            )
        )
        begin, end = self._tokenizer.cls_token_id, self._tokenizer.sep_token_id
        joined = []
        for ask, one, other in zip(asked, first, second, strict=True):
            before = [begin, *ask[-PROMPT_TOKENS:], end]
            joined.append(([*before, *one[:REPLY_TOKENS], end], [*before, *other[:REPLY_TOKENS], end]))
        return joined

    def cross_fit(self, of: PairOutcomes, *, report: Report = silent) -> FloatArray:
        """Out-of-fold margins; folds that are done are read."""
        margins = np.zeros(len(self._replies))
        n_folds = int(of.folds.max()) + 1
        for fold in range(n_folds):
            rows = np.flatnonzero(of.folds == fold)
            kept = self._folder / f"margins-{fold}.npy"
            if not kept.exists():
                model = self._fitted(fold, np.flatnonzero((of.folds != fold) & (of.outcomes != 0)), of, report)
                _replace(kept, self._margins(model, rows))
                (self._folder / f"state-{fold}.pt").unlink(missing_ok=True)
            margins[rows] = np.load(kept)
        return margins

    def refit(self, versions: np.ndarray, of: PairOutcomes, *, report: Report = silent) -> FloatArray | None:
        """None: it would take as long again for each version."""
        return None

    def _fitted(self, fold: int, rows: np.ndarray, of: PairOutcomes, report: Report) -> Any:
        import torch

        torch.manual_seed(fold)
        model = _Reader(self._name).to(self._device)
        steps = self._epochs * math.ceil(len(rows) / BATCH_PAIRS)
        optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, steps))
        state = self._folder / f"state-{fold}.pt"
        done = 0
        if state.exists():
            known = torch.load(state, map_location=self._device, weights_only=True)
            model.load_state_dict(known["model"])
            optimizer.load_state_dict(known["optimizer"])
            schedule.load_state_dict(known["schedule"])
            done = int(known["epochs"])
        for epoch in range(done, self._epochs):
            self._epoch(model, optimizer, schedule, rows, of, (fold, epoch), report)
            self._keep(state, model, optimizer, schedule, epoch + 1)
        return model

    def _epoch(
        self, model: Any, optimizer: Any, schedule: Any, rows: np.ndarray, of: PairOutcomes, at: tuple[int, int],
        report: Report,
    ) -> None:  # fmt: skip
        import torch

        # Anew in each epoch: one that was stopped drops out what it would have dropped.
        torch.manual_seed(1000 * at[0] + at[1])
        model.train()
        done = 0
        for few in self._batches(np.random.default_rng(at), rows):
            optimizer.zero_grad()
            for part in np.array_split(few, math.ceil(len(few) / self._at_once)):
                signs, weights = (
                    torch.tensor(values[part].astype(np.float32), device=self._device)
                    for values in (of.outcomes, of.weights)
                )
                losses = weights * torch.nn.functional.softplus(-signs * self._gaps(model, part))
                (losses.sum() / len(few)).backward()  # type: ignore[no-untyped-call]  # torch's own
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            done += len(few)
            note = f"fold {at[0] + 1}, epoch {at[1] + 1}"
            report(Progress("preference", done, len(rows), unit="pairs", note=note))

    def _batches(self, rng: np.random.Generator, rows: np.ndarray) -> list[np.ndarray]:
        """Rows in batches, in a drawn order; those of a batch are about as long, so that little is padding."""
        drawn = rng.permutation(rows)
        found = []
        for start in range(0, len(drawn), BATCH_PAIRS * BATCHES_SORTED):
            part = drawn[start : start + BATCH_PAIRS * BATCHES_SORTED]
            part = part[np.argsort([max(map(len, self._replies[row])) for row in part], kind="stable")]
            found += [part[at : at + BATCH_PAIRS] for at in range(0, len(part), BATCH_PAIRS)]
        return [found[place] for place in rng.permutation(len(found))]

    def _keep(self, path: Path, model: Any, optimizer: Any, schedule: Any, epochs: int) -> None:
        import torch

        beside = path.with_suffix(".part")
        torch.save(
            {
                "model": model.state_dict(), "optimizer": optimizer.state_dict(),
                "schedule": schedule.state_dict(), "epochs": epochs,
            },
            beside,
        )  # fmt: skip
        beside.replace(path)

    def _margins(self, model: Any, rows: np.ndarray) -> FloatArray:
        import torch

        model.eval()
        found = np.zeros(len(rows))
        order = sorted(range(len(rows)), key=lambda place: len(self._replies[rows[place]][0]))
        with torch.inference_mode():
            for start in range(0, len(order), 2 * BATCH_PAIRS):
                few = order[start : start + 2 * BATCH_PAIRS]
                found[few] = self._gaps(model, rows[few]).cpu().numpy()
        return found

    def _gaps(self, model: Any, rows: np.ndarray) -> Any:
        """By how much the first reply's score is above the second's."""
        import torch

        ids = [self._replies[row][side] for side in (0, 1) for row in rows]
        # Few lengths: for each new one kernels are made, and kept.
        length = min(MOST_TOKENS, -(-max(map(len, ids)) // LENGTH_STEP) * LENGTH_STEP)
        padded = torch.full((len(ids), length), self._tokenizer.pad_token_id or 0)
        mask = torch.zeros((len(ids), length), dtype=torch.long)
        for place, tokens in enumerate(ids):
            padded[place, : len(tokens)] = torch.tensor(tokens)
            mask[place, : len(tokens)] = 1
        with torch.autocast(self._device, torch.bfloat16, enabled=self._halves):
            scores = model(padded.to(self._device), mask.to(self._device)).float()
        return scores[: len(rows)] - scores[len(rows) :]


def _has_bfloat16(device: str) -> bool:
    """Whether the machine multiplies bfloat16 by itself: training then takes a third of the time."""
    import torch

    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    able = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return any(bool(able.get(name)) for name in ("avx512_bf16", "amx_bf16"))


def _Reader(name: str) -> Any:  # noqa: N802  # a class, made where torch is there
    """An encoder whose mean over tokens, with the first token's, gives one score."""
    import torch
    from transformers import AutoConfig, AutoModel
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers' own

    class Reader(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            config = AutoConfig.from_pretrained(name)
            for dropout in ("attention_probs_dropout_prob", "attention_dropout"):
                # Drawing what attention drops out takes longer than attending; what is hidden is still dropped out.
                if hasattr(config, dropout):
                    setattr(config, dropout, 0.0)
            # On a processor the plain form is quicker to train than the fused one, whose way back is slow.
            plain = {} if torch.cuda.is_available() else {"attn_implementation": "eager"}
            self.encoder = AutoModel.from_pretrained(name, config=config, **plain)
            self.head = torch.nn.Linear(2 * int(self.encoder.config.hidden_size), 1)

        def forward(self, ids: Any, mask: Any) -> Any:
            hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
            share = mask.unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * share).sum(dim=1) / share.sum(dim=1)
            return self.head(torch.cat([hidden[:, 0], mean], dim=1)).squeeze(-1)

    return Reader()


def _rate(step: int, steps: int) -> float:
    """Rising to one in the first tenth of the steps, then falling to zero."""
    warm = max(1, round(WARM_SHARE * steps))
    return min((step + 1) / warm, max(0.0, (steps - step) / max(1, steps - warm)))


def _replace(path: Path, values: FloatArray) -> None:
    beside = path.with_suffix(".part.npy")
    np.save(beside, values)
    beside.replace(path)


preferrers.add("encoder", EncoderPreferrer)
