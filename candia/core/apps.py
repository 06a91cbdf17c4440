"""The core as a Django app: loads the city's services and checks their declarations."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Django's name for the core."""

    name = "candia.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Read every service once models are loaded, so that a wrong declaration stops the start."""
        from candia.core import checks, event, jobs, live  # noqa: F401 — importing registers the checks
        from candia.core.service import services

        event.listen(jobs.wake, live.tell)
        services()
