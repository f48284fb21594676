"""Clean and export at size: `python benchmarks/export.py 1000000 10000000`, a table in Markdown.

Rows of two definitions of the Open English WordNet each (`PORTOLAN_DATA`) in a file of JSON lines, and in one of
parquet; loaded as a map's rows are, without a layout, which neither step asks for. Commands are processes of their own:
seconds, and the most memory that any of them held.

- *clean*: a recipe of four rules: a category, a number, a word, and an edit.
- *export*: the rows that are left, in the format named; lines are the source's own bytes. With hashes, removed rows,
  changes and the data card.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from portolan.options import MapOptions
from portolan.stages.load import find_roles, load
from portolan.stages.run import Run
from portolan.store import FolderStore

BLOCK = 100_000
CONTINENTS = ["Ash", "Birch", "Cedar", "Date", "Elm", "Fir", "Gum", "Hazel", "Ivy", "Juniper"]
RECIPE = """\
name: bench
rules:
  - drop: continent = 'Elm'
    reason: one category
  - drop: length > 300
    reason: a number
  - drop: text('musical instrument')
    reason: words
  - edit: continent = 'Fir' and length < 40
    set: {continent: Fern}
    reason: an edit
"""


def main() -> None:
    """Make the sources, measure, print."""
    chosen = _arguments()
    measured = {}
    for n_rows in chosen.rows:
        with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
            measured[f"{n_rows:,}"] = measure(Path(folder), n_rows)
    names = list(next(iter(measured.values())))
    lines = [["", *measured], ["---", *["--:" for _ in measured]]]
    lines += [[name, *[column[name] for column in measured.values()]] for name in names]
    print("\n".join("| " + " | ".join(line) + " |" for line in lines))


def measure(folder: Path, n_rows: int) -> dict[str, str]:
    """Seconds and peak memory of each step."""
    write_sources(folder, n_rows)
    recipe = folder / "recipe.yaml"
    recipe.write_text(RECIPE)
    found = {"source as JSON lines, MB": f"{(folder / 'rows.jsonl').stat().st_size / 1e6:,.0f}"}
    for ending, outs in {"jsonl": ["jsonl", "jsonl.gz", "csv"], "parquet": ["parquet", "arrow", "folder"]}.items():
        path = folder / f"{ending}.portolan"
        found[f"load {ending}"] = _run(sys.executable, __file__, "--load", folder / f"rows.{ending}", path)
        if ending == "jsonl":
            found["clean --dry-run"] = _run("portolan", "clean", path, "--recipe", recipe, "--dry-run")
        cleaned = _run("portolan", "clean", path, "--recipe", recipe)
        found.setdefault("clean", cleaned)
        for form in outs:
            out = folder / (f"out.{form}" if form != "folder" else "out")
            found[f"export {form}"] = _run("portolan", "export", path, out)
    return found


def write_sources(folder: Path, n_rows: int) -> None:
    """Write the same rows as JSON lines and as parquet."""
    rng = np.random.default_rng(0)
    file = Path(os.environ["PORTOLAN_DATA"]) / "open-english-wordnet" / "synsets.jsonl.gz"
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        definitions = [json.loads(line)["definition"] for line in lines]
    schema = pa.schema([("text", pa.string()), ("continent", pa.string()), ("length", pa.float64())])
    with (
        (folder / "rows.jsonl").open("w", encoding="utf-8") as out,
        pq.ParquetWriter(folder / "rows.parquet", schema) as writer,
    ):
        for at in range(0, n_rows, BLOCK):
            n = min(BLOCK, n_rows - at)
            pairs = rng.integers(0, len(definitions), (n, 2)).tolist()
            columns = {
                "text": [f"{definitions[one]}; {definitions[other]}" for one, other in pairs],
                "continent": rng.choice(CONTINENTS, n).tolist(),
                "length": np.round(rng.lognormal(5, 0.8, n), 1).tolist(),
            }
            for values in zip(*columns.values(), strict=True):
                out.write(json.dumps(dict(zip(columns, values, strict=True)), ensure_ascii=False) + "\n")
            writer.write_table(pa.table(columns, schema=schema))


def load_rows(source: Path, path: Path) -> None:
    """Read a source into a map's rows."""
    store = FolderStore.create(path, facts={"name": path.stem})
    with store.writing():
        run = Run(store, MapOptions())
        load(run, str(source))
        find_roles(run)


def _run(*command: object) -> str:
    """Seconds and peak memory of one process."""
    started = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    told = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{told}")
    return f"{time.perf_counter() - started:,.0f} s, {usage.ru_maxrss / 1e3:,.0f} MB"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int, nargs="*")
    parser.add_argument("--folder", type=Path, help="folder for what is written meanwhile; the system's by default")
    parser.add_argument("--load", type=Path, nargs=2, metavar=("SOURCE", "MAP"), help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    asked = _arguments()
    load_rows(*asked.load) if asked.load else main()
