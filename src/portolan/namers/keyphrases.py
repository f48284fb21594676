"""Names made of a cluster's keyphrases. No model, no network: the default."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from portolan.core.naming import distinct_name, fallback_name, join_phrases, own_first
from portolan.plugins import ClusterSketch, InputError, Progress, Report, namers, silent


class KeyphraseNamer:
    """Joins a cluster's first keyphrases; the coarsest layer is named first. It keeps nothing in `cache_folder`."""

    key = "keyphrases-4"

    def __init__(self, argument: str | None = None, *, cache_folder: Path | None = None) -> None:
        if argument:
            raise InputError(
                f"The 'keyphrases' namer takes no argument, and was given '{argument}'.", fix="Use: --namer keyphrases"
            )

    def name(self, sketches: Sequence[ClusterSketch], *, report: Report = silent) -> list[str]:
        """One name for each sketch, no two of a layer alike, and none its parent's."""
        names: dict[tuple[int, int], str] = {}
        taken: dict[int, set[str]] = {}
        for sketch in sorted(sketches, key=lambda s: (-s.layer, s.cluster_id)):
            used = taken.setdefault(sketch.layer, set())
            parent = names.get((sketch.layer + 1, sketch.parent_id), "")
            phrases = own_first(sketch.keyphrases, of_parent=parent if sketch.siblings else "")
            name = join_phrases(phrases) or fallback_name(sketch.exemplars, sketch.size)
            name = distinct_name(name, phrases, used | {parent.lower()})
            used.add(name.lower())
            names[sketch.layer, sketch.cluster_id] = name
        report(Progress("name", len(sketches), len(sketches), "clusters"))
        return [names[sketch.layer, sketch.cluster_id] for sketch in sketches]


namers.add("keyphrases", KeyphraseNamer)
