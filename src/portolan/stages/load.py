"""Load: any source becomes the map's rows, and the parts that its columns play are found."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from itertools import chain

import numpy as np
import pyarrow as pa

from portolan.core.pairs import check_layout
from portolan.core.roles import describe_roles, infer_roles
from portolan.errors import InputError
from portolan.loaders import SourceBatches, open_source
from portolan.plugins import BrokenLine, ReadOptions
from portolan.stages.replace import Replacing
from portolan.stages.run import Run
from portolan.store import Store
from portolan.store.manifest import stage_key
from portolan.types import Progress

SAMPLE_ROWS = 4096
SHOWN_LINES = 5
KEPT_LINES = 10_000


def load(run: Run, data: object) -> None:
    """Read `data` into the store, unless the same data lies there already.

    Files are known by a hash of their bytes, before they are read; anything else by a hash of its rows, after.

    Raises
    ------
    InputError
        The map holds other data, and the person did not ask to replace it.
    """
    broken: list[BrokenLine] = []
    read = ReadOptions(is_strict=run.options.is_strict, on_broken=broken.append, report=run.report)
    source = open_source(data, options=read)
    fingerprint = source.fingerprint
    if fingerprint is not None and is_loaded(run, fingerprint):
        return
    started = time.perf_counter()
    # A name of its own until the hash of the rows is known.
    written_as = f"incoming-{secrets.token_hex(4)}"
    replacing = Replacing(run)
    n_rows, data_hash = _write(run, source, key=written_as, replacing=replacing)
    if fingerprint is None and is_loaded(run, data_hash):
        run.store.discard(written_as)
        return
    if broken:
        _keep_broken(run, broken, key=written_as)
    info = {
        "n_rows": n_rows,
        "data_hash": data_hash,
        "source": source.label,
        # Where to look for it again: an export writes untouched lines as they stand there.
        "files": [str(path.absolute()) for path in source.files] if len(source.files) == 1 else [],
        "size_bytes": source.size_bytes,
        "notes": list(source.notes),
        "broken_lines": len(broken),
    }
    told = replacing.write_down(run.keys["load"])
    seconds = time.perf_counter() - started
    run.store.finish("load", key=run.keys["load"], written_as=written_as, seconds=seconds, info=info)
    run.due.append("load")
    for line in source.notes:
        run.tell(f"Note: {line}")
    if told is not None:
        run.tell(told)


def find_roles(run: Run) -> None:
    """Find which column plays which part, from a sample of all rows; keep and say it. A person's choices win."""
    n_rows = run.store.n_rows
    if n_rows <= SAMPLE_ROWS:
        sample = run.store.read_rows()
    else:
        # Rows from all over: a file sorted by category would show one category in its first rows.
        chosen = np.random.default_rng(0).choice(n_rows, SAMPLE_ROWS, replace=False)
        sample = run.store.read_rows(row_ids=np.sort(chosen))
    roles = infer_roles(sample.drop_columns("row_id"), **run.options.role_overrides())
    check_layout(roles, run.options.layout)
    described = describe_roles(roles, n_rows)
    run.store.update({"roles": roles.to_json(), "roles_text": described})
    run.tell(described)


def is_loaded(run: Run, data_hash: str) -> bool:
    """Whether the data of that hash is the map's already; refuses where other data is."""
    run.keys["load"] = stage_key("load", inputs=[data_hash], parameters={"is_strict": run.options.is_strict})
    if run.store.is_done("load", run.keys["load"]):
        run.done_before.append("load")
        return True
    if "load" in run.store.manifest.stages and not run.options.is_replacing:
        known = run.store.manifest.stages["load"].info
        raise InputError(
            f"The map '{run.store.path}' holds other data: {known['n_rows']:,} rows of {known['source']}.",
            fix="Give the new map another --output or --name; --replace (replace=True) puts the new data there.",
        )
    return False


def is_same_data(store: Store, fingerprint: str | None) -> bool:
    """Whether a source of that fingerprint is what the map's rows were read from."""
    parameters = store.manifest.facts.get("parameters", {})
    is_strict = parameters.get("is_strict", False)
    key = stage_key("load", inputs=[str(fingerprint)], parameters={"is_strict": is_strict})
    return store.manifest.stages["load"].key == key


def _write(run: Run, source: SourceBatches, *, key: str, replacing: Replacing) -> tuple[int, str]:
    """Stream the source into the store; how many rows, and their hash."""
    digest = hashlib.blake2b(digest_size=16)
    batches = source.batches()
    first = next(batches)

    def counted() -> Iterator[pa.RecordBatch]:
        n_done = 0
        for batch in chain([first], batches):
            digest.update(batch.serialize())
            replacing.saw(batch)
            n_done += batch.num_rows
            yield batch
            run.report(Progress("load", n_done, source.total_rows))

    n_rows = run.store.write_rows(counted(), schema=first.schema, key=key)
    run.report(Progress("load", n_rows, n_rows))
    return n_rows, digest.hexdigest()


def _keep_broken(run: Run, broken: list[BrokenLine], *, key: str) -> None:
    """Keep the lines that could not be read beside the rows, and say which they were."""
    with run.store.new_folder("broken", key=key) as folder:
        lines = (json.dumps(line.__dict__, ensure_ascii=False) for line in broken[:KEPT_LINES])
        (folder / "lines.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8", errors="replace")
    numbers = ", ".join(f"{line.line:,}" for line in broken[:SHOWN_LINES])
    more = f" and {len(broken) - SHOWN_LINES:,} more" if len(broken) > SHOWN_LINES else ""
    what = "1 broken line was" if len(broken) == 1 else f"{len(broken):,} broken lines were"
    run.tell(
        f"{what} left out (line {numbers}{more}: {broken[0].problem}). "
        "What was left out is kept in the map's folder broken/; --strict refuses such a file."
    )
