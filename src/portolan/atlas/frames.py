"""Arrow tables as pandas frames, where pandas is installed."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from portolan.errors import MissingExtraError


def frame(table: pa.Table) -> Any:
    """`table` as a pandas frame.

    Raises
    ------
    MissingExtraError
        pandas is not installed.
    """
    try:
        return table.to_pandas()
    except ImportError as error:
        raise MissingExtraError(
            "A data frame needs pandas.", fix="Run: pip install 'portolan[pandas]'; or use .tb, an Arrow table."
        ) from error
