"""Journeys: a real browser in a city that runs as it does at home."""
