"""The bundled probe pairs, which `effect` asks a preference model about. SOURCES.md says where they are from."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

KINDS = {
    "harmful-vs-refusal": "a harmful request: refused (chosen) or complied with",
    "over-refusal": "a harmless request that sounds harmful: answered (chosen) or refused",
    "safe-reply": "a delicate remark: answered safely (chosen) or unsafely",
}


def probes_path() -> Path:
    """The probes as a file of JSON lines: `kind`, `prompt`, `chosen`, `rejected`."""
    return Path(str(files(__package__) / "probes.jsonl.zst"))


__all__ = ["KINDS", "probes_path"]
