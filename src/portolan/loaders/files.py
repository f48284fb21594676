"""Several files as one source: lists of paths, globs, folders. A column `file` says where a row comes from."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa

from portolan.loaders._bytes import is_url
from portolan.loaders._sniff import ENDINGS, PACKED, ending_of, is_file, kind_of
from portolan.plugins import InputError, ReadOptions, loaders

_SIDE_FILES = {"state.json", "dataset_info.json", "dataset_dict.json", "dataset_infos.json"}


class FilesLoader:
    """Reads file after file with the loader of each."""

    specificity: ClassVar[int] = 60

    def __init__(self) -> None:
        self.notes: list[str] = []

    @classmethod
    def accepts(cls, source: object) -> bool:
        """Whether `source` is a folder, a glob, or a list of paths (strings count only if all are files)."""
        if isinstance(source, str | Path):
            return _is_folder(source) or _is_glob(source)
        if not isinstance(source, list | tuple) or not source:
            return False
        if any(isinstance(entry, Path) for entry in source):
            return all(isinstance(entry, str | Path) for entry in source)
        return all(isinstance(entry, str) and _names_files(entry) for entry in source)

    def files(self, source: Any) -> list[Path]:
        """The local files that are read."""
        return [Path(name) for name in files_of(source) if not is_url(name)]

    def read(self, source: Any, *, options: ReadOptions) -> Iterator[pa.RecordBatch]:
        """The rows of all files, file by file in order of their names (of the list, if it is one)."""
        names = files_of(source)
        labels = labels_of(names)
        for name, label in zip(names, labels, strict=True):
            loader = loaders.get(kind_of(name) or "text")()
            for batch in loader.read(name, options=options):
                yield batch if len(names) == 1 else _with_file(batch, label)
            self.notes += [f"{label}: {note}" for note in getattr(loader, "notes", [])]


def _is_folder(source: str | Path) -> bool:
    return str(source) not in ("", "-") and not is_url(source) and Path(source).is_dir()


def _is_glob(source: str | Path) -> bool:
    text = str(source)
    return len(text) < 4096 and any(mark in text for mark in "*?[") and bool(_expand(text))


def _names_files(entry: str) -> bool:
    short = len(entry) < 4096 and "\n" not in entry and "\0" not in entry
    return short and (is_file(entry) or _is_folder(entry) or _is_glob(entry))


def _expand(pattern: str) -> list[str]:
    if is_url(pattern):
        if "?" in pattern and "*" not in pattern:
            return []  # the query of a URL
        import fsspec

        return sorted(str(opened.full_name) for opened in fsspec.open_files(pattern, "rb"))
    return sorted(name for name in glob.glob(pattern, recursive=True) if Path(name).is_file())  # noqa: PTH207 (absolute)


def files_of(source: Any) -> list[str]:
    """Names of all files of a folder, glob or list, in order.

    Raises
    ------
    NotFoundError
        A listed path does not exist.
    InputError
        A folder without data files.
    """
    if isinstance(source, list | tuple):
        return [name for entry in source for name in files_of(entry)]
    if _is_folder(source):
        return _in_folder(Path(source))
    if _is_glob(source):
        return _expand(str(source))
    if not is_file(source):
        from portolan.loaders._open import refusal

        raise refusal(source)
    return [str(source)]


def _in_folder(folder: Path) -> list[str]:
    """Data files below a folder: hidden and side files are left out, plain text too where there is anything else."""
    if (folder / "map.json").is_file():
        raise InputError(f"'{folder}' is a map, not data.", fix=f"Run: portolan open {folder}.")
    found = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.name not in _SIDE_FILES
        and ending_of(path.name) in ENDINGS
    ]
    data = [path for path in found if ENDINGS[ending_of(path.name)] != "text"] or found
    if not data:
        raise InputError(
            f"The folder '{folder}' holds no files that can be read.",
            fix=f"Files should end in one of {', '.join(ENDINGS)} (and may be compressed: {', '.join(PACKED)}).",
        )
    return [str(path) for path in data]


def labels_of(names: Sequence[str]) -> list[str]:
    """Short names of files: without what all have in common, and without their endings where that leaves them apart."""
    parts = [Path(name).parts for name in names]
    depth = 0
    while all(len(p) > depth + 1 for p in parts) and len({p[depth] for p in parts}) == 1:
        depth += 1
    full = ["/".join(p[depth:]) for p in parts]
    short = [without_ending(name) for name in full]
    return short if len(set(short)) == len(set(full)) else full


def without_ending(name: str) -> str:
    """A file's name without what says how it is packed and of what kind it is."""
    for ending in PACKED:
        name = name.removesuffix(ending)
    ending = Path(name).suffix
    return name.removesuffix(ending) if ending.lower() in ENDINGS else name


def _with_file(batch: pa.RecordBatch, label: str) -> pa.RecordBatch:
    name = next(name for name in ("file", "source_file", "source_file_") if name not in batch.schema.names)
    return batch.append_column(pa.field(name, pa.string()), pa.array([label] * batch.num_rows, pa.string()))


loaders.add("files", FilesLoader)
