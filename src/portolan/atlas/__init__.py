"""Portolan under the names of Nomic's client: `from portolan import atlas`, then `atlas.map_text(…)`.

Programs written for any era of that client run here, on this machine: the arguments of all of them are accepted, those
that mean nothing without a server warn once.
"""

from portolan.atlas.dataset import AtlasDataset, AtlasProject
from portolan.atlas.make import map_data, map_embeddings, map_text
from portolan.atlas.projection import AtlasProjection

__all__ = ["AtlasDataset", "AtlasProject", "AtlasProjection", "map_data", "map_embeddings", "map_text"]
