"""A report as a structure: sections of blocks. Writers turn it into HTML, Markdown and JSON.

Text is written in a small markup (`report_markup.py`). What comes from data goes through `plain` first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from portolan.core.report_markup import plain

ExampleMode = Literal["none", "redacted", "blurred", "shown"]
EXAMPLE_MODES: tuple[ExampleMode, ...] = ("none", "redacted", "blurred", "shown")


@dataclass(frozen=True)
class Prose:
    """Paragraphs that a person may replace. `key` names them; `text` is markup, an empty line between paragraphs."""

    key: str
    text: str

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {"block": "prose", "key": self.key, "text": self.text}


@dataclass(frozen=True)
class Table:
    """A table: cells are markup. Of each letter of `align` a column is left (`<`) or right (`>`)."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    align: str
    caption: str = ""

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        rows = [list(row) for row in self.rows]
        return {"block": "table", "head": list(self.head), "rows": rows, "caption": self.caption}


@dataclass(frozen=True)
class Drawing:
    """One drawing: an SVG document, what it shows in words, how wide it is at least to be read, and at most, px."""

    name: str
    svg: str = field(repr=False)
    alt: str
    least_px: int = 0
    most_px: int = 0


@dataclass(frozen=True)
class Figure:
    """Drawings beside each other with a caption in markup."""

    drawings: tuple[Drawing, ...]
    caption: str

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it: what the drawings show, not their lines."""
        told = [{"name": one.name, "alt": one.alt} for one in self.drawings]
        return {"block": "figure", "drawings": told, "caption": self.caption}


@dataclass(frozen=True)
class Quote:
    """What a person said: plain text, with who and when."""

    text: str
    author: str
    time: str = ""

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {"block": "quote", "text": self.text, "author": self.author, "time": self.time}


@dataclass(frozen=True)
class Code:
    """Lines to run, or a recipe."""

    text: str

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {"block": "code", "text": self.text}


@dataclass(frozen=True)
class Example:
    """A row's texts, plain, masked already where `mode` is "redacted".

    `better` and `worse`: what its replies are called.
    """

    row_id: int
    score: float
    prompt: str
    chosen: str
    rejected: str
    mode: ExampleMode
    link: str = ""
    better: str = "Chosen reply"
    worse: str = "Rejected reply"

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {"block": "example", **vars(self)}


Block = Prose | Table | Figure | Quote | Code | Example


@dataclass(frozen=True)
class Section:
    """A heading with blocks and sections below it. `key` names it in links."""

    key: str
    title: str
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "key": self.key, "title": self.title, "blocks": [one.to_json() for one in self.blocks],
            "sections": [one.to_json() for one in self.sections],
        }  # fmt: skip


@dataclass(frozen=True)
class Report:
    """An article about a dataset.

    Attributes
    ----------
    title, subtitle : str
        Plain text.
    facts : mapping
        All figures that it tells, as JSON holds them.
    """

    title: str
    subtitle: str
    sections: tuple[Section, ...]
    facts: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def to_json(self) -> dict[str, Any]:
        """The whole as JSON holds it: the article, and the figures it is made of."""
        return {
            "version": 1, "title": self.title, "subtitle": self.subtitle,
            "sections": [one.to_json() for one in self.sections], "facts": dict(self.facts),
        }  # fmt: skip

    def prose(self) -> Iterator[Prose]:
        """Blocks that a person may replace, in order."""
        for section in walk(self.sections):
            yield from (one for one in section.blocks if isinstance(one, Prose))

    def with_texts(self, texts: Mapping[str, str]) -> Report:
        """The report with other texts in place of its own, by key; an empty text leaves a block out."""
        return replace(self, sections=tuple(_replaced(one, texts) for one in self.sections))


def walk(sections: Sequence[Section]) -> Iterator[Section]:
    """Sections and all below them, in order."""
    for section in sections:
        yield section
        yield from walk(section.sections)


def prose(key: str, *paragraphs: str) -> Prose:
    """Paragraphs as one block; empty ones are left out."""
    return Prose(key, "\n\n".join(one for one in paragraphs if one))


def cells(*values: object) -> tuple[str, ...]:
    """Values from data as cells of a table."""
    return tuple(plain(str(value)) for value in values)


def _replaced(section: Section, texts: Mapping[str, str]) -> Section:
    blocks: list[Block] = []
    for one in section.blocks:
        if isinstance(one, Prose) and one.key in texts:
            if texts[one.key].strip():
                blocks.append(replace(one, text=texts[one.key].strip()))
        else:
            blocks.append(one)
    return replace(section, blocks=tuple(blocks), sections=tuple(_replaced(one, texts) for one in section.sections))
