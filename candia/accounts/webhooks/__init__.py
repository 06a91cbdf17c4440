"""Webhooks: what happens in the city is told to programs that an administrator lets in, at an address of theirs."""
