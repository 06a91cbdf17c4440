"""Candia: the open platform for a city that answers to its citizens."""
