"""Dummy: a service of the tests alone, whose things can be told every kind of order."""
