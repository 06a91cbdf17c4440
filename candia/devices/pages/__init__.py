"""The desk's pages of devices, dead letters and history."""

from candia.devices.pages.dead_letters import letters
from candia.devices.pages.device_list import device, listing
from candia.devices.pages.import_history import history

__all__ = ["device", "history", "letters", "listing"]
