"""A concept as a small file: JSON with numbers in base64. Nothing in it is code."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portolan.core.concept import Calibration, Learnt, Model
from portolan.core.concept_figures import AtCut, Share, at_cut, cuts
from portolan.errors import InputError

FORMAT = 1
KIND = "portolan-concept"
_NAME = re.compile(r"\w{1,60}", re.ASCII)


@dataclass(frozen=True)
class Told:
    """What is told of a concept: counts of the labels it was taught by, and figures of rows it had not seen.

    Attributes
    ----------
    n_positive, n_other : int
        Labelled rows (or sides of rows) that it was taught by.
    best : AtCut
        At the chosen cut.
    curve : tuple of AtCut
        At .05, .1 … .95.
    """

    n_positive: int
    n_other: int
    best: AtCut
    curve: tuple[AtCut, ...]
    average_precision: Share

    @property
    def n_labels(self) -> int:
        """Labelled rows it was taught by."""
        return self.n_positive + self.n_other

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "labels": {"positive": self.n_positive, "other": self.n_other},
            **self.best.to_json(), "average_precision": self.average_precision.to_json(),
            "curve": [one.to_json() for one in self.curve],
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Told:
        """What `to_json` gave."""
        labels = data["labels"]
        return cls(
            int(labels["positive"]), int(labels["other"]), _at_cut(data), tuple(map(_at_cut, data["curve"])),
            _share(data["average_precision"]),
        )  # fmt: skip


def told_of(learnt: Learnt, cut: float) -> Told:
    """What is told of what was learnt."""
    n_positive = int(learnt.is_positive.sum())
    return Told(
        n_positive, len(learnt.is_positive) - n_positive, at_cut(learnt.is_positive, learnt.chances, cut),
        tuple(cuts(learnt.is_positive, learnt.chances)), learnt.average_precision,
    )  # fmt: skip


@dataclass(frozen=True)
class Taught:
    """A concept: what it is called and means, the model, what it reads, how good it is.

    Attributes
    ----------
    set, values : str, tuple of str
        The set of labels, and those of its labels that count as the concept.
    reads : {"text", "prompt", "difference"}
        What of a row is embedded for it: its text or one side of a pair, the prompt alone, how two sides differ.
    embedder : str
        Names the vectors that it is about.
    mean : ndarray of float32, shape (n_dims,), or None
        What is taken out of vectors of the default embedder.
    made : mapping
        Versions of what made it.
    """

    name: str
    set: str
    values: tuple[str, ...]
    model: Model
    told: Told
    embedder: str
    description: str = ""
    reads: str = "text"
    mean: NDArray[np.float32] | None = None
    made: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        calibration = self.model.calibration
        steps = None
        if calibration.at is not None and calibration.chances is not None:
            steps = {"at": calibration.at.tolist(), "chances": calibration.chances.tolist()}
        return {
            "kind": KIND, "format": FORMAT, "name": self.name, "description": self.description,
            "set": self.set, "values": list(self.values), "reads": self.reads, "embedder": self.embedder,
            "figures": self.told.to_json(), "made": dict(self.made),
            "calibration": {"slope": calibration.slope, "offset": calibration.offset, "steps": steps},
            "shape": list(self.model.weights.shape), "weights": _packed(self.model.weights, np.float16),
            "biases": _packed(self.model.biases, np.float16),
            "mean": None if self.mean is None else _packed(self.mean, np.float32),
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Taught:
        """What `to_json` gave. Raises InputError where it is none."""
        if data.get("kind") != KIND:
            raise InputError("It is no concept.", fix="Give a file that portolan teach --save wrote.")
        if int(data.get("format", 0)) > FORMAT:
            raise InputError(
                f"It is a concept of format {data['format']}; this Portolan knows formats up to {FORMAT}.",
                fix="Upgrade: pip install --upgrade portolan.",
            )
        try:
            return cls(
                checked_concept_name(str(data["name"])), str(data["set"]), tuple(map(str, data["values"])),
                _model(data), Told.from_json(data["figures"]), str(data["embedder"]), str(data["description"]),
                str(data["reads"]), None if data["mean"] is None else _unpacked(data["mean"], np.float32),
                dict(data["made"]),
            )  # fmt: skip
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"The concept is damaged: {error}.", fix="Save it again from its map.") from error

    def to_text(self) -> str:
        """What is written to a file."""
        return json.dumps(self.to_json(), ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_text(cls, text: str) -> Taught:
        """What `to_text` gave. Raises InputError where it is none."""
        try:
            data = json.loads(text)
        except ValueError as error:
            raise InputError("It is no JSON.", fix="Give a file that portolan teach --save wrote.") from error
        return cls.from_json(data if isinstance(data, dict) else {})


def checked_concept_name(name: str) -> str:
    """The name, if a column can be called by it. Raises InputError."""
    if not _NAME.fullmatch(name):
        raise InputError(
            f"'{name}' cannot name a concept.", fix="Use letters, digits and _, at most 60: its scores are a column."
        )
    return name


def _model(data: Mapping[str, Any]) -> Model:
    calibration, steps = data["calibration"], data["calibration"]["steps"]
    at, chances = (np.array(steps[part], np.float64) for part in ("at", "chances")) if steps else (None, None)
    weights = _unpacked(data["weights"], np.float16).astype(np.float32).reshape(data["shape"])
    biases = _unpacked(data["biases"], np.float16).astype(np.float32)
    if (
        weights.ndim != 2
        or len(biases) != len(weights)
        or not (np.isfinite(weights).all() and np.isfinite(biases).all())
    ):
        raise ValueError("its numbers do not fit together")
    return Model(weights, biases, Calibration(float(calibration["slope"]), float(calibration["offset"]), at, chances))


def _packed(values: NDArray[np.floating], kind: type[np.floating]) -> str:
    return base64.b64encode(np.ascontiguousarray(values, np.dtype(kind).newbyteorder("<")).tobytes()).decode()


def _unpacked(text: str, kind: type[np.floating]) -> NDArray[Any]:
    return np.frombuffer(base64.b64decode(text, validate=True), np.dtype(kind).newbyteorder("<")).astype(kind)


def _share(data: Mapping[str, Any]) -> Share:
    value = float("nan") if data["value"] is None else float(data["value"])
    return Share(value, float(data["low"]), float(data["high"]), int(data["n"]))


def _at_cut(data: Mapping[str, Any]) -> AtCut:
    return AtCut(float(data["cut"]), _share(data["precision"]), _share(data["recall"]))
