"""Every error as {problem, fix}, with the status that fits it."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from portolan.errors import (
    InputError,
    JournalError,
    MapFormatError,
    MapLockedError,
    MapWriteError,
    MissingExtraError,
    NotFoundError,
    PortolanError,
    RoleError,
)

log = logging.getLogger("portolan.server")

STATUS_OF: list[tuple[type[PortolanError], int]] = [
    (NotFoundError, 404),
    (InputError, 400),
    (RoleError, 403),
    (MapFormatError, 409),
    (MapLockedError, 409),
    (MapWriteError, 409),
    (MissingExtraError, 409),
    (JournalError, 503),
]


def problem_response(status: int, problem: str, *, fix: str = "") -> JSONResponse:
    """The answer that says what is wrong and what to do."""
    return JSONResponse({"problem": printable(problem), "fix": printable(fix)}, status_code=status)


def printable(text: str) -> str:
    """`text` as UTF-8 can hold it: what is asked for, and so quoted, may be anything."""
    return text.encode("utf-8", "replace").decode()


def add_problem_handlers(app: FastAPI) -> None:
    """Turn every error that leaves a route into a problem and its fix."""

    @app.exception_handler(PortolanError)
    async def known(_request: Request, error: PortolanError) -> JSONResponse:
        status = next((status for kind, status in STATUS_OF if isinstance(error, kind)), 500)
        if status == 500:
            log.error("%s", error)
        return problem_response(status, error.problem, fix=error.fix)

    @app.exception_handler(RequestValidationError)
    async def misasked(_request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"][1:]) or "the request"
        return problem_response(400, f"{name}: {first['msg']}.", fix="See /api/openapi.json for what is expected.")

    @app.exception_handler(HTTPException)
    async def unrouted(request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == 404:
            return problem_response(
                404, f"There is nothing at {request.url.path[:200]}.", fix="See /api/openapi.json for what there is."
            )
        return problem_response(error.status_code, f"{error.detail}.", fix="See /api/openapi.json.")

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> JSONResponse:
        log.exception("GET %s failed", request.url.path, exc_info=error)
        return problem_response(
            500,
            f"The server failed: {type(error).__name__}.",
            fix="The terminal that runs it says more; please report what it shows.",
        )
