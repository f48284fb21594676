"""YAML read node by node: what is wrong is told with its line and column.

PyYAML's nodes are read, not its values: each keeps the place it stands at, and `value: no` stays the text "no".
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn

import yaml

from portolan.core.plain_json import plain_json
from portolan.errors import CardError, RecipeError

Node = yaml.nodes.Node


@dataclass(frozen=True)
class YamlText:
    """A text as YAML, and what to call it in errors; `error` and `example` are those of what it should hold."""

    text: str
    source: str
    error: ClassVar[type[RecipeError] | type[CardError]]
    example: ClassVar[str]
    hint: ClassVar[str] = "Write NAME: VALUE on each line; what has ': ' or ' #' in it goes in quotes or below '>-'."

    def root(self) -> Node:
        """The outermost node. Raises where the text is no YAML, or empty."""
        try:
            root = yaml.compose(self.text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self.fail(mark, f"It is no YAML: {error.problem or error.context}.", self.hint)
        except (yaml.YAMLError, RecursionError) as error:
            raise self.error(f"{self.source} is no YAML: {error}", fix=self.example) from error
        if root is None:
            raise self.error(f"{self.source} is empty.", fix=self.example)
        return root

    def mapping(self, node: Node, known: Sequence[str], *, what: str) -> dict[str, Node]:
        """The parts of a mapping by name, each of `known`."""
        if not isinstance(node, yaml.MappingNode):
            self.fail(node, f"{what} is a list of names with values.", self.example)
        parts: dict[str, Node] = {}
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"Did you mean {near[0]}? " if near else ""
                self.fail(key, f"{what} has no {name!r}.", f"{hint}It may have: {', '.join(known)}.")
            if name in parts:
                self.fail(key, f"{name}: stands there twice.", "Keep one of them.")
            parts[name] = value
        return parts

    def sequence(self, node: Node | None, name: str) -> list[Node]:
        """The parts of a list; none where there is no such node, or it is empty."""
        if node is None or (isinstance(node, yaml.ScalarNode) and self.value(node) is None):
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.fail(node, f"{name}: is no list.", f"Begin each of its parts with '- '. {self.example}")
        return list(node.value)

    def scalar(self, node: Node, name: str) -> str:
        """What a scalar says, as text."""
        if not isinstance(node, yaml.ScalarNode):
            fix = "Put it in quotes, or below '>-': YAML reads { } and [ ] as lists."
            self.fail(node, f"{name}: is no text.", fix)
        return str(node.value)

    def value(self, node: Node) -> Any:
        """The value of a node, as JSON holds it."""
        try:
            # As JSON holds it: the journal keeps it so, and a date becomes the column's type again on export.
            return plain_json(yaml.constructor.SafeConstructor().construct_object(node, deep=True))
        except yaml.YAMLError as error:
            self.fail(node, f"It has no value: {error}.", "Put it in quotes.")

    def fail(self, where: Any, problem: str, fix: str) -> NoReturn:
        """Raise the error, with the place where it is."""
        mark = getattr(where, "start_mark", where)
        if mark is None:
            raise self.error(f"{self.source}: {problem}", fix=fix)
        line, column = mark.line + 1, mark.column + 1
        raise self.error(f"{self.source}, line {line}, column {column}: {problem}", fix=fix, line=line, column=column)
