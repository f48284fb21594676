"""Export: the dataset with the decisions applied, in the input's own columns and order, and what tells of it beside.

Rows stream: one part at a time is in memory. The map and the source are only read.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portolan.core.changing import Changer
from portolan.core.data_card import write_card
from portolan.decided import standing_decisions
from portolan.errors import InputError, NotFoundError
from portolan.exporting.drafts import drafts_of
from portolan.exporting.formats import format_of
from portolan.exporting.hub_card import front_matter
from portolan.exporting.origin import find_origin
from portolan.exporting.rows import Pass
from portolan.recipes import recipe_now
from portolan.store import Store
from portolan.types import Report, silent

if TYPE_CHECKING:
    from portolan.map import Map

SIDES = (".removed.parquet", ".changes.jsonl", ".card.md", ".recipe.yaml")
PROVENANCE = ".provenance.yaml"
"""The provenance card, where there is anything to tell; a map of the export takes it up."""
INSIDE = "provenance.yaml"


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes
    ----------
    is_byte_equal : bool
        Whether untouched rows are the source's own lines; else they are equal by value.
    files : dict of str to str
        SHA-256 of each file of the result, by its name below `path`'s folder.
    """

    path: Path
    n_before: int
    n_rows: int
    decided: dict[str, int]
    n_changed: int
    is_byte_equal: bool
    equality: str
    files: dict[str, str]
    side_files: list[Path] = field(default_factory=list)
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """What `portolan export --json` prints."""
        told = {**self.__dict__, "path": str(self.path), "side_files": [str(path) for path in self.side_files]}
        return {**told, "seconds": round(self.seconds, 3)}


def export(
    of: Map, store: Store, out: Path, *, is_replacing: bool = False, source: Path | None = None, report: Report = silent
) -> Exported:
    """Write the dataset of a map to `out`; see `Map.export`."""
    started = time.perf_counter()
    form = format_of(out)
    out = out.expanduser().absolute()
    _check_place(store, out, is_replacing=is_replacing)
    origin = find_origin(store, source, wants_lines=form.startswith(".jsonl"))
    standing = standing_decisions(store)
    changer = Changer(store.schema, of.roles)
    out.parent.mkdir(parents=True, exist_ok=True)
    with drafts_of(out) as drafts:
        sides = {ending: drafts.draft(out.with_name(out.name + ending)) for ending in SIDES}
        run = Pass(store, standing, changer, origin, form, categories=of.roles.categories)
        written = drafts.draft(out)
        n_rows, n_changed = run.write(written, sides, report)
        files = _hashes(written, out)
        card = run.card(of, n_rows, files)
        shipped = of.provenance.shipped()
        if shipped is not None:
            place = out.with_name(out.name + PROVENANCE)
            drafts.draft(place).write_text(str(shipped), encoding="utf-8")
            card = replace(card, provenance=place.name)
        sides[".card.md"].write_text(write_card(card), encoding="utf-8")
        sides[".recipe.yaml"].write_text(str(recipe_now(store, standing)), encoding="utf-8")
        if form == "folder":
            if shipped is not None:
                (written / INSIDE).write_text(str(shipped), encoding="utf-8")
                card = replace(card, provenance=INSIDE)
            (written / "README.md").write_text(front_matter(of.name, n_rows) + write_card(card), encoding="utf-8")
        drafts.publish()
    if shipped is None:
        # Of what lay there before nothing may stay that says something of these rows.
        out.with_name(out.name + PROVENANCE).unlink(missing_ok=True)
    beside = [*SIDES, *([PROVENANCE] if shipped is not None else [])]
    return Exported(
        path=out, n_before=store.n_rows, n_rows=n_rows, decided=standing.counts(), n_changed=n_changed,
        is_byte_equal=run.has_lines, equality=run.equality, files=files,
        side_files=[out.with_name(out.name + ending) for ending in beside], seconds=time.perf_counter() - started,
    )  # fmt: skip


def _check_place(store: Store, out: Path, *, is_replacing: bool) -> None:
    """Refuse to write over what a map was made from, over the map, or over what one has not asked to replace."""
    known = store.manifest.stages["load"].info.get("files", ()) if "load" in store.manifest.stages else None
    if known is None:
        raise NotFoundError(f"'{store.path}' holds no rows yet.", fix="Make the map first: portolan map SOURCE.")
    if out.exists() and any(Path(name).exists() and Path(name).samefile(out) for name in known):
        raise InputError(f"'{out}' is what the map was made from.", fix="Export to another name: it is never changed.")
    if store.path == out or store.path in out.parents:
        raise InputError(f"'{out}' lies in the map itself.", fix="Export to a place outside the map's folder.")
    if out.is_dir() and not any(out.iterdir()):
        return
    if out.exists() and not is_replacing:
        raise InputError(f"'{out}' is there already.", fix="Choose another name, or --replace (replace=True).")
    if out.is_dir() and not (out / "data").is_dir():
        raise InputError(f"'{out}' holds other things than a dataset.", fix="Choose a new folder.")


def _hashes(written: Path, out: Path) -> dict[str, str]:
    """SHA-256 of the result: of the file, or of each file in the folder."""
    paths = [written] if written.is_file() else sorted(path for path in written.rglob("*") if path.is_file())
    names = [out.name if path == written else f"{out.name}/{path.relative_to(written).as_posix()}" for path in paths]
    found = {}
    for path, name in zip(paths, names, strict=True):
        with path.open("rb") as file:
            found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found
