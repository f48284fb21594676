"""Loaders: one file reads one kind of source."""

from portolan.loaders._open import SourceBatches, open_source
from portolan.loaders._source import is_lines, is_utf16, raw_lines, schema_of_file
from portolan.loaders.files import without_ending

__all__ = ["SourceBatches", "is_lines", "is_utf16", "open_source", "raw_lines", "schema_of_file", "without_ending"]
