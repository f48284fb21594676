"""Lines of cells as a table of plain text."""

from __future__ import annotations


def table(rows: list[tuple[str, ...]], *, align: str) -> str:
    """`rows` as aligned columns; `align` has '<' or '>' for each column."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(align))]
    return "\n".join("  ".join(f"{cell:{align[i]}{widths[i]}}" for i, cell in enumerate(row)).rstrip() for row in rows)
