"""The widget: a map's page in a notebook's cell, and what one does on it as values in Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import pyarrow as pa
import traitlets
from numpy.typing import NDArray

from portolan.errors import InputError
from portolan.map import Map
from portolan.server.app import create_app
from portolan.server.current import CurrentMap
from portolan.types import RowIds
from portolan.widget.bridge import Bridge
from portolan.widget.finding import find_cluster, find_column
from portolan.widget.selected import SelectedIds

MODULE = Path(__file__).parent / "built" / "widget.js"
NOT_BUILT = """\
export default { render({ el }) {
  el.textContent = "The page is not built. In a clone of the repository: pip install -e . Or install a release."
} }
"""
MOST_MARKED = 500
"""Rows that the page marks one by one; more are a filter."""
MOST_NAMED = 20_000
LEAST_HEIGHT = 240
LEADS = ("where", "marked", "opened")


class Widget(anywidget.AnyWidget):
    """A map's page in a notebook's cell: `portolan.Widget(map)`, or `map.widget()`.

    The page talks to the kernel over the notebook's own channel, so it works wherever the notebook does: no port, no
    address, nothing to forward. What one does on it is there in the next cell, and what one says here shows on it.

    Parameters
    ----------
    map : Map, str or Path
        A map, or its folder.
    height : int
        Height of the cell in CSS px, at least 240.

    Attributes
    ----------
    where : str
        The filter of the page as one expression; "" shows all.
    marked : list of int
        Rows that are marked one by one.
    opened : int or None
        The row in the reader.
    color : str or None
        The column that colours the points; None: the page's choice.
    selected_ids : ndarray of int64, shape (n_selected,)
        The rows that the page is about: those that the filter keeps; without a filter those that are marked; without
        marks the one in the reader. Ascending for a filter, in their order for marks.

    All can be observed: `widget.observe(print, "selected_ids")`.

    Examples
    --------
    >>> w = m.widget()
    >>> w.select("length(chosen) > 400")
    >>> w.fly_to("cooking")
    >>> w.selection.to_pandas()
    """

    _esm = MODULE if MODULE.is_file() else NOT_BUILT

    height = traitlets.Int(640, min=LEAST_HEIGHT).tag(sync=True)
    where = traitlets.Unicode("").tag(sync=True)
    marked = traitlets.List(traitlets.Int(min=0), maxlen=MOST_MARKED).tag(sync=True)
    opened = traitlets.Int(None, allow_none=True).tag(sync=True)
    color = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    selected_ids = SelectedIds()

    _flight = traitlets.Dict().tag(sync=True)
    """Where the page was last told to fly; `n` counts, so that the same place again is news."""
    _memory = traitlets.Unicode("").tag(sync=True)
    """What the page remembers of its panels, as text of its own."""

    # Set here, as traitlets observes and closes even what was never made whole.
    _told: RowIds | None = None
    _bridge: Bridge | None = None

    def __init__(self, map: Map | str | Path, *, height: int = 640) -> None:
        self.map = map if isinstance(map, Map) else Map.open(map)
        self._bridge = Bridge(create_app(current(self.map), access=None), send=self._reply)
        super().__init__(height=height)
        self.on_msg(self._hear)
        self.observe(self._tell_selected, list(LEADS))

    # What one has on the page.

    @property
    def selection(self) -> pa.Table:
        """`row_id` and the user's columns of the rows in `selected_ids`, in their order."""
        return self.map.rows_table(self.selected_ids)

    def compute_selected(self) -> RowIds:
        """`selected_ids`, found now: for a filter, by asking the map."""
        if self.where:
            return self.map.filter(self.where)
        rows = self.marked or ([] if self.opened is None else [self.opened])
        return np.asarray(rows, dtype=np.int64)

    # What one says to the page.

    def select(self, what: str | Sequence[int] | NDArray[Any] | pa.Array | None) -> None:
        """Show some rows: those that meet a filter expression, or those with these ids; None shows all again.

        Up to 500 ids are marked, the rest of the map steps back; more become a filter, up to 20,000.

        Raises
        ------
        ExpressionError
            The filter cannot be understood; says where.
        NotFoundError
            No row has one of the ids.
        InputError
            There are more than 20,000 ids.
        """
        if isinstance(what, str):
            self.map.filter(what)  # refused here, not on the page
            self._show(where=what)
        else:
            row_ids = self._checked([] if what is None else what)
            if len(row_ids) <= MOST_MARKED:
                self._show(marked=row_ids)
            else:
                self._show(where=f"row_id IN ({', '.join(map(str, row_ids))})")

    def _show(self, *, where: str = "", marked: Sequence[int] = ()) -> None:
        with self.hold_sync(), self.hold_trait_notifications():
            self.where = where
            self.marked = list(marked)

    def open_row(self, row_id: int | None) -> None:
        """Open a row in the reader; None closes it. Raises NotFoundError where there is no such row."""
        self.opened = None if row_id is None else self._checked([row_id])[0]

    def fly_to(self, cluster: int | str, layer: int | None = None) -> None:
        """Fly to a cluster, by its name or by its id in a layer.

        Parameters
        ----------
        cluster : int or str
            A name may be written in any case; of several clusters of that name the coarsest is taken.
        layer : int, optional
            0 is the finest. Where left out: the coarsest that has it.

        Raises
        ------
        NotFoundError
            No cluster has that name or id; says which are near.
        """
        layer, cluster_id = find_cluster(self.map.clusters_table(), cluster, layer=layer)
        self._flight = {"n": self._flight.get("n", 0) + 1, "layer": layer, "cluster_id": cluster_id}

    def color_by(self, column: str | None) -> None:
        """Colour the points by a column: one of the data's, or `cluster_0` …; None: as the page chooses.

        Raises
        ------
        ColumnError
            The map has no colours for a column of that name; says which it has.
        """
        self.color = None if column is None else find_column(self.map.tiles_folder(), column)

    def open(self) -> None:
        """Open the channel to the page, if there is none."""
        super().open()
        answer_beside_cells(self.comm)

    def close(self) -> None:
        """Take the page out of every cell that shows it."""
        if self._bridge is not None:
            self._bridge.close()
        super().close()

    # How both are carried.

    def observe(self, handler: Callable[..., Any], names: Any = traitlets.All, type: str = "change") -> None:
        """As in traitlets: call `handler` when a trait changes, for instance `selected_ids`."""
        if self._told is None and (names is traitlets.All or "selected_ids" in traitlets.parse_notifier_name(names)):
            self._told = self.compute_selected()
        super().observe(handler, names=names, type=type)

    def _tell_selected(self, _change: Any) -> None:
        """Tell whoever observes `selected_ids`; without one, no filter is asked for."""
        if self._told is None:
            return
        before, self._told = self._told, self.compute_selected()
        if not np.array_equal(before, self._told):
            change = {"name": "selected_ids", "old": before, "new": self._told, "owner": self, "type": "change"}
            self.notify_change(traitlets.Bunch(change))

    def _checked(self, row_ids: Sequence[int] | NDArray[Any] | pa.Array) -> list[int]:
        given = np.asarray(row_ids)
        if given.size and (given.dtype.kind not in "iu" or given.ndim != 1):
            raise InputError(f"The rows are {given.dtype}.", fix="Give row ids, as in map.rows['row_id'].")
        if given.size > MOST_NAMED:
            raise InputError(
                f"{given.size:,} row ids are too many.",
                fix=f"Give at most {MOST_NAMED:,}, or a filter expression that says which you mean.",
            )
        ids: list[int] = given.tolist()
        self.map.rows_table(ids, columns=[])  # refuses rows that are not there
        return ids

    def _hear(self, _widget: Any, message: Any, _buffers: Any) -> None:
        if self._bridge is not None and isinstance(message, dict):
            self._bridge.hear(message)

    def _reply(self, message: dict[str, Any], buffers: list[bytes]) -> None:
        if self.comm is not None:  # closed meanwhile
            self.send(message, buffers=buffers)


def answer_beside_cells(comm: Any) -> None:
    """Hear each message of the page where the notebook sends it: beside the cells, where it can do that.

    From ipykernel 7.4 on a message goes to where the comm last sent from, so that asynchronous cells hear their
    answers. For a map that a cell has just changed this is the cells' own queue: the page waits as long as a cell runs.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda _data, subshell_id: subshell_id


def current(map: Map) -> CurrentMap:
    """The map for the routes: this very one, which has read its vectors once, until it changes on disk."""

    def open_map(path: Path) -> Map:
        opened = Map.open(path)
        return map if opened.version == map.version else opened

    return CurrentMap(map.path, open_map=open_map)
