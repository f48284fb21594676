"""Findings of the preference audit, one file each."""
