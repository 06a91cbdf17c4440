"""Orders: what things are wanted to be, and how devices are told so; its rules are in states.py and wanted.py."""
