"""The doors as a Django app, so that their templates and words are found."""

from django.apps import AppConfig


class DoorsConfig(AppConfig):
    """Django's name for the doors."""

    name = "candia.doors"
    label = "doors"

    def ready(self) -> None:
        """Register the doors' checks."""
        from candia.doors import checks  # noqa: F401 — it registers itself with Django
