"""Accounts as a Django app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Django's name for accounts: `people`, as its events, addresses and tables are called outside."""

    name = "candia.accounts"
    label = "people"

    def ready(self) -> None:
        """Let webhooks hear of what happens, and devices that are told of who signs in and out."""
        from allauth.account import signals as account
        from django.contrib.auth import signals as auth

        from candia.accounts.push import browser
        from candia.accounts.webhooks import queue
        from candia.core import event

        event.listen(queue.hear)
        auth.user_logged_in.connect(browser.came)
        auth.user_logged_out.connect(browser.left)
        for changed in (account.password_changed, account.password_reset):
            changed.connect(browser.others_left)
