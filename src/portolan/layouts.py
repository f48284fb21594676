"""Further layouts of a map's rows: by another side of the pairs, or by another embedder; each beside the map's own.

A further layout is a map of its own in the folder `layouts/` of the map: its vectors, neighbours, points, clusters and
tiles, made by the same stages under the same promises. Its rows and their words are the map's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from portolan.core.compare import Shares
from portolan.core.comparison import Comparison, clusters_kept
from portolan.core.pairs import check_layout
from portolan.core.parallel import one_blas_thread
from portolan.errors import InputError, NotFoundError
from portolan.home import slug
from portolan.options import MapOptions, plugin_name
from portolan.plugins import embedders
from portolan.stages.cluster import cluster, name_clusters
from portolan.stages.compare import compare, compare_stage, compared_columns, kept_column, keys_of
from portolan.stages.edit import MAIN
from portolan.stages.embed import embed
from portolan.stages.layout import layout, neighbors, quality
from portolan.stages.made_by import made_by
from portolan.stages.measured import fit_measured
from portolan.stages.run import Run, Tell, tell_nobody
from portolan.stages.tile import tile_columns, tile_points
from portolan.store import Store
from portolan.types import ClusterIds, Layout, Report, Roles, silent

_NAME = re.compile(r"[\w-]{1,40}")
_NEEDED = ("neighbors", "tile-clusters", "index")


def add_layout(
    store: Store,
    by: Layout,
    *,
    embedder: str | None = None,
    name: str | None = None,
    threads: int | None = None,
    report: Report = silent,
    tell: Tell = tell_nobody,
) -> str:
    """Make a further layout of the map's rows, or go on with one, and compare it with the map's own; returns its name.

    Parameters
    ----------
    by : {"chosen", "prompt", "rejected", "difference"}
        What pairs are laid out by.
    embedder : str, optional
        NAME or NAME:ARGUMENT; by default the map's.
    name : str, optional
        What the layout is called; by default `by`, with the embedder's name where that is another one.

    Raises
    ------
    InputError
        The map is not finished, the layout is the map's own, or its name cannot be one.
    ColumnError
        The rows cannot be laid out like that.
    MapLockedError
        Another process is writing this map.
    """
    main = _options(store, threads)
    options = replace(main, layout=by, embedder=embedder or main.embedder)
    _check(store, main, options)
    name = _checked_name(store, name or _default_name(main, options))
    with store.writing():
        facts = {
            "name": name,
            "description": str(store.manifest.facts.get("name", "")),
            "parameters": options.parameters(),
            **{fact: store.manifest.facts[fact] for fact in ("roles", "roles_text")},
        }
        _make(store, store.create_layout(name, facts=facts), name, options, report=report, tell=tell)
    return name


def remake_layouts(run: Run, *, is_forgetting: bool) -> None:
    """After the stages of a map: its further layouts follow. Where nothing changed, nothing runs.

    Parameters
    ----------
    is_forgetting : bool
        Make the layouts themselves again too (`portolan rebuild`); else only what compares them with the map.
    """
    for name in run.store.layout_names():
        beside = run.store.open_layout(name)
        if beside.manifest.stages.get("load") is None or not is_current(run.store, beside):
            run.tell(
                f"The layout '{name}' is of rows that the map no longer has: portolan layout MAP add makes it again, "
                f"portolan layout MAP remove {name} removes it."
            )
            continue
        if is_forgetting:
            beside.forget([stage for stage in beside.manifest.stages if stage != "load"])
        options = _options(beside, run.options.threads)
        _make(run.store, beside, name, options, report=run.report, tell=run.tell)


def remove_layout(store: Store, name: str) -> None:
    """Remove a further layout, and what compares the map with it. Raises NotFoundError."""
    with store.writing():
        store.open_layout(name)
        store.forget([compare_stage(name)])
        if store.has("tiles"):
            store.drop_tile_columns(compared_columns(name))
        store.remove_layout(name)


def compared(store: Store, name: str, *, layers: Sequence[ClusterIds], clusters: pa.Table) -> Comparison:
    """What was measured when the layout `name` was added.

    Raises
    ------
    NotFoundError
        There is no such layout, or it is not finished.
    """
    if not is_finished(store, name):
        raise NotFoundError(f"The layout '{name}' is not finished.", fix="Run portolan layout MAP add for it again.")
    info = store.manifest.stages[compare_stage(name)].info
    kept = kept_in(store, name)
    table = clusters_kept(kept, layers=layers, clusters=clusters)
    return Comparison(name, kept_column(name), info["n_neighbors"], kept, info["mean"], table)


def kept_in(store: Store, name: str, *, row_ids: Sequence[int] | None = None) -> Shares:
    """Share of each row's neighbours that it keeps in a finished layout: of all rows, or of those named, in order."""
    values = store.read_table(f"columns/{kept_column(name)}", columns=["value"], row_ids=row_ids).column(0)
    kept: Shares = values.to_numpy(zero_copy_only=False).astype(np.float32)
    return kept


