"""The layouts a map has had, by their names: the present one, whose tiles are shown, and the former ones, kept."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from contextlib import suppress
from pathlib import Path

from portolan.errors import MapFormatError, NotFoundError
from portolan.store import former, tables
from portolan.store.files import remove
from portolan.store.outputs import Outputs
from portolan.types import ClusterIds, Points


class Layouts:
    """Layouts of the map whose `outputs` these are."""

    def __init__(self, outputs: Outputs) -> None:
        self._outputs = outputs

    @property
    def folder(self) -> Path:
        """Where former layouts of the present rows are kept."""
        found = self._outputs.manifest.output("rows")
        return self._outputs.path / former.FOLDER / (Path(found.path).stem if found else "none")

    @property
    def present(self) -> str | None:
        """The layout that the tiles show; None before there are any."""
        tiles = self._outputs.done("tiles")
        return former.bare(self._outputs.path_of("tiles").name) if tiles is not None else None

    def names(self) -> list[str]:
        """The former ones, the oldest first, then the present one."""
        present = self.present
        kept = [name for name in former.names(self.folder) if name != present]
        return kept if present is None else [*kept, present]

    def is_former(self, layout: str) -> bool:
        """Whether it is another than the present one. Raises NotFoundError where it is not known."""
        known = self.names()
        if layout not in known:
            raise NotFoundError(
                f"The map has no layout {layout!r}.",
                fix=f"It has {', '.join(known) or 'none yet'}. The {former.MOST_KEPT} latest are kept.",
            )
        return layout != self.present

    def points(self, layout: str, *, n_rows: int) -> Points:
        """Where the rows lay on a former layout."""
        return former.read_points(self.folder, layout, n_rows=n_rows)

    def clusters(self, layout: str, *, n_rows: int) -> list[ClusterIds]:
        """How the rows were clustered on a former layout."""
        return former.read_clusters(self.folder, layout, n_rows=n_rows)

    def keep_present(self, *, gone: AbstractSet[str]) -> None:
        """Keep where the rows lie and how they are clustered, if one of the stages in `gone` has written the points."""
        known = self._outputs.manifest
        tiles, points, clusters = (known.output(kind) for kind in ("tiles", "points", "clusters"))
        written = {kind for name in gone & set(known.stages) for kind in known.stages[name].outputs}
        if tiles is None or points is None or "points" not in written:
            return
        # What is damaged cannot be kept, and must not stop the run that mends it.
        with suppress(MapFormatError):
            layers = tables.read_clusters(self._outputs.open(clusters)) if clusters is not None else []
            xy = tables.read_points(self._outputs.open(points))
            former.keep(self.folder, former.bare(Path(tiles.path).name), points=xy, layers=layers)

    def drop_present(self) -> None:
        """Remove what was kept of a layout that is the present one again."""
        if self.present is not None:
            remove(self.folder / self.present)
