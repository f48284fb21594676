"""A view: what a link or a saved view shows of a map, in code."""

from __future__ import annotations

import html
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from portolan.core.counted import counted
from portolan.core.link import Camera, LinkState, format_link, parse_link
from portolan.core.search import Hit
from portolan.errors import NotFoundError
from portolan.linking import on_present_layout
from portolan.store import Store
from portolan.types import RowIds

if TYPE_CHECKING:
    from portolan.map import Map

MOST_RESULTS = 100


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
        """The cluster that is looked at, or whose page is open, as in `Map.clusters`; None for none."""
        named = self._link.cluster or self._link.topic
        if named is None:
            return None
        layer, cluster_id = named
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
    def beside(self) -> str | None:
        """Name of the further layout that is shown beside the map's own; None for none."""
        return self._link.beside.name if self._link.beside else None

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
            told.append(("selected", counted(len(self.selected), "row")))
        if self.color is not None:
            told.append(("color", self.color))
        if self.beside is not None:
            told.append(("beside", self.beside))
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
