"""Open any source: the loader that fits it best, one schema, batches of even size."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from portolan.loaders._bytes import is_url
from portolan.loaders._unify import rebatched, renamed, stored, unify
from portolan.plugins import InputError, Loader, NoRowsError, NotFoundError, ReadOptions, loaders


class SourceBatches:
    """An opened source.

    Attributes
    ----------
    label : str
        What to call the source in front of a person.
    total_rows : int or None
        Number of rows where it can be known without reading them.
    size_bytes : int or None
        Size of the local files, as they lie on the disk.
    notes : list of str
        What the person should know about how the rows were read; complete once `batches` is exhausted.
    """

    def __init__(self, source: Any, *, loader: Loader, options: ReadOptions) -> None:
        self._source = source
        self._loader = loader
        self._options = options
        self.notes: list[str] = getattr(loader, "notes", [])
        self.label = label_of(source)
        count = getattr(loader, "total_rows", None)
        self.total_rows: int | None = count(source) if count else None
        self._files = getattr(loader, "files", local_files)(source)
        self.size_bytes = sum(path.stat().st_size for path in self._files) if self._files else None

    @property
    def files(self) -> list[Path]:
        """The local files that are read, in order; none for other sources."""
        return list(self._files)

    @property
    def fingerprint(self) -> str | None:
        """BLAKE2b of the bytes of the local files, in order; None for sources that are no files."""
        if not self._files:
            return None
        digest = hashlib.blake2b(digest_size=32)
        for path in self._files:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "blake2b").digest())
        return digest.hexdigest()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All rows, in order, in batches of one schema.

        Raises
        ------
        NoRowsError
            The source holds no rows.
        ParseError
            It cannot be read as what it claims to be; or a line is broken and the options are strict.
        """
        read = self._loader.read(self._source, options=self._options)
        typed = stored(read) if getattr(self._loader, "has_one_schema", False) else unify(read)
        n_rows = 0
        for batch in rebatched(renamed(typed, self.notes), batch_rows=self._options.batch_rows):
            n_rows += batch.num_rows
            yield batch
        if not n_rows:
            raise NoRowsError(f"{self.label} holds no rows.", fix="Give a source with at least one row.")


def open_source(source: Any, *, options: ReadOptions | None = None) -> SourceBatches:
    """Find the loader for `source` and open it.

    Of the loaders that accept the source, the one with the highest `specificity` (an optional attribute of the class,
    0 if absent) reads it.

    Raises
    ------
    NotFoundError
        A path that does not exist.
    InputError
        No loader accepts the source.
    """
    found = [plugin for name in loaders.names() if (plugin := loaders.get(name)).accepts(source)]
    if not found:
        raise refusal(source)
    loader = max(found, key=lambda plugin: getattr(plugin, "specificity", 0))
    return SourceBatches(source, loader=loader(), options=options or ReadOptions())


def label_of(source: Any) -> str:
    """What to call a source: its file name, its URL, or what kind of object it is."""
    if isinstance(source, str | Path):
        text = str(source)
        return "standard input" if text == "-" else text if is_url(text) else Path(text).name or text
    if isinstance(source, list | tuple) and source and all(isinstance(entry, Path) for entry in source):
        return f"{len(source)} files" if len(source) > 1 else source[0].name
    return f"the {type(source).__name__}"


def local_files(source: Any) -> list[Path]:
    """The local file that `source` names, if it names one."""
    is_path = isinstance(source, str | Path) and not is_url(source)
    return [Path(source)] if is_path and Path(source).is_file() else []


def refusal(source: Any) -> InputError | NotFoundError:
    """The error for a source that no loader takes: what is there instead, or how to spell it."""
    if not isinstance(source, str | Path):
        return InputError(
            f"Data of type {type(source).__name__} cannot be read as rows.",
            fix="Give a path, a table (pandas, polars, Arrow, datasets), or an iterable of dicts or strings.",
        )
    return NotFoundError(f"There is no file or folder '{source}'.", fix=_near(Path(source)))


def _near(path: Path) -> str:
    folder = path.parent if path.parent.is_dir() else Path()
    names = sorted(entry.name for entry in folder.iterdir())
    near = difflib.get_close_matches(path.name, names, n=3, cutoff=0.5)
    if near:
        return "Did you mean " + " or ".join(str(folder / name) for name in near) + "?"
    return f"Look in {folder.resolve()}, or give a glob such as '*.jsonl'."
