"""Links into a map's page: made in code, opened, and followed where they were made on a former layout."""

from __future__ import annotations

import webbrowser
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portolan.core.former_clusters import matching, names_clusters, rewrite_clusters
from portolan.core.link import Beside, LinkState, format_link
from portolan.errors import NotFoundError
from portolan.progress import in_notebook
from portolan.running import background
from portolan.store import Store
from portolan.store.former import bare

if TYPE_CHECKING:
    from portolan.map import Map


@dataclass(frozen=True)
class PresentLink:
    """A link as it reads on the present layout, and what a person should know of how it got there."""

    link: LinkState
    notices: tuple[str, ...] = ()


def on_present_layout(link: LinkState, store: Store) -> PresentLink:
    """A link made on a former layout, said of the present one.

    Rows keep their ids, and areas name their layout: they need nothing. A camera of another layout looks at nothing:
    it is left out. Clusters have other ids: each becomes the present one that shares most rows with it.
    """
    if link.layout is None or not store.has("tiles") or bare(link.layout) == bare(store.layout):
        return PresentLink(link)
    beside = link.beside and replace(link.beside, camera=None)
    moved = replace(link, layout=store.layout, camera=None, beside=beside)
    if link.cluster is None and link.topic is None and not names_clusters(link.f):
        return PresentLink(moved)
    if link.layout not in store.layouts() or not store.has("clusters"):
        gone = "The link names clusters of a layout that is no longer known: they may be others now."
        return PresentLink(moved, (gone,))
    match = matching(store.clusters_of_layout(link.layout), store.read_clusters())
    cluster, topic = (match(*one) if one else None for one in (link.cluster, link.topic))
    told = "The link names clusters of a former layout: the present ones that share most rows with them are shown."
    return PresentLink(replace(moved, cluster=cluster, topic=topic, f=rewrite_clusters(link.f, match)), (told,))


def link_part(
    of: Map,
    *,
    rows: Sequence[int] | None = None,
    cluster: int | None = None,
    layer: int | None = None,
    where: str | None = None,
    query: str | None = None,
    color: str | None = None,
    beside: str | None = None,
) -> str:
    """What stands in a link after the page's address, with its `#`; "" for the whole map. See `Map.link`."""
    wanted = LinkState(
        q=query or "",
        f=where or "",
        color=color,
        row=int(rows[0]) if rows is not None and len(rows) else None,
        sel=tuple(map(int, rows)) if rows is not None and len(rows) > 1 else (),
        cluster=None if cluster is None else (of.n_layers - 1 if layer is None else layer, cluster),
        beside=None if beside is None else Beside(beside),
    )
    return format_link(checked_link(of, wanted))


def checked_link(of: Map, link: LinkState) -> LinkState:
    """The link, made on the map's present layout, once all it names is there.

    Raises
    ------
    NotFoundError
        It names a row, cluster, coloured column or further layout that is not there.
    ExpressionError
        Its filter cannot be understood.
    """
    gone = [row for row in (link.row, *link.sel) if row is not None and not 0 <= row < of.n_rows]
    if gone:
        raise NotFoundError(f"There is no row {gone[0]}.", fix=f"Rows go from 0 to {of.n_rows - 1:,}.")
    if link.cluster is not None:
        layer, cluster_id = link.cluster
        if cluster_id < 0 or not (of.cluster_ids(layer) == cluster_id).any():
            raise NotFoundError(
                f"Layer {layer} has no cluster {cluster_id}.", fix="See map.clusters for ids and layers."
            )
    if link.f:
        of.filter(link.f)
    names = [column["name"] for column in of.filterer.memory.columns] if link.color is not None else []
    if link.color is not None and link.color not in names:
        known = ", ".join(names) or "none yet"
        raise NotFoundError(f"The map has no colours for {link.color!r}.", fix=f"It is coloured by one of: {known}.")
    if link.beside is not None and link.beside.name not in of.layouts:
        raise NotFoundError(f"The map has no layout {link.beside.name!r} to show beside it.", fix=_layouts_of(of))
    return replace(link, layout=of.layout_id) if link != LinkState() else link


def _layouts_of(of: Map) -> str:
    if of.layouts:
        return f"It has {', '.join(of.layouts)}."
    return f"Add one: portolan layout {of.path} add --layout rejected, or m.add_layout('rejected')."


def show_page(path: Path, *, height: int, part: str = "") -> Any:
    """Open the page of the map at `path`: in a notebook as a frame, which comes back, else in the browser.

    `part`: what the link says after the address, with its `#`.
    """
    url = background(path) + part
    if not in_notebook():
        webbrowser.open(url)
        return None
    from IPython.display import IFrame

    return IFrame(url, width="100%", height=height)
