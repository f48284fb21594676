r"""The markup of a report's texts: a small part of Markdown.

Paragraphs and lists (`- `, each item on a line of its own) with an empty line between them; `**strong**`, `*stress*`,
`` `code` `` and `[words](address)`. A backslash takes a sign as it is. There is no HTML in it: `<b>` is three letters.
"""

from __future__ import annotations

import re
from html import escape

SIGNS = r"\`*_[]<>#|"
"""Without ( and ): they mean nothing but after a bracket, which is escaped."""
_ADDRESS = re.compile(r"(https?://|mailto:|#)\S*\Z")
_INLINE = re.compile(
    r"""\\(?P<sign>[\\`*_\[\]()<>#|\-])
    |`(?P<code>[^`]+)`
    |\*\*(?P<strong>.+?)(?<!\\)\*\*
    |\*(?P<stress>[^*\s](?:.*?[^*\s\\])?)\*
    |\[(?P<words>(?:\\.|[^\]\\])+)\]\((?P<address>[^)\s]+)\)""",
    re.VERBOSE | re.DOTALL,
)


def plain(text: str) -> str:
    """`text` with a backslash before every sign that means something, in one line."""
    one_line = re.sub(r"\s+", " ", text).strip()
    marked = "".join("\\" + sign if sign in SIGNS else sign for sign in one_line)
    return "\\" + marked if marked.startswith("- ") else marked


def code(text: str) -> str:
    """`text` as code: an expression, a command, a name."""
    one_line = re.sub(r"\s+", " ", text).strip()
    return f"`{one_line}`" if one_line and "`" not in one_line else plain(one_line)


def link(words: str, address: str) -> str:
    """Words that lead to an address; the words alone, plain, where there is no address."""
    if not address:
        return plain(words)
    return f"[{plain(words)}]({address.replace('(', '%28').replace(')', '%29').replace(' ', '%20')})"


def to_html(text: str) -> str:
    """Markup as HTML: paragraphs and lists."""
    return "\n".join(_block(block) for block in re.split(r"\n\s*\n", text.strip()) if block.strip())


def inline_html(text: str) -> str:
    """Markup within a line as HTML."""
    parts, at = [], 0
    for match in _INLINE.finditer(text):
        parts.append(escape(text[at : match.start()], quote=False))
        parts.append(_inline(match))
        at = match.end()
    parts.append(escape(text[at:], quote=False))
    return "".join(parts)


def to_words(text: str) -> str:
    """Markup as the words alone."""
    return _INLINE.sub(_words_of, text)


def _block(block: str) -> str:
    lines = block.strip().split("\n")
    if all(line.startswith("- ") for line in lines):
        return "<ul>" + "".join(f"<li>{inline_html(line[2:].strip())}</li>" for line in lines) + "</ul>"
    return f"<p>{inline_html(' '.join(line.strip() for line in lines))}</p>"


def _inline(match: re.Match[str]) -> str:
    if match["sign"]:
        return escape(match["sign"], quote=False)
    if match["code"]:
        return f"<code>{escape(match['code'], quote=False)}</code>"
    if match["strong"]:
        return f"<strong>{inline_html(match['strong'])}</strong>"
    if match["stress"]:
        return f"<em>{inline_html(match['stress'])}</em>"
    words = inline_html(match["words"])
    # A text may be anyone's: an address that would run something is no address.
    return f'<a href="{escape(match["address"])}">{words}</a>' if _ADDRESS.match(match["address"]) else words


def _words_of(match: re.Match[str]) -> str:
    for name in ("sign", "code"):
        if match[name]:
            return match[name]
    return to_words(match["strong"] or match["stress"] or match["words"])
