"""A recipe as a form that people edit: its parts as plain values, to and fro its text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from portolan.core.recipe import Recipe, RowDecision, Rule
from portolan.core.recipe_text import read_rows
from portolan.errors import RecipeError


def form_of(recipe: Recipe) -> dict[str, Any]:
    """The parts of a recipe: name, description, comment, rules and decisions, as JSON holds them."""
    return {
        "name": recipe.name,
        "description": recipe.description,
        "comment": recipe.comment,
        "rules": [
            {
                "decision": rule.decision, "where": rule.where, "reason": rule.reason, "edit": dict(rule.edit),
                "comment": rule.comment,
            }
            for rule in recipe.rules
        ],
        "decisions": [
            {
                "decision": one.decision, "rows": rows_text(one), "n_rows": len(one.row_ids), "reason": one.reason,
                "author": one.author, "edit": dict(one.edit),
            }
            for one in recipe.decisions
        ],
    }  # fmt: skip


def recipe_of_form(form: Mapping[str, Any]) -> Recipe:
    """The recipe that a form tells. It is not checked: write it and read it back for that.

    Raises
    ------
    RecipeError
        The rows of a decision are not written as ROW_ID:HASH.
    """
    rules = [
        Rule(one["decision"], one["where"], one.get("reason", ""), one.get("edit") or {}, one.get("comment", ""))
        for one in form.get("rules", ())
    ]
    return Recipe(
        name=form.get("name") or "recipe",
        rules=tuple(rules),
        decisions=tuple(_decision(one) for one in form.get("decisions", ())),
        description=form.get("description", ""),
        comment=form.get("comment", ""),
    )


def rows_text(decision: RowDecision) -> str:
    """The rows of a decision by hand, as recipes name them."""
    return " ".join(f"{row}:{content:016x}" for row, content in zip(decision.row_ids, decision.contents, strict=True))


def _decision(one: Mapping[str, Any]) -> RowDecision:
    rows = read_rows(one["rows"])
    if not rows or None in rows:
        raise RecipeError("A decision names rows otherwise than as ROW_ID:HASH.", fix="Open the recipe's file again.")
    return RowDecision(
        decision=one["decision"],
        row_ids=np.array([row[0] for row in rows if row], np.int64),
        contents=np.array([row[1] for row in rows if row], np.uint64),
        reason=one.get("reason", ""),
        author=one.get("author", ""),
        edit=one.get("edit") or {},
    )
