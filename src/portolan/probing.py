"""Probe pairs: small sets on which a model's margin tells what it prefers. Bundled ones, or a person's own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from portolan.core.bradley_terry import Design
from portolan.core.effect_design import Scale, dense_design
from portolan.core.pair_features import pair_features
from portolan.core.pairs import sides_of
from portolan.core.roles import infer_roles
from portolan.errors import InputError
from portolan.loaders import open_source
from portolan.pieces import WEIGHTS, PieceTable
from portolan.probes import probes_path

Probes: TypeAlias = bool | str | Path | Any
"""True: the bundled ones; False: none; else a source of pairs, in any form that a map can be made of."""
KIND = "kind"
OWN = "probes"
"""What probes are called that have no column `kind`."""


@dataclass(frozen=True)
class ProbeSet:
    """Probe pairs by kind, as plain texts."""

    label: str
    prompts: pa.LargeStringArray
    chosen: pa.LargeStringArray
    rejected: pa.LargeStringArray
    kind_of: tuple[str, ...]

    @property
    def kinds(self) -> list[str]:
        """Kinds, in the order they come."""
        return list(dict.fromkeys(self.kind_of))

    @property
    def key(self) -> str:
        """Names the texts."""
        digest = hashlib.blake2b(digest_size=12)
        for column in (self.prompts, self.chosen, self.rejected, pa.array(self.kind_of, pa.string())):
            for text in column.to_pylist():
                digest.update(text.encode() + b"\x00")
        return digest.hexdigest()

    def __len__(self) -> int:
        return len(self.kind_of)


def probes_of(given: Probes) -> ProbeSet:
    """The probes that are meant.

    Raises
    ------
    InputError
        They are no pairs.
    """
    if given is False or given is None:
        return _joined("none", [])
    source = probes_path() if given is True else given
    label = "bundled" if given is True else (str(given) if isinstance(given, (str, Path)) else "given")
    table = pa.Table.from_batches(list(open_source(source).batches()))
    roles = infer_roles(table)
    if roles.kind != "pair":
        raise InputError(
            f"The probes ({label}) are no pairs: their columns are {', '.join(table.column_names)}.",
            fix="Give a file with prompt, chosen and rejected, or in any other form of pairs.",
        )
    return _joined(label, [(*sides_of(batch, roles), _kinds(batch)) for batch in table.to_batches()])


def probe_designs(probes: ProbeSet, scale: Scale, *, threads: int | None = None) -> dict[str, Design]:
    """What the replies of the probes of each kind differ in, in the columns of a map's design."""
    if not len(probes):
        return {}
    table = PieceTable(WEIGHTS)
    features = pair_features(probes.prompts, probes.chosen, probes.rejected, table, threads=threads)
    design, _ = dense_design(features, scale)
    return {kind: design[[own == kind for own in probes.kind_of]] for kind in probes.kinds}


def _kinds(batch: pa.RecordBatch) -> list[str]:
    if KIND not in batch.schema.names:
        return [OWN] * batch.num_rows
    return [str(kind) if kind is not None else OWN for kind in batch.column(KIND).to_pylist()]


def _joined(label: str, parts: list[tuple[Any, ...]]) -> ProbeSet:
    def column(number: int) -> pa.LargeStringArray:
        pieces = [pc.cast(part[number], pa.large_string()) for part in parts]
        return pa.concat_arrays(pieces) if pieces else pa.array([], pa.large_string())

    kinds = tuple(kind for part in parts for kind in part[3])
    return ProbeSet(label, column(0), column(1), column(2), kinds)
