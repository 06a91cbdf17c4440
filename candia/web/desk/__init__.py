"""The desk: the pages of staff."""
