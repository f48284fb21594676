"""What lies beside an export: the rows that were removed, and what was changed in others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from portolan.core.changing import Changer
from portolan.core.decisions import rule_of
from portolan.core.plain_json import plain_json
from portolan.core.recipe import edited_columns
from portolan.core.standing import Standing, decision_of, edit_of
from portolan.exporting.apply import Part
from portolan.exporting.formats import ParquetWriter

WHY = (("reason", pa.string()), ("by", pa.string()), ("at", pa.string()), ("event", pa.int64()), ("rule", pa.string()))


class RemovedRows:
    """Every dropped row whole, with its row_id and removed_reason, _by, _at, _event, _rule."""

    def __init__(self, path: Path, schema: pa.Schema, standing: Standing) -> None:
        taken = set(schema.names)
        fields = [pa.field(_free(f"removed_{name}", taken), kind) for name, kind in WHY]
        self._schema = pa.schema([pa.field(_free("row_id", taken), pa.int64()), *schema, *fields])
        self._writer = ParquetWriter(path, self._schema)
        told = [_told(standing, place) for place in range(len(standing.events))]
        self._why = [pa.array([one[name] for one in told], kind) for name, kind in WHY]

    def write(self, part: Part) -> None:
        """Write those rows of a part that are dropped."""
        places = pa.array(np.flatnonzero(~part.is_kept))
        if not len(places):
            return
        owners = pa.array(part.owners[~part.is_kept])
        columns = [pa.array(part.row_ids[~part.is_kept]), *(column.take(places) for column in part.given.columns)]
        why = [column.take(owners) for column in self._why]
        self._writer.write(pa.RecordBatch.from_arrays([*columns, *why], schema=self._schema))

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()


class Changes:
    """A line for each changed row: the decision, and each changed column before and after; of a flip only which."""

    def __init__(self, path: Path, changer: Changer, standing: Standing) -> None:
        self._file = path.open("w", encoding="utf-8", errors="replace", newline="\n")
        self._changer = changer
        self._standing = standing
        self._told = [_told(standing, place) for place in range(len(standing.events))]
        self.n_changed = 0

    def write(self, part: Part) -> None:
        """Write what changed in the rows of a part. A row that is as before is not listed."""
        for owner in np.unique(part.owners[part.is_touched]).tolist():
            places = np.flatnonzero(part.owners == owner)
            event = self._standing.events[owner]
            is_flip = decision_of(event) == "flip"
            names = self._changer.flipped_columns if is_flip else edited_columns(edit_of(event))
            rows = pa.array(places)
            before, after = (side.select(names).take(rows).to_pylist() for side in (part.given, part.result))
            for place, old, new in zip(places.tolist(), before, after, strict=True):
                if old != new:
                    what = {"flipped": names} if is_flip else {"before": old, "after": new}
                    self._line({"row_id": int(part.row_ids[place]), **self._told[owner], **what})

    def _line(self, line: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(plain_json(line), ensure_ascii=False) + "\n")
        self.n_changed += 1

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


def _told(standing: Standing, place: int) -> dict[str, Any]:
    event = standing.events[place]
    told = {"reason": event.reason, "by": event.author, "at": event.time, "event": event.id, "rule": rule_of(event)}
    return {"decision": decision_of(event), **told}


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name = f"_{name}"
    return name
