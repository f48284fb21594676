"""Recipes as YAML: read with line and column of what is wrong, and written so that people like to read them.

PyYAML's nodes are read, not its values: a rule keeps the place it stands at, and `value: no` stays the text "no".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import yaml

from portolan.core.recipe import CHANGING, DECISIONS, VERSION, Edit, Mark, Recipe, RowDecision, Rule
from portolan.core.yaml_text import Node, YamlText
from portolan.errors import RecipeError

TOP = ("version", "name", "description", "rules", "decisions")
OF_RULE = ("reason", "column", "to", "set", "replace", "with")
OF_ROWS = (*OF_RULE, "author")
EXAMPLE = "For instance:\nrules:\n  - drop: length(text) < 10\n    reason: too short to say anything"
_ROW = re.compile(r"(\d{1,18}):([0-9a-f]{16})")


def read_recipe(text: str, *, name: str = "recipe", source: str = "The recipe", may_be_empty: bool = False) -> Recipe:
    """The recipe that `text` tells.

    Parameters
    ----------
    name : str
        What it is called unless it says so itself.
    source : str
        What to call the text in errors: its file.
    may_be_empty : bool
        A recipe without rules and decisions is one, too.

    Raises
    ------
    RecipeError
        It is no YAML, or no recipe; says in which line and column.
    """
    return _Reader(text, source).recipe(name, may_be_empty=may_be_empty)


@dataclass(frozen=True)
class _Reader(YamlText):
    error = RecipeError
    example = EXAMPLE

    def recipe(self, name: str, *, may_be_empty: bool) -> Recipe:
        root = self.root()
        parts = self.mapping(root, TOP, what="A recipe")
        self._check_version(parts.get("version"))
        rules = [self._rule(node) for node in self.sequence(parts.get("rules"), "rules")]
        decisions = [self._decision(node) for node in self.sequence(parts.get("decisions"), "decisions")]
        if not rules and not decisions and not may_be_empty:
            self.fail(root, "The recipe has no rules and no decisions.", EXAMPLE)
        return Recipe(
            name=self.scalar(parts["name"], "name") if "name" in parts else name,
            rules=tuple(rules),
            decisions=tuple(decisions),
            description=self.scalar(parts["description"], "description") if "description" in parts else "",
            comment=_comment_above(self.text.splitlines(), root.start_mark.line),
        )

    # Parts of a recipe.

    def _check_version(self, node: Node | None) -> None:
        said = VERSION if node is None else self.value(node)
        if not isinstance(said, int) or isinstance(said, bool) or said < 1:
            self.fail(node, f"The version is {said!r}.", f"Write version: {VERSION}.")
        if said > VERSION:
            fix = "Upgrade: pip install --upgrade portolan."
            self.fail(node, f"The recipe has version {said}; this Portolan knows versions up to {VERSION}.", fix)

    def _rule(self, node: Node) -> Rule:
        parts = self.mapping(node, (*DECISIONS, *OF_RULE), what="A rule")
        decision = self._decision_in(node, parts)
        where = self.scalar(parts[decision], decision)
        if not where.strip():
            self.fail(parts[decision], f"{decision}: has no filter expression.", EXAMPLE)
        return Rule(
            decision=decision,
            where=where,
            reason=self.scalar(parts["reason"], "reason") if "reason" in parts else "",
            edit=self._edit(node, decision, parts),
            comment=_comment_above(self.text.splitlines(), node.start_mark.line),
            mark=_mark_of(parts[decision], self.text.splitlines()),
        )

    def _decision(self, node: Node) -> RowDecision:
        parts = self.mapping(node, (*DECISIONS, *OF_ROWS), what="A decision")
        decision = self._decision_in(node, parts)
        said = self.scalar(parts[decision], decision)
        found = read_rows(said)
        if None in found or not found:
            wrong = next((one for one, row in zip(said.split(), found, strict=True) if row is None), "")
            fix = "A row stands as ROW_ID:HASH, as `portolan export` and m.recipe write them; a filter goes to rules."
            self.fail(parts[decision], f"{wrong!r} is no row." if found else "No rows are named.", fix)
        rows = [row for row in found if row is not None]
        return RowDecision(
            decision=decision,
            row_ids=np.array([row_id for row_id, _ in rows], np.int64),
            contents=np.array([content for _, content in rows], np.uint64),
            reason=self.scalar(parts["reason"], "reason") if "reason" in parts else "",
            author=self.scalar(parts["author"], "author") if "author" in parts else "",
            edit=self._edit(node, decision, parts),
        )

    def _decision_in(self, node: Node, parts: dict[str, Node]) -> str:
        said = [name for name in DECISIONS if name in parts]
        if len(said) != 1:
            what = f"both {said[0]} and {said[1]}" if said else "no decision"
            self.fail(node, f"There is {what} in it.", f"Write one of {', '.join(DECISIONS)}. {EXAMPLE}")
        return said[0]

    def _edit(self, node: Node, decision: str, parts: dict[str, Node]) -> Edit:
        """What an edit or a relabel changes; others change nothing, and say nothing of it."""
        said = [name for name in ("column", "to", "set", "replace", "with") if name in parts]
        if decision not in ("edit", "relabel"):
            if said:
                self.fail(parts[said[0]], f"{said[0]}: has no meaning with {decision}.", "Remove it, or use edit.")
            return {}
        edit: dict[str, Any] = {}
        if "set" in parts:
            edit["set"] = self._values(parts["set"])
        if "column" in parts:
            self._edit_column(node, parts, edit)
        if not edit or ("column" not in parts and len(said) > 1):
            fix = "Write column: and to:, or column:, replace: and with:, or set: {COLUMN: VALUE}."
            self.fail(node, f"It is not said what {decision} changes.", fix)
        if decision == "relabel" and "replace" in edit:
            self.fail(parts["replace"], "relabel gives a column another value.", "Use edit to replace in texts.")
        return edit

    def _edit_column(self, node: Node, parts: dict[str, Node], edit: dict[str, Any]) -> None:
        column = self.scalar(parts["column"], "column")
        if ("to" in parts) == ("replace" in parts) or ("with" in parts) != ("replace" in parts):
            fix = "Write to: VALUE for a new value, or replace: PATTERN and with: TEXT."
            self.fail(parts["column"], f"It is not said what becomes of column {column!r}.", fix)
        if "to" in parts:
            edit["set"] = {**edit.get("set", {}), column: self.value(parts["to"])}
            return
        pattern = self.scalar(parts["replace"], "replace")
        try:
            compiled = re.compile(pattern)
        except re.error as error:
            fix = "replace: is a regular expression of Python's; a plain character may need a \\ before it."
            self.fail(parts["replace"], f"{pattern!r} is no regular expression: {error}.", fix)
        by = self.scalar(parts["with"], "with")
        try:
            compiled.sub(by, "")
        except (re.error, IndexError) as error:
            self.fail(parts["with"], f"{by!r} cannot stand in: {error}.", r"Write \\ for a backslash, \1 for a group.")
        edit["replace"] = [{"column": column, "pattern": pattern, "with": by}]

    def _values(self, node: Node) -> dict[str, Any]:
        values = self.value(node)
        if not isinstance(values, dict) or not values:
            self.fail(node, "set: names no columns.", "For instance: set: {subset: cleaned}")
        return {str(name): value for name, value in values.items()}


def read_rows(text: str) -> list[tuple[int, int] | None]:
    """Row ids and hashes of rows written as ROW_ID:HASH, with spaces between; None for what is written otherwise."""
    found = [_ROW.fullmatch(one) for one in text.split()]
    return [row and (int(row[1]), int(row[2], 16)) for row in found]


def _comment_above(lines: Sequence[str], line: int) -> str:
    """Lines that begin with # right above `line` (from 0), without the #."""
    above: list[str] = []
    while line > 0 and lines[line - 1].lstrip().startswith("#"):
        line -= 1
        above.insert(0, lines[line].strip()[1:].removeprefix(" "))
    return "\n".join(above)


