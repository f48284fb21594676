"""A report as Markdown, its drawings as SVG files in a folder beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

from portolan.core.report import Block, Code, Example, Figure, Prose, Quote, Report, Section, Table, walk
from portolan.core.report_markup import plain


def to_markdown(report: Report, *, folder: str) -> str:
    """The text; drawings are asked for in `folder`, as `drawing_files` names them."""
    summary, *rest = report.sections
    lines = [f"# {plain(report.title)}", plain(report.subtitle), *_section(summary, folder, depth=2)]
    # Two lists, one after the other, would be one.
    lines += ["**Contents**", *_entries(rest)]
    for section in rest:
        lines += _section(section, folder, depth=2)
    return "\n\n".join(lines) + "\n"


def drawing_files(report: Report) -> Iterator[tuple[str, str]]:
    """Name and SVG of every drawing."""
    for section in walk(report.sections):
        for block in section.blocks:
            if isinstance(block, Figure):
                yield from ((f"{one.name}.svg", one.svg) for one in block.drawings)


def _entries(sections: Sequence[Section]) -> list[str]:
    lines = []
    for one in sections:
        lines.append(f"- [{plain(one.title)}](#{one.key})")
        lines += [f"  - [{plain(below.title)}](#{below.key})" for below in one.sections]
    return ["\n".join(lines)]


def _section(section: Section, folder: str, *, depth: int) -> list[str]:
    lines = [f'<a id="{escape(section.key)}"></a>', f"{'#' * depth} {plain(section.title)}"]
    lines += [_block(one, folder) for one in section.blocks]
    for below in section.sections:
        lines += _section(below, folder, depth=depth + 1)
    return lines


def _block(block: Block, folder: str) -> str:
    if isinstance(block, Prose):
        return block.text
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Figure):
        images = "\n".join(f"![{plain(one.alt)}]({folder}/{one.name}.svg)" for one in block.drawings)
        return f"{images}\n\n*{block.caption}*" if "*" not in block.caption else f"{images}\n\n{block.caption}"
    if isinstance(block, Quote):
        said = "\n".join(f"> {plain(line)}".rstrip() for line in block.text.split("\n"))
        return f"{said}\n>\n> {plain(block.author)}{', ' + block.time if block.time else ''}"
    if isinstance(block, Code):
        return _fenced(block.text)
    return _example(block)


def _table(table: Table) -> str:
    rules = ["---:" if side == ">" else "---" for side in table.align]
    rows = [_row(table.head), f"| {' | '.join(rules)} |", *(_row(row) for row in table.rows)]
    return "\n".join(rows) + (f"\n\n{table.caption}" if table.caption else "")


def _row(row: Sequence[str]) -> str:
    return "| " + " | ".join(re.sub(r"(?<!\\)\|", r"\\|", cell) for cell in row) + " |"


def _fenced(text: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{text}\n{fence}"


def _example(one: Example) -> str:
    row = f"[Row {one.row_id}]({one.link})" if one.link else f"Row {one.row_id}"
    parts = [f"**{row}**, confidence {one.score:.2f}"]
    texts = [f"{name}:\n\n{_fenced(text)}" for name, text in (
        ("Prompt", one.prompt), (one.better, one.chosen), (one.worse, one.rejected))]  # fmt: skip
    if one.mode == "blurred":
        texts = ["<details><summary>Show the texts, which may offend</summary>", *texts, "</details>"]
    return "\n\n".join([*parts, *texts])
