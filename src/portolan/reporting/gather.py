"""The figures of a map that a report is made of, as JSON holds them."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.auditing.looking import PROMPT_HARM
from portolan.core.concept_figures import wilson
from portolan.core.provenance import MOST_VALUES, rates
from portolan.core.report import ExampleMode
from portolan.core.report_cards import own_figures
from portolan.core.report_dataset import LEAST_TOPICS
from portolan.core.report_method import SAMPLE
from portolan.core.report_redaction import redact
from portolan.core.report_words import AUDITED
from portolan.core.votes import origins
from portolan.errors import InputError, NotFoundError
from portolan.sample import sample_path
from portolan.types import BoolArray

if TYPE_CHECKING:
    from portolan.auditing.finding import FindingReport
    from portolan.auditing.provenance import Provenance
    from portolan.map import Map

MOST_UNLIKE = 6
MOST_P = 0.01
HARMFUL_PROMPT = 0.5
"""A prompt with this chance of harm is one to turn back from: the cut of the finding `recovery`."""
PROMPT_CHARS, REPLY_CHARS = 700, 900
EGREGIOUS, RECOVERY = "doubly-egregious", "recovery"


def gather(
    of: Map,
    *,
    findings: Sequence[str] | None = None,
    examples: ExampleMode = "none",
    n_examples: int = 3,
    day: str,
) -> dict[str, Any]:
    """Everything that the report tells, as JSON holds it.

    Findings and the preference model are made where they are not there.

    Parameters
    ----------
    findings : sequence of str, optional
        Only these.
    day : str
        When the report is made, for it to say.
    """
    info = of.info()
    provenance = of.provenance
    facts: dict[str, Any] = {
        "name": of.name, "description": of.description, "rows": of.n_rows, "kind": of.roles.kind,
        "columns": [list(one) for one in of.columns], "categories": _categories(of, provenance), "layers": _layers(of),
        "quality": dict(of.quality), "data_hash": info["data_hash"], "random_state": info["random_state"],
        "versions": info["versions"], "topics": _topics(of), "unlike": _unlike(of, provenance),
        "n_topics": of.layers[0][1] if of.n_layers else 0, "topics_renamed": bool(of.edits),
        "made": {"portolan": _version(), "day": day}, "findings": [], "effects": [], "preference": None,
        "provenance": None, "cards": {},
        "harm": "", "examples_mode": examples, "source": _source(info), "parameters": info["parameters"],
    }  # fmt: skip
    if of.roles.kind in AUDITED:
        facts |= _audit(of, findings, examples, n_examples)
    return facts


def _version() -> str:
    import portolan

    return portolan.__version__


def _source(info: Mapping[str, Any]) -> str:
    """The name of the file that the map was made of; of the bundled sample "demo"."""
    source = str(info["source"])
    return SAMPLE if source == sample_path().name else source


# The map.


def _categories(of: Map, provenance: Provenance) -> dict[str, list[list[Any]]]:
    """Values of each category with their rows, the most frequent first."""
    found: dict[str, list[list[Any]]] = {}
    for name in of.roles.categories:
        codes, names = provenance.values(name)
        counts = np.bincount(codes[codes >= 0], minlength=len(names)).tolist()
        found[name] = sorted(
            ([name, n] for name, n in zip(names, counts, strict=True)), key=lambda one: (-one[1], one[0])
        )
    return found


def _layers(of: Map) -> list[int]:
    """Topics of each layer, the coarsest first."""
    return [n for _, n in reversed(of.layers)]


def _told_layer(of: Map) -> int | None:
    """The coarsest layer that has a few topics; None where there are no names."""
    if not of.n_layers or not of.clusters_table().num_rows:
        return None
    return next((layer for layer, n in reversed(of.layers) if n >= LEAST_TOPICS), 0)


def _topics(of: Map) -> list[dict[str, Any]]:
    layer = _told_layer(of)
    if layer is None:
        return []
    lines = [one for one in of.clusters_table().to_pylist() if one["layer"] == layer]
    return [
        {
            "layer": layer, "cluster_id": one["cluster_id"], "name": one["name"], "size": one["size"],
            "link": of.link_part(cluster=one["cluster_id"], layer=layer),
        }
        for one in sorted(lines, key=lambda one: (-one["size"], one["cluster_id"]))
    ]  # fmt: skip


def _unlike(of: Map, provenance: Provenance) -> list[dict[str, Any]]:
    """Values of categories, each with the topic of which it has most surely more than the rest; the surest first."""
    layer = _told_layer(of)
    if layer is None:
        return []
    cluster_ids, topics = of.cluster_ids(layer), _topics(of)
    best: dict[tuple[str, str], dict[str, Any]] = {}
    for column in origins(of.roles):
        codes, names = provenance.values(column)
        if not 2 <= len(names) <= MOST_VALUES:
            continue
        for topic in topics:
            for rate in rates(codes, names, cluster_ids == topic["cluster_id"]):
                here = (column, rate.value)
                if rate.p < MOST_P and rate.excess > 0 and (here not in best or rate.p < best[here]["p"]):
                    best[here] = {"column": column, "topic": topic["name"], "link": topic["link"], **rate.to_json()}
    # Each value was tried on every topic of the layer: p is corrected for that.
    found = [{**one, "p": min(1.0, one["p"] * len(topics))} for one in best.values()]
    found = [one for one in found if one["p"] < MOST_P]
    return sorted(found, key=lambda one: (one["p"], -one["excess"]))[:MOST_UNLIKE]


# The audit.


def _audit(of: Map, names: Sequence[str] | None, examples: ExampleMode, n_examples: int) -> dict[str, Any]:
    of.findings.run(progress=False)
    reports = [of.findings[name] for name in (of.findings if names is None else names)]
    harm = of.findings.harm
    told = [_finding(of, one) for one in reports]
    return {
        "pairs": of.pairs.to_json(),
        "provenance": of.provenance.card.to_json(),
        "card_beside": of.provenance.beside,
        "findings": told,
        "harm": harm,
        **_preference(of),
        "effects": [one.to_json() for one in of.effects.kept()],
        "overlaps": _overlaps(of),
        "cards": _cards(of, harm, told),
        "examples": {}
        if examples == "none"
        else {one.name: _examples(of, one, examples, n_examples) for one in reports},
    }


def _preference(of: Map) -> dict[str, Any]:
    """The preference model's figures; of pairs that none can be fitted to, why."""
    try:
        return {"preference": of.preference.to_json(), "shortcuts": _shortcuts(of)}
    except InputError as error:
        return {"preference": None, "no_preference": error.problem}


