"""Devices: credentials of meters, sensors and gateways, what they may speak for, and what could not be taken."""
