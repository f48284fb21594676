"""What a plugin must do, one protocol for each kind, and one registry for each kind.

A plugin's author imports this module alone: it hands on the array types and the errors as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.scored import Card, ScoreColumn, ScoredTexts, Scores
from portolan.errors import (
    ColumnError,
    EndpointError,
    InputError,
    MissingExtraError,
    NoRowsError,
    NotFoundError,
    ParseError,
    ShapeError,
)
from portolan.registry import Registry
from portolan.types import BoolArray, FloatArray, Kind, Layout, Points, Progress, Report, RowIds, Side, Vectors, silent

if TYPE_CHECKING:
    from portolan.core.groups import Duplicates
    from portolan.core.neighbors import Neighbors
    from portolan.core.pair_facts import PairFacts, PairTexts
    from portolan.core.pair_features import PairFeatures
    from portolan.core.shingles import ShingleSets
    from portolan.core.shortcuts_told import Shortcuts
    from portolan.core.writers import Writers

__all__ = [
    "AuditedPairs",
    "BrokenLine",
    "Card",
    "ClusterSketch",
    "ColumnError",
    "Embedder",
    "EndpointError",
    "Finding",
    "Found",
    "InputError",
    "Kind",
    "Layout",
    "LearntPairs",
    "LearntPreferrer",
    "Loader",
    "MapScorer",
    "MissingExtraError",
    "Namer",
    "NoRowsError",
    "NotFoundError",
    "PairBatch",
    "PairOutcomes",
    "PairsToPrefer",
    "ParseError",
    "Points",
    "PreferenceTold",
    "Preferences",
    "Preferrer",
    "Progress",
    "ReadOptions",
    "Report",
    "RowIds",
    "ScoreColumn",
    "ScoredMap",
    "ScoredTexts",
    "Scorer",
    "Scores",
    "ScoringPreferrer",
    "ShapeError",
    "Side",
    "TextScorer",
    "Texts",
    "Vectors",
    "embedders",
    "findings",
    "loaders",
    "namers",
    "preferrers",
    "scorers",
    "silent",
]

Texts: TypeAlias = pa.LargeStringArray
"""Texts of a batch of rows, without nulls: a row without text has the empty string."""


@dataclass(frozen=True)
class BrokenLine:
    """A line that could not be read: where it stands, what was wrong, its raw bytes' beginning."""

    source: str
    line: int
    problem: str
    raw: str


@dataclass(frozen=True)
class ReadOptions:
    """How to read a source.

    With `is_strict`, the first broken line raises ParseError; otherwise each goes to `on_broken` and is left out.
    """

    is_strict: bool = False
    batch_rows: int = 8192
    on_broken: Callable[[BrokenLine], None] = lambda _line: None
    report: Report = silent


@runtime_checkable
class Loader(Protocol):
    """Reads one kind of source as Arrow, in batches.

    Batches of one source share a schema. Nested columns (lists, structs, booleans) are kept.
    """

    @classmethod
    def accepts(cls, source: object) -> bool:
        """Whether this loader reads `source` (a path, URL, object); cheap, reads no data."""
        ...

    def read(self, source: Any, *, options: ReadOptions) -> Iterator[pa.RecordBatch]:
        """The rows of `source`, in order, as record batches of at most `options.batch_rows` rows."""
        ...


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into vectors.

    Built as `embedders.get(name)(argument, random_state=0, threads=None)`; `argument` is what follows the colon of
    `--embedder NAME:ARGUMENT`, or None. The same fitted embedder gives equal vectors for equal texts, however the
    texts are cut into batches and on any number of threads.
    """

    key: str
    """Names everything that decides the vectors: plugin, model, its hash, parameters. Goes into the stage's key."""
    is_costly: bool
    """True where embedding takes long or costs money: finished batches are kept, so that a killed run continues."""

    def __init__(self, argument: str | None = None, *, random_state: int = 0, threads: int | None = None) -> None: ...

    @property
    def n_dims(self) -> int:
        """Length of a vector; known once fitted."""
        ...

    def fit(self, batches: Callable[[], Iterator[Texts]], *, n_rows: int, report: Report = silent) -> None:
        """Learn what must be learnt from the corpus (most embedders: nothing). `batches()` may be called again."""
        ...

    def embed(self, texts: Texts) -> Vectors:
        """Vectors of `texts`, shape (len(texts), n_dims), float32, unit length; a text without words gives zeros."""
        ...

    def save(self, folder: Path) -> None:
        """Write what `fit` learnt, and what is needed to be built again, into an empty `folder`."""
        ...

    @classmethod
    def load(cls, folder: Path, *, threads: int | None = None) -> Embedder:
        """The embedder that `save` wrote: new rows and queries embed as the map's own rows did."""
        ...


