"""Accounts as a Django app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Django's name for accounts: `people`, as its events, addresses and tables are called outside."""

    name = "candia.accounts"
    label = "people"

    def ready(self) -> None:
        """Let webhooks hear of what happens."""
        from candia.accounts.webhooks import queue
        from candia.core import event

        event.listen(queue.hear)
