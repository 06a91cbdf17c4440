"""Air: an example of a service in a package of its own; docs/writing-a-service.md takes it as its example."""
