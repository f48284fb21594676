"""The bundled sample: 6,436 preference pairs of hh-rlhf (MIT licence; see README.md in this folder)."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

NAME = "hh-rlhf sample"
DESCRIPTION = "6,436 pairs of replies judged by people, from the test split of Anthropic's hh-rlhf."


def sample_path() -> Path:
    """The sample as a file of JSON lines: `chosen`, `rejected`, `subset`."""
    return Path(str(files(__package__) / "hh-rlhf.jsonl.zst"))


__all__ = ["DESCRIPTION", "NAME", "sample_path"]
