"""The faces: the portal for the public and the desk for staff."""
