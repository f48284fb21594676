"""Shapes of what people do to a map: edits of clusters, saved views, history."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from portolan.server.models import Cluster

RowId = Annotated[int, Field(ge=0, le=2**53 - 1)]


class WhoAndWhy(BaseModel):
    """Kept with every event."""

    reason: str = Field(default="", max_length=10_000)
    author: str | None = Field(default=None, max_length=200, description="By default whoever runs the server")


class Act(WhoAndWhy):
    """What somebody does. Said again word for word with the same id, it is done once: the answer is that of then."""

    request_id: str | None = Field(
        default=None, min_length=8, max_length=100, description="Drawn for each act, and kept when it is sent again"
    )


class ClusterRef(BaseModel):
    """A cluster, by its layer and its id there."""

    layer: int
    cluster_id: int


class ClusterEdit(Act):
    """What to do to clusters."""

    action: Literal["rename", "merge", "split", "pin", "unpin", "note"]
    clusters: list[ClusterRef] = Field(min_length=1, max_length=1000, description="One, or for a merge two or more")
    name: str = Field(default="", description="rename: the new name. merge, split: what to call what it makes")
    rest_name: str = Field(default="", description="split: what to call the rest")
    note: str = Field(default="", description="note: the text; empty removes it")
    where: str | None = Field(default=None, description="split: a filter expression; its rows go")
    rows: list[RowId] | None = Field(
        default=None, max_length=1_000_000, description="split: these rows go. With neither, parted in two by meaning"
    )


class ClusterName(BaseModel):
    """A cluster, named."""

    layer: int
    cluster_id: int
    name: str
    size: int


class NearCluster(ClusterName):
    """A cluster near another in meaning."""

    similarity: float


class Exemplar(BaseModel):
    """A row that shows what a cluster is about."""

    row_id: int
    preview: str


class Phrase(BaseModel):
    """What is said in a cluster more than in its siblings."""

    phrase: str
    share: float | None = Field(description="Of the cluster's rows, as seen in a sample")
    share_of_siblings: float | None = Field(description="Of the rows of its siblings, or of the rest of the map")


class ValueShare(BaseModel):
    """A value of a category."""

    value: str
    code: int
    inside: int = Field(description="Rows of the cluster")
    whole: int = Field(description="Rows of the map")


class ColumnBreakdown(BaseModel):
    """A column inside a cluster, beside the whole map. Categories have `values`; numbers and times have bins."""

    name: str
    slug: str
    kind: Literal["category", "boolean", "number", "time"]
    n_inside: int
    n: int
    missing_inside: int
    missing: int
    values: list[ValueShare] | None = Field(default=None, description="The most frequent inside")
    n_values: int | None = Field(default=None, description="How many values there are inside")
    min: float | None = None
    max: float | None = None
    inside: list[int] | None = None
    whole: list[int] | None = None


class UndoRequest(Act):
    """Which event to undo."""

    event: int | None = Field(default=None, description="By default the last that stands")


class JournalEvent(BaseModel):
    """Something that somebody did."""

    id: int
    time: str = Field(description="UTC, ISO 8601")
    author: str
    kind: str
    told: str = Field(description="What was done, as a clause")
    reason: str
    undone_by: int | None
    cluster: ClusterRef | None = Field(description="The cluster that it is about now, if any")
    is_lost: bool = Field(description="An edit whose cluster is no longer there: it does nothing")


class ClusterPage(BaseModel):
    """What there is to know of one cluster."""

    cluster: Cluster
    parent: ClusterName | None
    n_siblings: int
    exemplars: list[Exemplar]
    phrases: list[Phrase]
    columns: list[ColumnBreakdown]
    subclusters: list[ClusterName]
    neighbors: list[NearCluster]
    events: list[JournalEvent] = Field(description="What was done to it, the last first")


class Done(BaseModel):
    """What an edit came to."""

    event: JournalEvent
    version: str = Field(description="The map's, after it")


class View(BaseModel):
    """A view saved under a name."""

    name: str
    link: str = Field(description="What stands after # in the page's address")
    where: str = Field(default="", description="The filter in it, as an expression")
    author: str
    time: str


class ViewToSave(BaseModel):
    """A view to save, or to give another name."""

    name: str
    link: str = Field(default="", max_length=100_000)
    where: str = Field(default="", max_length=100_000)
    renamed_from: str | None = Field(default=None, description="Only give the view of this name its new name")
    author: str | None = Field(default=None, max_length=200)
