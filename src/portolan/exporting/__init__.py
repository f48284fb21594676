"""A map's dataset with its decisions applied, as files that other programs read."""

from portolan.exporting.export import Exported, export

__all__ = ["Exported", "export"]
