"""The pages of accounts: one's own in the portal, and those of the desk."""

from candia.accounts.pages.departments import department, departments
from candia.accounts.pages.desk import letter, letters, people, person, residents
from candia.accounts.pages.mine import erase, me, my_data, passkeys, privacy, residency
from candia.accounts.pages.programs import integration, integrations, my_tokens
from candia.accounts.pages.push import push
from candia.accounts.pages.webhooks import webhook

__all__ = [
    "department",
    "departments",
    "erase",
    "integration",
    "integrations",
    "letter",
    "letters",
    "me",
    "my_data",
    "my_tokens",
    "passkeys",
    "people",
    "person",
    "privacy",
    "push",
    "residency",
    "residents",
    "webhook",
]