@dataclass(frozen=True)
class ClusterSketch:
    """What a namer sees of a cluster."""

    cluster_id: int
    layer: int
    parent_id: int
    size: int
    keyphrases: tuple[str, ...]
    exemplars: tuple[str, ...]
    siblings: tuple[int, ...] = field(default=())


@runtime_checkable
class Namer(Protocol):
    """Gives each cluster a name that a stranger understands.

    Built as `namers.get(name)(argument, cache_folder=None)`. In `cache_folder` a namer may keep what it paid for, under
    names of its own: it is there in the next run.
    """

    key: str
    """Names everything that decides the names: plugin, model, prompt."""

    def __init__(self, argument: str | None = None, *, cache_folder: Path | None = None) -> None: ...

    def name(self, sketches: Sequence[ClusterSketch], *, report: Report = silent) -> list[str]:
        """One name for each sketch, in order; never empty, no two siblings alike."""
        ...


@runtime_checkable
class Scorer(Protocol):
    """Measures every row of a map. A scorer is a `TextScorer` or a `MapScorer`; this is what both have.

    Built as `scorers.get(name)(argument, threads=None)`; `argument` is what follows the colon of
    `--scorer NAME:ARGUMENT`, or None. Building is cheap: models are loaded, and endpoints asked, when scoring begins.

    A class may say more for those who choose on the page: `argument`, what follows the colon ("MODEL, or
    MODEL,label=LABEL"); `needs_argument`; and of what it cannot do without, `modules` (names that are imported) and
    `extra` (what of portolan installs them).
    """

    def __init__(self, argument: str | None = None, *, threads: int | None = None) -> None: ...

    @property
    def key(self) -> str:
        """Names everything that decides the scores: plugin, its version, model, parameters. Another key scores anew."""
        ...

    @property
    def columns(self) -> tuple[ScoreColumn, ...]:
        """What it leaves of each row; the first is the score itself and has the scorer's name (with _ for -)."""
        ...

    @property
    def card(self) -> Card:
        """What it measures, by which method, and how good it is."""
        ...

    @property
    def is_costly(self) -> bool:
        """True where scoring takes long or costs money: finished batches are kept, so that a killed run continues."""
        ...


@runtime_checkable
class TextScorer(Scorer, Protocol):
    """Judges each text by itself. Of a pair it is given each side in turn, and knows nothing of sides.

    A text's scores do not depend on the batch it came in. Where `estimate(n_texts, n_chars) -> str` is there too, its
    line is told before the work begins (what will be sent, and what it costs).
    """

    def score(self, texts: ScoredTexts) -> Scores:
        """For each of `columns` by name, one value a text, in order; None or NaN where it cannot tell.

        No text is blank: rows without text are missing and never come here.
        """
        ...


class ScoredMap(Protocol):
    """What a `MapScorer` sees of a map."""

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        ...

    @property
    def kind(self) -> Kind:
        """What a row is."""
        ...

    @property
    def threads(self) -> int | None:
        """How many threads to use; None for all cores."""
        ...

    @property
    def column_names(self) -> Sequence[str]:
        """The user's columns."""
        ...

    def column(self, name: str) -> pa.ChunkedArray:
        """One of the user's columns, in row order. Raises ColumnError."""
        ...

    def texts(self, side: Side | None = None) -> Iterator[ScoredTexts]:
        """Texts of all rows in row order, a batch at a time; blank ones too.

        `side` picks a reply of pairs. Without it, the whole row: of a pair the prompt once, then both replies.
        """
        ...

    @property
    def layout(self) -> Layout:
        """What of pairs the vectors are of."""
        ...

    @property
    def embedder(self) -> Embedder:
        """The embedder that made the vectors."""
        ...

    def embedded_texts(self, layout: Layout) -> Iterator[Texts]:
        """What is embedded of each row for that layout, in row order, a batch at a time; not for "difference"."""
        ...

    @property
    def vectors(self) -> Vectors:
        """Vectors of all rows, float32 (n_rows, n_dims), unit length; zeros where there is no text."""
        ...

    @property
    def neighbors(self) -> Neighbors:
        """The nearest rows of each row: `ids` int32 and `distances` float32 (cosine), each (n_rows, n_neighbors)."""
        ...


