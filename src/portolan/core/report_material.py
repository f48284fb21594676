"""What a report is written from: the figures of a map as JSON holds them, its drawings, and where links lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portolan.core.report import Drawing, Figure
from portolan.core.report_markup import link


@dataclass(frozen=True)
class Material:
    """Everything that sections are made of.

    Attributes
    ----------
    facts : mapping
        See `portolan.reporting.gather.gather`: what each section reads of it is told there.
    drawings : mapping of str to Drawings
        Drawn before, by name: "map", and "finding.NAME".
    link_base : str
        The address that parts of links (`#f=…`) are put after; "" for none.
    """

    facts: Mapping[str, Any]
    drawings: Mapping[str, tuple[Drawing, ...]] = field(default_factory=dict)
    link_base: str = ""

    def link(self, words: str, part: str) -> str:
        """Words that lead to the map's page as `part` says; the words alone where there is no page to lead to."""
        return link(words, self.address(part))

    def address(self, part: str) -> str:
        """The address of a part of the map's page, or ""."""
        return self.link_base.split("#")[0] + part if self.link_base and part else ""

    def figure(self, name: str, caption: str) -> list[Figure]:
        """The figure of drawings that were made, if they were."""
        drawings = self.drawings.get(name, ())
        return [Figure(drawings, caption)] if drawings else []
