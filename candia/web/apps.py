"""The faces as a Django app, so that their templates, tags and commands are found."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Django's name for the faces."""

    name = "candia.web"
    label = "web"
