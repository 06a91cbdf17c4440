"""Feeds: what services declare to be fetched is fetched on its rhythm, and how each of them does is told."""
