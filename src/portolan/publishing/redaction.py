"""What of a map is published: columns left out, texts kept, blurred or dropped."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from portolan.core.answers import jsonable
from portolan.core.blurring import blur_texts
from portolan.core.pairs import text_columns
from portolan.core.roles import describe_roles
from portolan.errors import ColumnError, InputError
from portolan.stages.compare import compare_stage
from portolan.types import Roles

if TYPE_CHECKING:
    from portolan.server.reader import MapReader

Texts = Literal["keep", "blur", "drop"]
DROPPED = {"kind": "text", "text": "The texts of this map are not published."}


@dataclass(frozen=True)
class Redaction:
    """What of a map leaves this machine.

    Attributes
    ----------
    texts : str
        keep; blur: letters cannot be read; drop: no texts.
    columns : tuple of str
        The user's columns that are published, blurred ones among them.
    blurred : frozenset of str
        Columns of which every text is blurred.
    facets : frozenset of str
        Columns beside the tiles that are published.
    layouts : tuple of str
        Further layouts that are published.
    roles : Roles
        What is left of the roles.
    """

    texts: Texts
    columns: tuple[str, ...]
    blurred: frozenset[str]
    facets: frozenset[str]
    layouts: tuple[str, ...]
    roles: Roles

    def reading(self, reading: dict[str, Any]) -> dict[str, Any]:
        """What is shown of a row's texts."""
        if self.texts == "drop":
            return DROPPED
        shown = self._without_facts(reading) if reading["kind"] == "red-team" else reading
        if self.texts == "keep":
            return shown
        # Roles and the kind are the page's words, not the data's; what else is a text is the data's.
        kept = {"kind": reading["kind"], **({"note": reading["note"]} if "note" in reading else {})}
        return {**{name: _blurred_turns(value) for name, value in shown.items()}, **kept}

    def _without_facts(self, reading: dict[str, Any]) -> dict[str, Any]:
        facts = {name: value for name, value in reading["facts"].items() if name in self.columns}
        return {**reading, "facts": facts}

    def cells(self, row: dict[str, Any]) -> dict[str, Any]:
        """The cells of a row that are published, as JSON holds them."""
        return {
            name: blur_texts(jsonable(row[name])) if name in self.blurred else jsonable(row[name])
            for name in self.columns
        }


def _blurred_turns(value: Any) -> Any:
    """`value` with its texts blurred; who speaks can still be read."""
    if isinstance(value, list):
        return [_blurred_turns(item) for item in value]
    if isinstance(value, dict) and set(value) == {"role", "text"}:
        return {"role": value["role"], "text": blur_texts(value["text"])}
    if isinstance(value, dict):
        return {name: _blurred_turns(item) for name, item in value.items()}
    return blur_texts(value)


def redact(
    reader: MapReader, tile_columns: Sequence[dict[str, Any]], *, leave_out: Sequence[str], texts: str
) -> Redaction:
    """What is published of a map.

    Parameters
    ----------
    tile_columns : sequence of dict
        The columns of `tiles.json`.
    leave_out : sequence of str
        Columns of which nothing is published.
    texts : str
        keep, blur or drop.

    Raises
    ------
    ColumnError
        A column is not there, or the texts are made of it.
    InputError
        `texts` is something else.
    """
    if texts not in get_args(Texts):
        raise InputError(f"texts is {texts!r}.", fix=f"Choose {', '.join(get_args(Texts))}.")
    kinds = dict(reader.columns)
    given = [column["name"] for column in tile_columns if column["kind"] != "cluster"]
    for name in leave_out:
        _check(name, list(dict.fromkeys([*kinds, *given])), reader.roles, texts=texts)
    of_texts = set(text_columns(reader.roles)) - set(reader.roles.categories) - set(reader.roles.numbers)
    away = {*leave_out, *(of_texts if texts != "keep" else ())}
    # A layout's topics have words of the column that it is laid out by, and perhaps its name.
    hides_texts = not set(leave_out).isdisjoint(text_columns(reader.roles))
    layouts = tuple(reader.layouts) if not hides_texts else ()
    of_layouts = {note["kept_column"] for note in reader.layout_notes() if note["name"] not in layouts}
    facets = frozenset(name for name in given if name not in away | of_layouts)
    secret = {name for name, kind in kinds.items() if name not in facets and (name in of_texts or _holds_text(kind))}
    gone = {*leave_out, *(secret if texts == "drop" else ())}
    return Redaction(
        texts=texts,  # type: ignore[arg-type]  # checked above
        columns=tuple(name for name in kinds if name not in gone),
        blurred=frozenset(secret if texts == "blur" else ()),
        facets=facets,
        layouts=layouts,
        roles=_without(reader.roles, gone),
    )


