"""Pictures of a map, drawn without a browser."""
