"""Participation as a Django app: it hears what asks for the city's answer."""

from django.apps import AppConfig


class ParticipationConfig(AppConfig):
    """Django's name for participation."""

    name = "candia.participation"
    label = "participation"

    def ready(self) -> None:
        """Hear each event within its transaction."""
        from candia.core import event
        from candia.participation import deadlines

        event.listen(deadlines.hear)
