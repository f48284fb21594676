"""The web application: the routes, behind the guard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import portolan
from portolan.built_page import PAGE_FOLDER
from portolan.server.audit_routes import audit_routes
from portolan.server.clean_routes import clean_routes
from portolan.server.current import CurrentMap
from portolan.server.export_routes import export_routes
from portolan.server.filter_routes import filter_routes
from portolan.server.finding_routes import finding_routes
from portolan.server.job_routes import job_routes
from portolan.server.journal_routes import journal_routes
from portolan.server.label_routes import label_routes
from portolan.server.map_routes import map_routes
from portolan.server.models import Problem
from portolan.server.page_routes import page_routes
from portolan.server.problems import add_problem_handlers
from portolan.server.row_routes import row_routes
from portolan.server.score_routes import score_routes
from portolan.server.search_routes import search_routes
from portolan.server.security import Access, Guard
from portolan.server.table_routes import table_routes
from portolan.server.teach_routes import teach_routes
from portolan.server.team_routes import team_routes
from portolan.server.tile_routes import tile_routes

PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "The request is wrong"},
    401: {"model": Problem, "description": "No token, or a wrong one"},
    403: {"model": Problem, "description": "Another host's name, another site's page, or more than the token may do"},
    404: {"model": Problem, "description": "There is no such thing"},
    409: {"model": Problem, "description": "The map cannot do that now"},
    415: {"model": Problem, "description": "The request's body is no JSON"},
    500: {"model": Problem, "description": "The server failed"},
    503: {"model": Problem, "description": "The database that keeps the journal cannot be reached"},
}


def create_app(current: CurrentMap, *, access: Access | None, page_folder: Path = PAGE_FOLDER) -> FastAPI:
    """The application that serves a map.

    Parameters
    ----------
    current : CurrentMap
        The map, which may not be there yet.
    access : Access or None
        What requests must show. None lets everyone in: only to write down the OpenAPI document.
    page_folder : Path
        The built page.
    """
    app = FastAPI(
        title="Portolan",
        version=portolan.__version__,
        openapi_url="/api/openapi.json",
        # Both pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        responses=PROBLEMS,
    )
    of_the_map = (map_routes, row_routes, filter_routes, search_routes, table_routes, score_routes)
    of_people = (journal_routes, label_routes, clean_routes, export_routes, job_routes, teach_routes, team_routes)
    of_pairs = (audit_routes, finding_routes)
    for routes in (*of_the_map, *of_people, *of_pairs, tile_routes):
        app.include_router(routes(current), prefix="/api")
    app.include_router(page_routes(current, page_folder))
    add_problem_handlers(app)
    describe_problems_only(app)
    app.add_middleware(GzipTexts)
    app.add_middleware(HeadAsGet)
    if access is not None:
        app.add_middleware(Guard, access=access)
    return app


def describe_problems_only(app: FastAPI) -> None:
    """Drop the framework's own shape of a validation error from OpenAPI: ours is a Problem, with status 400."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        document = made()
        for path in document["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
        for name in ("HTTPValidationError", "ValidationError"):
            document["components"]["schemas"].pop(name, None)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to change the document


class HeadAsGet:
    """Answers HEAD as GET, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self._app({**scope, "method": "GET"}, receive, send_head)


class GzipTexts:
    """Compresses answers, but no tile and no rows of a filter.

    A range of a tile must be that file's bytes, and numbers hardly shrink: of 10 million rows it took as long to
    compress which ones a filter keeps as to find them.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._plain = app
        self._gzip = GZipMiddleware(app, minimum_size=1024, compresslevel=5)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, compressed where that pays."""
        path = scope.get("path", "")
        is_binary = path == "/api/filter" or (path.startswith("/api/tiles/") and path.endswith(".bin"))
        await (self._plain if is_binary else self._gzip)(scope, receive, send)
