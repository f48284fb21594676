"""What a column holds, judged by a sample: text, category, number, time, id."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from portolan.types import FloatArray

_TIME_NAME = re.compile(
    r"(?i)(^|_)(time|date|when|day|timestamp|ts|created|updated|published|posted|seen|datetime|year|month|at|utc)(_|$)"
)
_ID_NAME = re.compile(r"(?i)^(.*[_-])?(id|uuid|guid|key|idx|index|hash|rowid)$|^id[_-]|Id$")
_ISO = r"^\d{4}-\d{2}(-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?)? ?(Z|UTC|[+-]\d{2}:?\d{2})?)?$"
_SLASHED = r"^\d{4}/\d{2}/\d{2}$"
_COMPACT = r"^(19|20)\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])$"
_YEAR = r"^(19|20)\d{2}$"
_EPOCH_UNITS = ((1.0, "s"), (1e3, "ms"), (1e6, "us"), (1e9, "ns"))
_EPOCH_RANGE = (3e8, 4.2e9)  # 1979 to 2103, in seconds


@dataclass(frozen=True)
class ColumnFacts:
    """What a sample tells about a column. Lengths are in characters; shares are of the values that are not null."""

    name: str
    type: pa.DataType
    n_values: int
    n_distinct: int
    mean_length: float
    share_with_space: float

    @property
    def is_text(self) -> bool:
        """Whether cells are strings."""
        return bool(pt.is_string(self.type) or pt.is_large_string(self.type))

    @property
    def is_unique(self) -> bool:
        """Whether no value repeats in the sample."""
        return self.n_values > 0 and self.n_distinct == self.n_values


def facts_of(table: pa.Table) -> list[ColumnFacts]:
    """Facts of each column of a sample, in order."""
    return [_facts(name, table.column(name).combine_chunks()) for name in table.column_names]


def _facts(name: str, column: pa.Array) -> ColumnFacts:
    values = pc.drop_null(column)
    is_text = pt.is_string(values.type) or pt.is_large_string(values.type)
    if pt.is_list(values.type) and pt.is_string(values.type.value_type):
        tags = values.flatten()  # a list of tags counts by its tags
        n_distinct = pc.count_distinct(tags).as_py()
        return ColumnFacts(name, values.type, len(tags), n_distinct, 0.0, _share_with_space(tags))
    if pt.is_nested(values.type) or pt.is_null(values.type):
        return ColumnFacts(name, values.type, len(values), 0, 0.0, 0.0)
    if is_text:
        values = values.filter(pc.not_equal(values, ""))
    n_distinct = pc.count_distinct(values).as_py()
    if not is_text or not len(values):
        return ColumnFacts(name, values.type, len(values), n_distinct, 0.0, 0.0)
    length = float(pc.mean(pc.utf8_length(values)).as_py())
    return ColumnFacts(name, values.type, len(values), n_distinct, length, _share_with_space(values))


def _share_with_space(texts: pa.Array) -> float:
    return float(pc.mean(pc.cast(pc.match_substring(texts, " "), pa.int8())).as_py() or 0.0)


def is_id(facts: ColumnFacts) -> bool:
    """Whether a column names rows: an id's name, one value a row, no sentences."""
    is_token = pt.is_integer(facts.type) or (facts.is_text and facts.share_with_space < 0.1 and facts.mean_length < 100)
    return bool(_ID_NAME.search(facts.name)) and facts.is_unique and is_token


def is_time(facts: ColumnFacts, column: pa.ChunkedArray) -> bool:
    """Whether a column tells when: a time type, dates as text, or epochs and dates as numbers under a time's name."""
    if pt.is_timestamp(facts.type) or pt.is_date(facts.type):
        return True
    named = bool(_TIME_NAME.search(facts.name) or facts.name.lower().endswith(("time", "date")))
    if facts.is_text and 4 <= facts.mean_length <= 35 and facts.n_values:
        patterns = (_ISO, _SLASHED, *((_COMPACT, _YEAR) if named else ()))
        values = pc.drop_null(column)
        values = values.filter(pc.not_equal(values, ""))
        return any(pc.mean(pc.cast(pc.match_substring_regex(values, p), pa.int8())).as_py() > 0.95 for p in patterns)
    if named and (pt.is_integer(facts.type) or pt.is_floating(facts.type)) and facts.n_values:
        return bool(np.isfinite(seconds_of(column)).mean() > 0.95 * facts.n_values / len(column))
    return False


def seconds_of(column: pa.Array | pa.ChunkedArray) -> FloatArray:
    """Seconds since 1970 (UTC) of a time column, shape (n_rows,); NaN where there is no time.

    Reads time types, ISO dates and times, dates as 20220131 or 2022/01/31, years, and epochs in s, ms, us or ns.
    """
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    kind = column.type
    if pt.is_date(kind) or pt.is_timestamp(kind):
        stamps = pc.cast(pc.cast(column, pa.timestamp("us", tz=getattr(kind, "tz", None)), safe=False), pa.int64())
        return _floats(stamps) / 1e6
    if pt.is_integer(kind) or pt.is_floating(kind):
        return _seconds_of_numbers(_floats(column))
    encoded = column.cast(pa.large_string()).dictionary_encode()
    # The last place is where -1 looks.
    parsed = np.array([*map(_seconds_of_text, encoded.dictionary.to_pylist()), np.nan])
    seconds: FloatArray = parsed[pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)]
    return seconds


def _floats(column: pa.Array) -> FloatArray:
    values: FloatArray = pc.cast(column, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return values


def _seconds_of_numbers(values: FloatArray) -> FloatArray:
    seconds = np.full(len(values), np.nan)
    with np.errstate(invalid="ignore"):
        for scale, _unit in _EPOCH_UNITS:
            fits = (values / scale >= _EPOCH_RANGE[0]) & (values / scale <= _EPOCH_RANGE[1])
            seconds[fits] = values[fits] / scale
        for low, high in ((19000101, 21001231), (1900, 2100)):
            dates = (values >= low) & (values <= high)
            seconds[dates] = [_seconds_of_text(str(int(value))) for value in values[dates]]
    return seconds


def _seconds_of_text(value: Any) -> float:
    from datetime import UTC, datetime

    text = str(value or "").strip().replace("/", "-").replace(" UTC", "+00:00").replace(",", ".")
    if re.match(_YEAR, text):
        text += "-01-01"
    elif re.match(r"^\d{4}-\d{2}$", text):
        text += "-01"
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return float("nan")


def is_category(facts: ColumnFacts) -> bool:
    """Whether a column sorts rows into few groups: booleans, tags, few distinct short strings or small classes."""
    if pt.is_boolean(facts.type):
        return True
    most = max(12, facts.n_values // 8)
    repeats = 1 <= facts.n_distinct <= most and facts.n_distinct <= max(2, 0.7 * facts.n_values)
    if pt.is_list(facts.type):
        return repeats and bool(pt.is_string(facts.type.value_type))
    if facts.is_text:
        return repeats and facts.mean_length <= 60
    return bool(pt.is_integer(facts.type)) and 2 <= facts.n_distinct <= 12 and facts.n_values >= 30


def is_number(facts: ColumnFacts) -> bool:
    """Whether a column holds numbers of which there is more than one."""
    return bool(pt.is_integer(facts.type) or pt.is_floating(facts.type) or pt.is_decimal(facts.type)) and (
        facts.n_distinct > 1
    )
