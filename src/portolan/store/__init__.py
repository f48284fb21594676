"""Where a map lives: every path and every line of storage. Others see `Store`, which speaks Arrow and NumPy."""

from portolan.store.folder import FolderStore
from portolan.store.journal import Entry
from portolan.store.manifest import FORMAT, Manifest, Output, StageRecord, stage_key
from portolan.store.protocol import Journal, Store

__all__ = ["FORMAT", "Entry", "FolderStore", "Journal", "Manifest", "Output", "StageRecord", "Store", "stage_key"]
