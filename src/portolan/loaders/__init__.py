"""Loaders: one file reads one kind of source."""

from portolan.loaders._open import SourceBatches, open_source

__all__ = ["SourceBatches", "open_source"]
