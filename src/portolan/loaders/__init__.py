"""Loaders: one file reads one kind of source."""
