"""Shapes of the audit: findings, the preference model, what people say of findings, experiments."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

StatusName = Literal["open", "intended", "to-drop"]
Where = Annotated[str, Field(max_length=100_000)]
Short = Annotated[str, Field(max_length=10_000)]


class ShareAnswer(BaseModel):
    """A share of n, with its 95 % interval; null where n is 0."""

    value: float | None
    low: float
    high: float
    n: int


class RateAnswer(BaseModel):
    """How often a finding is among the rows of one value, beside all others."""

    value: str
    n: int
    count: int
    rate: float | None
    low: float | None
    high: float | None
    expected: float | None = Field(description="The rate among all other rows")
    excess: float | None
    excess_low: float | None
    excess_high: float | None
    p: float = Field(description="After Holm's correction")
    status: str = Field(default="", description="What the rows of this value are said to be")


class MostAnswer(RateAnswer):
    """The value in which a finding is most surely more frequent than elsewhere."""

    column: str


class FindingInShort(BaseModel):
    """A finding, as a line of a list."""

    name: str
    title: str
    count: int
    share: ShareAnswer
    status: str = Field(description="open, intended, to-drop, dropped; mixed: its rows have several")
    status_counts: dict[str, int]
    where: str = Field(description="Its rows as a filter expression")
    column: str = Field(description="The column that holds how sure it is of each row; empty where it has no rows")
    power: str = Field(description="What the list is worth, or why it is empty")
    is_looked_for: bool
    is_defined: bool = Field(description="Somebody defined it by an expression")
    most: MostAnswer | None
    precision: ShareAnswer | None = Field(description="Of its rows that were judged, the share that is right")
    is_current: bool = Field(description="Looking again would find no other rows")


class RegionAnswer(BaseModel):
    """A cluster in which a finding is more frequent than elsewhere."""

    layer: int
    cluster_id: int
    name: str
    n: int
    count: int
    rate: float | None
    expected: float | None
    p: float


class SaidAnswer(BaseModel):
    """What somebody said of a finding's rows."""

    status: StatusName
    where: str = Field(description="Of which rows; empty: of all")
    reason: str
    author: str
    time: str
    event: int | None = Field(description="null: the provenance card says it")


class ResponseAnswer(BaseModel):
    """An entry of the thread on a finding."""

    text: str
    author: str
    time: str
    event: int | None = Field(description="null: the provenance card says it")


class JudgedAnswer(BaseModel):
    """How right a finding is, by rows that people judged without knowing which are in it."""

    precision: ShareAnswer
    recall: ShareAnswer
    judged_inside: int
    judged_outside: int
    unsure: int


class FindingAnswer(BaseModel):
    """A finding whole, but for its rows, which `where` finds."""

    name: str
    title: str
    what: str
    count: int
    share: ShareAnswer
    status: str
    status_counts: dict[str, int]
    where: str
    column: str
    is_looked_for: bool
    is_current: bool = Field(description="Looking again would find no other rows")
    is_defined: bool
    power: str
    scorers: list[str]
    by_provenance: dict[str, list[RateAnswer]]
    clusters: list[RegionAnswer]
    said: list[SaidAnswer]
    responses: list[ResponseAnswer]
    judged: JudgedAnswer
    label_set: str = Field(description="The set of labels that it is judged by")
    surest: list[int]


class SubsetAccuracy(BaseModel):
    """Accuracy of the model among the rows of one value, beside plain rules."""

    column: str
    value: str
    model: ShareAnswer
    majority: ShareAnswer | None = Field(description="Of the position that wins more often; null: there are none")
    length: ShareAnswer
    surface: ShareAnswer


class TraitAnswer(BaseModel):
    """What one plain trait of the replies alone tells of the choice."""

    rule: str
    what: str
    accuracy: ShareAnswer
    is_sure: bool = Field(description="It surely tells more than a coin")


class PartTraitAnswer(TraitAnswer):
    """The same in a part of the data, in which it tells surely more than elsewhere."""

    column: str
    value: str
    layer: int | None
    cluster_id: int | None
    elsewhere: float | None


