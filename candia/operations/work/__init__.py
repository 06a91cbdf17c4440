"""Work orders: what a crew is sent to do, what it says from the field, and what comes of it."""
