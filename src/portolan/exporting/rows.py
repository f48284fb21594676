"""One pass over the rows of a map: written, and counted for the card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from portolan.core.changing import Changer
from portolan.core.data_card import Card, Line, ValueCounts
from portolan.core.decisions import rule_of
from portolan.core.recipe import DECISIONS
from portolan.core.row_json import changed_line
from portolan.core.standing import Standing, decision_of, edit_of, recipe_of
from portolan.exporting.apply import Part, applied
from portolan.exporting.formats import TABLE_WRITERS
from portolan.exporting.lines import LinesWriter
from portolan.exporting.origin import Origin
from portolan.exporting.schema import schema_out
from portolan.exporting.side_files import Changes, RemovedRows
from portolan.store import Store
from portolan.types import Progress, Report

if TYPE_CHECKING:
    from portolan.map import Map


class Pass:
    """One pass over the rows: writes them, and counts what the card tells."""

    def __init__(
        self,
        store: Store,
        standing: Standing,
        changer: Changer,
        origin: Origin,
        form: str,
        *,
        categories: Sequence[str],
    ) -> None:
        self.store, self.standing, self.changer, self.origin, self.form = store, standing, changer, origin, form
        self.schema = schema_out(store.schema, origin.schema())
        self.has_lines = form.startswith(".jsonl") and origin.has_lines
        self.counts = [ValueCounts(name) for name in categories]
        decisions = [decision_of(event) for event in standing.events]
        self._is = {name: np.array([one == name for one in decisions] + [False], np.bool_) for name in DECISIONS}
        self._names = dict(zip(store.schema.names, self.schema.names, strict=True))

    @property
    def equality(self) -> str:
        """What is equal to the source, in a sentence."""
        if self.has_lines:
            return "rows without a change are the source's own lines, byte for byte"
        why = f" ({self.origin.why_not})" if self.form.startswith(".jsonl") else ""
        return f"rows without a change are equal to the source's by value, not by bytes{why}"

    def write(self, path: Path, sides: dict[str, Path], report: Report) -> tuple[int, int]:
        """Write all rows; how many are left, and how many of them changed."""
        writer: Any = (
            LinesWriter(path, is_packed=self.form.endswith(".gz"))
            if self.form.startswith(".jsonl")
            else TABLE_WRITERS[self.form](path, self.schema)
        )
        removed = RemovedRows(sides[".removed.parquet"], self.store.schema, self.standing)
        changes = Changes(sides[".changes.jsonl"], self.changer, self.standing)
        lines = self.origin.lines() if self.has_lines else iter(())
        n_seen = n_rows = 0
        for part in applied(self.store, self.standing, self.changer):
            if self.has_lines:
                writer.write_lines(self._lines(part, lines))
            else:
                writer.write(self._as_given(part))
            removed.write(part)
            changes.write(part)
            self._count(part)
            n_seen += len(part.row_ids)
            n_rows += int(np.count_nonzero(part.is_kept))
            report(Progress("export", n_seen, self.store.n_rows))
        for one in (writer, removed, changes):
            one.close()
        return n_rows, changes.n_changed

    def _lines(self, part: Part, lines: Iterator[bytes]) -> Iterator[bytes]:
        is_flipped = self._is["flip"][part.owners]
        for place, line in enumerate(islice(lines, len(part.row_ids))):
            if part.is_touched[place]:
                event = self.standing.events[part.owners[place]]
                yield changed_line(
                    line, self.changer, names=self._names, is_flipped=bool(is_flipped[place]), edit=edit_of(event)
                )
            elif part.is_kept[place]:
                yield line

    def _as_given(self, part: Part) -> pa.RecordBatch:
        """The rows that are left, in the source's own names and types."""
        kept = part.result if part.is_kept.all() else part.result.filter(pa.array(part.is_kept))
        columns = [
            column if column.type == field.type else column.cast(field.type)
            for column, field in zip(kept.columns, self.schema, strict=True)
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def _count(self, part: Part) -> None:
        by_decision = {name: is_it[part.owners] for name, is_it in self._is.items()}
        for counts in self.counts:
            given, result = part.given.column(counts.name), part.result.column(counts.name)
            counts.add(given, result, is_kept=part.is_kept, by_decision=by_decision)

    def card(self, of: Map, n_rows: int, files: dict[str, str]) -> Card:
        """What the card tells of this export."""
        info = self.store.manifest.stages["load"].info
        n_of = np.bincount(self.standing.owners + 1, minlength=len(self.standing.events) + 1)[1:].tolist()
        lines = [
            Line(
                decision_of(event), n, event.reason, event.author, event.time, event.id, rule_of(event),
                recipe_of(event).get("where", ""),
            )
            for event, n in zip(self.standing.events, n_of, strict=True)
        ]  # fmt: skip
        made_with = {name: of.info()["versions"].get(name, "?") for name in ("portolan", "pyarrow")}
        return Card(
            name=of.name, description=of.description, n_before=self.store.n_rows, n_after=n_rows,
            decided=self.standing.counts(), lines=lines, counts=self.counts, flipped=self.changer.flipped_columns,
            source=str(info.get("source", "")), data_hash=str(info.get("data_hash", "")), files=files,
            equality=self.equality, versions=made_with,
            broken_lines=int(info.get("broken_lines", 0)),
            n_contradicted=self.store.judged.n_contradicted,
            schema=[(field.name, str(field.type)) for field in self.schema],
        )  # fmt: skip
