"""Clean a map by a recipe: what each rule takes, told first where asked, then kept as events of the journal.

Applying is declarative. A map holds, of a recipe of one name, exactly what its present text decides: what an earlier
version of it decided otherwise is undone in the same step. So a recipe applied twice is the recipe applied once, and a
rule removed from it takes back what it did. What a person decided by hand, or another recipe before, stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from portolan.core.changing import Changer
from portolan.core.cleaning import (
    Cleaned,
    Column,
    Example,
    RuleTold,
    balance_of,
    column_of,
    counts_in,
    some_of,
)
from portolan.core.events import DECIDED, UNDONE, Event
from portolan.core.expression import asks_anew, columns_of
from portolan.core.preview import preview_line
from portolan.core.recipe import DECISIONS, NOBODY, Edit, Recipe, RowDecision, Rule, Taken, take
from portolan.core.row_sets import name_of, pack, row_set
from portolan.core.standing import Standing, decision_of, edit_of, recipe_of, stand
from portolan.decided import rows_of_event, standing_decisions
from portolan.errors import ExpressionError, InputError, RecipeError
from portolan.fitting import bring_up_to_date
from portolan.home import author_name
from portolan.recipes import find_rows
from portolan.store import Entry
from portolan.types import Progress, Report, RowIds, silent

if TYPE_CHECKING:
    from portolan.map import Map
    from portolan.store import Store

BY_HAND, OTHERS, FIRST_RULE = 0, 1, 2
"""Owners of rows while a recipe is applied: then come other recipes' rows, the recipe's rows by hand, its rules."""
N_EXAMPLES = 3
HARM_COLUMN = "harm"
HARM_SHOWN = 0.5
"""Texts with a harm score above this are named and not shown."""


@dataclass(frozen=True)
class _Step:
    """What one part of a recipe decides: a rule, or rows by hand (number 0)."""

    number: int
    decision: str
    reason: str
    edit: Edit
    told: dict[str, Any]
    taken: Taken


def clean(
    of: Map,
    store: Store,
    recipe: Recipe,
    *,
    dry_run: bool,
    by: Sequence[str] | None = None,
    author: str | None = None,
    report: Report = silent,
) -> Cleaned:
    """Apply a recipe to a map, or tell what it would do; see `Map.clean`.

    Raises
    ------
    RecipeError
        It asks for what the map has not; says where in the recipe.
    """
    changer = Changer(store.schema, of.roles)
    recipe = checked(of, recipe, changer)
    before = standing_decisions(store)
    columns = [_column(of, name) for name in (of.roles.categories if by is None else by)]
    steps, lost = _steps(of, store, recipe, before, report)
    entries, undone = _entries(recipe, steps, before)
    after = _after(store, before, entries, undone, n_rows=store.n_rows)
    names = _owner_names(recipe, before)
    told = Cleaned(
        recipe=recipe.name,
        is_dry_run=dry_run,
        n_rows=store.n_rows,
        n_left=store.n_rows - int(np.count_nonzero(after.decided("drop"))),
        rules=[_told(of, store, step, names, columns, before) for step in steps if step.number],
        by_hand={
            "rows": sum(len(one.row_ids) for one in recipe.decisions),
            "taken": sum(len(step.taken.rows) for step in steps if not step.number),
            "lost": lost,
        },
        decided_before=before.counts(),
        decided_after=after.counts(),
        balance=_balances(columns, after),
        n_contradicted=store.judged.n_contradicted,
        n_events=len(entries) + len(undone),
    )
    if dry_run or not (entries or undone):
        return told
    undoing = [Entry(UNDONE, {"event": event.id}) for event in undone]
    written = store.main.journal.append([*undoing, *entries], author=author or author_name())
    bring_up_to_date(store.main)
    told.written.extend(event.id for event in written[len(undoing) :])
    told.undone.extend(event.id for event in undone)
    told.step.extend(event.id for event in written)
    return told


# Checked at the door.


def checked(of: Map, recipe: Recipe, changer: Changer) -> Recipe:
    """The recipe, its edits in the types of the columns. Raises RecipeError where something of it cannot be done."""
    for rule in recipe.rules:
        _check_expression(of, rule)
    rules = [
        replace(rule, edit=_checked_edit(changer, rule, f"Rule {number}"))
        for number, rule in enumerate(recipe.rules, start=1)
    ]
    decisions = [
        replace(one, edit=_checked_edit(changer, one, f"Decision {number}"))
        for number, one in enumerate(recipe.decisions, start=1)
    ]
    return replace(recipe, rules=tuple(rules), decisions=tuple(decisions))


def _check_expression(of: Map, rule: Rule) -> None:
    try:
        asked = columns_of(rule.where, of.filterer.columns)
        anew = asks_anew(rule.where)
    except ExpressionError as error:
        raise _at(rule, error) from error
    if anew is not None:
        problem = f"{anew} answers otherwise each time: the recipe would not give the same rows again."
        raise _at(rule, InputError(problem, fix="For a sample write: hash(row_id) % 10 = 0"))
    if "decision" in asked:
        problem = "A rule cannot ask for the column decision: rules decide it."
        raise _at(rule, InputError(problem, fix="Label the rows and ask for the label, or name rows under decisions:"))


def _at(rule: Rule, error: InputError) -> RecipeError:
    """An error of an expression, with its line and column in the recipe."""
    if rule.mark is None:
        return RecipeError(f"Rule `{rule.where}`: {error.problem}", fix=error.fix)
    line, column = rule.mark.at(getattr(error, "at", None) or 0)
    told = f"Line {line}, column {column} of the recipe: {error.problem}"
    return RecipeError(told, fix=error.fix, line=line, column=column)


def _checked_edit(changer: Changer, part: Rule | RowDecision, what: str) -> Edit:
    try:
        if part.decision == "flip":
            changer.check_flip()
        return changer.checked_edit(part.edit)
    except InputError as error:
        raise RecipeError(f"{what} ({part.decision}): {error.problem}", fix=error.fix) from error


# What each part takes.


def _steps(of: Map, store: Store, recipe: Recipe, before: Standing, report: Report) -> tuple[list[_Step], list[int]]:
    """What each part of the recipe takes, rows by hand first, and the rows by hand that the map does not hold."""
    owners = _owners(recipe, before)
    steps: list[_Step] = []
    lost: list[int] = []
    for one in recipe.decisions:
        rows, gone = find_rows(store, one)
        lost += gone.tolist()
        is_it = np.zeros(store.n_rows, np.bool_)
        is_it[rows] = True
        told = {"name": recipe.name, "number": 0, "where": "", "author": one.author}
        steps.append(_Step(0, one.decision, one.reason, one.edit, told, take(is_it, owners, OTHERS + 1)))
    for number, rule in enumerate(recipe.rules, start=1):
        report(Progress("rules", number - 1, len(recipe.rules), unit="rules"))
        try:
            is_matched = of.filterer.rows(rule.where)
        except ExpressionError as error:
            raise _at(rule, error) from error
        taken = take(is_matched, owners, FIRST_RULE + number)
        told = {"name": recipe.name, "number": number, "where": rule.where, "comment": rule.comment}
        if number == 1:
            told |= {"description": recipe.description, "recipe_comment": recipe.comment}
        steps.append(_Step(number, rule.decision, rule.reason, rule.edit, told, taken))
    return steps, lost


def _owners(recipe: Recipe, before: Standing) -> NDArray[np.int32]:
    """Rows that the recipe cannot take: decided by hand, or by another recipe."""
    of_event = [BY_HAND if not recipe_of(event) else OTHERS for event in before.events]
    is_own = [recipe_of(event).get("name") == recipe.name for event in before.events]
    owner_of = np.array([NOBODY if own else one for one, own in zip(of_event, is_own, strict=True)] + [NOBODY])
    return owner_of[before.owners].astype(np.int32)


def _owner_names(recipe: Recipe, before: Standing) -> dict[int, str]:
    others = dict.fromkeys(str(recipe_of(event)["name"]) for event in before.events if recipe_of(event))
    named = " or ".join(f"“{name}”" for name in others if name != recipe.name)
    rules = {FIRST_RULE + number: f"rule {number}" for number in range(1, len(recipe.rules) + 1)}
    return {BY_HAND: "by hand", OTHERS: f"recipe {named}", FIRST_RULE: "by hand in the recipe", **rules}


# What is written.


def _entries(recipe: Recipe, steps: Sequence[_Step], before: Standing) -> tuple[list[Entry], list[Event]]:
    """Events to write, one for each part of the recipe that is not there already, and events of it to undo."""
    there = [event for event in before.events if recipe_of(event).get("name") == recipe.name]
    entries: list[Entry] = []
    for step in steps:
        packed = pack(row_set(step.taken.rows, is_whole=True))
        payload = {
            "decision": step.decision,
            "rows": name_of(packed),
            "size": len(step.taken.rows),
            "rule": f"{recipe.name} #{step.number}" if step.number else "",
            "edit": dict(step.edit) or None,
            "recipe": step.told,
        }
        same = next((event for event in there if event.payload == payload and event.reason == step.reason), None)
        if same is not None:
            there.remove(same)
        else:
            entries.append(Entry(DECIDED, payload, step.reason, {name_of(packed): packed}))
    return entries, there


def _after(
    store: Store, before: Standing, entries: Sequence[Entry], undone: Sequence[Event], *, n_rows: int
) -> Standing:
    """What stands once the entries are written."""
    gone = {event.id for event in undone}
    kept = [event for event in before.events if event.id not in gone]
    last = max((event.id for event in before.events), default=0)
    new = [Event(last + n, "", "", DECIDED, entry.payload, entry.reason) for n, entry in enumerate(entries, start=1)]
    packed = {name: data for entry in entries for name, data in entry.row_sets.items()}
    return stand([*kept, *new], n_rows=n_rows, rows_of=lambda event: rows_of_event(store, event, packed))


# What is told.


def _column(of: Map, name: str) -> Column:
    return column_of(name, of.filterer.values('"' + name.replace('"', '""') + '"'))


def _told(
    of: Map, store: Store, step: _Step, names: dict[int, str], columns: Sequence[Column], before: Standing
) -> RuleTold:
    rows = step.taken.rows
    return RuleTold(
        number=step.number,
        decision=step.decision,
        where=str(step.told["where"]),
        reason=step.reason,
        n_matched=step.taken.n_matched,
        n_taken=len(rows),
        n_new=len(rows) - _n_same(step, before),
        taken_before={names[owner]: count for owner, count in step.taken.by_others.items()},
        by={column.name: counts_in(column, rows) for column in columns},
        examples=_examples(of, store, some_of(rows, N_EXAMPLES)),
    )


def _n_same(step: _Step, before: Standing) -> int:
    """Rows of a step that are decided so already."""
    is_same = [decision_of(event) == step.decision and edit_of(event) == step.edit for event in before.events]
    return int(np.count_nonzero(np.array([*is_same, False])[before.owners[step.taken.rows]]))


def _examples(of: Map, store: Store, rows: RowIds) -> list[Example]:
    if not len(rows):
        return []
    harm = np.zeros(len(rows))
    if HARM_COLUMN in store.column_names():
        found = store.read_columns([HARM_COLUMN], row_ids=rows).column(HARM_COLUMN).to_numpy()
        harm = np.nan_to_num(found.astype(np.float64), nan=0.0)
    readings = [preview_line(of.reading(row)) for row in of.rows_by_id(rows.tolist())]
    return [
        Example(row_id, None if score > HARM_SHOWN else text)
        for row_id, text, score in zip(rows.tolist(), readings, harm, strict=True)
    ]


def _balances(columns: Sequence[Column], after: Standing) -> dict[str, Any]:
    decisions = {name: after.decided(name) for name in DECISIONS}
    edits = [(after.rows_of(place), edit_of(event)) for place, event in enumerate(after.events) if edit_of(event)]
    return {column.name: balance_of(column, decisions, edits) for column in columns}
