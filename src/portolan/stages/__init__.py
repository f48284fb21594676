"""The stages of making a map, one file each: what a stage needs, what decides its key, what it leaves in the store."""

STAGES = ("load", "embed", "neighbors", "project", "tile", "cluster", "name", "tile-clusters", "quality", "index")
"""In the order in which they run."""
