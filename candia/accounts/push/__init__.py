"""Push: people's own browsers show them what happens, while no page of the city is open (RFC 8030, 8291, 8292)."""
