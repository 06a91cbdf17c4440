"""Accounts as a Django app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Django's name for accounts: `people`, as its events, addresses and tables are called outside."""

    name = "candia.accounts"
    label = "people"
