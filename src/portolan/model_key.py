"""Which model a name or a folder means, so that a changed model is noticed."""

from __future__ import annotations

import hashlib
from pathlib import Path


def model_key(plugin: str, argument: str) -> str:
    """Plugin and model; of a local folder, the hash of its files as well."""
    folder = Path(argument).expanduser()
    if not folder.is_dir():
        return f"{plugin}:{argument}"
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(folder)).encode())
        with path.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return f"{plugin}:{digest.hexdigest()[:16]}"
