"""A map of pairs as findings see it: facts, texts, shingles and scores, each read or measured when first asked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import cached_property
from threading import RLock
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from portolan.auditing.choices import HARM, PREFERENCE, STAGE, chosen_scorer, scorer_key
from portolan.auditing.writers import writers_of
from portolan.core.groups import Duplicates
from portolan.core.leakage import may_be_split, split_codes, split_column
from portolan.core.near_duplicates import near_duplicates
from portolan.core.pair_facts import PairFacts, PairTexts
from portolan.core.pairs import text_columns
from portolan.core.scored import ScoredTexts
from portolan.core.shingles import ShingleSets, shingle_sets
from portolan.core.shortcuts_told import Shortcuts
from portolan.core.writers import Writers
from portolan.errors import InputError, NotFoundError
from portolan.options import plugin_name
from portolan.pairs import pair_facts, pair_texts
from portolan.plugins import TextScorer, scorers
from portolan.preferring import Preference, fit_preference, present_preference
from portolan.scoring import BATCH_TEXTS, COSTLY_TEXTS, ScoreNote, score
from portolan.stages.measured import read_measured
from portolan.stages.run import Tell, tell_nobody
from portolan.stages.scored import score_texts
from portolan.store import Store
from portolan.types import Progress, Report, Roles, RowIds, Side, silent

MOST_JUDGED = 10.0
"""What a judge gives at most: its scores are brought to 0 to 1."""


class MapPairs:
    """The pairs of a map: `portolan.plugins.AuditedPairs`."""

    def __init__(
        self,
        store: Store,
        roles: Roles,
        *,
        harm: str | None = None,
        threads: int | None = None,
        report: Report = silent,
        tell: Tell = tell_nobody,
        shortcuts: Callable[[Preference], Shortcuts] | None = None,
    ) -> None:
        self._shortcuts = shortcuts
        self._store, self._roles, self._harm, self._report, self._tell = store, roles, harm, report, tell
        self.threads = threads
        self._notes: dict[str, ScoreNote] = {}
        self._reading = RLock()
        self._facts: PairFacts | None = None
        self.seconds: dict[str, float] = {}

    @property
    def n_rows(self) -> int:
        """Number of pairs."""
        return self._store.n_rows

    @property
    def kind(self) -> Literal["pair", "ranking"]:
        """What a row is."""
        return self._roles.noun

    @property
    def facts(self) -> PairFacts:
        """What can be said of each pair without any model."""
        # Findings of both threads ask for it.
        with self._reading:
            if self._facts is None:
                with self._timed("facts"):
                    self._facts = pair_facts(self._store, self._roles, threads=self.threads, report=self._report)
            return self._facts

    @cached_property
    def shingles(self) -> ShingleSets:
        """Words, and pairs of neighbouring words, of each pair as a whole: its prompt, then both replies."""
        with self._timed("shingles"):
            space = pa.scalar("\n\n", pa.large_string())
            whole = (
                pc.binary_join_element_wise(batch.prompts, batch.chosen, batch.rejected, space)
                for batch in self.texts()
            )
            return shingle_sets(whole, n_rows=self.n_rows, threads=self.threads, report=self._report)

    @cached_property
    def near(self) -> Duplicates:
        """Groups of pairs that as a whole are nearly the same."""
        sets = self.shingles
        with self._timed("near pairs"):
            return near_duplicates(sets, threads=self.threads, report=self._report)

    def texts(self, row_ids: RowIds | None = None) -> Iterator[PairTexts]:
        """Texts of all pairs in row order, or of some in the order asked, a batch at a time."""
        return pair_texts(self._store, self._roles, row_ids)

    @cached_property
    def preference(self) -> Preference:
        """The map's preference model; the default is fitted where there is none that is current."""
        found = present_preference(self._store)
        if found is not None and found.is_current:
            return found
        with self._timed(PREFERENCE):
            return fit_preference(self._store, threads=self.threads, report=self._report, tell=self._tell)

    @cached_property
    def shortcuts(self) -> Shortcuts:
        """How far plain traits alone tell the choice."""
        if self._shortcuts is None:
            raise InputError("Nobody told what the rows' topics are.", fix="Ask the map: m.shortcuts.")
        preference = self.preference
        with self._timed("shortcuts"):
            return self._shortcuts(preference)

    def choice(self, need: str) -> str:
        """The scorer, or the preference model, that stands for a need."""
        return self.preference.name if need == PREFERENCE else chosen_scorer(self._store, need, harm=self._harm)

    def key_of(self, need: str) -> str:
        """Names what decides what stands for a need. Raises InputError where a preference model cannot be fitted."""
        return self.preference.key if need == PREFERENCE else scorer_key(self._store, self.choice(need))

    def scores(self, scorer: str, *, side: Side | str | None = None) -> NDArray[np.float32]:
        """A scorer's first column, float32 (n_rows,), NaN where missing; booleans are 0 and 1."""
        if side == "prompt":
            if scorer != HARM:
                raise InputError(f"'{scorer}' is not told of prompts.", fix="Of prompts there is harm alone.")
            return self.prompt_harm
        note = self._note(scorer)
        values = self._numbers(read_measured(self._store, _column_in(note, note.columns[0]["name"], side)))
        return self._as_chance(scorer, values)

    def measured(self, scorer: str, column: str, *, side: Side | None = None) -> pa.Array:
        """A column that a scorer left, in row order."""
        return read_measured(self._store, _column_in(self._note(scorer), column, side))

    @cached_property
    def prompt_harm(self) -> NDArray[np.float32]:
        """Harm of all that was said before the replies, by itself: float32 (n_rows,), NaN without a prompt."""
        name, argument = plugin_name(self.choice(HARM))
        scorer = scorers.get(name)(argument, threads=self.threads)
        assert isinstance(scorer, TextScorer)
        with self._timed("harm of prompts"):
            tables = list(self._scored_prompts(scorer))
        first = scorer.columns[0].name
        values = pa.concat_tables(tables).column(first).combine_chunks() if tables else pa.array([], pa.float32())
        return self._as_chance(HARM, self._numbers(values))

    @property
    def knows_prompt_harm(self) -> bool:
        """Whether somebody asked for `prompt_harm`."""
        return "prompt_harm" in self.__dict__

    @cached_property
    def writers(self) -> Writers | None:
        """Who wrote the chosen and the rejected reply; None where no columns tell it."""
        return writers_of(self._store)

    @property
    def categories(self) -> tuple[str, ...]:
        """The user's columns that tell a few kinds of rows apart."""
        return self._roles.categories

    @cached_property
    def split(self) -> tuple[str, NDArray[np.int64]] | None:
        """The column that says which split a row is in, and each row's split; None without such a column."""
        texts = set(text_columns(self._roles))
        names = [name for name in self._store.schema.names if name not in texts]
        values = {name: may_be_split(self.column(name)) for name in names}
        found = split_column({name: some for name, some in values.items() if some is not None})
        return None if found is None else (found, split_codes(self.column(found))[0])

    def column(self, name: str) -> pa.ChunkedArray:
        """One of the user's columns, in row order. Raises ColumnError."""
        return self._store.read_rows(columns=[name]).column(name)

    def _note(self, need: str) -> ScoreNote:
        """What a scorer left; runs it where that is not there, or no longer current."""
        if need not in self._notes:
            choice = self.choice(need)
            with self._timed(choice):
                self._notes[need] = score(
                    self._store, choice, threads=self.threads, report=self._report, tell=self._tell
                )
        return self._notes[need]

    def _scored_prompts(self, scorer: TextScorer) -> Iterator[pa.Table]:
        """What the scorer says of the prompts, a batch at a time; finished batches of a costly one are kept."""
        size = COSTLY_TEXTS if scorer.is_costly else BATCH_TEXTS
        key = f"{self._store.manifest.stages['load'].key}:{scorer.key}"
        number = done = 0
        for batch in self.texts():
            for at in range(0, len(batch), size):
                asked = batch.prompts.slice(at, size)
                kept = self._store.read_chunk_table(STAGE, key=key, number=number) if scorer.is_costly else None
                if kept is None:
                    kept = score_texts(scorer, _plain(asked))
                    if scorer.is_costly:
                        self._store.write_chunk_table(STAGE, key=key, number=number, table=kept)
                yield kept
                number, done = number + 1, done + len(asked)
                self._report(Progress("score", done, self.n_rows, note="harm of prompts"))

    def _as_chance(self, need: str, values: NDArray[np.float32]) -> NDArray[np.float32]:
        if need != HARM:
            return values
        if plugin_name(self.choice(HARM))[0] == "judge":
            values = values / np.float32(MOST_JUDGED)
        most = float(values[~np.isnan(values)].max(initial=0))
        if most > 1:
            raise InputError(
                f"'{self.choice(HARM)}' gives up to {most:g}: that is no chance of harm.",
                fix="Name a scorer whose score is a chance, 0 to 1, or a judge: --harm harm.",
            )
        return values

    @staticmethod
    def _numbers(values: pa.Array) -> NDArray[np.float32]:
        if pa.types.is_boolean(values.type):
            values = values.cast(pa.int8())
        found: NDArray[np.float32] = values.cast(pa.float32()).to_numpy(zero_copy_only=False)
        return found

    def _timed(self, what: str) -> _Timed:
        return _Timed(self.seconds, what)


class _Timed:
    """Notes how long a block took."""

    def __init__(self, seconds: dict[str, float], what: str) -> None:
        self._seconds, self._what = seconds, what

    def __enter__(self) -> None:
        self._started = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._seconds[self._what] = round(time.perf_counter() - self._started, 2)


def _column_in(note: ScoreNote, column: str, side: str | None) -> str:
    """What a scorer's column is called in this map, of a side."""
    for one in note.columns:
        name = str(one["name"])
        plain = name.removesuffix(f"_{side}") if side else name
        if one["side"] == side and plain.removeprefix("measured_") == column.removeprefix("measured_"):
            return name
    raise NotFoundError(f"'{note.name}' left no '{column}'" + (f" of the {side} side." if side else "."))


def _plain(texts: pa.LargeStringArray) -> ScoredTexts:
    """Texts by themselves: nothing stands before them."""
    nothing = pa.array([""] * len(texts), pa.large_string())
    return ScoredTexts(texts, nothing, lambda: np.ones(len(texts), np.int32))
