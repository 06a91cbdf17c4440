"""Water: what flows into a district, what meters count, and what is lost between."""
