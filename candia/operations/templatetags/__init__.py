"""What other services' pages show of operations."""
