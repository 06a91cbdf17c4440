"""The contract: tests that run over whatever a service declares, Candia's own and those of others alike.

`candia test NAME` runs them over one service that is installed; the repository's own run holds them over all.
They need pytest and its kin (see `missing` in `candia/commands/test.py`), which a running city does not.
"""
