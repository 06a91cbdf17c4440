"""Backup: a whole city written down while it runs, and brought back into an empty home; no Django in here."""
