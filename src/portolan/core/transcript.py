"""Conversations: strings with role marks, and lists of messages, as turns.

A transcript is cut into segments that, put together again, give the same string; what a person reads are its turns.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from portolan.types import Turn


@dataclass(frozen=True)
class Style:
    """How a kind of transcript marks who speaks.

    `mark` has one group, the speaker; it is written so that Python's `re` and Arrow's RE2 read it alike.
    `tail` is what may end a turn.
    """

    name: str
    mark: str
    tail: str = ""


STYLES: tuple[Style, ...] = (
    Style("hh", r"(?:\A|\n\n)(Human|Assistant|System): ?"),
    Style("hash", r"(?:\A|\n+)### ?(Human|Assistant|User|System|Instruction|Input|Response|Question|Answer): *\n?"),
    Style("chatml", r"<\|im_start\|>([a-z_]+)\n", r"\s*<\|im_end\|>\s*"),
    Style("header", r"<\|start_header_id\|>([a-z_]+)<\|end_header_id\|>\n*", r"\s*<\|eot_id\|>\s*"),
    Style("angle", r"<\|(user|assistant|system|prompter|human|bot)\|>\n?", r"\s*(?:</s>|<\|end\|>|<\|endoftext\|>)\s*"),
    Style("label", r"(?:\A|\n+)(User|Assistant|System|Human|Bot|AI|Q|A): "),
)
"""Known styles, the most telling first."""

_ROLES = {
    "human": ("human", "user", "prompter", "instruction", "input", "question", "q", "h"),
    "assistant": ("assistant", "gpt", "bot", "ai", "model", "response", "answer", "output", "chatgpt", "a"),
    "system": ("system", "developer"),
}
ROLE_OF = {word: role for role, words in _ROLES.items() for word in words}


@dataclass(frozen=True)
class Segment:
    """One turn as it stands in a string: `mark + text + tail`; the text before the first mark has none."""

    mark: str
    role: str
    text: str
    tail: str = ""


def style_of(texts: Sequence[str]) -> Style | None:
    """The style most of `texts` are written in, or None if most are no transcripts.

    A transcript begins with a mark (or a system text before it) and marks at least one human turn or two turns.
    """
    texts = [text for text in texts if text.strip()]
    best: tuple[int, Style] | None = None
    for style in STYLES:
        count = sum(_is_transcript(text, style) for text in texts)
        if count > 0.5 * len(texts) and (best is None or count > best[0]):
            best = (count, style)
    return best[1] if best else None


def _is_transcript(text: str, style: Style) -> bool:
    first = re.match(r"\s*" + style.mark, text) or re.match(style.mark, text)
    if not first:
        return False
    return style.name != "label" or len(re.findall(style.mark, text)) > 1


def style_named(name: str) -> Style | None:
    """The style of that name, or None."""
    return next((style for style in STYLES if style.name == name), None)


def split(text: str, style: Style) -> list[Segment]:
    """The segments of a transcript; `join` gives `text` again, byte for byte."""
    marks = list(re.finditer(style.mark, text))
    segments = []
    if not marks or marks[0].start() > 0:
        segments.append(Segment("", "other", text[: marks[0].start()] if marks else text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    for mark, stop in zip(marks, ends, strict=False):
        body = text[mark.end() : stop]
        end = re.search(style.tail + r"\Z", body) if style.tail else None
        cut = end.start() if end else len(body)
        segments.append(Segment(mark.group(), _role(mark.group(1)), body[:cut], body[cut:]))
    return segments


def join(segments: Sequence[Segment]) -> str:
    """The transcript that `split` cut."""
    return "".join(part.mark + part.text + part.tail for part in segments)


def turns_of(value: Any, style: Style | None = None, *, role: str = "human") -> list[Turn]:
    """The turns of a cell: a transcript, a list of messages, a list of strings in turn, or a string by `role`."""
    if value is None:
        return []
    if isinstance(value, str):
        return _turns_of_text(value, style, role)
    if isinstance(value, dict):
        messages = value.get("messages") or value.get("conversation")
        return turns_of(messages, style, role=role) if messages else [_turn(value, role)]
    speakers = ("human", "assistant")
    return [_turn(message, speakers[place % 2]) for place, message in enumerate(value) if message is not None]


def _turns_of_text(text: str, style: Style | None, role: str) -> list[Turn]:
    if style is None:
        return [Turn(role, text)]
    segments = [part for part in split(text, style) if part.mark or part.text.strip()]
    if not any(part.mark for part in segments):
        return [Turn(role, text.strip())]
    return [Turn(part.role, part.text.strip()) for part in segments]


def _turn(message: Any, speaker: str) -> Turn:
    if not isinstance(message, dict):
        return Turn(speaker, str(message))
    role = next((message[key] for key in ("role", "from", "speaker", "author") if message.get(key)), speaker)
    return Turn(_role(str(role)), content_of(message))


CONTENTS = ("content", "value", "text", "message", "full_text", "post", "article")
"""Fields that hold a message's text; the last three are those of questions and posts to reply to."""


def content_of(message: dict[str, Any]) -> str:
    """The text of a message, whatever its field is called; the text parts of one that holds several kinds."""
    content = next((message[key] for key in CONTENTS if message.get(key)), "")
    if isinstance(content, list):
        content = "\n".join(
            str(part.get("text") or f"[{part.get('type', 'part')}]") if isinstance(part, dict) else str(part)
            for part in content
        )
    return str(content)


def _role(word: str) -> str:
    return ROLE_OF.get(word.lower(), word.lower())
