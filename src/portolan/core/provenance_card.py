"""Provenance cards: what a data's owner says of where rows came from and which findings are intended there, as YAML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

import yaml

from portolan.core.yaml_text import Node, YamlText
from portolan.errors import CardError

Part = Literal["subset", "source", "batch", "collector", "chosen_by", "rejected_by"]
PARTS: tuple[Part, ...] = get_args(Part)
"""What a column can tell: which part of the data, from where, delivered when, collected by whom, and who (a person, or
which model) wrote the chosen and the rejected reply."""
VERSION = 1
TOP = ("version", "name", "description", "owner", "provenance")
OF_COLUMN = ("column", "description", "values")
OF_VALUE = ("for", "intended", "reason")
EXAMPLE = "For instance:\nprovenance:\n  subset:\n    values:\n      red-team:\n        intended: [doubly-egregious]"
_FINDING = re.compile(r"[a-z][a-z0-9-]*")


@dataclass(frozen=True)
class ValueCard:
    """One value of a column: what such rows are for, and the findings that are intended among them, and why."""

    value: str
    purpose: str = ""
    intended: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class ColumnCard:
    """A column that tells where rows came from."""

    part: str
    column: str
    description: str = ""
    values: tuple[ValueCard, ...] = ()


@dataclass(frozen=True)
class ProvenanceCard:
    """What a data's owner says of where its rows came from."""

    columns: tuple[ColumnCard, ...] = ()
    name: str = ""
    description: str = ""
    owner: str = ""
    is_declared: bool = field(default=True, compare=False)

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> ProvenanceCard:
        """The card that `to_json` gave."""
        columns = [
            ColumnCard(
                one["part"], one["column"], one["description"],
                tuple(ValueCard(v["value"], v["purpose"], tuple(v["intended"]), v["reason"]) for v in one["values"]),
            )
            for one in told["columns"]
        ]  # fmt: skip
        return cls(tuple(columns), told["name"], told["description"], told["owner"], told["is_declared"])

    def intended(self, finding: str) -> list[tuple[ColumnCard, ValueCard]]:
        """The values among which a finding is intended."""
        return [(column, value) for column in self.columns for value in column.values if finding in value.intended]

    def __str__(self) -> str:
        return write_card(self)


def read_card(text: str, *, source: str = "The card", columns: Sequence[str] | None = None) -> ProvenanceCard:
    """The card that `text` tells.

    Parameters
    ----------
    source : str
        What to call the text in errors: its file.
    columns : sequence of str, optional
        The columns that there are: a card that names another is refused.

    Raises
    ------
    CardError
        It is no YAML, or no card; says in which line and column.
    """
    return _Reader(text, source).card(columns)


class _Reader(YamlText):
    error = CardError
    example = EXAMPLE

    def card(self, columns: Sequence[str] | None) -> ProvenanceCard:
        root = self.root()
        parts = self.mapping(root, TOP, what="A provenance card")
        version = self.value(parts["version"]) if "version" in parts else VERSION
        if version != VERSION:
            self.fail(parts["version"], f"The version is {version!r}.", f"This Portolan reads version {VERSION}.")
        if "provenance" not in parts:
            self.fail(root, "The card says nothing of provenance.", EXAMPLE)
        told = self.mapping(parts["provenance"], PARTS, what="provenance")
        found = tuple(self._column(part, node, columns) for part, node in told.items())
        texts = [self.scalar(parts[name], name) if name in parts else "" for name in ("name", "description", "owner")]
        return ProvenanceCard(found, texts[0], texts[1], texts[2])

    def _column(self, part: str, node: Node, columns: Sequence[str] | None) -> ColumnCard:
        """A column: its name alone, or what there is to say of it. Unless named, it is called as its part is."""
        if isinstance(node, yaml.ScalarNode):
            return ColumnCard(part, self._known(node, self.scalar(node, part), columns))
        parts = self.mapping(node, OF_COLUMN, what=part)
        place = parts.get("column", node)
        name = self.scalar(parts["column"], "column") if "column" in parts else part
        values = self._values(parts["values"]) if "values" in parts else ()
        description = self.scalar(parts["description"], "description") if "description" in parts else ""
        return ColumnCard(part, self._known(place, name, columns), description, values)

    def _known(self, node: Node, name: str, columns: Sequence[str] | None) -> str:
        if columns is not None and name not in columns:
            self.fail(node, f"The data has no column {name!r}.", f"Its columns: {', '.join(columns)}.")
        return name

    def _values(self, node: Node) -> tuple[ValueCard, ...]:
        if not isinstance(node, yaml.MappingNode):
            self.fail(node, "values: names no values.", EXAMPLE)
        found: dict[str, ValueCard] = {}
        for key, value in node.value:
            name = self.scalar(key, "A value")
            if name in found:
                self.fail(key, f"{name}: stands there twice.", "Keep one of them.")
            found[name] = self._value_card(name, value)
        return tuple(found.values())

    def _value_card(self, name: str, node: Node) -> ValueCard:
        """A value: what it is for, alone, or with the findings that are intended."""
        if isinstance(node, yaml.ScalarNode):
            return ValueCard(name, "" if self.value(node) is None else self.scalar(node, name))
        parts = self.mapping(node, OF_VALUE, what=name)
        intended = [self._finding(one) for one in self.sequence(parts.get("intended"), "intended")]
        texts = {key: self.scalar(parts[key], key) if key in parts else "" for key in ("for", "reason")}
        return ValueCard(name, texts["for"], tuple(intended), texts["reason"])

    def _finding(self, node: Node) -> str:
        name = self.scalar(node, "intended")
        if not _FINDING.fullmatch(name):
            self.fail(node, f"{name!r} is no name of a finding.", "Names are as in portolan audit: doubly-egregious.")
        return name


def write_card(card: ProvenanceCard) -> str:
    """A card as YAML; `read_card` reads it back."""
    told: dict[str, Any] = {"version": VERSION}
    told |= {name: getattr(card, name) for name in ("name", "description", "owner") if getattr(card, name)}
    told["provenance"] = {column.part: _column_told(column) for column in card.columns}
    dumped: str = yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=100)
    return dumped


def _column_told(column: ColumnCard) -> dict[str, Any]:
    told: dict[str, Any] = {"column": column.column}
    if column.description:
        told["description"] = column.description
    if column.values:
        told["values"] = {one.value: _value_told(one) for one in column.values}
    return told


def _value_told(one: ValueCard) -> dict[str, Any]:
    told = {"for": one.purpose, "intended": list(one.intended), "reason": one.reason}
    return {name: value for name, value in told.items() if value}
