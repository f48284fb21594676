"""Rows to read, and the rows near a row."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Path, Query

from portolan.core.answers import PREVIEW_CHARACTERS, jsonable
from portolan.core.preview import preview_line
from portolan.errors import InputError
from portolan.server.current import CurrentMap, LayoutName
from portolan.server.models import Neighbor, Row
from portolan.server.reader import MapReader

MAX_IDS = 1000
MAX_LIMIT = 500
MAX_ROW_ID = 2**53 - 1

RowId = Annotated[int, Path(ge=0, le=MAX_ROW_ID)]


def row_routes(current: CurrentMap) -> APIRouter:
    """Routes under /api for rows."""
    router = APIRouter(tags=["rows"])

    @router.get("/rows")
    def rows(
        ids: Annotated[str, Query(description=f"row_ids with commas between, at most {MAX_IDS}")],
        previews: Annotated[bool, Query(description=f"Cut texts to {PREVIEW_CHARACTERS} characters")] = False,
        score: Annotated[str | None, Query(max_length=1000, description="A scorer's column to tell rows with")] = None,
        layout: LayoutName = None,
    ) -> list[Row]:
        """Rows in the order asked."""
        max_characters = PREVIEW_CHARACTERS if previews else None
        return rows_of(current.read(layout), parse_ids(ids), max_characters=max_characters, score=score)

    @router.get("/rows/{row_id}/neighbors")
    def neighbors(
        row_id: RowId,
        limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 10,
        layout: LayoutName = None,
    ) -> list[Neighbor]:
        """The rows nearest in meaning, nearest first."""
        return neighbors_of(current.read(layout), row_id, limit=limit)

    return router


def parse_ids(ids: str) -> list[int]:
    """The row ids in a comma-separated list.

    Raises
    ------
    InputError
        There are none or more than 1,000, or one is no whole number from 0 to 2^53 - 1.
    """
    parts = [part.strip() for part in ids.split(",")]
    if len(parts) > MAX_IDS:
        raise InputError(f"ids holds {len(parts):,} row ids.", fix=f"Ask for at most {MAX_IDS:,} at a time.")
    for part in parts:
        # The length is checked first: int() of a million digits takes seconds.
        if not (part.isascii() and part.isdigit() and len(part) <= 16 and int(part) <= MAX_ROW_ID):
            raise InputError(f"ids holds '{part[:40]}', which is no row id.", fix="Give row ids as ids=1,2,3.")
    return [int(part) for part in parts]


def rows_of(
    reader: MapReader, row_ids: list[int], *, max_characters: int | None, score: str | None = None
) -> list[Row]:
    """Rows as the page takes them, in the order asked; with their values in the column `score`."""
    found = reader.rows_by_id(row_ids)
    points = points_of(reader, row_ids)
    layers = [layer.tolist() for layer in reader.cluster_ids_of(row_ids)]
    kept: list[dict[str, float]] = [{}] * len(row_ids) if max_characters is not None else reader.kept_of(row_ids)
    scores = [{}] * len(row_ids) if score is None else reader.score_page.values(score, row_ids)
    return [
        Row(
            row_id=row_id,
            x=x,
            y=y,
            clusters=[layer[place] for layer in layers],
            reading=jsonable(reader.reading(row), max_characters=max_characters),
            columns=jsonable(row, max_characters=max_characters),
            scores=scores[place],
            kept=kept[place],
        )
        for place, (row_id, row, (x, y)) in enumerate(zip(row_ids, found, points, strict=True))
    ]


def points_of(reader: MapReader, row_ids: list[int]) -> list[tuple[float | None, float | None]]:
    """Positions of rows; (None, None) for a row that has none yet."""
    if reader.layout_id is None or not row_ids:
        return [(None, None)] * len(row_ids)
    points = reader.points_of(row_ids)
    is_placed = np.asarray(np.isfinite(points).all(axis=1))
    return [(x, y) if placed else (None, None) for (x, y), placed in zip(points.tolist(), is_placed, strict=True)]


def neighbors_of(reader: MapReader, row_id: int, *, limit: int) -> list[Neighbor]:
    """The rows nearest to `row_id`, with where they lie and a line to know them by."""
    ids, similarities = reader.neighbors([row_id], limit)
    near: list[tuple[int, float]] = [
        (int(other), float(similarity)) for other, similarity in zip(ids[0], similarities[0], strict=True) if other >= 0
    ]
    near_ids = [other for other, _ in near]
    rows: list[dict[str, Any]] = reader.rows_by_id(near_ids) if near_ids else []
    points = points_of(reader, near_ids)
    return [
        Neighbor(row_id=other, similarity=similarity, preview=preview_line(jsonable(reader.reading(row))), x=x, y=y)
        for (other, similarity), row, (x, y) in zip(near, rows, points, strict=True)
    ]