def kept_of(store: Store, names: Sequence[str], row_ids: Sequence[int]) -> list[dict[str, float]]:
    """For each row, by layout: the share of neighbours that it keeps there; without those where it has none."""
    kept: list[dict[str, float]] = [{} for _ in row_ids]
    for name in names:
        for of_row, share in zip(kept, kept_in(store, name, row_ids=row_ids), strict=True):
            if np.isfinite(share):
                of_row[name] = round(float(share), 4)
    return kept


def notes_of(store: Store, name: str) -> dict[str, Any]:
    """What a finished layout is made of, from the manifests alone."""
    beside = store.open_layout(name)
    info = store.manifest.stages[compare_stage(name)].info
    parameters = beside.manifest.facts["parameters"]
    return {
        "name": name,
        "layout": beside.layout,
        "by": parameters["layout"],
        "embedder": parameters["embedder"],
        "kept_column": kept_column(name),
        "kept": info["mean"],
        "n_neighbors": info["n_neighbors"],
    }


def is_current(store: Store, beside: Store) -> bool:
    """Whether a layout is of the rows that the map has now."""
    ours, theirs = (one.manifest.stages.get("load") for one in (store, beside))
    return ours is not None and theirs is not None and ours.key == theirs.key


def is_finished(store: Store, name: str) -> bool:
    """Whether a layout is made, of the map's present rows, and compared with the map's own."""
    beside = store.open_layout(name)
    is_compared = compare_stage(name) in store.manifest.stages and compare_stage(MAIN) in beside.manifest.stages
    return is_compared and is_current(store, beside)


def _make(store: Store, beside: Store, name: str, options: MapOptions, *, report: Report, tell: Tell) -> None:
    """Run what is due of a layout, stage by stage, then compare both ways."""
    loaded = store.manifest.stages["load"]
    with beside.writing(), one_blas_thread():
        if not is_current(store, beside):
            beside.finish("load", key=loaded.key, info=loaded.info)
        run = Run(beside, options, report=report, tell=tell, keys={"load": loaded.key})
        main = Run(store, _options(store, options.threads), report=report, tell=tell, keys=keys_of(store))
        embed(run)
        neighbors(run)
        layout(run, like=main)
        tile_points(run)
        cluster(run)
        name_clusters(run)
        tile_columns(run)
        quality(run)
        if "index" not in beside.manifest.stages:
            # Searching uses the map's own index.
            beside.finish("index", key=store.manifest.stages["index"].key)
        compare(run, main, name=MAIN)
        compare(main, run, name=name)
        if run.due:
            beside.update(made_by())
            beside.sweep()
        if main.due:
            store.sweep()
    fit_measured(store)


def _options(store: Store, threads: int | None) -> MapOptions:
    parameters = store.manifest.facts.get("parameters", {})
    return MapOptions.from_parameters(parameters, path=store.path, threads=threads)


def _check(store: Store, main: MapOptions, options: MapOptions) -> None:
    missing = [stage for stage in _NEEDED if stage not in store.manifest.stages]
    if missing:
        raise InputError(
            f"The map '{store.path}' is not finished: '{missing[0]}' is still to do.",
            fix="Run portolan map on it again, or portolan rebuild, and add the layout then.",
        )
    roles = Roles.from_json(store.manifest.facts["roles"])
    check_layout(roles, options.layout)
    embedders.get(plugin_name(options.embedder)[0])
    is_same_side = options.layout == main.layout or roles.kind != "pair"
    if is_same_side and options.embedder == main.embedder:
        raise InputError(
            f"The map is laid out by {main.layout} with '{main.embedder}' already.",
            fix="Choose another --layout (prompt, rejected, difference) or another --embedder.",
        )


def _default_name(main: MapOptions, options: MapOptions) -> str:
    if options.embedder == main.embedder:
        return options.layout
    plugin, argument = plugin_name(options.embedder)
    return slug(f"{options.layout}-{plugin}-{Path(argument).name if argument else ''}")[:40].strip("-_")


def _checked_name(store: Store, name: str) -> str:
    if not _NAME.fullmatch(name) or name == MAIN:
        raise InputError(f"'{name}' cannot name a layout.", fix="Use 1 to 40 letters, digits, - and _; not 'main'.")
    if kept_column(name) in store.schema.names:
        raise InputError(
            f"The rows have a column '{kept_column(name)}' already.", fix="Give the layout another --name."
        )
    return name
