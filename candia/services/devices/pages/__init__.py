"""The desk's pages of devices, dead letters and history."""

from candia.services.devices.pages.bringing import history
from candia.services.devices.pages.keeping import device, listing
from candia.services.devices.pages.undelivered import letters

__all__ = ["device", "history", "letters", "listing"]
