"""Startup: Django reads the settings and the city's services, once a process."""

from __future__ import annotations

import gc
import os


def start_django() -> None:
    """Let Django read the settings and the city's services.

    What is loaded by then stays for good, so Python's collector looks for waste only in what comes after.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "candia.web.settings")
    gc.disable()
    try:
        import django

        django.setup()
    finally:
        gc.freeze()
        gc.enable()
