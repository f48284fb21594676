"""A number of things in words."""

from __future__ import annotations


def counted(n: int, one: str, many: str | None = None) -> str:
    """`1 row`, `6,436 rows`; `many` where an s does not make the plural."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"