def _check(name: str, names: list[str], roles: Roles, *, texts: str) -> None:
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        raise ColumnError(
            f"There is no column {name!r} to leave out.", fix=f"{hint}The columns are {', '.join(names)}."
        )
    if name in text_columns(roles) and texts != "drop":
        raise ColumnError(
            f"The texts of this map are made of the column {name!r}.",
            fix="Publish without texts (--texts drop), or with texts that cannot be read (--texts blur).",
        )


def _holds_text(kind: str) -> bool:
    """Whether cells of an Arrow type (as text) may hold what a person wrote."""
    return any(word in kind for word in ("string", "utf8", "binary", "json", "dictionary", "extension", "null"))


def _without(roles: Roles, gone: set[str]) -> Roles:
    """`roles` without the columns that are not published. The kind of rows stays."""

    def kept(name: str | None) -> str | None:
        return None if name in gone else name

    notes = {part: value for part, value in roles.notes.items() if value not in gone}
    for part in ("facts", "votes"):
        if part in notes:
            notes[part] = json.dumps([one for one in json.loads(notes[part]) if _column_of(one) not in gone])
    return replace(
        roles,
        text=kept(roles.text),
        prompt=kept(roles.prompt),
        chosen=kept(roles.chosen),
        rejected=kept(roles.rejected),
        id=kept(roles.id),
        time=kept(roles.time),
        categories=tuple(name for name in roles.categories if name not in gone),
        numbers=tuple(name for name in roles.numbers if name not in gone),
        notes=notes,
    )


def _column_of(note: Any) -> str:
    return str(note["column"] if isinstance(note, dict) else note)


def describe_redacted(redaction: Redaction, info: dict[str, Any]) -> dict[str, Any]:
    """What the page is told of the map (`describe_map`), of what is published alone."""
    kept = set(redaction.columns)
    hidden = {compare_stage(note["name"]) for note in info["layouts"] if note["name"] not in redaction.layouts}
    stages = {name: _stage(stage) for name, stage in info["stages"].items() if name not in hidden}
    if set(kept) == {column["name"] for column in info["columns"]}:
        roles = info["roles"]
    else:
        roles = _roles_text(redaction.roles, info["n_rows"])
    return {
        **info,
        "columns": [column for column in info["columns"] if column["name"] in kept],
        # Not what an embedder was given: the path of a model, say.
        "layouts": [
            {**note, "embedder": note["embedder"].partition(":")[0]}
            for note in info["layouts"]
            if note["name"] in redaction.layouts
        ],
        "roles": roles,
        # Not what a stage noted: the sources' names, notes on columns.
        "stages": stages,
    }


def _stage(stage: dict[str, Any]) -> dict[str, Any]:
    return {name: stage[name] for name in ("seconds", "layout") if name in stage}


def _roles_text(roles: Roles, n_rows: int) -> str:
    has_texts = roles.kind not in ("pair", "ranking") or (roles.chosen and roles.rejected) or "replies" in roles.notes
    return describe_roles(roles if has_texts else replace(roles, kind="text"), n_rows)
