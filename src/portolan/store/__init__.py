"""The store owns every path and every file of a map."""
