"""Models by name or folder: that one is named, and which it was."""

from __future__ import annotations

import json
from pathlib import Path

from portolan.plugins import InputError


def require_argument(plugin: str, argument: str | None) -> str:
    """The model's name or path; `plugin` cannot do without."""
    if argument:
        return argument
    raise InputError(
        f"The '{plugin}' embedder needs a model.",
        fix=f"Name one, or a folder that holds one: --embedder {plugin}:MODEL.",
    )


def save_model(folder: Path, *, argument: str, n_dims: int) -> None:
    """Write which model it was: its files stay where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    path = Path(argument).expanduser()
    where = str(path.resolve()) if path.is_dir() else argument
    (folder / "model.json").write_text(json.dumps({"model": where, "n_dims": n_dims}), encoding="utf-8")


def saved_model(folder: Path) -> tuple[str, int]:
    """Name or path of the model, and the length of its vectors."""
    saved = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    return str(saved["model"]), int(saved["n_dims"])
