"""Values of any column as JSON that a browser reads without loss or failure."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np

MAX_SAFE_INTEGER = 2**53 - 1
"""The largest integer that JavaScript holds exactly."""
MAX_BYTES_SHOWN = 1024
PREVIEW_CHARACTERS = 600


def jsonable(value: Any, *, max_characters: int | None = None) -> Any:
    """`value` as JSON holds it.

    Integers past 2^53 become strings, as JavaScript would round them. NaN and the infinities become null. Times
    become ISO 8601, durations seconds. Bytes become {size_bytes, base64}, the first 1,024 of them. Texts longer than
    `max_characters` are cut and end in an ellipsis.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return clamp(value, max_characters)
    if isinstance(value, np.ndarray | np.generic):
        return jsonable(value.tolist(), max_characters=max_characters)
    if isinstance(value, int):
        return value if abs(value) <= MAX_SAFE_INTEGER else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): jsonable(item, max_characters=max_characters) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [jsonable(item, max_characters=max_characters) for item in value]
    return _scalar(value, max_characters)


def _scalar(value: Any, max_characters: int | None) -> Any:
    if isinstance(value, bytes | bytearray | memoryview):
        shown = base64.b64encode(bytes(value)[:MAX_BYTES_SHOWN]).decode()
        return {"size_bytes": len(value), "base64": shown}
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return clamp(str(value), max_characters)


def clamp(text: str, max_characters: int | None) -> str:
    """`text`, cut to `max_characters` with an ellipsis where it is longer; lone surrogates replaced."""
    if max_characters is not None and len(text) > max_characters:
        text = text[:max_characters].rstrip() + "…"
    # A lone surrogate is no character, and no UTF-8 can hold it.
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
