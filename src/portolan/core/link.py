"""What a link to the page says: `#map=zoom/x/y&v=LAYOUT&color=COLUMN&q=…&f=FILTER&row=ID&cluster=LAYER/ID&…`.

`topic=LAYER/ID` names the cluster whose page is open, `sel=ID,ID` rows that are marked.

For a further layout beside the map's own `&with=NAME&withmap=zoom/x/y&swap=1` follows.

The page writes and reads the same in `ui/src/core/link.ts`; both are held to `ui/src/core/link-cases.json`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE)
_ID = re.compile(r"\d{1,15}", re.ASCII)
_CLUSTER = re.compile(r"(?:(\d{1,3})[/-])?(\d{1,10})", re.ASCII)
_UNRESERVED = "!'()*-._~"
"""What `encodeURIComponent` leaves as it is, beside letters and digits."""


@dataclass(frozen=True)
class Camera:
    """Where one looks: the middle of the picture in map units, and how near. At zoom 0 the root square fits."""

    zoom: float
    x: float
    y: float


@dataclass(frozen=True)
class Beside:
    """A further layout that is shown beside the map's own.

    Attributes
    ----------
    name : str
        What the layout is called.
    camera : Camera or None
        Where one looks on it; None for all of it.
    is_first : bool
        It is the first of the two.
    """

    name: str
    camera: Camera | None = None
    is_first: bool = False


@dataclass(frozen=True)
class LinkState:
    """What a link says; None or empty for what it says nothing of.

    Attributes
    ----------
    layout : str or None
        The layout on which it was made.
    color : str or None
        Name of the column that points are coloured by.
    q : str
        The search.
    f : str
        The filter, an expression.
    row : int or None
        The row that is open in the reader.
    cluster : (int, int) or None
        Layer and cluster_id of the cluster that is looked at.
    topic : (int, int) or None
        Layer and cluster_id of the cluster whose page is open.
    sel : tuple of int
        Rows that are marked.
    beside : Beside or None
        The further layout beside the map's own.
    """

    camera: Camera | None = None
    layout: str | None = None
    color: str | None = None
    q: str = ""
    f: str = ""
    row: int | None = None
    cluster: tuple[int, int] | None = None
    topic: tuple[int, int] | None = None
    sel: tuple[int, ...] = ()
    beside: Beside | None = None


def parse_link(link: str) -> LinkState:
    """Read a link: a whole address, or its part after `#`. Parts that make no sense are left out."""
    said: dict[str, str] = {}
    for name, value in parse_qsl(link.rpartition("#")[2], keep_blank_values=True):
        said.setdefault(name, value)
    ids = [_id(text) for text in said.get("sel", "").split(",")]
    return LinkState(
        camera=_camera(said.get("map", "")),
        layout=said.get("v"),
        color=said.get("color"),
        q=said.get("q", ""),
        f=said.get("f", ""),
        row=_id(said.get("row", "")),
        cluster=_cluster(said.get("cluster", "")),
        topic=_cluster(said.get("topic", "")),
        sel=tuple(row_id for row_id in ids if row_id is not None),
        beside=_beside(said),
    )


def format_link(link: LinkState, *, units_per_px: float = 1e-6) -> str:
    """The part of an address after and with `#`; empty where the link says nothing.

    Parameters
    ----------
    units_per_px : float
        Places keep about a tenth of a pixel, and no more digits.
    """
    digits = min(12, max(0, math.ceil(-math.log10(units_per_px)) + 1))
    parts = [f"map={_written(link.camera, digits)}"] if link.camera is not None else []
    parts += [
        f"{name}={_quoted(text)}" for name, text in (("v", link.layout), ("color", link.color)) if text is not None
    ]
    parts += [f"{name}={_quoted(text)}" for name, text in (("q", link.q), ("f", link.f)) if text]
    if link.row is not None:
        parts.append(f"row={link.row}")
    if link.cluster is not None:
        parts.append(f"cluster={link.cluster[0]}/{link.cluster[1]}")
    if link.topic is not None:
        parts.append(f"topic={link.topic[0]}/{link.topic[1]}")
    if link.sel:
        parts.append("sel=" + ",".join(map(str, link.sel)))
    if link.beside is not None:
        parts.append(f"with={_quoted(link.beside.name)}")
        parts += [f"withmap={_written(link.beside.camera, digits)}"] if link.beside.camera is not None else []
        parts += ["swap=1"] if link.beside.is_first else []
    return f"#{'&'.join(parts)}" if parts else ""


def _camera(text: str) -> Camera | None:
    parts = text.split("/")
    if len(parts) != 3 or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    zoom, x, y = map(float, parts)
    return Camera(zoom, x, y) if all(map(math.isfinite, (zoom, x, y))) else None


def _beside(said: dict[str, str]) -> Beside | None:
    name = said.get("with")
    return Beside(name, _camera(said.get("withmap", "")), said.get("swap") == "1") if name else None


def _written(camera: Camera, digits: int) -> str:
    zoom, x, y = camera.zoom, camera.x, camera.y
    return f"{_trim(f'{zoom:.2f}')}/{_trim(f'{x:.{digits}f}')}/{_trim(f'{y:.{digits}f}')}"


def _id(text: str) -> int | None:
    return int(text) if _ID.fullmatch(text) else None


def _cluster(text: str) -> tuple[int, int] | None:
    """`2/17`, or `17` for a cluster of the finest layer."""
    found = _CLUSTER.fullmatch(text)
    return (int(found[1] or 0), int(found[2])) if found else None


def _quoted(text: str) -> str:
    return quote(text, safe=_UNRESERVED)


def _trim(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number
