"""The tiles: files as they lie on disk."""

from __future__ import annotations

import re
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

from portolan.errors import NotFoundError
from portolan.server.current import CurrentMap

INDEX = "tiles.json"
LAYOUT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")
TILE = re.compile(r"tiles\.json|\d{1,2}/\d{1,9}/\d{1,9}/[A-Za-z0-9_-]{1,100}\.bin", re.ASCII)


def tile_routes(current: CurrentMap) -> APIRouter:
    """Routes under /api for the files of a layout."""
    router = APIRouter(tags=["tiles"])

    @router.get("/tiles/{layout}/{tile:path}", response_class=FileResponse)
    def tile(layout: str, tile: str) -> FileResponse:
        """`tiles.json`, or a node's `z/x/y/NAME.bin`. Ranges are understood; only `tiles.json` ever changes."""
        reader = current.read()
        if tile == INDEX:
            # Labels may have come from elsewhere: from a map of the same journal on another machine.
            reader.fit_tiles()
        beside = next((one for one in reader.layouts.values() if one.layout_id == layout), reader)
        path = tile_path(beside.tiles_folder().parent, layout, tile)
        media_type = "application/json" if tile == INDEX else "application/octet-stream"
        # It lists more columns as they are made: the clusters come last.
        caching = "no-cache" if tile == INDEX else "private, max-age=31536000, immutable"
        return FileResponse(path, media_type=media_type, headers={"cache-control": caching})

    return router


def tile_path(folder: Path, layout: str, tile: str) -> Path:
    """The file of a tile in `folder`, which holds one folder for each layout.

    Raises
    ------
    NotFoundError
        There is no such tile, or the path is none that a tile has.
    """
    path = folder / layout / tile
    if LAYOUT.fullmatch(layout) and TILE.fullmatch(tile) and path.is_file():
        return path
    raise NotFoundError(
        f"There is no tile '{layout[:80]}/{tile[:120]}'.",
        fix="Take the layout from /api/map and the nodes from its tiles.json.",
    )
