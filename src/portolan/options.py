"""What a person may choose when a map is made: one frozen record, checked at the door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, get_args

from portolan.errors import InputError
from portolan.types import Layout


@dataclass(frozen=True)
class MapOptions:
    """Choices for `map_text`. None means: infer it, or take the default.

    Raises
    ------
    InputError
        A value is out of its range.
    """

    name: str | None = None
    description: str = ""
    path: Path | None = None
    text: str | None = None
    prompt: str | None = None
    chosen: str | None = None
    rejected: str | None = None
    id: str | None = None
    time: str | None = None
    categories: tuple[str, ...] = ()
    layout: Layout = "chosen"
    embedder: str = "static"
    namer: str = "keyphrases"
    n_neighbors: int = 15
    random_state: int = 0
    threads: int | None = None
    is_strict: bool = False
    is_replacing: bool = False
    journal: str | None = None
    provenance: str | Path | None = None
    looks_for_card: bool = True

    def __post_init__(self) -> None:
        if self.layout not in get_args(Layout):
            raise InputError(
                f"There is no layout '{self.layout}'.", fix=f"Choose one of: {', '.join(get_args(Layout))}."
            )
        if self.n_neighbors < 2:
            raise InputError(f"n_neighbors is {self.n_neighbors}.", fix="Give at least 2; 15 suits most data.")
        if self.threads is not None and self.threads < 1:
            raise InputError(f"threads is {self.threads}.", fix="Give at least 1, or leave it out to use all cores.")
        if not 0 <= self.random_state < 2**31:
            raise InputError(f"random_state is {self.random_state}.", fix="Give a whole number from 0 to 2147483647.")

    def parameters(self) -> dict[str, Any]:
        """What decides how the map comes out, as its manifest keeps it."""
        return {name: value for name, value in asdict(self).items() if name not in _NO_PARAMETERS}

    @classmethod
    def from_parameters(cls, known: Mapping[str, Any], *, path: Path, threads: int | None) -> MapOptions:
        """The choices that made the map at `path`, from what its manifest keeps."""
        fields = {name: value for name, value in known.items() if name in cls.__dataclass_fields__}
        fields["categories"] = tuple(fields.get("categories", ()))
        return replace(cls(**fields), path=path, threads=threads)

    def role_overrides(self) -> dict[str, Any]:
        """The columns a person named, as `infer_roles` takes them."""
        return {
            "text": self.text,
            "prompt": self.prompt,
            "chosen": self.chosen,
            "rejected": self.rejected,
            "id": self.id,
            "time": self.time,
            "categories": self.categories,
        }


_NO_PARAMETERS = {"path", "name", "description", "threads", "is_replacing", "journal", "provenance", "looks_for_card"}


def plugin_name(choice: str) -> tuple[str, str | None]:
    """Name and argument of a plugin given as NAME or NAME:ARGUMENT."""
    name, colon, argument = choice.partition(":")
    return name, argument if colon else None
