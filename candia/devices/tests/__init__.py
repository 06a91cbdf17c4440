"""Stories of who keeps devices, and samples for the contract tests."""
