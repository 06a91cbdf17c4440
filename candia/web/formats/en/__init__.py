"""English, as it is read in Greece."""
