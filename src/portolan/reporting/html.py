"""A report as one HTML file: style, drawings and all inside it; no script is needed to read it, nothing is fetched."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from html import escape
from pathlib import Path

from portolan.core.blurring import blur
from portolan.core.report import Block, Code, Drawing, Example, Figure, Prose, Quote, Report, Section, Table
from portolan.core.report_markup import inline_html, to_html

FOLDER = Path(__file__).parent


_CHANCE = re.compile(r"\bp (&lt;|=) (?=\d)")
_PERCENT = re.compile(r"(?<=\d) %")


def to_page(report: Report) -> str:
    """The whole file: what is short of it before the contents."""
    summary, *rest = report.sections
    style = (FOLDER / "page.css").read_text(encoding="utf-8")
    script = "\n" + (FOLDER / "edit.js").read_text(encoding="utf-8")
    digest = b64encode(sha256(script.encode()).digest()).decode()
    # Nothing but what is in the file: a text of the data that should slip through as a tag could still fetch nothing.
    policy = (
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'"
    )
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(report.title)}: {escape(report.subtitle)}</title>",
            f"<style>\n{style}</style>",
            "</head>",
            "<body>",
            "<header>",
            f"<h1>{escape(report.title)}</h1>",
            f'<p class="subtitle">{escape(report.subtitle)}</p>',
            "</header>",
            "<main>",
            _section(summary, depth=2),
            _contents(rest),
            *(_section(section, depth=2) for section in rest),
            "</main>",
            '<div id="edit-bar" hidden><button type="button">Edit texts</button>'
            '<button type="button">Save as a new file</button></div>',
            f"<script>{script}</script>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _held(html: str) -> str:
    """HTML in which no line breaks between a number and its per cent, or within `p < 0.001`."""
    return _CHANCE.sub("p\N{NO-BREAK SPACE}\\1\N{NO-BREAK SPACE}", _PERCENT.sub("\N{NO-BREAK SPACE}%", html))


def _inline(text: str) -> str:
    return _held(inline_html(text))


def _contents(sections: Sequence[Section]) -> str:
    return f'<nav aria-label="Contents"><p>Contents</p>{_entries(sections)}</nav>'


def _entries(sections: Sequence[Section]) -> str:
    lines = [
        f'<li><a href="#{escape(one.key)}">{escape(one.title)}</a>{_entries(one.sections) if one.sections else ""}</li>'
        for one in sections
    ]
    return f"<ol>{''.join(lines)}</ol>"


def _section(section: Section, *, depth: int) -> str:
    parts = [f'<h{depth} id="{escape(section.key)}">{escape(section.title)}</h{depth}>']
    parts += [_block(one) for one in section.blocks]
    parts += [_section(one, depth=depth + 1) for one in section.sections]
    return f"<section>\n{chr(10).join(parts)}\n</section>"


def _block(block: Block) -> str:
    if isinstance(block, Prose):
        return f'<div data-key="{escape(block.key)}">{_held(to_html(block.text))}</div>'
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Figure):
        drawings = "".join(_drawing(one) for one in block.drawings)
        caption = f"<figcaption>{_inline(block.caption)}</figcaption>"
        return f'<figure><div class="drawings">{drawings}</div>{caption}</figure>'
    if isinstance(block, Quote):
        when = f", {escape(block.time)}" if block.time else ""
        return f"<blockquote><p>{escape(block.text)}</p><footer>{escape(block.author)}{when}</footer></blockquote>"
    if isinstance(block, Code):
        return f"<pre><code>{escape(block.text)}</code></pre>"
    return _example(block)


def _table(table: Table) -> str:
    kinds = [' class="n"' if side == ">" else "" for side in table.align]
    head = "".join(f"<th{kind}>{_inline(cell)}</th>" for kind, cell in zip(kinds, table.head, strict=True))
    rows = "".join(
        "<tr>" + "".join(f"<td{kind}>{_inline(cell)}</td>" for kind, cell in zip(kinds, row, strict=True)) + "</tr>"
        for row in table.rows
    )
    caption = f"<caption>{_inline(table.caption)}</caption>" if table.caption else ""
    head = f"<thead><tr>{head}</tr></thead>" if any(table.head) else ""
    # In the order of the tab key: a part that is wider than the page is moved by the arrow keys.
    return f'<div class="scroll" tabindex="0"><table>{caption}{head}<tbody>{rows}</tbody></table></div>'


def _drawing(one: Drawing) -> str:
    svg = re.sub(r"<\?xml.*?\?>\s*", "", one.svg).strip()
    # Drawings whose colours are no classes of the page's are turned for the dark as a whole.
    look = "drawing" if "r-paper" in svg else "drawing own-colors"
    least = f"--least:{one.least_px}px;" if one.least_px else ""
    most = f"max-width:{one.most_px}px" if one.most_px else ""
    style = f' style="{least}{most}"' if least or most else ""
    style += ' tabindex="0"' if one.least_px else ""
    return f'<div class="{look}"{style} role="img" aria-label="{escape(one.alt)}">{svg}</div>'


def _example(one: Example) -> str:
    texts = (("Prompt", one.prompt), (one.better, one.chosen), (one.worse, one.rejected))
    prompt, *replies = ((title, escape(text, quote=False)) for title, text in texts)

    def part(title: str, text: str) -> str:
        return f"<div><h4>{title}</h4><p>{text or '(none)'}</p></div>"

    sides = "".join(part(*reply) for reply in replies)
    body = f'{part(*prompt)}<div class="sides">{sides}</div>'
    if one.mode == "blurred":
        # Letters of its shape alone: a blur can be looked through.
        shape = escape(blur(one.chosen), quote=False)
        hidden = f'<span class="blurred" aria-hidden="true">{shape}</span>'
        body = f"<details><summary>Show the texts, which may offend{hidden}</summary>{body}</details>"
    row = f"Row {one.row_id}"
    name = f'<a href="{escape(one.link)}">{row}</a>' if one.link else row
    return f'<div class="example"><h4>{name}, confidence {one.score:.2f}</h4>{body}</div>'
