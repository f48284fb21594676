"""Shapes of recipes, exports and scores, and of the work that makes them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from portolan.server.audit_models import AuditAnswer, EffectAnswer
from portolan.server.jobs import JobKind, JobState
from portolan.server.journal_models import WhoAndWhy
from portolan.server.score_models import ScoreAnswer

DecisionName = Literal["keep", "drop", "flip", "edit", "relabel", "review"]
Text = Annotated[str, Field(max_length=1_000_000)]
Short = Annotated[str, Field(max_length=10_000)]


class RecipeRule(BaseModel):
    """A rule: which rows, what becomes of them, why."""

    decision: DecisionName
    where: Annotated[str, Field(max_length=100_000)]
    reason: Short = ""
    edit: dict[str, Any] = Field(default={}, description="edit, relabel: {set: {column: value}} or {replace: […]}")
    comment: Short = ""


class RecipeRows(BaseModel):
    """Rows that are decided one by one, as a recipe names them."""

    decision: DecisionName
    rows: Text = Field(description="ROW_ID:HASH, with spaces between")
    n_rows: int = 0
    reason: Short = ""
    author: str = ""
    edit: dict[str, Any] = {}


class RecipeForm(BaseModel):
    """A recipe in its parts."""

    name: Annotated[str, Field(max_length=200)] = "recipe"
    description: Short = ""
    comment: Short = ""
    rules: list[RecipeRule] = []
    decisions: list[RecipeRows] = []


class RecipeToCheck(BaseModel):
    """A recipe as a text or in its parts: one of the two."""

    text: Text | None = None
    recipe: RecipeForm | None = None


class RecipeProblem(BaseModel):
    """What is wrong with a recipe, and where."""

    problem: str
    fix: str
    line: int | None
    column: int | None
    rule: int | None = Field(description="Number of the rule that it is about, from 1")


class CheckedRecipe(BaseModel):
    """A recipe both ways, or what is wrong with it."""

    text: str
    recipe: RecipeForm | None = Field(description="null: the text cannot be read as a recipe")
    problem: RecipeProblem | None


class AppliedRecipe(BaseModel):
    """A recipe that stands."""

    recipe: RecipeForm
    text: str
    rows: list[int] = Field(description="Rows that each of its rules has")


class DecidedNow(BaseModel):
    """What stands decided of a map."""

    n_rows: int
    n_left: int
    decided: dict[str, int] = Field(description="Rows of each decision")
    by_hand: dict[str, int] = Field(description="Those of them that no recipe decided")
    n_contradicted: int = Field(description="Rows of which people decided one thing and another by hand")
    recipes: list[AppliedRecipe] = Field(description="In the order they were applied")
    can_undo_restore: bool
    export_to: str = Field(description="Where an export goes unless one says otherwise: beside the map")
    columns: list[str] = Field(description="The user's columns")


class RecipeText(BaseModel):
    """All that stands decided, as one recipe."""

    text: str


class RecipeToApply(RecipeToCheck):
    """A recipe to apply, or to tell what it would do."""

    dry_run: bool = False
    by: list[str] | None = Field(default=None, max_length=20, description="Columns to count by; the categories if null")
    author: str | None = Field(default=None, max_length=200, description="By default whoever runs the server")


class ToRestore(WhoAndWhy):
    """Take back every decision, or have back what the last restore took."""

    undo: bool = False


class StepToUndo(WhoAndWhy):
    """Events that one command wrote."""

    events: list[int] = Field(min_length=1, max_length=10_000)


class StepDone(BaseModel):
    """Events that were written."""

    events: list[int]


class ToExport(BaseModel):
    """Where to write the cleaned dataset."""

    path: str = Field(min_length=1, max_length=4000, description="On the server's machine; its ending says the format")
    replace: bool = Field(default=False, description="Replace an earlier export there")
    source: str | None = Field(default=None, max_length=4000, description="The file that the map was made from")


class ToDownload(BaseModel):
    """A file to make for the browser."""

    format: Literal[".jsonl", ".jsonl.gz", ".parquet", ".csv", ".arrow"]


class ToScore(BaseModel):
    """Which scorer to run."""

    scorer: str = Field(min_length=1, max_length=4000, description="NAME or NAME:ARGUMENT")


class CleanExample(BaseModel):
    """A row that a rule takes."""

    row_id: int
    text: str | None = Field(description="null: too harmful to be shown unasked")


class CleanRule(BaseModel):
    """What one rule does."""

    number: int
    decision: DecisionName
    where: str
    reason: str
    n_matched: int
    n_taken: int
    n_new: int = Field(description="Rows that are not decided so already")
    taken_before: dict[str, int] = Field(description="Rows it matched that another had, by whom")
    by: dict[str, dict[str, int]] = Field(description="Rows it takes by column and value")
    examples: list[CleanExample]


class CleanBalance(BaseModel):
    """Rows of one value, before and after."""

    value: str
    before: int
    after: int
    share_before: float
    share_after: float
    decided: dict[str, int]


class CleanByHand(BaseModel):
    """Rows that the recipe decides one by one."""

    rows: int
    taken: int
    lost: list[int] = Field(description="Rows that this map does not hold")


class CleanedAnswer(BaseModel):
    """What a recipe did, or would do."""

    recipe: str
    is_dry_run: bool
    n_rows: int
    n_left: int
    rules: list[CleanRule]
    by_hand: CleanByHand
    decided_before: dict[str, int]
    decided_after: dict[str, int]
    balance: dict[str, list[CleanBalance]]
    n_contradicted: int = Field(description="Rows of which people decided one thing and another by hand")
    n_events: int = Field(description="Events that applying it writes")
    step: list[int] = Field(description="Events that were written: what to undo to take it back")
    undone: list[int]
    matching_nothing: list[int]


class ExportedFile(BaseModel):
    """A file of an export."""

    name: str = Field(description="Below the folder of the export")
    size_bytes: int
    sha256: str | None
    is_offered: bool = Field(description="Whether GET /api/exports/{number}/{name} sends it")


class ExportedAnswer(BaseModel):
    """What an export wrote."""

    path: str = Field(description="On the server's machine; empty where it was made for the browser")
    n_before: int
    n_rows: int
    n_changed: int
    decided: dict[str, int]
    is_byte_equal: bool
    equality: str
    seconds: float
    files: list[ExportedFile]


class JobAnswer(BaseModel):
    """Work of the server that takes a while."""

    number: int
    kind: JobKind
    told: str = Field(description="What is being done, as a clause")
    state: JobState
    stage: str = Field(description="What it is at; empty before it said so")
    done: int
    total: int | None
    unit: str
    seconds: float
    problem: str = Field(description="What went wrong; empty where nothing did")
    fix: str
    cleaned: CleanedAnswer | None = None
    exported: ExportedAnswer | None = None
    scored: ScoreAnswer | None = None
    audited: AuditAnswer | None = None
    effect: EffectAnswer | None = None
