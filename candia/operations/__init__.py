"""Operations: what staff do to anything: the inbox, the alert page, judging, shared rules."""
