"""The page: the bundle that is built from ui/."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, PlainTextResponse, Response

PAGE_FOLDER = Path(__file__).parent / "page"

NOT_BUILT = """\
The page is not built; the map itself is well, and /api answers.

Build the page in a clone of the repository:  pip install -e .
Or install a release, which holds it:         pip install portolan
"""


def page_routes(folder: Path) -> APIRouter:
    """Routes for index.html and what it loads, from `folder`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    def index() -> Response:
        if not (folder / "index.html").is_file():
            return PlainTextResponse(NOT_BUILT, status_code=503)
        return FileResponse(folder / "index.html", headers={"cache-control": "no-cache"})

    @router.get("/{asset:path}")
    def file(asset: str) -> Response:
        path = (folder / asset).resolve() if "\0" not in asset else folder
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            raise HTTPException(404)
        # The bundler puts a hash of the contents into the names of what it writes to assets/.
        is_hashed = asset.startswith("assets/")
        caching = "private, max-age=31536000, immutable" if is_hashed else "no-cache"
        return FileResponse(path, headers={"cache-control": caching})

    return router
