"""The stages of making a map, one file each: what a stage needs, what decides its key, what it leaves in the store."""
