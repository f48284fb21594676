"""Search by words and by meaning."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Query

from portolan.core.answers import clamp
from portolan.errors import InputError
from portolan.server.current import CurrentMap, LayoutName
from portolan.server.models import SearchAnswer, SearchResult, SnippetPart
from portolan.server.row_routes import MAX_LIMIT, MAX_ROW_ID, points_of

MAX_QUERY_CHARACTERS = 2000


def search_routes(current: CurrentMap) -> APIRouter:
    """Routes under /api for searching."""
    router = APIRouter(tags=["search"])

    @router.get("/search")
    def search(
        q: Annotated[str, Query(max_length=MAX_QUERY_CHARACTERS, description='Words; "a phrase"; -without')] = "",
        like: Annotated[int | None, Query(ge=0, le=MAX_ROW_ID, description="Rows like this row")] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
        where: Annotated[str, Query(max_length=200_000, description="Only rows that meet this expression")] = "",
        layout: LayoutName = None,
    ) -> SearchAnswer:
        """Rows that match, best first."""
        query = clamp(q.replace("\0", " ").strip(), None)
        if not query and like is None:
            raise InputError("The search is empty.", fix="Give words as q=…, or a row as like=ROW_ID.")
        started = time.perf_counter()
        reader = current.read(layout)
        hits = list(reader.search(query, limit=limit, like=like, where=where or None))
        points = points_of(reader, [hit.row_id for hit in hits])
        results = [
            SearchResult(
                row_id=hit.row_id,
                score=hit.score,
                x=x,
                y=y,
                snippet=[SnippetPart(text=clamp(text, None), is_match=is_match) for text, is_match in hit.snippet],
                found_by=list(hit.found_by),
            )
            for hit, (x, y) in zip(hits, points, strict=True)
        ]
        return SearchAnswer(
            results=results, took_ms=round((time.perf_counter() - started) * 1000, 1), total=len(results)
        )

    return router
