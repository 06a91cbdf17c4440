"""Stories of people with accounts, and samples for the contract tests."""
