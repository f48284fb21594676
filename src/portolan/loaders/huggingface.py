"""Hugging Face `datasets`: objects in memory, and names on the hub (`hf:org/name`, `hf:org/name:train`, `org/name`)."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa

from portolan.loaders._schema import batch_of
from portolan.loaders._sniff import ENDINGS, ending_of
from portolan.plugins import InputError, MissingExtraError, NotFoundError, ReadOptions, loaders

_NAME = re.compile(r"^[\w.-]+/[\w.-]+$")


class HuggingfaceLoader:
    """Reads datasets as Arrow tables; a name is loaded by `datasets.load_dataset`."""

    specificity: ClassVar[int] = 70

    @classmethod
    def accepts(cls, source: object) -> bool:
        """Whether `source` is an object of `datasets`, or a name that no local path has."""
        if isinstance(source, str):
            return source.startswith("hf:") or _is_hub_name(source)
        datasets = sys.modules.get("datasets")
        kinds = ("Dataset", "DatasetDict", "IterableDataset", "IterableDatasetDict")
        return datasets is not None and isinstance(source, tuple(getattr(datasets, kind) for kind in kinds))

    def total_rows(self, source: Any) -> int | None:
        """Number of rows of a dataset in memory."""
        return len(source) if not isinstance(source, str | dict) and hasattr(source, "__len__") else None

    def read(self, source: Any, *, options: ReadOptions) -> Iterator[pa.RecordBatch]:
        """The rows of the dataset, in order."""
        dataset = one_split(load(source) if isinstance(source, str) else source)
        is_streamed = not hasattr(dataset, "__len__")
        if is_streamed and getattr(dataset, "features", None) is None:
            for batch in dataset.iter(batch_size=options.batch_rows):
                columns = list(batch)
                rows = zip(*batch.values(), strict=True)
                yield batch_of([dict(zip(columns, row, strict=True)) for row in rows])
            return
        for table in dataset.with_format("arrow").iter(batch_size=options.batch_rows):
            yield from table.combine_chunks().to_batches()


def _is_hub_name(source: str) -> bool:
    parent = Path(source).parent
    is_path = Path(source).exists() or (parent != Path() and parent.exists()) or ending_of(source) in ENDINGS
    return bool(_NAME.match(source)) and not is_path


def load(name: str) -> Any:
    """The dataset of that name; what follows a last colon is the split.

    Raises
    ------
    MissingExtraError
        The package `datasets` is not installed.
    NotFoundError
        No such dataset, or the hub cannot be reached.
    """
    try:
        import datasets
    except ImportError as error:
        raise MissingExtraError(
            f"Reading '{name}' needs the package datasets.", fix="Run: pip install 'portolan[hf]'."
        ) from error
    path, _, split = name.removeprefix("hf:").partition(":")
    try:
        return datasets.load_dataset(path, split=split or None)
    except (OSError, ValueError) as error:
        raise NotFoundError(
            f"'{path}' is no local path, and datasets could not load it: {error}",
            fix="Check the spelling and the network, or give a file or folder.",
        ) from error


def one_split(dataset: Any) -> Any:
    """`dataset`, or its only split.

    Raises
    ------
    InputError
        There are several splits to choose from.
    """
    if not isinstance(dataset, dict):
        return dataset
    if len(dataset) == 1:
        return next(iter(dataset.values()))
    names = list(dataset)
    raise InputError(
        f"The dataset has several splits: {', '.join(names)}.",
        fix=f"Choose one: dataset['{names[0]}'], or hf:NAME:{names[0]} on the command line.",
    )


loaders.add("huggingface", HuggingfaceLoader)
