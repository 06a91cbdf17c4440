"""The desk's pages of devices, orders, dead letters and history."""

from candia.devices.pages.dead_letters import letters
from candia.devices.pages.device_list import device, listing
from candia.devices.pages.import_history import history, history_import
from candia.devices.pages.order_many import order_many
from candia.devices.pages.orders import evidence, order_group, orders, thing

__all__ = [
    "device",
    "evidence",
    "history",
    "history_import",
    "letters",
    "listing",
    "order_group",
    "order_many",
    "orders",
    "thing",
]