@runtime_checkable
class MapScorer(Scorer, Protocol):
    """Judges rows beside each other: it needs the whole map."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Stages whose results it uses beside the rows: "embed", "neighbors". What changes those scores anew."""
        ...

    def score_map(self, of: ScoredMap, *, report: Report = silent) -> Scores:
        """For each of `columns` by name, n_rows values in row order; None or NaN where missing (no text).

        Of pairs it may tell the sides apart: NAME_chosen and NAME_rejected then stand beside NAME.
        """
        ...


@dataclass(frozen=True, eq=False)
class Found:
    """What a finding found.

    Attributes
    ----------
    confidence : ndarray of float32, shape (n_rows,)
        How sure it is of each of its rows, in [0, 1]; NaN where a row is none.
    note : str
        What the list is worth, or why it is empty, where that is not plain from the finding itself.
    power : mapping
        Figures behind the note, as JSON holds them.
    is_looked_for : bool
        False where it could not be looked for in this data; the note says why.
    can_tell : bool
        False where it was looked for, and what it looks with is too weak in this data to tell: that nothing is listed
        then does not say that there is nothing. The note says why.
    """

    confidence: NDArray[np.float32]
    note: str = ""
    power: Mapping[str, Any] = field(default_factory=dict)
    is_looked_for: bool = True
    can_tell: bool = True


class PreferenceTold(Protocol):
    """What the map's preference model says, and how good it is."""

    @property
    def chance(self) -> FloatArray:
        """Chance that the chosen reply is preferred, float64 (n_rows,), by a model that has not seen its prompt."""
        ...

    @property
    def margin(self) -> FloatArray:
        """The same as a logit."""
        ...

    @property
    def surface(self) -> FloatArray:
        """The chance by what replies look like alone."""
        ...

    @property
    def figures(self) -> Mapping[str, Any]:
        """accuracy, log_loss, brier, calibration_error and bins, as JSON holds them."""
        ...

    @property
    def baselines(self) -> Mapping[str, Any]:
        """Accuracy of plain rules by name, each with `value`, `low`, `high`, `n` and `to_json`."""
        ...

    @property
    def by_subset(self) -> Sequence[Mapping[str, Any]]:
        """Accuracy by value of the category columns: column, value, model, majority (if known), length, surface."""
        ...

    @property
    def can_tell(self) -> bool:
        """Whether a list of the pairs that it contradicts is worth showing at any length."""
        ...

    @property
    def rows_worth_listing(self) -> int:
        """How long such a list may be; 0: none."""
        ...

    @property
    def power(self) -> Mapping[str, Any]:
        """What such a list is worth, cut by cut, from planted flips."""
        ...

    @property
    def says(self) -> str:
        """How good it is, in a sentence."""
        ...


