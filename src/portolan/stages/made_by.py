"""What made a map: versions of what took part, and how much memory it took."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from portolan import __version__

_VERSIONED = ("numpy", "scipy", "numba", "pyarrow", "pylance", "tokenizers")


def made_by() -> dict[str, Any]:
    """Facts for the manifest of a map that was made just now."""
    return {"versions": _versions(), "peak_rss_mb": _peak_rss_mb()}


def _versions() -> dict[str, str]:
    found = {"portolan": __version__, "python": platform.python_version(), "numpy": np.__version__}
    for package in _VERSIONED:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _peak_rss_mb() -> float:
    """The most memory this process has held, in MB."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 if sys.platform != "darwin" else 1024 * 1024), 1)
