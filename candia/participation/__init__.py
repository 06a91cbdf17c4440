"""Participation: what citizens do to anything in the city, and how they hear of what they follow."""
