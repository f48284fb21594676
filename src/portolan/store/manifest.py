"""`map.json`: what a map is, and which of its stages are done.

The file is replaced as a whole, so a reader sees the old one or the new one. A stage is done when it stands in here;
any other file of the map is the remains of a killed run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from portolan.errors import MapFormatError, NotFoundError
from portolan.store.files import replace_file

FORMAT = 1
"""Version of the map's format. Raise it when an older Portolan would misread a newer map."""

NAME = "map.json"
PREVIOUS = "map.json.previous"


@dataclass(frozen=True)
class Output:
    """One thing a stage has written: where (relative to the map), in which version, how many rows.

    `schema` is set for rows alone: the user's columns as they came (see `storable`).
    """

    path: str
    version: int = 0
    n_rows: int = 0
    schema: str = ""


@dataclass(frozen=True)
class StageRecord:
    """A stage that is done.

    `key` names its inputs and parameters, `info` holds what the stage wants remembered (JSON).
    """

    key: str
    seconds: float = 0.0
    finished: str = ""
    info: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Output] = field(default_factory=dict)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> StageRecord:
        """The record that `asdict` turned into JSON."""
        outputs = {kind: Output(**output) for kind, output in data.get("outputs", {}).items()}
        return cls(**{**data, "outputs": outputs})


@dataclass(frozen=True)
class Manifest:
    """What `map.json` says.

    `facts` are free: name, description, roles, parameters, random_state, quality, versions … `previous` holds what the
    stages wrote before, so that whoever still reads it is not disturbed.
    """

    facts: dict[str, Any] = field(default_factory=dict)
    stages: dict[str, StageRecord] = field(default_factory=dict)
    previous: dict[str, StageRecord] = field(default_factory=dict)

    def output(self, kind: str) -> Output | None:
        """The done output of that kind, or None."""
        found = [record.outputs[kind] for record in self.stages.values() if kind in record.outputs]
        return found[-1] if found else None

    def paths(self) -> Iterator[str]:
        """Every path that is in use, by present and previous outputs."""
        for record in (*self.stages.values(), *self.previous.values()):
            yield from (output.path for output in record.outputs.values())

    def with_stage(self, stage: str, record: StageRecord, *, drops: tuple[str, ...] = ()) -> Manifest:
        """The manifest in which `stage` is done and `drops` are no longer; what they wrote becomes previous."""
        gone = {name: self.stages[name] for name in (stage, *drops) if name in self.stages}
        kept = {name: known for name, known in self.stages.items() if name not in gone}
        return replace(self, stages={**kept, stage: record}, previous={**self.previous, **gone})

    def to_json(self) -> dict[str, Any]:
        """What is written to `map.json`."""
        stages = {name: asdict(record) for name, record in self.stages.items()}
        previous = {name: asdict(record) for name, record in self.previous.items()}
        return {"format": FORMAT, **self.facts, "stages": stages, "previous": previous}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Manifest:
        """The manifest that `to_json` wrote."""
        facts = {name: value for name, value in data.items() if name not in ("format", "stages", "previous")}
        stages = {name: StageRecord.from_json(record) for name, record in data["stages"].items()}
        previous = {name: StageRecord.from_json(record) for name, record in data.get("previous", {}).items()}
        return cls(facts, stages, previous)


def stage_key(stage: str, *, inputs: Sequence[str] = (), parameters: Mapping[str, Any] | None = None) -> str:
    """Key of a stage: a hash of its name, the keys of what it works on, and its parameters (plain JSON values)."""
    named = json.dumps([stage, list(inputs), dict(parameters or {})], sort_keys=True, ensure_ascii=True)
    return sha256(named.encode()).hexdigest()[:16]


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace `map.json`; the one before it stays as `map.json.previous`."""
    path = folder / NAME
    if path.exists():
        replace_file(folder / PREVIOUS, path.read_bytes())
    replace_file(path, json.dumps(manifest.to_json(), ensure_ascii=False, indent=1).encode())


def read_manifest(folder: Path) -> tuple[Manifest, str]:
    """The manifest of a map, and a notice: empty, or what had to be mended to read it.

    Raises
    ------
    NotFoundError
        There is no such folder.
    MapFormatError
        The folder is no map, is of a newer format, or `map.json` and the one before it are both unreadable.
    """
    if not folder.is_dir():
        raise NotFoundError(f"There is no map at '{folder}'.", fix="Make one: portolan map FILE -o " + str(folder))
    if not (folder / NAME).exists() and not (folder / PREVIOUS).exists():
        raise MapFormatError(f"'{folder}' is no map: it has no {NAME}.", fix="Name a folder that portolan map made.")
    try:
        return _parse(folder / NAME), ""
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as damage:
        if isinstance(damage, (MapFormatError, PermissionError)):
            raise
        return _recover(folder, damage)


def read_previous(folder: Path) -> Manifest:
    """The manifest before the present one; empty where there is none that can be read."""
    try:
        return _parse(folder / PREVIOUS)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Manifest()


def _recover(folder: Path, damage: Exception) -> tuple[Manifest, str]:
    try:
        manifest = _parse(folder / PREVIOUS)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise MapFormatError(
            f"{NAME} in '{folder}' cannot be read: {damage}",
            fix=f"Put back a copy of {NAME}, or make the map again with portolan map.",
        ) from damage
    return manifest, f"{NAME} was damaged ({damage}); the state before its last change was taken from {PREVIOUS}."


def _parse(path: Path) -> Manifest:
    data = json.loads(path.read_bytes())
    if not isinstance(data, dict) or not isinstance(data.get("format"), int):
        raise ValueError("it does not hold what a map's manifest holds")
    if data["format"] > FORMAT:
        raise MapFormatError(
            f"'{path.parent}' is a map of format {data['format']}; this Portolan knows formats up to {FORMAT}.",
            fix="Upgrade: pip install --upgrade portolan.",
        )
    return Manifest.from_json(data)
