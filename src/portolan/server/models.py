"""The answers' shapes. OpenAPI, and from it the page's types, are made from these."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field


class Problem(BaseModel):
    """An error: what is wrong, and what to do."""

    problem: str
    fix: str


class LinkAnswer(BaseModel):
    """A link as it reads on the present layout."""

    link: str = Field(description="The part after the address, with its #")
    notices: list[str] = Field(description="What a person should know: clusters were found again by their rows")


class ColumnInfo(BaseModel):
    """One of the user's columns."""

    name: str
    type: str = Field(description="Arrow type")
    role: str | None = Field(description="text, prompt, chosen, rejected, id, time, category, number; null for none")


class FurtherLayout(BaseModel):
    """Another layout of the same rows, to see beside the map's own."""

    name: str
    layout: str = Field(description="Names the folder of tiles")
    by: Literal["chosen", "prompt", "rejected", "difference"] = Field(description="What pairs are laid out by")
    embedder: str
    kept_column: str = Field(description="The column with each row's share of neighbours that it keeps there")
    kept: float | None = Field(description="Mean of that column")
    n_neighbors: int = Field(description="How many neighbours of each row were compared")


class KeptCluster(BaseModel):
    """A cluster of the map, and the mean share of neighbours that its rows keep in another layout."""

    layer: int
    cluster_id: int
    name: str
    size: int
    kept: float | None


class ComparisonAnswer(BaseModel):
    """How far the map's clusters differ in another layout."""

    fall_apart: list[KeptCluster] = Field(description="Those whose rows keep the fewest neighbours")
    stay_together: list[KeptCluster] = Field(description="Those whose rows keep the most")
    clusters: list[KeptCluster] = Field(description="All; the coarsest layer first, in a layer the least kept first")


class LayerInfo(BaseModel):
    """One level of nested clusters; layer 0 is the finest."""

    layer: int
    clusters: int


class MapInfo(BaseModel):
    """What a map is, and how far it is made."""

    name: str
    description: str
    n_rows: int
    kind: Literal["text", "pair", "conversation", "ranking", "red-team"]
    roles: str = Field(description="The roles as a person reads them")
    columns: list[ColumnInfo]
    layout: str | None = Field(description="Names the folder of tiles; null until there are any")
    layouts: list[FurtherLayout] = Field(description="Further layouts of the same rows")
    layers: list[LayerInfo]
    quality: dict[str, Any]
    stages: dict[str, Any] = Field(description="What is known of each finished stage")
    state: Literal["building", "ready"]
    next_stage: str | None = Field(description="The first stage that is not finished; null when all are")
    is_searchable: bool
    version: str = Field(description="Changes whenever the map does")
    author: str | None = Field(default=None, description="Who does what is done here; null where nothing can be")


class FoundCluster(BaseModel):
    """A cluster as it was found, before any edit."""

    cluster_id: int
    parent_id: int
    size: int
    x: float
    y: float


class Cluster(BaseModel):
    """One cluster of one layer."""

    cluster_id: int
    layer: int
    parent_id: int = Field(description="cluster_id in the layer above; -1 in the topmost")
    name: str
    keyphrases: list[str]
    size: int
    exemplars: list[int] = Field(description="row_id of rows that show what it is about")
    density: float | None
    x: float | None
    y: float | None
    is_pinned: bool = False
    note: str = Field(default="", description="What a person noted on it")
    found: list[FoundCluster] = Field(
        default_factory=list, description="What edits changed: it as it was found, and the clusters that went into it"
    )
    origin: int | None = Field(
        default=None, description="Where a split made it: the cluster_id, as found, that it was part of"
    )


class Turn(BaseModel):
    """One turn of a conversation."""

    role: str
    text: str


class TextReading(BaseModel):
    """A plain text."""

    kind: Literal["text"]
    text: str


class PairReading(BaseModel):
    """A preference pair: the shared turns once, then each reply's own."""

    kind: Literal["pair"]
    prompt: list[Turn]
    chosen: list[Turn]
    rejected: list[Turn]
    note: str = Field(default="", description="What is odd about the pair, as a sentence; empty for most")


