"""Values of a column as JSON has them, for other programs to read back: nothing is cut, whole numbers stay whole."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any


def plain_json(value: Any) -> Any:
    """`value` as JSON has it: times as ISO 8601, durations as seconds, bytes as base64; NaN and infinities as null.

    Whole numbers stay whole, however large.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(name): plain_json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return value.total_seconds() if isinstance(value, timedelta) else str(value)
