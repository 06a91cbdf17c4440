"""Standards at the edge of the city, spoken over the core alone."""
