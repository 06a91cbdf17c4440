"""The core as a Django app: loads the city's services and checks their declarations."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Django's name for the core."""

    name = "candia.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Read every service once models are loaded, so that a wrong declaration stops the start."""
        from candia.core import (  # importing registers the checks
            checks,  # noqa: F401
            entity_changes,
            event,
            jobs,
            live,
            search_index,
        )
        from candia.core.service import services

        event.listen(jobs.wake, live.tell)
        entity_changes.listen(search_index.renew)
        services()
