"""The services of a city, street and civic alike: one folder each, declared in `service.py`."""
