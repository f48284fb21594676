"""Publishing a map: the order of its parts."""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

import portolan
from portolan.core.compare import Shares
from portolan.core.pairs import text_columns
from portolan.describing import describe_clusters, describe_map
from portolan.errors import InputError
from portolan.publishing.archive import write_zip
from portolan.publishing.folder import check_folder, new_data, put_in_place, write_json
from portolan.publishing.layouts import write_layouts
from portolan.publishing.neighbor_pack import write_neighbors
from portolan.publishing.page import built_page, copy_assets, first_files, index_html
from portolan.publishing.redaction import Redaction, describe_redacted, redact
from portolan.publishing.row_pack import write_rows
from portolan.publishing.tile_copy import copy_tiles, write_columns
from portolan.publishing.word_index import WordIndex
from portolan.stages.texts import searched
from portolan.types import Progress, Report, silent

if TYPE_CHECKING:
    from portolan.map import Map
    from portolan.store import Store

SITE = "site.json"


@dataclass(frozen=True)
class PublishOptions:
    """How a map is published.

    Attributes
    ----------
    leave_out : tuple of str
        Columns of which nothing is published.
    texts : str
        keep, blur (letters cannot be read) or drop.
    is_replacing : bool
        Publish into a folder that holds other things.
    is_zipped : bool
        Write the folder as a zip file beside it, too.
    """

    leave_out: tuple[str, ...] = ()
    texts: str = "keep"
    is_replacing: bool = False
    is_zipped: bool = False


@dataclass(frozen=True)
class Published:
    """What was published.

    Attributes
    ----------
    path : Path
        The folder, to be served as it is.
    n_files, size_bytes : int
        Of the whole folder.
    first_frame_bytes : int
        What a browser fetches before it shows the map, uncompressed.
    seconds : float
    columns : list of str
        The user's columns that can be read in it.
    texts : str
        keep, blur or drop.
    zip : Path or None
    """

    path: Path
    n_files: int
    size_bytes: int
    first_frame_bytes: int
    seconds: float
    columns: list[str] = field(default_factory=list)
    texts: str = "keep"
    zip: Path | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {**asdict(self), "path": str(self.path), "zip": str(self.zip) if self.zip else None}


def publish(reader: Map, store: Store, folder: Path, options: PublishOptions, report: Report = silent) -> Published:
    """Write a map as a static site into `folder`.

    Raises
    ------
    InputError
        The map is not finished, or `folder` holds other things.
    ColumnError
        A column to leave out is not there, or the texts are made of it.
    MapWriteError
        The folder cannot be written.
    """
    started = time.perf_counter()
    if reader.layout_id is None or not reader.is_finished:
        raise InputError(f"The map '{reader.name}' is not finished.", fix="Run portolan map again; it continues.")
    folder = folder.expanduser().absolute()
    built_page()
    tiles = reader.tiles_folder()
    index = json.loads((tiles / "tiles.json").read_bytes())
    redaction = redact(reader, index["columns"], leave_out=options.leave_out, texts=options.texts)
    check_folder(folder, is_replacing=options.is_replacing)
    info = {**describe_redacted(redaction, describe_map(reader)), "is_searchable": options.texts == "keep"}
    key = _key(info, options)
    with new_data(folder, key) as (draft, name):
        target = draft / "tiles" / reader.layout_id
        index = copy_tiles(tiles, target, index, facets=redaction.facets, layouts=redaction.layouts)
        write_columns(
            tiles,
            draft / "columns",
            index,
            points=reader.points,
            read=lambda column: store.read_columns([column]).column(column),
        )
        site = _write_packs(reader, store, draft, redaction, report)
        write_layouts(draft, reader, redaction)
        write_json(draft / "map.json", info)
        write_json(draft / "clusters.json", describe_clusters(reader))
        write_json(draft / SITE, site)
    assets = copy_assets(folder)
    about = {"name": info["name"], "n_rows": info["n_rows"], "made_by": f"portolan {portolan.__version__}"}
    html = index_html(info, index, data=f"data/{name}/")
    put_in_place(folder, name, html=html, assets=assets, about=about)
    archive = write_zip(folder, report=report) if options.is_zipped else None
    files = [path for path in folder.rglob("*") if path.is_file()]
    return Published(
        path=folder,
        n_files=len(files),
        size_bytes=sum(path.stat().st_size for path in files),
        first_frame_bytes=_first_frame_bytes(folder, folder / "data" / name, info, index),
        seconds=round(time.perf_counter() - started, 2),
        columns=[column for column in redaction.columns if column not in redaction.blurred],
        texts=options.texts,
        zip=archive,
    )


def _write_packs(reader: Map, store: Store, draft: Path, redaction: Redaction, report: Report) -> dict[str, Any]:
    """Write rows, neighbours and the index of words; returns what the page must know of them."""
    roles = reader.roles
    columns = list(dict.fromkeys([*redaction.columns, *(text_columns(roles) if redaction.texts != "drop" else ())]))
    given = {name for name, _ in reader.columns}
    with tempfile.TemporaryDirectory(prefix=".scratch-", dir=draft) as scratch:
        words = WordIndex(Path(scratch)) if redaction.texts == "keep" else None

        def index_words(batch: pa.RecordBatch) -> None:
            if words is not None:
                words.add(searched(batch.select(list(range(1, batch.num_columns))), roles))

        rows = write_rows(
            draft,
            store.row_batches(columns=[name for name in columns if name in given]),
            roles=roles,
            redaction=redaction,
            points=reader.points,
            layers=[reader.cluster_ids(layer) for layer in range(reader.n_layers)],
            kept=_kept(reader, redaction),
            index=index_words,
            on_done=lambda done: report(Progress("publish-rows", done, reader.n_rows)),
        )
        report(Progress("publish-neighbors", 0, reader.n_rows))
        neighbors = write_neighbors(draft, store, reader.points)
        report(Progress("publish-words", 0, reader.n_rows))
        index = words.write(draft) if words is not None else None
        report(Progress("publish-words", reader.n_rows, reader.n_rows))
    return {"format": 1, "n_rows": reader.n_rows, "rows": rows, "neighbors": neighbors, "words": index}


def _kept(reader: Map, redaction: Redaction) -> dict[str, Shares]:
    """Shares of neighbours that rows keep, by further layout, where these columns are published."""
    compared = {name: reader.compare(name) for name in redaction.layouts}
    return {name: one.kept for name, one in compared.items() if one.column in redaction.facets}


def _key(info: dict[str, Any], options: PublishOptions) -> str:
    """Names the map's files: others have other names, so that a browser's cache never mixes two maps."""
    facts = [info["version"], info["layout"], portolan.__version__, sorted(options.leave_out), options.texts]
    return sha256(json.dumps(facts).encode()).hexdigest()[:10]


def _first_frame_bytes(folder: Path, data: Path, info: dict[str, Any], index: dict[str, Any]) -> int:
    index_page = folder / "index.html"
    html = index_page.read_text()
    # The panels' script is named by another script: it comes after the first frame.
    assets = [path for path in (folder / "assets").iterdir() if path.name in html]
    page = [index_page, folder / "favicon.svg", *assets]
    return sum(path.stat().st_size for path in [*page, *(data / name for name in first_files(info, index))])
