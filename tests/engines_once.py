"""What the repository's own tests take of the engines that run for all of them, and how they wait."""

from candia.contract.engines import Engines, free_port, wait_for

__all__ = ["Engines", "free_port", "wait_for"]
