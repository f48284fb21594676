"""Arguments of the client's three eras: which are taken, which mean nothing here."""

from __future__ import annotations

import warnings
from typing import Any

from portolan.errors import InputError

MEANINGLESS = {
    "is_public": "a map is a folder on this machine; portolan publish shares it",
    "num_workers": "threads are chosen by the machine",
    "organization_name": "there are no organizations",
    "multilingual": "the embedder decides on languages",
    "shard_size": "rows are streamed",
    "modality": "it follows from the data",
    "build_topic_model": "topics are always made",
    "topic_model": "topics are always made",
    "topic_label_field": "topics are named from their texts",
    "duplicate_detection": "maps[0].duplicates finds duplicates when it is asked for",
    "duplicate_threshold": "give it to maps[0].duplicates_within(cutoff)",
    "projection_epochs": "the layout chooses it",
    "projection_spread": "the layout chooses it",
    "add_datums_if_exists": "a map is made of all its rows at once",
    "reuse_embeddings_from_index": "finished stages are always used again",
    "pbar": "progress is shown on standard error",
    "dataset_id": "a dataset is known by its name",
    "project_id": "a dataset is known by its name",
}
"""Accepted and without effect, with the reason."""
UNDERSTOOD = {
    "name", "map_name", "identifier", "description", "map_description", "indexed_field", "id_field", "colorable_fields",
    "reset_project_if_exists", "projection_n_neighbors", "projection", "embedding_model", "blobs",
}  # fmt: skip
_warned: set[str] = set()


def warn_once(argument: str, reason: str) -> None:
    """Say once in a process that an argument has no effect."""
    if argument not in _warned:
        _warned.add(argument)
        warnings.warn(f"'{argument}' has no effect in Portolan: {reason}.", UserWarning, stacklevel=4)


def understood(given: dict[str, Any]) -> dict[str, Any]:
    """The arguments that count, under one name each.

    Returns
    -------
    dict
        name, description, text, id, replace, n_neighbors, embedder; only those that were given.

    Raises
    ------
    TypeError
        An argument that no era of the client has.
    InputError
        Images or other blobs.
    """
    for argument, value in given.items():
        if argument in MEANINGLESS:
            if value not in (None, True) or argument not in ("is_public", "build_topic_model", "topic_model"):
                warn_once(argument, MEANINGLESS[argument])
        elif argument not in UNDERSTOOD:
            raise TypeError(f"map_text() and its kin have no argument '{argument}'.")
    if given.get("blobs") is not None:
        raise InputError("Portolan maps texts, not images or other blobs.", fix="Give texts, or their embeddings.")
    chosen = {
        "name": given.get("name") or given.get("map_name") or given.get("identifier"),
        "description": given.get("description") or given.get("map_description"),
        "text": given.get("indexed_field"),
        "id": given.get("id_field"),
        "replace": given.get("reset_project_if_exists"),
        "n_neighbors": given.get("projection_n_neighbors") or _n_neighbors(given.get("projection")),
        "embedder": _embedder(given.get("embedding_model")),
    }
    return {argument: value for argument, value in chosen.items() if value is not None}


def _n_neighbors(projection: Any) -> int | None:
    """`n_neighbors` of projection options, given as a dict or as an object."""
    if projection is None:
        return None
    options = projection if isinstance(projection, dict) else vars(projection)
    for option, value in options.items():
        if option != "n_neighbors" and value is not None:
            warn_once(f"projection.{option}", "the layout chooses it")
    return options.get("n_neighbors")


def _embedder(model: Any) -> str | None:
    """One of Portolan's embedders if `model` names one; the client's own models live on its server."""
    from portolan.plugins import embedders

    if isinstance(model, str) and model.partition(":")[0] in embedders.names():
        return model
    if model is not None:
        warn_once("embedding_model", "name one of Portolan's embedders, such as 'static' or 'sbert:MODEL'")
    return None
