"""What the page does with recipes and exports: what stands decided, a recipe checked, applied, undone, written out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portolan.cleaning import checked, clean
from portolan.core.changing import Changer
from portolan.core.cleaning import Cleaned
from portolan.core.events import UNDONE, Event, standing
from portolan.core.recipe import Recipe
from portolan.core.recipe_form import form_of, recipe_of_form
from portolan.core.recipe_text import read_recipe, write_recipe
from portolan.core.standing import recipe_of
from portolan.decided import RESTORE, restore, standing_decisions, undo_restore, undo_step
from portolan.errors import InputError, RecipeError
from portolan.exporting import Exported, export
from portolan.exporting.export import SIDES
from portolan.recipes import recipe_now, recipes_now
from portolan.store import Store
from portolan.types import Report

if TYPE_CHECKING:
    from portolan.map import Map

CARD = ".card.md"
"""What tells an earlier export from anything else that lies under a name."""
assert CARD in SIDES


class CleanPage:
    """Recipes, decisions and exports of a map, as the server tells and does them."""

    def __init__(self, of: Map, store: Store) -> None:
        self._map = of
        self._store = store

    def now(self) -> dict[str, Any]:
        """What stands decided: counts, those by hand, each recipe with the rows of its rules, where an export goes."""
        stands = standing_decisions(self._store)
        undone = standing(self._store.journal.events(), (UNDONE,))
        counts = stands.counts()
        return {
            "n_rows": self._store.n_rows,
            "n_left": self._store.n_rows - counts.get("drop", 0),
            "decided": counts,
            "by_hand": stands.counts(lambda event: not recipe_of(event)),
            "n_contradicted": self._store.judged.n_contradicted,
            "recipes": [
                {"recipe": form_of(recipe), "text": write_recipe(recipe), "rows": rows}
                for recipe, rows in recipes_now(self._store, stands)
            ],
            "can_undo_restore": any(event.payload.get("by") == RESTORE for event in undone),
            "export_to": str(self._store.path.with_name(f"{self._store.path.stem}-clean.jsonl")),
            "columns": [field.name for field in self._store.schema],
        }

    def text(self) -> str:
        """All that stands decided as one recipe, decisions by hand with it: `m.recipe`."""
        return str(recipe_now(self._store, standing_decisions(self._store)))

    def check(self, given: str | Mapping[str, Any]) -> dict[str, Any]:
        """A recipe, given as a text or a form, as both; or what is wrong with it and where.

        Returns
        -------
        dict
            text, recipe (None where the text cannot be read as one), problem (None, or problem, fix, line, column and
            rule: the number of the rule that it is about, from 1).
        """
        text = _text_of(given)
        recipe: Recipe | None = None
        try:
            recipe = _read(text)
            checked(self._map, recipe, Changer(self._store.schema, self._map.roles))
        except RecipeError as error:
            rule = _rule_at(recipe, text, error.line)
            problem = {"problem": error.problem, "fix": error.fix, "line": error.line, "column": error.column}
            return {"text": text, "recipe": recipe and form_of(recipe), "problem": {**problem, "rule": rule}}
        return {"text": text, "recipe": form_of(recipe), "problem": None}

    def clean(
        self,
        given: str | Mapping[str, Any],
        *,
        dry_run: bool,
        by: Sequence[str] | None,
        author: str | None,
        report: Report,
    ) -> Cleaned:
        """Apply a recipe, given as a text or a form, or tell what it would do; without rules it takes back what it did.

        Raises RecipeError.
        """
        recipe = _read(_text_of(given))
        return clean(self._map, self._store, recipe, dry_run=dry_run, by=by, author=author, report=report)

    def restore(self, *, undo: bool, reason: str, author: str | None) -> list[Event]:
        """Take back every decision, or have them back. Raises NotFoundError."""
        return (undo_restore if undo else restore)(self._store, reason=reason, author=author)

    def undo(self, events: Sequence[int], *, reason: str, author: str | None) -> list[Event]:
        """Undo what one step wrote, in one step. Raises NotFoundError."""
        return undo_step(self._store, events, reason=reason, author=author)

    def export(self, path: str, *, is_replacing: bool, source: str | None, report: Report) -> Exported:
        """Write the cleaned dataset to a path of this machine; one that is not whole begins beside the map.

        Raises
        ------
        InputError
            The place is taken. Only an earlier export may be replaced: something with its data card beside it.
        """
        out = self._store.path.parent / Path(path).expanduser()
        if is_replacing and out.exists() and not out.with_name(out.name + CARD).exists():
            raise InputError(f"'{out}' is no export: its data card is not beside it.", fix="Choose another name.")
        given = None if not source else Path(source)
        return export(self._map, self._store, out, is_replacing=is_replacing, source=given, report=report)


def _text_of(given: str | Mapping[str, Any]) -> str:
    return given if isinstance(given, str) else write_recipe(recipe_of_form(given))


def _read(text: str) -> Recipe:
    # On the page a recipe may have no rule any more: applied, it takes back what it did.
    return read_recipe(text, may_be_empty=True)


def _rule_at(recipe: Recipe | None, text: str, line: int | None) -> int | None:
    """The number of the rule that a line of the text belongs to; None where none does."""
    if line is None:
        return None
    marks = [rule.mark.at(0)[0] for rule in recipe.rules if rule.mark] if recipe else _starts(text)
    before = [number for number, start in enumerate(marks, start=1) if start <= line]
    return before[-1] if before else None


def _starts(text: str) -> list[int]:
    """Lines, from 1, at which the rules of a recipe that cannot be read begin, as far as one can tell."""
    starts = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("decisions:"):
            break
        if re.match(r" *- ", line):
            starts.append(number)
    return starts
