"""Devices: who may speak for the city's things, and what could not be taken of what was said."""

from django.utils.translation import gettext_lazy as _

from candia.core.service import Service
from candia.services.devices import commands

service = Service(
    name="devices",
    title=_("Devices"),
    description=_("Which meter, sensor or gateway may speak for what, and what could not be taken of it."),
    commands=(
        commands.add_device,
        commands.grant_device,
        commands.limit_device,
        commands.renew_secret,
        commands.revoke_device,
    ),
)
