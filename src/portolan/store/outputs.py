"""What the stages of a map wrote: the manifest that says what is done, the lock, and where each output lies.

An output lies under KIND/KEY and is never written again: a stage writes beside what is there, and becoming done is one
replacement of the manifest. Until then only the store that writes sees it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portolan.errors import NotFoundError
from portolan.store import tables
from portolan.store.files import remove, sync_tree, write_errors
from portolan.store.lock import WriterLock
from portolan.store.manifest import (
    NAME,
    Manifest,
    Output,
    StageRecord,
    read_manifest,
    read_previous,
    write_manifest,
)

if TYPE_CHECKING:
    import lance

SHARED = ("rows", "search", "frequent-words", "word-bits")
"""What a further layout reads from the map that it is a layout of."""


class Outputs:
    """Outputs of the map in the folder `path`, those of done stages and those being written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notices: list[str] = []
        self._lock = WriterLock(path / ".lock")
        self._pending: dict[str, dict[str, Output]] = {}
        self._read: tuple[tuple[int, ...], Manifest] | None = None
        self._datasets: dict[tuple[str, int], lance.LanceDataset] = {}
        self._main: Outputs | None = None

    # The manifest, and the lock that guards it.

    @property
    def manifest(self) -> Manifest:
        """What `map.json` says now; read again when it has changed."""
        try:
            status = (self.path / NAME).stat()
            mark: tuple[int, ...] = (status.st_ino, status.st_mtime_ns, status.st_size)
        except FileNotFoundError:
            mark = ()
        if self._read is None or self._read[0] != mark:
            manifest, notice = read_manifest(self.path)
            if notice and notice not in self.notices:
                self.notices.append(notice)
            self._read = (mark, manifest)
        return self._read[1]

    def replace(self, manifest: Manifest) -> None:
        """Make `manifest` the map's, all at once."""
        with write_errors(self.path):
            write_manifest(self.path, manifest)
        self._read = None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the map's lock; the thread that holds it may enter again. Raises MapLockedError."""
        with self._lock.held():
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the lock, and say in our words why a write fails. Not around what a caller reads: that is no write."""
        with self._lock.held(), write_errors(self.path):
            yield

    # Stages.

    def is_done(self, stage: str, key: str) -> bool:
        """Whether that stage is done under that key and what it wrote is still there."""
        record = self.manifest.stages.get(stage)
        if record is None or record.key != key:
            return False
        return all((self.path / output.path).exists() for output in record.outputs.values())

    def pending(self, key: str) -> Mapping[str, Output]:
        """What was written under `key` and is not finished, by kind."""
        return self._pending.get(key, {})

    def finish(
        self, stage: str, *, key: str, written_as: str, seconds: float, info: Mapping[str, Any], drops: Sequence[str]
    ) -> None:
        """Make a stage done with what was written as `written_as`; those in `drops` no longer are."""
        outputs = self._pending.get(written_as, {})
        for output in outputs.values():
            sync_tree(self.path / output.path)
        finished = datetime.now(UTC).isoformat("T", "seconds")
        record = StageRecord(key, round(seconds, 3), finished, dict(info), outputs)
        self.replace(self.manifest.with_stage(stage, record, drops=tuple(drops)))
        self._pending.pop(written_as, None)

    def forget(self, stages: Sequence[str]) -> None:
        """Have those stages no longer done. What they wrote stays until they have run again."""
        known = self.manifest
        gone = {name: record for name, record in known.stages.items() if name in stages}
        kept = {name: record for name, record in known.stages.items() if name not in stages}
        self.replace(replace(known, stages=kept, previous={**known.previous, **gone}))

    def discard(self, key: str) -> None:
        """Remove what was written under `key` and is not finished."""
        for output in self._pending.pop(key, {}).values():
            remove(self.path / output.path)

    def sweep(self, *, keep: set[Path], leave: set[str]) -> None:
        """Remove what is no output of now or before, but for the paths in `keep` and the names in `leave`."""
        pending = [output.path for outputs in self._pending.values() for output in outputs.values()]
        named = {*self.manifest.paths(), *read_previous(self.path).paths(), *pending}
        keep = {self.path / name for name in named} | keep
        folders = {parent for path in keep for parent in path.parents}
        for child in self.path.iterdir():
            if child.name not in leave:
                _sweep(child, keep=keep, folders=folders)

    # Where they lie.

    def new(self, kind: str, *, key: str, ending: str) -> Path:
        """A path that nobody reads, cleared of what a killed run left there."""
        named = {*self.manifest.paths(), *read_previous(self.path).paths()}
        parent = "/".join(safe(part) for part in kind.split("/"))
        number = 1
        while (name := f"{parent}/{key}{f'-{number}' if number > 1 else ''}{ending}") in named:
            number += 1
        path = self.path / name
        with write_errors(self.path):
            remove(path)
            path.parent.mkdir(parents=True, exist_ok=True)
        self._datasets = {mark: known for mark, known in self._datasets.items() if mark[0] != name}
        return path

    def wrote(self, kind: str, *, key: str, path: Path, version: int = 0, n_rows: int = 0, schema: str = "") -> None:
        """Take note of what was written there: the map's once its stage is finished."""
        output = Output(path.relative_to(self.path).as_posix(), version, n_rows, schema)
        self._pending.setdefault(key, {})[kind] = output

    def find(self, kind: str) -> Output:
        """The done output, or the one just written here and not yet finished. Raises NotFoundError."""
        for outputs in reversed(self._pending.values()):
            if kind in outputs:
                return outputs[kind]
        found = self.done(kind)
        if found is None:
            raise NotFoundError(
                f"The map '{self.path}' has no {kind} yet.", fix="Let portolan map finish, or run it again on this map."
            )
        return found

    def done(self, kind: str) -> Output | None:
        """What a done stage wrote of that kind; a further layout has its rows from its map."""
        found = self.manifest.output(kind)
        rows_of = self.manifest.facts.get("rows_of")
        if found is not None or rows_of is None or kind not in SHARED:
            return found
        self._main = self._main or Outputs(self.path.joinpath(rows_of).resolve())
        shared = self._main.manifest.output(kind)
        return shared and replace(shared, path=str(self._main.path / shared.path))

    def path_of(self, kind: str) -> Path:
        """Where it lies. Raises NotFoundError."""
        return self.path / self.find(kind).path

    def dataset(self, kind: str) -> lance.LanceDataset:
        """The table of that kind. Raises NotFoundError."""
        return self.open(self.find(kind))

    def open(self, output: Output) -> lance.LanceDataset:
        """The table that was written there, at the version that was written; opened once."""
        mark = (output.path, output.version)
        if mark not in self._datasets:
            self._datasets[mark] = tables.open_dataset(self.path / output.path, version=output.version)
        return self._datasets[mark]


def safe(name: str) -> str:
    """`name` as a part of a path."""
    return re.sub(r"[^\w-]", "_", name)[:80] or "_"


def _sweep(path: Path, *, keep: set[Path], folders: set[Path]) -> None:
    if path in keep:
        return
    if path not in folders:
        remove(path)
        return
    for child in path.iterdir():
        _sweep(child, keep=keep, folders=folders)
