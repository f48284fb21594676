"""The file that a map was made from, if it still lies there unchanged: lines and schema are taken from it.

The map keeps values, not bytes. With the file, an untouched line is written as it stands there; without it, by its
values. What held is told in the card.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from portolan.errors import InputError, NotFoundError
from portolan.loaders import is_lines, is_utf16, open_source, raw_lines, schema_of_file
from portolan.stages.load import KEPT_LINES, is_same_data
from portolan.store import Store


@dataclass(frozen=True)
class Origin:
    """What is known of the source file.

    Attributes
    ----------
    path : Path or None
        The file; None where it is not there as it was.
    why_not : str
        Why lines cannot be taken from it; "" where they can.
    without : frozenset of int
        Numbers of its lines that could not be read.
    """

    path: Path | None
    why_not: str
    without: frozenset[int] = frozenset()

    @property
    def has_lines(self) -> bool:
        """Whether each row's line can be taken from it."""
        return not self.why_not

    def lines(self) -> Iterator[bytes]:
        """The line of each row, in row order, with its end."""
        assert self.path is not None
        return raw_lines(self.path, without=self.without)

    def schema(self) -> pa.Schema | None:
        """The schema that the file states, where it is of a typed format."""
        return None if self.path is None else schema_of_file(self.path)


def find_origin(store: Store, given: Path | None = None, *, wants_lines: bool) -> Origin:
    """Look for the source file: `given`, or where the map found it.

    Raises
    ------
    NotFoundError, InputError
        `given` is not there, or is not what the map was made from.
    """
    info = store.manifest.stages["load"].info
    known = [Path(name) for name in info.get("files", ())]
    path = given or next(iter(known), None)
    if path is None:
        return Origin(None, "the map does not know a single file that it was made from")
    if not path.is_file():
        if given is not None:
            raise NotFoundError(f"There is no file '{given}'.", fix="--source wants the file the map was made from.")
        return Origin(None, f"{path.name} is no longer where it was")
    if not is_same_data(store, open_source(path).fingerprint):
        if given is not None:
            raise InputError(
                f"'{given}' is not the file that the map was made from: its bytes differ.",
                fix="Give that file, or leave --source out.",
            )
        return Origin(None, f"{path.name} has changed since the map was made")
    without, why_not = _readable_lines(store, path) if wants_lines else (frozenset[int](), "it is no file of lines")
    return Origin(path, why_not, without)


def _readable_lines(store: Store, path: Path) -> tuple[frozenset[int], str]:
    """Numbers of lines that are no rows, and why the lines cannot be told to be the rows ("" where they can)."""
    info = store.manifest.stages["load"].info
    if not is_lines(path):
        return frozenset(), f"{path.name} holds no JSON lines"
    if info.get("notes") or is_utf16(path):
        return frozenset(), f"the bytes of {path.name} were changed on reading"
    without: set[int] = set()
    if info.get("broken_lines", 0):
        if info["broken_lines"] > KEPT_LINES:
            return frozenset(), f"{path.name} has too many broken lines to tell which are rows"
        told = (store.folder("broken") / "lines.jsonl").read_text(encoding="utf-8", errors="replace")
        without = {int(json.loads(line)["line"]) for line in told.splitlines()}
    try:
        n_lines = sum(1 for _ in raw_lines(path, without=without))
    except (OSError, EOFError):
        return frozenset(), f"{path.name} breaks off"
    if n_lines != store.n_rows:
        return frozenset(), f"{path.name} has {n_lines:,} lines for {store.n_rows:,} rows"
    return frozenset(without), ""
