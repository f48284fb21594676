"""The trait `selected_ids`: found when it is read, and never kept, so that it is always what the page shows."""

from __future__ import annotations

from typing import Any, Protocol

import traitlets

from portolan.types import RowIds


class Selecting(Protocol):
    """What has the trait."""

    def compute_selected(self) -> RowIds:
        """The rows that are selected now."""
        ...


class SelectedIds(traitlets.TraitType[RowIds, RowIds]):
    """Read from `compute_selected` of the widget; it cannot be set (`select` does that)."""

    info_text = "row ids; widget.select(…) chooses others"

    def __init__(self) -> None:
        super().__init__(read_only=True)

    def get(self, obj: Any, cls: type[Any] | None = None) -> RowIds:
        """The rows that are selected now."""
        selecting: Selecting = obj
        return selecting.compute_selected()
