"""Namers: one file is one way to name clusters."""
