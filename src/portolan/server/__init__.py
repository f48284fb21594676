"""The local server: the page, its data, and nothing that leaves the machine."""
