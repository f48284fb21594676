"""A map for agents: an MCP server that reads, and never writes."""
