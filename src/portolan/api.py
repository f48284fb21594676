"""Making and opening maps: the order of the stages, one line each."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from portolan.auditing.card_beside import check_card, take_up
from portolan.auditing.writers import keep_writers
from portolan.core.parallel import one_blas_thread
from portolan.errors import InputError
from portolan.fitting import WAIT_S, bring_up_to_date
from portolan.home import find_map, map_path
from portolan.journals import choose_journal
from portolan.layouts import remake_layouts
from portolan.loaders import open_source
from portolan.map import Map
from portolan.options import MapOptions, plugin_name
from portolan.plan import Plan, make_plan
from portolan.plugins import embedders, namers
from portolan.progress import Bars, tell_on_stderr
from portolan.scoring import PREFIX as SCORE
from portolan.stages.cluster import cluster, name_clusters
from portolan.stages.embed import embed
from portolan.stages.index import index
from portolan.stages.layout import layout, neighbors, quality
from portolan.stages.load import find_roles, is_loaded, load
from portolan.stages.made_by import made_by
from portolan.stages.measured import fit_measured
from portolan.stages.paired import STAGE as PREFERENCE
from portolan.stages.run import Run, Tell, tell_nobody
from portolan.stages.tile import tile_columns, tile_points
from portolan.store import FolderStore
from portolan.types import Layout
from portolan.warming import warm_in_background

__all__ = ["find_map", "make_map", "map_text", "open_map", "plan", "rebuild"]


def map_text(
    data: Any,
    *,
    name: str | None = None,
    description: str = "",
    path: str | Path | None = None,
    text: str | None = None,
    prompt: str | None = None,
    chosen: str | None = None,
    rejected: str | None = None,
    id: str | None = None,
    time: str | None = None,
    category: str | Sequence[str] = (),
    layout: Layout = "chosen",
    embedder: str = "static",
    namer: str = "keyphrases",
    n_neighbors: int = 15,
    random_state: int = 0,
    threads: int | None = None,
    strict: bool = False,
    replace: bool = False,
    journal: str | None = None,
    provenance: str | Path | Literal[False] | None = None,
    open: bool = False,
    progress: bool = True,
) -> Map:
    """Make a map of a text dataset.

    Run it again after a stop, or with another choice: what is done and still holds is kept.

    Parameters
    ----------
    data : path, URL, table or iterable
        Files (parquet, JSON lines, CSV …), a glob, a list of paths; a `datasets`, pandas, polars or Arrow table; a list
        or iterator of dicts or strings; the name of a Hugging Face dataset.
    name : str, optional
        What the map is called; by default the source's name.
    path : path, optional
        The map's folder; by default one under `$PORTOLAN_HOME` (`~/.portolan`), named after the map.
    text, prompt, chosen, rejected, id, time, category : str, optional
        Columns by their part; those left out are inferred.
    layout : {"chosen", "prompt", "rejected", "difference"}
        What pairs are laid out by.
    embedder, namer : str
        A plugin as NAME or NAME:ARGUMENT.
    n_neighbors : int
        Size of a row's neighbourhood, as in UMAP.
    random_state : int
        The same data, choices and seed give the same map, on any number of threads.
    threads : int, optional
        By default all cores.
    strict : bool
        Refuse a file with a broken line, instead of leaving the line out.
    replace : bool
        If the map's folder holds other data, put this data in its place.
    journal : str, optional
        Where what people do is kept: `postgresql://USER@HOST/DATABASE`, or "sqlite" for the map's folder, which is the
        default. What is in the journal so far moves there. A password in the URL is kept nowhere.
    provenance : path, str or False, optional
        A provenance card (its file, its YAML) to keep with the map; by default the one that lies beside the data, as
        provenance.yaml or NAME.provenance.yaml; False for none. One that does not fit the data is warned of.
    open : bool
        Open the page when the map is made.
    progress : bool
        Show progress on standard error.

    Raises
    ------
    InputError
        The data or an argument is wrong; see `portolan.errors` for the kinds.
    MapLockedError
        Another process is writing this map.
    MapWriteError
        The folder cannot be written.
    JournalError
        The database of the journal cannot be reached.
    """
    options = MapOptions(
        name=name,
        description=description,
        path=Path(path) if path is not None else None,
        text=text,
        prompt=prompt,
        chosen=chosen,
        rejected=rejected,
        id=id,
        time=time,
        categories=(category,) if isinstance(category, str) else tuple(category),
        layout=layout,
        embedder=embedder,
        namer=namer,
        n_neighbors=n_neighbors,
        random_state=random_state,
        threads=threads,
        is_strict=strict,
        is_replacing=replace,
        journal=journal,
        provenance=provenance or None,
        looks_for_card=provenance is not False,
    )
    made = make_map(data, options, tell=tell_on_stderr if progress else tell_nobody, shows_progress=progress)
    if open:
        made.show()
    return made


def make_map(data: Any, options: MapOptions, *, tell: Tell = tell_nobody, shows_progress: bool = True) -> Map:
    """Make a map of `data` as `options` say; see `map_text`."""
    _check_plugins(options)
    if options.provenance is not None:
        check_card(options.provenance)
    name = options.name or _name_of(data)
    warm_in_background(threads=options.threads)
    folder = map_path(name, options.path)
    move_journal = choose_journal(options.journal, name=name)
    is_new = not folder.exists()
    store = FolderStore.create(folder, facts={})
    for notice in store.notices:
        tell(notice)
    with store.writing(), Bars(is_shown=shows_progress) as bars:
        run = Run(store, options, report=bars, tell=bars.telling(tell))
        try:
            move_journal(store)
            load(run, data)
        except InputError:
            if is_new:
                # Nothing of the data could be read: an empty map would only be in the way.
                shutil.rmtree(folder, ignore_errors=True)
            raise
        store.update({"name": name, "description": options.description, "parameters": options.parameters()})
        find_roles(run)
        derive(run)
        remake_layouts(run, is_forgetting=False)
    keep_writers(store)
    made = Map(store)
    if options.provenance is not None or options.looks_for_card:
        take_up(made, store, data, options.provenance, tell=tell)
    return made


def _check_plugins(options: MapOptions) -> None:
    """Refuse an unknown embedder or namer before any work."""
    embedders.get(plugin_name(options.embedder)[0])
    namers.get(plugin_name(options.namer)[0])


def plan(data: Any, options: MapOptions) -> Plan:
    """What `make_map` would run for `data`, and about how long it takes; writes nothing."""
    _check_plugins(options)
    name = options.name or _name_of(data)
    return make_plan(data, options, name=name, planned_run=_dry_run(data, options, name))


def _dry_run(data: Any, options: MapOptions, name: str) -> Run | None:
    """The stages over the map that lies there already, without doing any; None where there is no such map."""
    folder = map_path(name, options.path)
    fingerprint = open_source(data).fingerprint
    if fingerprint is None or not folder.is_dir():
        return None
    store = FolderStore.open(folder)
    run = Run(store, options, is_dry=True)
    if "load" not in store.manifest.stages or not is_loaded(run, fingerprint):
        return None
    if "roles" in store.manifest.facts:
        derive(run)
    return run


def derive(run: Run) -> None:
    """Everything that follows from the rows, stage by stage; the page can open from the first tiles on."""
    with one_blas_thread():
        embed(run)
        neighbors(run)
        layout(run)
        tile_points(run)
        cluster(run)
        name_clusters(run)
        tile_columns(run)
        quality(run)
        index(run)
    if not run.is_dry:
        # Whoever edited clusters or labelled meanwhile could not write the tiles, and was promised that we do.
        bring_up_to_date(run.store, wait_s=WAIT_S)
        fit_measured(run.store)
    if run.due and not run.is_dry:
        run.store.update(made_by())
        run.store.sweep()


def open_map(path: str | Path) -> Map:
    """The map at `path`, or the map of that name under `$PORTOLAN_HOME`.

    Raises
    ------
    NotFoundError
        There is no such map.
    MapFormatError
        The folder is no map, or of a newer format.
    """
    return Map.open(find_map(path))


def rebuild(path: str | Path, *, threads: int | None = None, tell: Tell = tell_nobody) -> Map:
    """Make everything derived again from the map's rows and parameters.

    Raises
    ------
    InputError
        The map has no rows: it was never loaded.
    """
    store = FolderStore.open(path)
    record = store.manifest.stages.get("load")
    if record is None:
        raise InputError(f"The map '{path}' has no rows.", fix="Make it again: portolan map FILE.")
    parameters = store.manifest.facts.get("parameters", {})
    options = MapOptions.from_parameters(parameters, path=store.path, threads=threads)
    with store.writing(), Bars() as bars:
        run = Run(store, options, report=bars, tell=bars.telling(tell), keys={"load": record.key})
        # Scores and preferences were paid for, and follow from the rows alone; those that do not are no longer current.
        kept = [one for one in store.manifest.stages if one in ("load", PREFERENCE) or one.startswith(SCORE)]
        store.forget([stage for stage in store.manifest.stages if stage not in kept])
        find_roles(run)
        derive(run)
        remake_layouts(run, is_forgetting=True)
    keep_writers(store)
    return Map(store)


def _name_of(data: Any) -> str:
    """What to call a map of `data` when nobody said."""
    label = open_source(data).label
    stem = label.split("/")[-1]
    while Path(stem).suffix.lower() in _ENDINGS:
        stem = Path(stem).stem
    return stem or "map"


_ENDINGS = {
    ".arrow", ".csv", ".feather", ".gz", ".ipc", ".json", ".jsonl", ".ndjson", ".parquet", ".tsv", ".txt", ".zst",
}  # fmt: skip
