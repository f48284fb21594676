"""Provenance cards: what a data's owner says of where rows came from and which findings are intended there, as YAML."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

import yaml

from portolan.core.nearest_name import did_you_mean
from portolan.core.writers import CHOSEN_BY, REJECTED_BY, WriterColumns
from portolan.core.yaml_text import Node, YamlText
from portolan.errors import CardError

Part = Literal["subset", "source", "batch", "collector", "chosen_by", "rejected_by"]
PARTS: tuple[Part, ...] = get_args(Part)
"""What a column can tell: which part of the data, from where, delivered when, collected by whom, and who (a person, or
which model) wrote the chosen and the rejected reply."""
VERSION = 1
WRITTEN_BY = "written_by"
"""What a card names two columns under: who wrote the first and the second reply, whichever was chosen."""
OF_WRITERS = ("first", "second")
TOP = ("version", "name", "description", "owner", "provenance", "responses")
OF_RESPONSE = ("finding", "text", "by", "at")
OF_COLUMN = ("column", "description", "values")
OF_VALUE = ("for", "intended", "reason")
EXAMPLE = "For instance:\nprovenance:\n  subset:\n    values:\n      red-team:\n        intended: [doubly-egregious]"
_OF_REPLIES = (CHOSEN_BY, REJECTED_BY)
_WRITERS_FIX = "Name both, and the verdict tells the chosen one's: written_by: {{first: {}, second: {}}}."
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
class CardResponse:
    """What somebody answered to a finding, before the data was passed on."""

    finding: str
    text: str
    by: str = ""
    at: str = ""


@dataclass(frozen=True)
class ProvenanceCard:
    """What a data's owner says of where its rows came from.

    With `written_by` there are columns for the parts `chosen_by` and `rejected_by` that the data itself has not: who
    wrote the chosen and the rejected reply follows from the verdict.
    """

    columns: tuple[ColumnCard, ...] = ()
    name: str = ""
    description: str = ""
    owner: str = ""
    is_declared: bool = field(default=True, compare=False)
    written_by: WriterColumns | None = None
    responses: tuple[CardResponse, ...] = ()

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
        named = told.get(WRITTEN_BY)
        return cls(
            tuple(columns), told["name"], told["description"], told["owner"], told["is_declared"],
            None if named is None else WriterColumns(**named),
            tuple(CardResponse(**one) for one in told.get("responses", ())),
        )  # fmt: skip

    @property
    def derived(self) -> tuple[str, ...]:
        """The columns that the data has not, and that follow from `written_by` and the verdict."""
        return (CHOSEN_BY, REJECTED_BY) if self.written_by else ()

    def intended(self, finding: str) -> list[tuple[ColumnCard, ValueCard]]:
        """The values among which a finding is intended."""
        return [(column, value) for column in self.columns for value in column.values if finding in value.intended]

    def __str__(self) -> str:
        return write_card(self)


def read_card(
    text: str,
    *,
    source: str = "The card",
    columns: Sequence[str] | None = None,
    inferred: WriterColumns | None = None,
    pair_of: Callable[[str], WriterColumns | None] | None = None,
) -> ProvenanceCard:
    """The card that `text` tells.

    Parameters
    ----------
    source : str
        What to call the text in errors: its file.
    columns : sequence of str, optional
        The columns that there are: a card that names another is refused.
    inferred : WriterColumns, optional
        Who wrote which reply, where the data's columns tell it: then `chosen_by` and `rejected_by` need no column.
    pair_of : callable, optional
        The columns of both replies of which a column is one, None for other columns. Given where a verdict says row by
        row which reply was chosen: there `chosen_by` may name no such column.

    Raises
    ------
    CardError
        It is no YAML, or no card; says in which line and column.
    """
    return _Reader(text, source, columns, inferred, pair_of).card()


@dataclass(frozen=True)
class _Reader(YamlText):
    columns: Sequence[str] | None
    inferred: WriterColumns | None
    pair_of: Callable[[str], WriterColumns | None] | None
    error = CardError
    example = EXAMPLE

    def card(self) -> ProvenanceCard:
        root = self.root()
        parts = self.mapping(root, TOP, what="A provenance card")
        version = self.value(parts["version"]) if "version" in parts else VERSION
        if version != VERSION:
            self.fail(parts["version"], f"The version is {version!r}.", f"This Portolan reads version {VERSION}.")
        if "provenance" not in parts:
            self.fail(root, "The card says nothing of provenance.", EXAMPLE)
        told = self.mapping(parts["provenance"], (*PARTS, WRITTEN_BY), what="provenance")
        written_by = self._writers(told.pop(WRITTEN_BY), told) if WRITTEN_BY in told else None
        if written_by is None and any(self._is_derived(part, told[part]) for part in _OF_REPLIES if part in told):
            written_by = self.inferred
        found = [
            self._column(part, node, is_derived=written_by is not None)
            for part, all_of in told.items()
            for node in (all_of.value if isinstance(all_of, yaml.SequenceNode) else [all_of])
        ]
        if written_by is not None:
            found += [ColumnCard(part, part) for part in _OF_REPLIES if part not in told]
        texts = [self.scalar(parts[name], name) if name in parts else "" for name in ("name", "description", "owner")]
        responses = tuple(self._response(one) for one in self.sequence(parts.get("responses"), "responses"))
        return ProvenanceCard(tuple(found), texts[0], texts[1], texts[2], written_by=written_by, responses=responses)

    def _response(self, node: Node) -> CardResponse:
        parts = self.mapping(node, OF_RESPONSE, what="A response")
        for name in OF_RESPONSE[:2]:
            if name not in parts:
                self.fail(node, f"The response has no {name}.", "Write: finding: NAME, text: WORDS, by: WHO, at: WHEN.")
        by, at = (self.scalar(parts[name], name) if name in parts else "" for name in OF_RESPONSE[2:])
        return CardResponse(self._finding(parts["finding"]), self.scalar(parts["text"], "text"), by, at)

    def _writers(self, node: Node, told: Mapping[str, Node]) -> WriterColumns:
        """Who wrote the first and the second reply: two columns."""
        parts = self.mapping(node, OF_WRITERS, what=WRITTEN_BY)
        if len(parts) < len(OF_WRITERS):
            self.fail(node, f"{WRITTEN_BY}: names one column of two.", _WRITERS_FIX.format("model_a", "model_b"))
        first, second = (self._known(parts[name], self.scalar(parts[name], name)) for name in OF_WRITERS)
        for part in _OF_REPLIES:
            if self.columns is not None and part in self.columns:
                self.fail(
                    node, f"The data has a column {part} that says who wrote a reply.",
                    f"Leave {WRITTEN_BY} out, and write {part}: {part}.",
                )  # fmt: skip
            if part in told and not self._is_derived(part, told[part]):
                self.fail(
                    told[part], f"{part}: names a column, and follows from {WRITTEN_BY}.",
                    f"Leave the column of {part} out, or leave {WRITTEN_BY} out.",
                )  # fmt: skip
        return WriterColumns(first, second)

    def _is_derived(self, part: str, node: Node) -> bool:
        """Whether a part of `chosen_by` or `rejected_by` names no column of the data."""
        if self.columns is not None and part in self.columns:
            return False
        is_told = isinstance(node, yaml.MappingNode)
        named = self.mapping(node, OF_COLUMN, what=part).get("column") if is_told else node
        return named is None or self.scalar(named, part) == part

    def _column(self, part: str, node: Node, *, is_derived: bool) -> ColumnCard:
        """A column: its name alone, or what there is to say of it. Unless named, it is called as its part is."""
        has_none = is_derived and part in _OF_REPLIES
        if isinstance(node, yaml.ScalarNode):
            name = self.scalar(node, part)
            return ColumnCard(part, name if has_none else self._of_part(part, node, name))
        parts = self.mapping(node, OF_COLUMN, what=part)
        place = parts.get("column", node)
        name = self.scalar(parts["column"], "column") if "column" in parts else part
        values = self._values(parts["values"]) if "values" in parts else ()
        description = self.scalar(parts["description"], "description") if "description" in parts else ""
        return ColumnCard(part, name if has_none else self._of_part(part, place, name), description, values)

    def _of_part(self, part: str, node: Node, name: str) -> str:
        """A column of the data, which for who wrote a reply is none of one side alone."""
        self._known(node, name)
        both = self.pair_of(name) if part in _OF_REPLIES and self.pair_of is not None else None
        if both is not None:
            self.fail(
                node, f"{name} says who wrote one of the two replies, chosen or not: {part} would tell of its place.",
                _WRITERS_FIX.format(both.first, both.second),
            )  # fmt: skip
        return name

    def _known(self, node: Node, name: str) -> str:
        if self.columns is not None and name not in self.columns:
            hint = did_you_mean(name, list(self.columns))
            self.fail(node, f"The data has no column {name!r}.", f"{hint}Its columns: {', '.join(self.columns)}.")
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
    parts: dict[str, Any] = {} if card.written_by is None else {WRITTEN_BY: asdict(card.written_by)}
    for column in card.columns:
        part = _column_told(column)
        if column.column in card.derived:
            # Its column is no column of the data.
            part.pop("column")
        if part:
            before = parts.get(column.part)
            parts[column.part] = part if before is None else [*(before if isinstance(before, list) else [before]), part]
    told["provenance"] = parts
    if card.responses:
        told["responses"] = [{name: text for name, text in asdict(one).items() if text} for one in card.responses]
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
