"""People: accounts and roles, who is a resident, and what the city keeps about a person."""
