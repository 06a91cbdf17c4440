"""Template tags of the city's two faces."""
