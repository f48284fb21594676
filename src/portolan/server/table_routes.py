"""Rows of a filter in an order, a page at a time."""

from __future__ import annotations

import time

from fastapi import APIRouter

from portolan.core.answers import PREVIEW_CHARACTERS
from portolan.core.order import Sort
from portolan.server.current import CurrentMap
from portolan.server.models import TableAnswer, TableQuery
from portolan.server.row_routes import rows_of


def table_routes(current: CurrentMap) -> APIRouter:
    """Routes under /api for tables."""
    router = APIRouter(tags=["rows"])

    @router.post("/table")
    def table(query: TableQuery) -> TableAnswer:
        """Some of the rows that meet all (or any) of the clauses, in an order."""
        # Here, not above: the parser and the database take a tenth of a second to import.
        from portolan.filtering import Clause

        started = time.perf_counter()
        reader = current.read()
        sort = None if query.sort is None else Sort(query.sort.column, is_descending=query.sort.descending)
        page = reader.tabler.page(
            [Clause(clause.key, clause.where) for clause in query.clauses],
            join=query.join,
            sort=sort,
            offset=query.offset,
            limit=query.limit,
            find=query.find,
        )
        max_characters = PREVIEW_CHARACTERS if query.previews else None
        row_ids = page.row_ids.tolist()
        return TableAnswer(
            rows=rows_of(reader, row_ids, max_characters=max_characters, score=query.score) if row_ids else [],
            total=page.total,
            place=page.place,
            took_ms=round((time.perf_counter() - started) * 1000, 1),
        )

    return router
