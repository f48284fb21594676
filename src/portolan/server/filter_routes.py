"""Which rows a filter keeps, as the page draws them: a bit for each row, counts of values, and rows to show at once."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import numpy as np
from fastapi import APIRouter
from fastapi.responses import Response
from numpy.typing import NDArray

from portolan.server.current import CurrentMap
from portolan.server.models import FilterQuery

if TYPE_CHECKING:
    from portolan.filtering import Filterer, Sift

MOST_IN_SAMPLE = 32_768
"""Rows that come with the answer: half a megabyte, and enough to fill a screen."""
ALIGNMENT = 4


def filter_routes(current: CurrentMap) -> APIRouter:
    """Routes under /api for filters."""
    router = APIRouter(tags=["filters"])

    @router.post(
        "/filter",
        response_class=Response,
        responses={200: {"content": {"application/octet-stream": {}}, "description": "See docs/map-format.md"}},
    )
    def filter_rows(query: FilterQuery) -> Response:
        """Rows that clauses keep together, and how many rows of each value they leave.

        The body: the length of a JSON text (uint32, little-endian), the text {n_shown, by_clause (rows that meet each
        clause by itself), took_ms, counts, sample}, then arrays, each begun at a multiple of four bytes: of the sample
        (the first rows kept, in tile order) its places in tile order (uint32), positions (float32, x and y by turns),
        row ids (uint32), and codes of each column asked; last a bit for each row of the map in tile order, the lowest
        bit of a byte first.
        """
        beside = current.read(query.layout).filterer if query.layout else None
        return Response(answer(current.read().filterer, query, beside), media_type="application/octet-stream")

    return router


def answer(filterer: Filterer, query: FilterQuery, beside: Filterer | None = None) -> bytes:
    """The bytes that answer a query; with `beside`, for the tiles of that other layout of the rows."""
    # Here, not above: the parser and the database take a tenth of a second to import, which the first page waits for.
    from portolan.filtering import Clause

    started = time.perf_counter()
    clauses = [Clause(clause.key, clause.where) for clause in query.clauses]
    sift = filterer.sift(clauses, join=query.join, facets=query.facets)
    # Without clauses every row is shown: nothing has to be said of any.
    has_rows = query.rows and len(clauses) > 0
    if beside is not None and has_rows:
        sift, filterer = filterer.on_layout(sift, beside), beside
    arrays = _sample(filterer, sift, query.codes) if has_rows else {}
    mask = np.packbits(sift.is_shown, bitorder="little") if has_rows else np.empty(0, np.uint8)
    n_sample = len(arrays.get("places", ()))
    about = {
        "n_shown": sift.n_shown,
        "by_clause": sift.by_clause,
        "counts": {slug: counts.tolist() for slug, counts in sift.counts.items()},
        "sample": n_sample,
        "took_ms": round((time.perf_counter() - started) * 1000, 1),
    }
    text = json.dumps(about).encode()
    text += b" " * (-len(text) % ALIGNMENT)
    parts = [np.uint32(len(text)).tobytes(), text]
    parts += [_aligned(array) for array in arrays.values()]
    return b"".join([*parts, mask.tobytes()])


def _sample(filterer: Filterer, sift: Sift, slugs: list[str]) -> dict[str, NDArray[np.generic]]:
    memory = filterer.memory
    places = filterer.sample(sift, MOST_IN_SAMPLE)
    points = memory.points(memory.layout)[places] if memory.layout else np.empty((len(places), 2), np.float32)
    codes = {slug: memory.codes(memory.column(slug))[places] for slug in slugs}
    return {"places": places.astype("<u4"), "points": points, "row_ids": memory.order[places], **codes}


def _aligned(array: NDArray[np.generic]) -> bytes:
    data = np.ascontiguousarray(array).tobytes()
    return data + b"\0" * (-len(data) % ALIGNMENT)
