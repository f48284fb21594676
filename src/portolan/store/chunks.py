"""What costly stages keep as they go: finished parts of the work, and answers that were paid for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.store.files import remove, replace_file, write_array
from portolan.store.outputs import safe

FOLDER = "stages"


class Chunks:
    """Finished parts of the stages of the map in `path`: a killed run finds them again."""

    def __init__(self, path: Path) -> None:
        self._folder = path / FOLDER

    @property
    def answers(self) -> Path:
        """Where answers of a paid service are kept from run to run; it may not exist yet."""
        return self._folder / "answers"

    def write(self, stage: str, *, key: str, number: int, block: NDArray[np.float32]) -> None:
        """Keep a part at once."""
        path = self._path(stage, key=key, number=number)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_array(path, block)

    def read(self, stage: str, *, key: str, number: int) -> NDArray[np.float32] | None:
        """A part that was kept, or None."""
        path = self._path(stage, key=key, number=number)
        if not path.exists():
            return None
        loaded: NDArray[np.float32] = np.load(path, allow_pickle=False)
        return loaded

    def write_table(self, stage: str, *, key: str, number: int, table: pa.Table) -> None:
        """Keep a part that is a table at once."""
        path = self._path(stage, key=key, number=number).with_suffix(".arrow")
        path.parent.mkdir(parents=True, exist_ok=True)
        buffer = pa.BufferOutputStream()
        with pa.ipc.new_file(buffer, table.schema) as writer:
            writer.write_table(table)
        replace_file(path, buffer.getvalue().to_pybytes())

    def read_table(self, stage: str, *, key: str, number: int) -> pa.Table | None:
        """A part that `write_table` kept, or None."""
        path = self._path(stage, key=key, number=number).with_suffix(".arrow")
        if not path.exists():
            return None
        return pa.ipc.open_file(pa.py_buffer(path.read_bytes())).read_all()

    def clear(self, stage: str) -> None:
        """Remove a stage's parts: it is finished."""
        for leftover in self._folder.glob(f"{safe(stage)}-*.chunks"):
            remove(leftover)

    def kept(self) -> set[Path]:
        """What a sweep must leave alone."""
        return {self.answers, *self._folder.glob("*.chunks")}

    def _path(self, stage: str, *, key: str, number: int) -> Path:
        return self._folder / f"{safe(stage)}-{key}.chunks" / f"{number:06d}.npy"
