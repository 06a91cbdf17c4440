"""The pages of work: the desk's list and order, and the crew's phone."""
