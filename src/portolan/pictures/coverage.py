"""Which letters a font file has, read from its `cmap` table.

Source: the OpenType specification, "cmap — Character to Glyph Index Mapping Table"; formats 4 and 12 hold all of
Unicode's letters in every font of today.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Coverage:
    """Ranges of code points, in order: `code in coverage`."""

    firsts: tuple[int, ...] = ()
    lasts: tuple[int, ...] = ()

    def __contains__(self, code: int) -> bool:
        place = bisect_right(self.firsts, code) - 1
        return place >= 0 and code <= self.lasts[place]


def read_coverage(path: Path) -> Coverage:
    """What the first face of a file has; nothing where the file is no font that we can read."""
    try:
        with path.open("rb") as file:
            start = 0
            if file.read(4) == b"ttcf":
                file.seek(12)
                (start,) = struct.unpack(">I", file.read(4))
            file.seek(start + 4)
            (n_tables,) = struct.unpack(">H", file.read(2))
            file.seek(start + 12)
            for _ in range(n_tables):
                tag, _, offset, length = struct.unpack(">4sIII", file.read(16))
                if tag == b"cmap":
                    file.seek(offset)
                    return _from_cmap(file.read(length))
    except (OSError, struct.error):
        return Coverage()
    return Coverage()


def _from_cmap(table: bytes) -> Coverage:
    (n_encodings,) = struct.unpack_from(">H", table, 2)
    ranges: list[tuple[int, int]] = []
    for number in range(n_encodings):
        _platform, _encoding, offset = struct.unpack_from(">HHI", table, 4 + 8 * number)
        (kind,) = struct.unpack_from(">H", table, offset)
        if kind == 4:
            ranges += _format_4(table, offset)
        elif kind == 12:
            ranges += _format_12(table, offset)
    return _merged(ranges)


def _format_4(table: bytes, offset: int) -> list[tuple[int, int]]:
    (n_segments,) = struct.unpack_from(">H", table, offset + 6)
    n_segments //= 2
    lasts = struct.unpack_from(f">{n_segments}H", table, offset + 14)
    firsts = struct.unpack_from(f">{n_segments}H", table, offset + 16 + 2 * n_segments)
    return [(first, last) for first, last in zip(firsts, lasts, strict=True) if first != 0xFFFF]


def _format_12(table: bytes, offset: int) -> list[tuple[int, int]]:
    (n_groups,) = struct.unpack_from(">I", table, offset + 12)
    groups = struct.iter_unpack(">III", table[offset + 16 : offset + 16 + 12 * n_groups])
    return [(first, last) for first, last, _glyph in groups]


def _merged(ranges: list[tuple[int, int]]) -> Coverage:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(last, merged[-1][1])
        else:
            merged.append((first, last))
    return Coverage(tuple(first for first, _ in merged), tuple(last for _, last in merged))
