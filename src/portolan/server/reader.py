"""What the server asks of a map. `portolan.map.Map` does this; tests may give anything else that does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.comparison import Comparison
from portolan.types import ClusterIds, Points, Roles, RowIds

if TYPE_CHECKING:
    from portolan.audit_page import AuditPage
    from portolan.clean_page import CleanPage
    from portolan.core.decisions import Decision
    from portolan.core.events import Event, SavedView
    from portolan.core.history import History
    from portolan.editing import Editor
    from portolan.filtering import Filterer
    from portolan.labelling import Labeller
    from portolan.linking import PresentLink
    from portolan.score_page import ScorePage
    from portolan.scoring import ScoreNote
    from portolan.store import Journal
    from portolan.tabling import Tabler
    from portolan.teaching import Teacher


class Hit(Protocol):
    """One result of a search."""

    @property
    def row_id(self) -> int:
        """The row that was found."""
        ...

    @property
    def score(self) -> float:
        """Higher is better; comparable within one search."""
        ...

    @property
    def snippet(self) -> Sequence[tuple[str, bool]]:
        """A part of the row's text in pieces, each with whether it matches the query."""
        ...

    @property
    def found_by(self) -> Sequence[Literal["words", "meaning"]]:
        """What found it."""
        ...


class MapReader(Protocol):
    """A map, read. Every method may be called from several threads at once."""

    @property
    def path(self) -> Path:
        """The map's folder."""
        ...

    @property
    def name(self) -> str: ...  # noqa: D102 - says itself

    @property
    def description(self) -> str: ...  # noqa: D102 - says itself

    @property
    def n_rows(self) -> int: ...  # noqa: D102 - says itself

    @property
    def roles(self) -> Roles: ...  # noqa: D102 - says itself

    @property
    def roles_text(self) -> str:
        """The roles as a person reads them: "text: chosen · pair: chosen/rejected"."""
        ...

    @property
    def layout_id(self) -> str | None:
        """Names the layout's tiles; None until there are any."""
        ...

    @property
    def layers(self) -> Sequence[tuple[int, int]]:
        """(layer, number of clusters) of each layer, the finest first."""
        ...

    @property
    def quality(self) -> Mapping[str, Any]: ...  # noqa: D102 - says itself

    @property
    def stages(self) -> Mapping[str, Any]:
        """What is known of each finished stage."""
        ...

    @property
    def version(self) -> int | str:
        """Changes whenever the map does."""
        ...

    @property
    def journal(self) -> Journal:
        """The log of all that people did."""
        ...

    @property
    def is_searchable(self) -> bool:
        """Whether the search index is there."""
        ...

    @property
    def columns(self) -> Sequence[tuple[str, str]]:
        """Name and Arrow type of each of the user's columns, in order."""
        ...

    @property
    def filterer(self) -> Filterer:
        """Answers filters."""
        ...

    @property
    def tabler(self) -> Tabler:
        """Lists rows in an order, a page at a time."""
        ...

    @property
    def edit(self) -> Editor:
        """Edits clusters, and undoes what was done."""
        ...

    @property
    def history(self) -> History:
        """All that was done, in order, each event with what undid it; called with a row's id, what concerns that."""
        ...

    @property
    def labeller(self) -> Labeller:
        """Labels rows, and defines sets of labels."""
        ...

    def label_page(
        self, row_ids: Sequence[int] | None, name: str | None, *, only_conflicts: bool, offset: int, limit: int
    ) -> dict[str, Any]:
        """Sets of labels with counts, and a page of labels, as `label_models.LabelsAnswer` has it."""
        ...

    def label_queue(
        self,
        set: str,
        *,
        n_people: int = 2,
        is_begun: bool = False,
        where: str | None = None,
        side: Literal["chosen", "rejected"] | None = None,
    ) -> RowIds:
        """Rows to label next, where each is to be labelled by several people."""
        ...

    def agreement(self, set: str, *, side: Literal["chosen", "rejected"] | None) -> dict[str, Any]:
        """How far people agree on a set."""
        ...

    def decide(
        self,
        decision: Decision,
        *,
        rows: Sequence[int] | None = None,
        where: str | None = None,
        edit: Mapping[str, Any] | None = None,
        settles: bool = False,
        between: Sequence[int] | None = None,
        reason: str = "",
        author: str | None = None,
    ) -> Event:
        """Decide what is to become of rows."""
        ...

    def decision_conflict_page(self, *, offset: int, limit: int, n_row_ids: int) -> dict[str, Any]:
        """Rows of which people decided one thing and another, as `label_models.DecisionConflicts` has it."""
        ...

    def fit_tiles(self) -> None:
        """Bring what stands beside the tiles up to the journal."""
        ...

    @property
    def lost_edits(self) -> Sequence[Event]:
        """Edits whose cluster is no longer there."""
        ...

    def cluster_of(self, event: Event) -> tuple[int, int] | None:
        """Layer and id of the cluster that a standing edit is about now, or None."""
        ...

    def cluster_page(self, layer: int, cluster_id: int) -> dict[str, Any]:
        """What there is to know of one cluster. Raises NotFoundError."""
        ...

    @property
    def views(self) -> Sequence[SavedView]:
        """Saved views, by name."""
        ...

    def save_view(self, name: str, link: str, *, where: str = "", author: str | None = None) -> SavedView:
        """Save a link under a name."""
        ...

    def rename_view(self, name: str, to: str, *, author: str | None = None) -> SavedView:
        """Give a saved view another name."""
        ...

    def delete_view(self, name: str, *, author: str | None = None) -> None:
        """Delete a saved view."""
        ...

    def present_link(self, link: str) -> PresentLink:
        """A link made on a former layout, said of the present one."""
        ...

    @property
    def layouts(self) -> Mapping[str, MapReader]:
        """Further layouts of the same rows, by name."""
        ...

    def layout_notes(self) -> list[dict[str, Any]]:
        """What each further layout is made of, as `models.FurtherLayout` has it."""
        ...

    def compare(self, name: str) -> Comparison:
        """How far the layout `name` differs from this one. Raises NotFoundError."""
        ...

    def kept_of(self, row_ids: Sequence[int]) -> list[dict[str, float]]:
        """For each row, by further layout: the share of its nearest rows that are near it there too."""
        ...

    @property
    def clean_page(self) -> CleanPage:
        """Recipes, what is decided, exports."""
        ...

    @property
    def audit_page(self) -> AuditPage:
        """What the page does with the audit."""
        ...

    @property
    def score_page(self) -> ScorePage:
        """Scorers, and what they say of a row."""
        ...

    @property
    def scores(self) -> Sequence[ScoreNote]:
        """What scorers have left."""
        ...

    @property
    def teacher(self) -> Teacher:
        """Teaches concepts, and tells what to label next."""
        ...

    def clusters_table(self) -> pa.Table:
        """cluster_id, layer, parent_id, name, keyphrases, size, exemplars, density, x, y."""
        ...

    def tiles_folder(self) -> Path:
        """The folder of the present layout's tiles."""
        ...

    def rows_by_id(self, row_ids: Sequence[int]) -> list[dict[str, Any]]:
        """The user's columns of each row, in the order asked. Raises NotFoundError for a row that is not there."""
        ...

    def reading(self, row: dict[str, Any]) -> Any:
        """One row's turns to typeset."""
        ...

    def points_of(self, row_ids: Sequence[int]) -> Points:
        """Positions, shape (len(row_ids), 2)."""
        ...

    def cluster_ids_of(self, row_ids: Sequence[int]) -> list[ClusterIds]:
        """For each layer, the cluster of each row."""
        ...

    def neighbors(self, row_ids: Sequence[int], n_neighbors: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Row ids and similarities of the nearest rows, each of shape (len(row_ids), n_neighbors)."""
        ...

    def search(self, query: str, *, limit: int, like: int | None = None, where: str | None = None) -> Sequence[Hit]:
        """Rows that match, best first; only those that meet the filter expression `where`."""
        ...