def _shortcuts(of: Map) -> dict[str, Any]:
    """How far plain traits alone tell the choice; parts that are topics with their links."""
    told = of.shortcuts.to_json()
    for one in told["parts"]:
        if one["layer"] is not None:
            one["link"] = of.link_part(cluster=one["cluster_id"], layer=one["layer"])
    return told


def _finding(of: Map, one: FindingReport) -> dict[str, Any]:
    """A finding less its rows, of which a report has no use; its regions with links."""
    told = one.to_json()
    clusters = [
        {**region, "link": of.link_part(cluster=region["cluster_id"], layer=region["layer"])}
        for region in told["clusters"]
    ]
    share = wilson(one.count, of.n_rows)
    return {
        **{name: value for name, value in told.items() if name not in ("row_ids", "scores")}, "clusters": clusters,
        "share": {"value": share.value, "low": share.low, "high": share.high, "n": share.n},
    }  # fmt: skip


def _overlaps(of: Map) -> dict[str, Any]:
    """What counter-arguments are answered with: how findings lie to each other and to the scores."""
    is_egregious, is_recovery = of.findings[EGREGIOUS].is_inside, of.findings[RECOVERY].is_inside
    found: dict[str, Any] = {}
    refuses = _measured(of, "refusal_chosen")
    if refuses is not None:
        found["egregious_refusing"] = int((is_egregious & (refuses == 1)).sum())
    chosen, rejected, prompt = (_measured(of, name) for name in ("harm_chosen", "harm_rejected", PROMPT_HARM))
    if chosen is not None and rejected is not None:
        found["less_harmful_chosen"] = _share(chosen < rejected, is_egregious & (chosen != rejected))
    if prompt is not None:
        found["harmful_prompts"] = {**_share(is_recovery, prompt >= HARMFUL_PROMPT), "cut": HARMFUL_PROMPT}
    return found


def _measured(of: Map, column: str) -> NDArray[np.float32] | None:
    with contextlib.suppress(NotFoundError):
        array = of.measured(column)
        values: NDArray[np.float32] = (
            array.cast(pa.int8() if pa.types.is_boolean(array.type) else array.type)
            .cast(pa.float32())
            .to_numpy(zero_copy_only=False)
        )
        return values
    return None


def _share(is_one: BoolArray, among: BoolArray) -> dict[str, int]:
    return {"count": int((is_one & among).sum()), "n": int(among.sum())}


def _cards(of: Map, harm: str, findings: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Cards of the scorers that findings rest on; of those that the map has scores of."""
    names = {name for one in findings if one["count"] for name in one["scorers"]} | {harm}
    cards = {note.name: dict(note.card) for note in of.scores if note.name in names}
    for name, card in cards.items():
        card["figures"] = own_figures(name, card.get("figures", []))
    return cards


def _examples(of: Map, one: FindingReport, mode: ExampleMode, n: int) -> list[dict[str, Any]]:
    shown = redact if mode == "redacted" else str
    return [
        {
            "row_id": row["row_id"], "score": row["score"], "link": of.link_part(rows=[row["row_id"]]),
            "prompt": shown(_end(_written(row["prompt"]), PROMPT_CHARS)),
            "chosen": shown(_beginning(_written(row["chosen"]), REPLY_CHARS)),
            "rejected": shown(_beginning(_written(row["rejected"]), REPLY_CHARS)),
        }
        for row in one.examples(n)
    ]  # fmt: skip


def _written(turns: Sequence[Mapping[str, str]]) -> str:
    return "\n\n".join(f"{turn['role']}: {turn['text']}" for turn in turns)


def _end(text: str, most: int) -> str:
    return text if len(text) <= most else "…" + text[-most:]


def _beginning(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most] + "…"
