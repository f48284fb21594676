"""Texts whose letters cannot be read: each becomes an x, each digit a 0; spaces, marks and the shape stay."""

from __future__ import annotations

import unicodedata
from typing import Any


class _Blur(dict[int, str]):
    """A table for `str.translate` that fills itself."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character.isdigit() or character.isnumeric():
            blurred = "0"
        elif character.isupper():
            blurred = "X"
        elif _says_nothing(character):
            blurred = character
        else:
            # Letters of any script, accents, and signs that are words of their own.
            blurred = "x"
        self[code] = blurred
        return blurred


def _says_nothing(character: str) -> bool:
    is_sign = character.isascii() and not character.isalpha()
    return is_sign or character.isspace() or unicodedata.category(character).startswith("P")


_BLUR = _Blur()


def blur(text: str) -> str:
    """`text`, as long as before, without a letter, digit or sign that tells what it said.

    >>> blur("Call Ana on 555-0199!")
    'Xxxx Xxx xx 000-0000!'
    """
    return text.translate(_BLUR)


def blur_texts(value: Any) -> Any:
    """`value` with every text in it blurred, but the names of fields."""
    if isinstance(value, str):
        return blur(value)
    if isinstance(value, dict):
        return {name: blur_texts(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [blur_texts(item) for item in value]
    return value
