"""What a map is, told to an agent: its columns with their values, its layers, and how its filters are written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from portolan.agents.texts import cleaned
from portolan.core.answers import jsonable
from portolan.core.tags import counts_by_tag
from portolan.describing import roles_of_columns
from portolan.errors import NotFoundError
from portolan.filtering import Clause
from portolan.map import Map

MOST_VALUES = 20

GRAMMAR = """\
A filter is the condition of an SQL WHERE over one row: comparisons, IN, BETWEEN, LIKE, ILIKE, IS NULL, AND, OR, NOT,
parentheses, and DuckDB's functions of one row. Texts stand in single quotes; a column whose name has a space or a
capital that matters in double quotes. Columns: those of the map, row_id, cluster_0 (the finest layer), cluster_1 …
Beside SQL:
  text('bank "credit card" -river')     every word and phrase, and nothing after a minus
  near('robbing a bank', 0.5)           meaning: cosine similarity at least 0.5; near(17, 0.7): to that of row 17
  in_area('LAYOUT', 'x y, x y, x y')    the row's point lies in the polygon, in map units
  time(COLUMN)                          a column that tells when, as a TIMESTAMP: time(day) >= DATE '2024-01-01'
A missing value is neither equal nor unequal to anything."""


def describe(of: Map) -> dict[str, Any]:
    """Name, rows, columns, layers, quality, and the grammar of filters with examples of this map's own."""
    return {
        "name": of.name,
        "description": of.description,
        "rows": of.n_rows,
        "kind": of.roles.kind,
        "parts": of.roles_text,
        "columns": _columns(of),
        "layers": [{"layer": layer, "clusters": count} for layer, count in of.layers],
        "layout": of.layout_id,
        "layouts": [{name: cleaned(note[name]) for name in ("name", "by", "embedder")} for note in of.layout_notes()],
        "saved_views": [
            {"name": view.name, "where": view.where, "link": f"#{view.link.lstrip('#')}"} for view in of.views
        ],
        "quality": jsonable(of.quality),
        "is_finished": of.is_finished,
        "filters": {"grammar": GRAMMAR, "examples": _examples(of)},
    }


def count_values(of: Map, name: str, *, where: str | None, limit: int) -> dict[str, Any]:
    """Rows of each value of a column (of a number or time: in each of 32 equal ranges) that meet a filter.

    Raises
    ------
    NotFoundError
        The column's values are not counted: it is a text, or has too many different ones.
    ExpressionError
        The filter cannot be understood.
    """
    column = of.filterer.memory.named(name)
    if column is None:
        names = ", ".join(column["name"] for column in of.filterer.memory.columns) or "none yet"
        raise NotFoundError(
            f"The values of {name!r} are not counted.", fix=f"Counted are: {names}. For texts use search or a filter."
        )
    clauses = [Clause("asked", where)] if where else []
    sift = of.filterer.sift(clauses, facets=[column["slug"]])
    counts = sift.counts[column["slug"]]
    is_range = column["kind"] in ("number", "time")
    known = _ranges(column, counts) if is_range else _values(of, column, counts)
    named = known if is_range else known[:limit]
    return {
        "column": name,
        "kind": column["kind"],
        "rows": sift.n_shown,
        "counts": named,
        "missing": int(counts[-1]),
        "values_left_out": len(known) - len(named),
    }


def _values(of: Map, column: dict[str, Any], counts: np.ndarray) -> list[dict[str, Any]]:
    if column.get("is_list"):
        by_tag = counts_by_tag(column, counts[:-1].tolist())
        return [{"value": cleaned(tag), "rows": count} for tag, count in by_tag.items() if count]
    order = np.argsort(-counts[:-1], kind="stable")
    codes = [int(code) for code in order if counts[code] > 0]
    if column["kind"] == "cluster":
        names = {
            line["cluster_id"]: line["name"]
            for line in of.clusters_table().to_pylist()
            if line["layer"] == column["layer"]
        }
        return [{"value": code, "name": cleaned(names.get(code, "")), "rows": int(counts[code])} for code in codes]
    return [{"value": cleaned(column["values"][code][0]), "rows": int(counts[code])} for code in codes]


def _ranges(column: dict[str, Any], counts: np.ndarray) -> list[dict[str, Any]]:
    """Ranges that have rows; each but the last without its upper end."""
    edges = np.linspace(column["min"], column["max"], len(counts))
    return [
        {"from": _edge(column, edges[at]), "to": _edge(column, edges[at + 1]), "rows": int(count)}
        for at, count in enumerate(counts[:-1])
        if count
    ]


def _edge(column: dict[str, Any], value: float) -> float | str:
    if column["kind"] == "time":
        return datetime.fromtimestamp(float(value), UTC).isoformat(timespec="seconds")
    return float(f"{value:.6g}")


def _columns(of: Map) -> list[dict[str, Any]]:
    roles = roles_of_columns(of.roles)
    told = []
    told_by_scorers = {column["name"]: column["what"] for note in of.scores for column in note.columns}
    for name, kind in [*of.columns, *of.further_columns]:
        entry: dict[str, Any] = {"name": name, "type": kind, "part": roles.get(name)}
        if name in told_by_scorers:
            entry["what"] = told_by_scorers[name]
        column = of.filterer.memory.named(name)
        if column is not None:
            entry |= {"kind": column["kind"], **_extent(of, column)}
        told.append(entry)
    return told


def _extent(of: Map, column: dict[str, Any]) -> dict[str, Any]:
    if column["kind"] in ("number", "time"):
        return {"min": _edge(column, column["min"]), "max": _edge(column, column["max"])}
    if "values" not in column:
        return {}
    counted = count_values(of, column["name"], where=None, limit=MOST_VALUES)
    return {"values": counted["counts"], "missing": counted["missing"], "values_left_out": counted["values_left_out"]}


def _examples(of: Map) -> list[str]:
    """Filters that this map answers."""
    examples = []
    for column in of.filterer.memory.columns:
        name = column["name"] if column["name"].isidentifier() else '"' + column["name"].replace('"', '""') + '"'
        if column.get("is_list"):
            for tag in list(counts_by_tag(column, [count for _, count in column["values"]]))[:1]:
                examples.append(f"list_contains({name}, '{tag.replace(chr(39), chr(39) * 2)}')")
        elif column["kind"] == "category" and column["values"]:
            examples.append(f"{name} = '{str(column['values'][0][0]).replace(chr(39), chr(39) * 2)}'")
        elif column["kind"] == "number":
            examples.append(f"{name} >= {_edge(column, (column['min'] + column['max']) / 2)}")
        elif column["kind"] == "time":
            examples.append(f"time({name}) >= DATE '{str(_edge(column, column['min']))[:10]}'")
    layers = [f"cluster_{layer} IN (0, 1)" for layer, _ in of.layers[-1:]]
    return [*[cleaned(example) for example in examples[:4]], *layers, "text('\"exact phrase\" word -without')"]
