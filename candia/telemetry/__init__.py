"""Telemetry: observations in, stored and asked; it knows no Django and no service."""
