"""Pure functions on arrays and tables: no file, no network, no clock, no global random state."""