class AuditedPairs(Protocol):
    """What a finding sees of a map of pairs. Each part is read, or measured, when it is first asked for."""

    @property
    def n_rows(self) -> int:
        """Number of pairs."""
        ...

    @property
    def kind(self) -> Literal["pair", "ranking"]:
        """What a row is: of a ranking the best reply stands as the chosen one, and the worst as the rejected one."""
        ...

    @property
    def threads(self) -> int | None:
        """How many threads to use; None for all cores."""
        ...

    @property
    def facts(self) -> PairFacts:
        """What can be said of each pair without any model: lengths, prompt, likeness of the replies."""
        ...

    @property
    def shingles(self) -> ShingleSets:
        """Words, and pairs of neighbouring words, of each pair as a whole: its prompt, then both replies."""
        ...

    @property
    def near(self) -> Duplicates:
        """Groups of pairs that as a whole are nearly the same (Jaccard coefficient of `shingles` of .5 or more)."""
        ...

    def texts(self, row_ids: RowIds | None = None) -> Iterator[PairTexts]:
        """Texts of all pairs in row order, or of some in the order asked, a batch at a time."""
        ...

    def scores(self, scorer: str, *, side: Side | Literal["prompt"] | None = None) -> NDArray[np.float32]:
        """The first column of one of the finding's `needs`, float32 (n_rows,), NaN where missing; booleans are 0 and 1.

        `side="prompt"`, of "harm" alone, is what the scorer says of all turns before the replies.
        """
        ...

    def measured(self, scorer: str, column: str, *, side: Side | None = None) -> pa.Array:
        """A column of one of the finding's `needs`, in row order. Raises NotFoundError."""
        ...

    def column(self, name: str) -> pa.ChunkedArray:
        """One of the user's columns, in row order. Raises ColumnError."""
        ...

    @property
    def categories(self) -> tuple[str, ...]:
        """The user's columns that tell a few kinds of rows apart."""
        ...

    @property
    def writers(self) -> Writers | None:
        """Who wrote the chosen and the rejected reply of each pair; None where no columns tell it.

        A finding that reads it has `reads_writers = True`, and is looked for again where a card says otherwise.
        """
        ...

    @property
    def shortcuts(self) -> Shortcuts:
        """How far plain traits alone tell the choice; of findings whose `needs` have "preference"."""
        ...

    @property
    def preference(self) -> PreferenceTold:
        """The map's preference model; of findings whose `needs` have "preference". Fitted where there is none."""
        ...

    @property
    def split(self) -> tuple[str, NDArray[np.int64]] | None:
        """The column that says which split a row is in, and each row's split, -1 for none; None without such one."""
        ...


@runtime_checkable
class Finding(Protocol):
    """Something about a pair that its data's owner should know of. Built as `findings.get(name)()`.

    A row in a finding is not thereby wrong: `what` says what it is, and what else it can be. Two further attributes
    may be there. `of_rankings`: title and `what` on maps of rankings, whose best and worst reply stand for the pair.
    `is_exact`, True: the rule compares texts and nothing else, so that every row is what `what` says, judged or not.
    """

    @property
    def key(self) -> str:
        """Names what decides the rows: plugin and version. Another key looks anew."""
        ...

    @property
    def title(self) -> str:
        """A few words, such as "Both replies are harmful"."""
        ...

    @property
    def what(self) -> str:
        """One sentence: what a row in it is, by which rule, and what else it can be."""
        ...

    @property
    def needs(self) -> tuple[str, ...]:
        """Scorers it is made of, as NAME or NAME:ARGUMENT.

        "harm" is whichever the audit was asked to use; "preference" is the map's preference model.
        """
        ...

    def find(self, of: AuditedPairs) -> Found:
        """The rows that are one, and how sure that is of each."""
        ...


@dataclass(frozen=True)
class PairBatch:
    """Pairs of a batch, the chosen reply first.

    Attributes
    ----------
    prompts, chosen, rejected : Arrow large_string arrays
        As plain text; "" where there is none.
    leads : ndarray of int64, shape (n_pairs,)
        By how many votes the second side, as the data gives them, leads; where it does, it is the chosen one. 0 where
        nobody voted, or as many for each: the first side then stands as chosen.
    columns : Arrow table
        Those of the user's columns that the preferrer named.
    """

    prompts: pa.LargeStringArray
    chosen: pa.LargeStringArray
    rejected: pa.LargeStringArray
    leads: RowIds
    columns: pa.Table

    def __len__(self) -> int:
        return len(self.prompts)

    def only(self, is_kept: BoolArray) -> PairBatch:
        """Those pairs alone."""
        mask = pa.array(is_kept)
        prompts, chosen, rejected = (part.filter(mask) for part in (self.prompts, self.chosen, self.rejected))
        return PairBatch(prompts, chosen, rejected, self.leads[is_kept], self.columns.filter(mask))


@dataclass(frozen=True)
class PairOutcomes:
    """Who won each pair, as a model is to learn it.

    Attributes
    ----------
    outcomes : ndarray of int8, shape (n_pairs,)
        1: the chosen reply; -1: the other; 0: neither, or one side is missing: nothing is to be learnt from it.
    folds : ndarray of int64, shape (n_pairs,)
        0 … n_folds - 1; all pairs of a prompt are in one.
    weights : ndarray of float64, shape (n_pairs,)
    """

    outcomes: Any
    folds: Any
    weights: Any