class ShortcutsAnswer(BaseModel):
    """How far plain traits alone tell which reply was chosen."""

    rules: list[TraitAnswer]
    parts: list[PartTraitAnswer] = Field(description="Where one tells more: each part with its surest trait")
    says: str


class ModelAnswer(BaseModel):
    """The preference model: how good it is on pairs that it had not seen."""

    name: str
    accuracy: float
    interval: list[float]
    pairs: int
    baselines: dict[str, float]
    by_provenance: list[SubsetAccuracy]
    can_tell: bool = Field(description="Whether its list of likely flipped pairs is worth showing")
    says: str
    is_current: bool
    columns: list[str]


class OutcomeAnswer(BaseModel):
    """One thing that was measured with all rows, without the selected ones, and without as many random ones."""

    name: str
    subset: str
    what: str
    with_all: float | None
    without: float | None
    random_drop: float | None
    delta: float | None = Field(description="without, less the random draws")
    low: float | None
    high: float | None
    p_holm: float | None
    smallest: float | None = Field(description="The smallest difference that would have shown four times in five")
    effect: bool
    n: int


class PickedAnswer(BaseModel):
    """What an experiment's selection knows of the choices."""

    how: Literal["freely", "sided", "outside", "nested", "circular"]
    columns: list[str]
    model: str
    has_claims: bool = Field(description="False: it has learnt from the choices tested on, and no effect is claimed")
    note: str = Field(description="What to know of it; empty where rows were picked freely")


class RightAnswer(BaseModel):
    """How often an experiment's model is right on all rows as they are, held out."""

    value: float | None
    low: float
    high: float
    n: int
    can_tell: bool = Field(description="Whether that is surely more than half")


class EffectAnswer(BaseModel):
    """What dropping or flipping rows changes."""

    action: str
    where: str
    n_selected: int
    n_pairs: int
    matched_on: list[str]
    picked: PickedAnswer
    right: RightAnswer | None
    outcomes: list[OutcomeAnswer]
    verdict: str


class ProvenanceColumn(BaseModel):
    """A column that tells where rows came from."""

    column: str
    part: str
    values: list[str]


class AuditAnswer(BaseModel):
    """What is known of the audit now."""

    is_looked: bool = Field(description="Somebody has looked for findings")
    harm: str = Field(description="The scorer that harm is told by")
    findings: list[FindingInShort]
    model: ModelAnswer | None
    shortcuts: ShortcutsAnswer | None = Field(description="Null: not measured, or no longer as things are")
    is_declared: bool = Field(description="The data's owner says where rows came from; else it is inferred")
    owner: str
    columns: list[ProvenanceColumn]
    influence: str = Field(description="The column of what each pair does for the model; empty before it was measured")
    effects: list[EffectAnswer] = Field(description="Experiments on the rows as they are, the oldest first")


class ToAudit(BaseModel):
    """What to look for, and by what."""

    harm: Annotated[str, Field(max_length=4000)] | None = Field(default=None, description="A scorer; null: as before")
    model: bool = Field(default=True, description="Fit a preference model too, unless there is one")


class ToSay(BaseModel):
    """What is to become of a finding's rows."""

    status: StatusName
    where: Where = ""
    reason: Short = ""


class ToRespond(BaseModel):
    """An entry for the thread on a finding."""

    text: Annotated[str, Field(min_length=1, max_length=20_000)]


class ToJudge(BaseModel):
    """How many rows to judge."""

    n: Annotated[int, Field(ge=2, le=1000)] = 60


class RowsToJudge(BaseModel):
    """Rows in and outside a finding, shuffled, and the set of labels to judge them by."""

    set: str
    title: str
    what: str
    row_ids: list[int]


class ToTry(BaseModel):
    """What is done to which rows, in an experiment."""

    action: Literal["drop", "flip"] = "drop"
    where: Annotated[str, Field(min_length=1, max_length=100_000)]
    seeds: Annotated[int, Field(ge=5, le=200, description="Random draws to compare with")] = 20