def _mark_of(node: Node, lines: Sequence[str]) -> Mark:
    """Where the characters of a scalar stand."""
    line, column = node.start_mark.line, node.start_mark.column
    if getattr(node, "style", None) in ("'", '"'):
        return Mark(((0, line + 1, column + 2),))
    if getattr(node, "style", None) not in ("|", ">"):
        return Mark(((0, line + 1, column + 1),))
    runs, place = [], 0
    for below in range(line + 1, node.end_mark.line + 1):
        if below < len(lines) and lines[below].strip():
            indent = len(lines[below]) - len(lines[below].lstrip())
            runs.append((place, below + 1, indent + 1))
            place += len(lines[below]) - indent + 1
    return Mark(tuple(runs) or ((0, line + 1, column + 1),))


def write_recipe(recipe: Recipe) -> str:
    """A recipe as YAML; `read_recipe` reads it back."""
    lines = [f"# {line}".rstrip() for line in recipe.comment.splitlines()]
    lines += [f"version: {VERSION}", f"name: {_scalar(recipe.name)}"]
    lines += [f"description: {_scalar(recipe.description)}"] if recipe.description else []
    lines += ["rules:"] if recipe.rules else ["rules: []"]
    for rule in recipe.rules:
        lines += [f"  # {line}".rstrip() for line in rule.comment.splitlines()]
        lines += _part(rule.decision, _scalar(rule.where), rule.reason, rule.edit)
    lines += ["decisions:"] if recipe.decisions else []
    for one in recipe.decisions:
        rows = [f"{row}:{content:016x}" for row, content in zip(one.row_ids, one.contents, strict=True)]
        told = ">-\n" + "\n".join("      " + " ".join(rows[at : at + 5]) for at in range(0, len(rows), 5))
        lines += _part(one.decision, told, one.reason, one.edit)
        lines += [f"    author: {_scalar(one.author)}"] if one.author else []
    return "\n".join(lines) + "\n"


def _part(decision: str, what: str, reason: str, edit: Edit) -> list[str]:
    lines = [f"  - {decision}: {what}"]
    lines += [f"    reason: {_scalar(reason)}"] if reason else []
    if decision not in CHANGING or not edit:
        return lines
    if edit.get("set"):
        lines.append(f"    set: {_flow(edit['set'])}")
    for one in edit.get("replace", ()):
        lines += [f"    column: {_scalar(one['column'])}", f"    replace: {_scalar(one['pattern'])}"]
        lines += [f"    with: {_scalar(one['with'])}"]
    return lines


def _scalar(text: str) -> str:
    """A text as YAML on one line that reads as this text again."""
    dumped: str = yaml.safe_dump(text, allow_unicode=True, width=float("inf"), default_style=None)
    plain = dumped.removesuffix("\n").removesuffix("\n...")
    return plain if "\n" not in plain else _quoted(text)


def _quoted(text: str) -> str:
    quoted: str = yaml.safe_dump(text, allow_unicode=True, width=float("inf"), default_style='"')
    return quoted.rstrip("\n")


def _flow(value: Any) -> str:
    dumped: str = yaml.safe_dump(
        value, allow_unicode=True, width=float("inf"), default_flow_style=True, sort_keys=False
    )
    return dumped.rstrip("\n")
