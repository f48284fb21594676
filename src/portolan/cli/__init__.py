"""The command line: parses, calls `portolan.api`, shows."""
