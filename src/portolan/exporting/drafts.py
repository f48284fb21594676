"""Files that appear whole or not at all: written beside under another name, then moved to their place.

A killed export leaves drafts, never half a file under a name that somebody reads; the next one to the same place
removes them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portolan.store.files import remove, sync_folder, sync_tree, write_errors

_PID = re.compile(r"\.(\d+)\.draft(-old)?$")


class Drafts:
    """Drafts of one export. Use in a `with` statement: what has not come to its place by the end is removed."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self._places: list[tuple[Path, Path]] = []

    def __enter__(self) -> Drafts:
        self._remove_forgotten()
        return self

    def __exit__(self, *_: object) -> None:
        for draft, _place in self._places:
            remove(draft)

    def draft(self, place: Path) -> Path:
        """Where to write what shall lie at `place`."""
        draft = place.with_name(f".{place.name}.{os.getpid()}.draft")
        remove(draft)
        self._places.append((draft, place))
        return draft

    def publish(self) -> None:
        """Move all drafts to their places, in the order they were asked for, once the disk holds all of them."""
        for draft, _ in self._places:
            sync_tree(draft)
        for draft, place in self._places:
            # A folder cannot replace one that holds files: the old one steps aside first.
            old = place.with_name(f".{place.name}.{os.getpid()}.draft-old")
            if place.is_dir():
                os.replace(place, old)  # noqa: PTH105 - tests stop the process here by replacing os.replace
            os.replace(draft, place)  # noqa: PTH105 - as above
            remove(old)
        sync_folder(self.out.parent)
        self._places.clear()

    def _remove_forgotten(self) -> None:
        """Remove drafts of processes that are gone."""
        for path in self.out.parent.glob(f".{_escaped(self.out.name)}*.draft*"):
            found = _PID.search(path.name)
            if found and not _is_alive(int(found[1])):
                remove(path)


@contextmanager
def drafts_of(out: Path) -> Iterator[Drafts]:
    """Drafts for an export to `out`; what the disk refuses becomes a MapWriteError."""
    with write_errors(out), Drafts(out) as drafts:
        yield drafts


def _escaped(name: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", name)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
