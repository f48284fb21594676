"""Models of which reply of a pair is preferred, one file each."""