class ConversationReading(BaseModel):
    """A conversation."""

    kind: Literal["conversation"]
    turns: list[Turn]


class Reply(BaseModel):
    """One of several replies in order of rank."""

    turns: list[Turn]
    rank: float | None
    name: str


class RankingReading(BaseModel):
    """More than two replies to one prompt."""

    kind: Literal["ranking"]
    prompt: list[Turn]
    replies: list[Reply]


class RedTeamReading(BaseModel):
    """An attempt to make a model do harm, and what was noted about it."""

    kind: Literal["red-team"]
    turns: list[Turn]
    facts: dict[str, Any]


Reading = Annotated[
    TextReading | PairReading | ConversationReading | RankingReading | RedTeamReading, Field(discriminator="kind")
]


class Row(BaseModel):
    """One row: where it lies, what to read, and the user's columns as they came."""

    row_id: int
    x: float | None
    y: float | None
    clusters: list[int] = Field(description="cluster_id in each layer, the finest first; -1 where it has no text")
    reading: Reading
    columns: dict[str, Any]
    scores: dict[str, float | None] = Field(
        default={}, description="The row's value in the scorer's column that was asked for as `score`"
    )
    kept: dict[str, float] = Field(
        default={},
        description="By further layout: share of its nearest rows that are near it there too. Not in previews",
    )


class Neighbor(BaseModel):
    """A row near another in meaning."""

    row_id: int
    similarity: float
    preview: str
    x: float | None
    y: float | None


class SnippetPart(BaseModel):
    """A piece of text, and whether the query matches it."""

    text: str
    is_match: bool


class SearchResult(BaseModel):
    """A row that was found."""

    row_id: int
    score: float
    x: float | None
    y: float | None
    snippet: list[SnippetPart]
    found_by: list[Literal["words", "meaning"]]


class SearchAnswer(BaseModel):
    """What a search found, best first."""

    results: list[SearchResult]
    took_ms: float
    total: int = Field(description="Number of results given")


class FilterClause(BaseModel):
    """One part of a filter."""

    key: str = Field(max_length=200, description="Slug of the column that the clause is about, or any other name")
    where: str = Field(max_length=200_000, description="An expression: docs/filters.md")


class FilterQuery(BaseModel):
    """Which rows to keep, and what to tell of them."""

    clauses: list[FilterClause] = Field(default=[], max_length=200)
    join: Literal["and", "or"] = "and"
    facets: list[str] = Field(default=[], max_length=500, description="Slugs of columns whose values to count")
    codes: list[str] = Field(default=[], max_length=20, description="Slugs of columns whose codes the sample needs")
    rows: bool = Field(default=True, description="False: counts alone, without sample and bits")
    layout: str | None = Field(default=None, max_length=80, description="The further layout whose tiles are drawn")


class TableSort(BaseModel):
    """What rows are sorted by; rows of equal value stand by row_id, rows without a value last."""

    column: str = Field(
        min_length=1,
        max_length=2000,
        description="row_id, a column, cluster_0 and so on, prompt, chosen, rejected, or an expression over columns",
    )
    descending: bool = False


class TableQuery(BaseModel):
    """Which rows, in which order, from which on."""

    clauses: list[FilterClause] = Field(default=[], max_length=200)
    join: Literal["and", "or"] = "and"
    sort: TableSort | None = Field(default=None, description="null: by row_id")
    offset: int = Field(default=0, ge=0, le=2**53 - 1)
    limit: int = Field(default=100, ge=0, le=200)
    find: int | None = Field(default=None, ge=0, le=2**53 - 1, description="A row whose place is wanted")
    previews: bool = Field(default=True, description="Cut texts to 600 characters")
    score: str | None = Field(default=None, max_length=1000, description="A scorer's column that rows are told with")


class TableAnswer(BaseModel):
    """Some rows of a sorted list."""

    rows: list[Row]
    total: int = Field(description="Rows in the whole list")
    place: int | None = Field(description="Where the row that was looked for stands, from 0; null: not in the list")
    took_ms: float


class Ping(BaseModel):
    """Which map this server serves."""

    map: str
    version: str = Field(description="Portolan's version")
