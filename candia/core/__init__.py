"""The core: nine words that every service of the city is written in."""
