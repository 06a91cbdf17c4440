"""The parts of pages as a Django app, so that their templates, tags and words are found."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """Django's name for the parts of pages."""

    name = "candia.ui"
    label = "ui"
