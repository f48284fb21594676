"""Portolan: explorable maps of text datasets, on your own machine."""
