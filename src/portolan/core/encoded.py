"""How the harm scorer's encoder reads a text: the end of what was said before it, then its own beginning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

TEXT_PIECES, PROMPT_PIECES = 64, 32
"""Word pieces of a text and of its prompt that are read."""
PROMPT_CHARS, TEXT_CHARS = 400, 1600
"""Characters that surely hold so many pieces: the rest need not be cut."""


def prompt_end(prompts: Sequence[str]) -> list[str]:
    """The last characters of each prompt."""
    return [prompt[-PROMPT_CHARS:] for prompt in prompts]


def join_pieces(tokenizer: Any, texts: Sequence[str], prompts: Sequence[str]) -> list[tuple[list[int], int]]:
    """`[CLS] prompt [SEP] text [SEP]` as ids, and how many ids stand before the text.

    Without a prompt it is `[CLS] text [SEP]`. `tokenizer` is one of the package tokenizers, without special
    pieces of its own.
    """
    begin, end = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    cut = tokenizer.encode_batch([text[:TEXT_CHARS] for text in texts], add_special_tokens=False)
    said = tokenizer.encode_batch(list(prompts), add_special_tokens=False)
    joined = []
    for text, prompt in zip(cut, said, strict=True):
        before = [begin, *prompt.ids[-PROMPT_PIECES:], end] if prompt.ids else [begin]
        joined.append(([*before, *text.ids[:TEXT_PIECES], end], len(before)))
    return joined
