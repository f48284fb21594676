"""Figures as JSON holds them."""

from __future__ import annotations

import math
from typing import Any


def without_nan(value: Any) -> Any:
    """`value` with None for each number that is none: JSON has no NaN."""
    if isinstance(value, dict):
        return {name: without_nan(part) for name, part in value.items()}
    if isinstance(value, list):
        return [without_nan(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
