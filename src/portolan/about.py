"""What is told of a map as a whole: its version, quality and stages, `portolan info`, its card in a notebook."""

from __future__ import annotations

import html
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from portolan.core.counted import counted
from portolan.core.events import Event
from portolan.core.telling import told
from portolan.store import Manifest
from portolan.store.judged import JudgedColumn

if TYPE_CHECKING:
    from portolan.map import Map


def version_of(manifest: Manifest, edits: Sequence[Event], judged: Sequence[JudgedColumn]) -> str:
    """Changes whenever a stage is done anew, or a person edits the clusters, labels rows or decides on them."""
    stages = "-".join(record.key[:6] for record in manifest.stages.values())
    if not edits and not judged:
        return stages
    done = [[event.id for event in edits], [(column.name, column.mark) for column in judged]]
    return f"{stages}-{sha256(repr(done).encode()).hexdigest()[:6]}"


def quality_of(manifest: Manifest) -> dict[str, float]:
    """What was measured of the layout, and how many rows each layer has in its clusters."""
    layout = manifest.stages["quality"].info if "quality" in manifest.stages else {}
    clusters = manifest.stages["cluster"].info if "cluster" in manifest.stages else {}
    return {**layout, **clusters.get("shares", {})}


def stages_of(manifest: Manifest) -> dict[str, Any]:
    """What is known of each finished stage: seconds and info."""
    return {
        name: {"seconds": record.seconds, "finished": record.finished, **record.info}
        for name, record in manifest.stages.items()
    }


def info_of(of: Map, manifest: Manifest) -> dict[str, Any]:
    """What `portolan info --json` prints."""
    facts = manifest.facts
    parameters = facts.get("parameters", {})
    return {
        "name": of.name,
        "description": of.description,
        "path": str(of.path),
        "rows": of.n_rows,
        "kind": of.roles.kind,
        "roles": of.roles_text,
        "layers": [{"layer": layer, "clusters": count} for layer, count in of.layers],
        "quality": dict(of.quality),
        "seconds": {name: record.seconds for name, record in manifest.stages.items()},
        "peak_rss_mb": facts.get("peak_rss_mb", 0.0),
        "random_state": parameters.get("random_state", 0),
        "parameters": parameters,
        "source": manifest.stages["load"].info.get("source", "") if "load" in manifest.stages else "",
        "data_hash": manifest.stages["load"].info.get("data_hash") if "load" in manifest.stages else None,
        "is_finished": of.is_finished,
        "events": len(of.journal.events()),
        "views": [view.name for view in of.views],
        "lost_edits": [told(event) for event in of.lost_edits],
        "versions": facts.get("versions", {}),
    }


def card_of(of: Map) -> str:
    """The map in a few lines of HTML, for a notebook."""
    layers = " · ".join(f"{count:,}" for _, count in reversed(of.layers)) or "none yet"
    return (
        f"<p><strong>{html.escape(of.name)}</strong> — {counted(of.n_rows, 'row')}<br>"
        f"{html.escape(of.roles_text)}<br>clusters, coarse to fine: {layers}<br>"
        f"<code>{html.escape(str(of.path))}</code> · <code>.show()</code> opens it</p>"
    )
