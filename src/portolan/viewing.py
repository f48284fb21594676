"""A view: what a link or a saved view shows of a map, in code."""

from __future__ import annotations

import html
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from portolan.core.former_clusters import matching, names_clusters, rewrite_clusters
from portolan.core.link import Camera, LinkState, format_link, parse_link
from portolan.core.search import Hit
from portolan.errors import NotFoundError
from portolan.store import Store
from portolan.store.former import bare
from portolan.types import RowIds

if TYPE_CHECKING:
    from portolan.map import Map

MOST_RESULTS = 100


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
    moved = replace(link, layout=store.layout, camera=None)
    if link.cluster is None and not names_clusters(link.f):
        return PresentLink(moved)
    if link.layout not in store.layouts() or not store.has("clusters"):
        gone = "The link names clusters of a layout that is no longer known: they may be others now."
        return PresentLink(moved, (gone,))
    match = matching(store.clusters_of_layout(link.layout), store.read_clusters())
    cluster = match(*link.cluster) if link.cluster else None
    told = "The link names clusters of a former layout: the present ones that share most rows with them are shown."
    return PresentLink(replace(moved, cluster=cluster, f=rewrite_clusters(link.f, match)), (told,))


def checked_link(of: Map, link: LinkState) -> LinkState:
    """The link, made on the map's present layout, once all it names is there.

    Raises
    ------
    NotFoundError
        It names a row, cluster or coloured column that is not there.
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
    return replace(link, layout=of.layout_id) if link != LinkState() else link


class View:
    """What a link or a saved view shows: rows, search, cluster, and how they are looked at.

    Get one from `Map.view`. What it says of rows is read when it is asked for.
    """

    def __init__(self, of: Map, link: LinkState, *, notices: tuple[str, ...] = (), name: str = "") -> None:
        self._map = of
        self._link = link
        self.notices = notices
        """What a person should know: clusters of a former layout that were found again by their rows."""
        self.name = name
        """Under which it was saved; empty for a link."""

    @property
    def where(self) -> str:
        """The filter, an expression; empty where all rows are shown."""
        return self._link.f

    @cached_property
    def row_ids(self) -> RowIds:
        """The rows that meet the filter, int64, ascending; all rows where there is none."""
        return self._map.filter(self.where or "TRUE")

    @cached_property
    def rows(self) -> pa.Table:
        """Those rows: `row_id` and the user's columns."""
        return self._map.rows_table(self.row_ids) if self.where else self._map.rows

    @property
    def query(self) -> str:
        """What is searched for; empty for nothing."""
        return self._link.q

    @cached_property
    def results(self) -> list[Hit]:
        """What the search finds among `rows`, the best 100 first; empty where nothing is searched for."""
        return self._map.search(self.query, limit=MOST_RESULTS, where=self.where or None) if self.query else []

    @property
    def cluster(self) -> dict[str, Any] | None:
        """The cluster that is looked at, as in `Map.clusters`; None for none."""
        if self._link.cluster is None:
            return None
        layer, cluster_id = self._link.cluster
        lines = self._map.clusters_table().to_pylist()
        return next((one for one in lines if (one["layer"], one["cluster_id"]) == (layer, cluster_id)), None)

    @property
    def row(self) -> int | None:
        """The row that is open in the reader."""
        return self._link.row

    @property
    def selected(self) -> list[int]:
        """Rows that are marked."""
        return list(self._link.sel)

    @property
    def camera(self) -> Camera | None:
        """Where one looks; None where the link does not say, or was made on another layout."""
        return self._link.camera

    @property
    def layout(self) -> str | None:
        """The layout it is seen on."""
        return self._link.layout or self._map.layout_id

    @property
    def color(self) -> str | None:
        """Name of the column that points are coloured by; None for the one the page chooses."""
        return self._link.color

    @property
    def hash(self) -> str:
        """The part of the page's address that shows it, with its `#`."""
        return format_link(self._link)

    def link(self) -> str:
        """A whole link to it. Starts the map's server if none runs."""
        return self._map.link() + self.hash

    def __len__(self) -> int:
        return len(self.row_ids)

    def _lines(self) -> list[tuple[str, str]]:
        told: list[tuple[str, str]] = [("rows", f"{len(self):,} of {self._map.n_rows:,}")]
        if self.where:
            told.append(("where", self.where))
        if self.query:
            told.append(("search", self.query))
        if self.cluster is not None:
            told.append(("cluster", f"{self.cluster['name']} ({self.cluster['layer']}/{self.cluster['cluster_id']})"))
        if self.row is not None:
            told.append(("row", str(self.row)))
        if self.selected:
            told.append(("selected", f"{len(self.selected):,} rows"))
        if self.color is not None:
            told.append(("color", self.color))
        return told + [("note", notice) for notice in self.notices]

    def __repr__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        said = "; ".join(f"{what} {text}" for what, text in self._lines())
        return f"<portolan.View{name} of {self._map.name!r}: {said}>"

    def _repr_html_(self) -> str:
        left = "style='text-align:left'"
        lines = [
            f"<tr><th {left}>{html.escape(what)}</th><td {left}>{html.escape(text)}</td></tr>"
            for what, text in self._lines()
        ]
        title = html.escape(self.name or "A view")
        return f"<p><strong>{title}</strong> of {html.escape(self._map.name)}</p><table>{''.join(lines)}</table>"


def read_view(of: Map, what: str, *, store: Store, saved: dict[str, str]) -> View:
    """The view that a link, its part after `#`, or the name of a saved view shows.

    Parameters
    ----------
    saved : dict of str to str
        Link of each saved view, by its name.

    Raises
    ------
    NotFoundError
        It is no link and no saved view has that name.
    """
    is_link = "#" in what or "://" in what
    if not is_link and what not in saved:
        known = f"Saved views: {', '.join(sorted(saved))}." if saved else "The map has no saved views."
        raise NotFoundError(f"There is no view {what!r}.", fix=f"Give a link, its part after '#', or a name. {known}")
    present = on_present_layout(parse_link(saved.get(what, what)), store)
    return View(of, present.link, notices=present.notices, name="" if is_link else what)
