"""The map's page in a notebook's cell, over the notebook's own channel."""

from __future__ import annotations

from portolan.errors import MissingExtraError

try:
    from portolan.widget.widget import Widget
except ModuleNotFoundError as error:
    if error.name not in ("anywidget", "ipywidgets", "traitlets"):
        raise
    raise MissingExtraError(
        "A map in a notebook's cell needs anywidget.", fix="Run: pip install 'portolan[notebook]'."
    ) from error

__all__ = ["Widget"]
