"""The folder that a site is published into: what may be written over, and how a new site takes an old one's place.

The map's files go into a folder of their own, `data/KEY`; index.html, which names it, is replaced last and at once. So
a run that is killed leaves the former site as it was, and whoever is looking at it sees one or the other.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from portolan.errors import InputError
from portolan.store.files import remove, replace_file, sync_tree, write_errors

MARKER = "portolan-site.json"
FORMAT = 1
_HARMLESS = {"CNAME", "README.md", "LICENSE", "robots.txt"}
"""What people keep beside a site in a repository. Names with a dot before them are left alone too."""


def check_folder(folder: Path, *, is_replacing: bool) -> None:
    """Raise InputError where `folder` holds other things and no published map."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"'{folder}' is a file.", fix="Name a folder to publish into.")
    if not folder.is_dir() or is_replacing or (folder / MARKER).is_file():
        return
    names = sorted(path.name for path in folder.iterdir())
    others = [name for name in names if name not in _HARMLESS and not name.startswith(".")]
    # What a killed first run left is ours.
    if others and not _is_unfinished(folder, others):
        raise InputError(
            f"'{folder}' holds other files ({', '.join(others[:3])}{' …' if len(others) > 3 else ''}) "
            "and is no published map.",
            fix="Choose a new or empty folder, or publish with --replace (replace=True): "
            "it writes index.html, assets and data over what is there, and leaves the rest.",
        )


def _is_unfinished(folder: Path, names: list[str]) -> bool:
    return set(names) <= {"data", "assets", "favicon.svg"} and (folder / "data").is_dir()


@contextmanager
def new_data(folder: Path, key: str) -> Iterator[tuple[Path, str]]:
    """A folder to write a map's files into, and the name it will have below `folder` once all is well."""
    with write_errors(folder):
        (folder / "data").mkdir(parents=True, exist_ok=True)
        number = next(n for n in range(1, 10_000) if not (folder / "data" / _name(key, n)).exists())
        draft = folder / "data" / f".{_name(key, number)}.{os.getpid()}"
        remove(draft)
        draft.mkdir()
    try:
        yield draft, _name(key, number)
        with write_errors(folder):
            sync_tree(draft)
            draft.rename(folder / "data" / _name(key, number))
    except BaseException:
        remove(draft)
        raise


def _name(key: str, number: int) -> str:
    return key if number == 1 else f"{key}-{number}"


def put_in_place(folder: Path, name: str, *, html: str, assets: set[str], about: dict[str, Any]) -> None:
    """Make `data/NAME` what index.html shows, then remove what neither it nor its `assets` need."""
    with write_errors(folder):
        marker = json.dumps({"format": FORMAT, "data": f"data/{name}/", **about}, ensure_ascii=False, indent=2)
        replace_file(folder / "index.html", html.encode(errors="replace"))
        replace_file(folder / MARKER, marker.encode(errors="replace"))
        # Jekyll, which GitHub Pages runs, passes over names that begin with an underscore.
        (folder / ".nojekyll").touch()
        for path in (folder / "data").iterdir():
            if path.name != name:
                remove(path)
        for path in (folder / "assets").iterdir():
            if path.name not in assets:
                remove(path)


def write_json(path: Path, value: Any) -> None:
    """Write one of the map's files as JSON, short."""
    path.write_bytes(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="replace"))
