"""Arrow files (.arrow, .feather, IPC streams)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa

from portolan.loaders._bytes import open_raw
from portolan.loaders._sniff import kind_of
from portolan.plugins import ParseError, ReadOptions, loaders


class ArrowLoader:
    """Reads record batch by record batch, from the file or the stream format."""

    specificity: ClassVar[int] = 50
    has_one_schema: ClassVar[bool] = True

    @classmethod
    def accepts(cls, source: object) -> bool:
        """Whether `source` is an Arrow file or stream."""
        return kind_of(source) == "arrow"

    def read(self, source: Any, *, options: ReadOptions) -> Iterator[pa.RecordBatch]:
        """The rows of the file `source`, in order."""
        try:
            with open_raw(source) as file:
                is_stream = file.read(4) == b"\xff\xff\xff\xff"
                file.seek(0)
                if is_stream:
                    yield from pa.ipc.open_stream(file)
                else:
                    reader = pa.ipc.open_file(file)
                    yield from (reader.get_batch(place) for place in range(reader.num_record_batches))
        except (pa.ArrowInvalid, OSError) as error:
            name = Path(str(source)).name
            raise ParseError(f"{name} is a damaged Arrow file: {error}.", fix="Copy or download it again.") from error


loaders.add("arrow", ArrowLoader)
