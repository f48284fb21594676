"""The page: the bundle that is built from ui/."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, PlainTextResponse, Response

from portolan.errors import PortolanError
from portolan.server.current import CurrentMap

NOT_BUILT = """\
The page is not built; the map itself is well, and /api answers.

Build the page in a clone of the repository:  pip install -e .
Or install a release, which holds it:         pip install portolan
"""


def page_routes(current: CurrentMap, folder: Path) -> APIRouter:
    """Routes for index.html and what it loads, from `folder`. With index.html goes what to ask for at once."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    def index() -> Response:
        if not (folder / "index.html").is_file():
            return PlainTextResponse(NOT_BUILT, status_code=503)
        headers = {"cache-control": "no-cache"}
        if first := first_questions(current):
            headers["link"] = ", ".join(f"<./{path}>; rel=preload; as=fetch; crossorigin=anonymous" for path in first)
        return FileResponse(folder / "index.html", headers=headers)

    @router.get("/{asset:path}")
    def file(asset: str) -> Response:
        path = (folder / asset).resolve() if "\0" not in asset else folder
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            raise HTTPException(404)
        # The bundler puts a hash of the contents into the names of what it writes to assets/.
        is_hashed = asset.startswith("assets/")
        # Browsers look at the icon anew at each step of the address.
        is_icon = asset == "favicon.svg"
        caching = "private, max-age=31536000, immutable" if is_hashed else "max-age=3600" if is_icon else "no-cache"
        return FileResponse(path, headers={"cache-control": caching})

    return router


def first_questions(current: CurrentMap) -> list[str]:
    """What the page asks for before its first frame, from `/`: asked for while its script is still on the way.

    The clusters, the manifest, and the root tile with the finest clusters. None of it while there are no tiles yet.
    """
    try:
        reader = current.read()
        if reader.layout_id is None:
            return []
        manifest = json.loads((reader.tiles_folder() / "tiles.json").read_bytes())
    except (PortolanError, OSError, ValueError):
        return []
    layout = f"api/tiles/{quote(reader.layout_id)}"
    clusters = [one for one in manifest.get("columns", []) if one["kind"] == "cluster" and "of" not in one]
    finest = [one["slug"] for one in clusters if one["layer"] == 0]
    files = [f"0/0/0/{name}.bin" for name in ("xy", "row_id", *finest)] if manifest.get("nodes") else []
    version = quote(str(reader.version), safe="")
    return ["api/clusters", *(f"{layout}/{name}" for name in (f"tiles.json?v={version}", *files))]
