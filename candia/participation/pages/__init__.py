"""The pages of participation: each thing's own, what is mine, and the way out of every mail."""

from candia.participation.pages.appeal import appeal
from candia.participation.pages.mine import mine
from candia.participation.pages.moderation import moderate, reports
from candia.participation.pages.stop_mail import stop_mail
from candia.participation.pages.thing import thing

__all__ = ["appeal", "mine", "moderate", "reports", "stop_mail", "thing"]
