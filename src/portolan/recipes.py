"""The decisions of a map as a recipe, and a recipe's rows found in a map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from portolan.core.events import Event
from portolan.core.recipe import Recipe, RowDecision, Rule
from portolan.core.recipe_text import read_recipe
from portolan.core.row_identity import content_hashes
from portolan.core.standing import Standing, decision_of, edit_of, recipe_of
from portolan.errors import NotFoundError, ParseError
from portolan.store import Store
from portolan.types import RowIds

BLOCK = 8192
AnyRecipe = Recipe | str | Path | Mapping[str, Any]
"""A recipe, its file, its text, or what its text says."""


def load_recipe(given: AnyRecipe) -> Recipe:
    """A recipe from its file, its text or what its text says; one without a name is called after its file.

    Raises
    ------
    NotFoundError
        There is no such file.
    RecipeError
        It is no recipe; says in which line and column.
    """
    if isinstance(given, Recipe):
        return given
    if isinstance(given, Mapping):
        return read_recipe(yaml.safe_dump(dict(given), allow_unicode=True, sort_keys=False))
    if isinstance(given, str) and ("\n" in given or given.lstrip().startswith(("rules:", "{", "version:"))):
        return read_recipe(given)
    path = Path(given).expanduser()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise NotFoundError(
            f"There is no recipe '{path}'.", fix="docs/cleaning.md shows how one is written."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ParseError(f"'{path}' cannot be read: {error}.", fix="Give a text file in UTF-8.") from error
    return read_recipe(text, name=path.stem, source=path.name)


def recipes_now(store: Store, standing: Standing) -> list[tuple[Recipe, list[int]]]:
    """Each recipe that was applied and stands, by its name, in the order they were applied; by hand is in none of them.

    With each, how many rows each of its rules has.
    """
    n_rows = np.bincount(standing.owners + 1, minlength=len(standing.events) + 1)[1:].tolist()
    found = []
    for name in dict.fromkeys(recipe_of(event)["name"] for event in standing.events if recipe_of(event)):
        own = [(recipe_of(event), event, place) for place, event in enumerate(standing.events)]
        own = [one for one in own if one[0].get("name") == name]
        ruled = sorted((one for one in own if one[0]["number"]), key=lambda one: one[0]["number"])
        first = ruled[0][0] if ruled else {}
        recipe = Recipe(
            name=name,
            rules=tuple(_rule(told, event) for told, event, _ in ruled),
            decisions=tuple(_decisions(store, standing, recipe=name)),
            description=first.get("description", ""),
            comment=first.get("recipe_comment", ""),
        )
        found.append((recipe, [n_rows[place] for _, _, place in ruled]))
    return found


def recipe_now(store: Store, standing: Standing) -> Recipe:
    """What stands decided of a map as a recipe: applied to the same data again, it decides the same.

    Rules come from the recipes that were applied, in order; decisions are those by hand, each row with a hash of what
    it holds.
    """
    from_recipes = [(recipe_of(event), event) for event in standing.events if recipe_of(event)]
    names = list(dict.fromkeys(told["name"] for told, _ in from_recipes))
    ruled = [(told, event) for told, event in from_recipes if told["number"]]
    ruled.sort(key=lambda one: (names.index(one[0]["name"]), one[0]["number"]))
    first = ruled[0][0] if ruled else {}
    return Recipe(
        name=" + ".join(names) or "recipe",
        rules=tuple(_rule(told, event) for told, event in ruled),
        decisions=tuple(_decisions(store, standing)),
        description=first.get("description", ""),
        comment=first.get("recipe_comment", ""),
    )


def _rule(told: dict[str, str], event: Event) -> Rule:
    return Rule(decision_of(event), told["where"], event.reason, edit_of(event), told.get("comment", ""))


def _decisions(store: Store, standing: Standing, *, recipe: str | None = None) -> Iterable[RowDecision]:
    """Decisions by hand that are not overruled by later ones; only those that came with a recipe of that name."""
    for place, event in enumerate(standing.events):
        told = recipe_of(event)
        if recipe is not None and told.get("name") != recipe:
            continue
        rows = np.empty(0, np.int64) if told.get("number") else standing.rows_of(place)
        if len(rows):
            author = told.get("author") or event.author
            contents = contents_of(store, rows)
            yield RowDecision(decision_of(event), rows, contents, event.reason, author, edit_of(event))


def contents_of(store: Store, rows: RowIds) -> NDArray[np.uint64]:
    """Hash of what each of `rows` holds: uint64, in the order asked."""
    blocks = [content_hashes(store.read_rows(row_ids=rows[at : at + BLOCK])) for at in range(0, len(rows), BLOCK)]
    return np.concatenate(blocks) if blocks else np.empty(0, np.uint64)


def find_rows(store: Store, decision: RowDecision) -> tuple[RowIds, RowIds]:
    """Where the rows of a decision by hand are in this map, and those that are not in it.

    A row that holds the same under its id is it. Else the first row that holds the same is it, whatever its id.

    Returns
    -------
    rows : ndarray of int64, ascending
    lost : ndarray of int64
        Ids, in the recipe, of rows that no row here is like.
    """
    inside = decision.row_ids < store.n_rows
    is_same = np.zeros(len(inside), np.bool_)
    is_same[inside] = contents_of(store, decision.row_ids[inside]) == decision.contents[inside]
    rows = decision.row_ids[is_same]
    if is_same.all():
        return np.unique(rows), np.empty(0, np.int64)
    elsewhere = _places(store, decision.contents[~is_same], taken=rows)
    moved = np.array([elsewhere.get(content, -1) for content in decision.contents[~is_same].tolist()], np.int64)
    return np.unique(np.concatenate([rows, moved[moved >= 0]])), decision.row_ids[~is_same][moved < 0]


def _places(store: Store, contents: NDArray[np.uint64], *, taken: RowIds) -> dict[int, int]:
    """The first row that holds each of `contents` and is not taken."""
    places: dict[int, int] = {}
    at = 0
    for batch in store.row_batches(batch_rows=BLOCK):
        found = content_hashes(batch)
        wanted = np.isin(found, contents) & ~np.isin(np.arange(at, at + len(found)), taken)
        for place in np.flatnonzero(wanted).tolist():
            places.setdefault(int(found[place]), at + place)
        at += len(found)
    return places
