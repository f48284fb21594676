"""Portolan: explorable maps of text datasets, on your own machine.

>>> import portolan
>>> m = portolan.map_text(["a text", "another"], name="Two texts")  # doctest: +SKIP
>>> m.show()  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portolan.errors import PortolanError

if TYPE_CHECKING:
    from portolan.api import map_text, open_map
    from portolan.atlas import AtlasDataset, AtlasProject
    from portolan.map import Map
    from portolan.widget import Widget  # noqa: F401 - as `__all__` says, not among them

# `Widget` is not among them: it needs an extra, and `from portolan import *` must work without.
__all__ = ["AtlasDataset", "AtlasProject", "Map", "PortolanError", "__version__", "map_text", "open_map"]
__version__ = "0.1.0"

_HOMES = {
    "AtlasDataset": "portolan.atlas",
    "AtlasProject": "portolan.atlas",
    "Map": "portolan.map",
    "Widget": "portolan.widget",
    "map_text": "portolan.api",
    "open_map": "portolan.api",
}


def __getattr__(name: str) -> Any:
    """Load what is heavy on first use: `import portolan` stays fast."""
    if name not in _HOMES:
        raise AttributeError(f"module 'portolan' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