class PairsToPrefer(Protocol):
    """What a preferrer sees of a map of pairs."""

    @property
    def n_pairs(self) -> int:
        """Number of pairs."""
        ...

    @property
    def threads(self) -> int | None:
        """How many threads to use; None for all cores."""
        ...

    def batches(self) -> Iterator[PairBatch]:
        """All pairs in order, a batch at a time; may be asked for again."""
        ...

    @property
    def features(self) -> PairFeatures:
        """What the replies of each pair differ in: `portolan.core.pair_features`."""
        ...

    @property
    def kinds(self) -> NDArray[np.float32] | None:
        """Indicators of where each pair comes from, (n_pairs, n_kinds): `portolan.core.pair_design.kinds_of`."""
        ...

    def new_folder(self, name: str) -> Path:
        """A folder for what a costly model has learnt so far; removed when the fit is done."""
        ...


@runtime_checkable
class Preferrer(Protocol):
    """Says of each pair how surely the chosen reply is the better one: a `LearntPreferrer` or a `ScoringPreferrer`.

    Built as `preferrers.get(name)(argument, threads=None)`; `argument` is what follows the colon of
    `--model NAME:ARGUMENT`, or None. Building is cheap.
    """

    def __init__(self, argument: str | None = None, *, threads: int | None = None) -> None: ...

    @property
    def key(self) -> str:
        """Names everything that decides the margins: plugin, its version, model, parameters."""
        ...

    @property
    def card(self) -> Card:
        """What it is, by which method, and how good it is."""
        ...

    @property
    def is_costly(self) -> bool:
        """True where it takes long or costs money: what is finished is kept, so that a killed run continues."""
        ...


class LearntPairs(Protocol):
    """A map's pairs, read by a `LearntPreferrer`, ready to be fitted."""

    def cross_fit(self, of: PairOutcomes, *, report: Report = silent) -> FloatArray:
        """Margins of the chosen replies, float64, shape (n_pairs,), each by a model that left the pair's fold out.

        Higher: more surely better; where the sides of a pair are swapped the sign changes. They need not be logits.
        """
        ...

    def refit(self, versions: Any, of: PairOutcomes, *, report: Report = silent) -> FloatArray | None:
        """Margins for other versions of the outcomes, both (n_pairs, n_versions); None where that would take too long.

        `cross_fit` has been called before, with the same folds.
        """
        ...


@runtime_checkable
class LearntPreferrer(Preferrer, Protocol):
    """Learns from the map's own pairs. The frame sees to it that no model judges a pair whose prompt it has seen."""

    def read(self, pairs: PairsToPrefer, *, report: Report = silent) -> LearntPairs:
        """Read all pairs, whoever won them."""
        ...


@dataclass(frozen=True)
class Preferences:
    """What a `ScoringPreferrer` says of some pairs.

    Attributes
    ----------
    margins : ndarray of float64, shape (n_pairs,) or (n_pairs, n_judges)
        How far the chosen reply is ahead; NaN where it cannot tell. They need not be logits: of several judges each is
        calibrated by itself, then their mean is taken, and their standard deviation told.
    """

    margins: FloatArray


@runtime_checkable
class ScoringPreferrer(Preferrer, Protocol):
    """Judges replies as it is, and learns nothing from the map. Its margins are calibrated, logits or not.

    Where `estimate(n_pairs, n_chars) -> str` is there too, its line is told before the work begins; where `unread` (a
    str) is, it is the fix that is told when next to nothing of what it said are numbers.
    """

    @property
    def columns(self) -> tuple[str, ...]:
        """Those of the user's columns that it reads."""
        ...

    def prefer(self, pairs: PairBatch) -> Preferences:
        """What it says of each pair, in order; a pair's margin depends on the pair alone. No side is blank."""
        ...


loaders: Registry[Loader] = Registry("loader", "portolan.loaders")
embedders: Registry[Embedder] = Registry("embedder", "portolan.embedders")
namers: Registry[Namer] = Registry("namer", "portolan.namers")
scorers: Registry[Scorer] = Registry("scorer", "portolan.scorers")
findings: Registry[Finding] = Registry("finding", "portolan.findings")
preferrers: Registry[Preferrer] = Registry("preference model", "portolan.preferrers")
