"""Embedders: one file is one way to turn texts into vectors."""
