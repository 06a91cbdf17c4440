"""Dialogue: what residents propose, what others say to it, and what the city answers."""
