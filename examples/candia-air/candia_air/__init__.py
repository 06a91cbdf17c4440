"""Air: an example of a service written from docs/writing-a-service.md alone."""
