"""Notifications for a service manager (systemd's sd_notify(3)): the relay is ready, reloads, stops, is alive.

Where nobody listens, nothing is said: what is told here is advice, and a manager that has gone is no reason to end.
"""

import logging
import os
import socket
from collections.abc import Mapping

log = logging.getLogger(__name__)


class ServiceManager:
    """Whoever keeps this process.

    Args:
        environment: Names the manager's socket in ``NOTIFY_SOCKET``, and in ``WATCHDOG_USEC`` how often it wants to
            hear a sign of life.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        place = environment.get("NOTIFY_SOCKET", "")
        # An address that begins with @ is in the abstract name space.
        self._address = "\0" + place[1:] if place.startswith("@") else place
        self._lost = False
        watched = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        period = environment.get("WATCHDOG_USEC", "") if watched and place else ""
        self.sign_every_s: float | None = int(period) / 2_000_000 if period.isdecimal() and int(period) else None
        """Seconds between signs of life: half of what the manager waits for; None where it does not ask."""

    def tell(self, *assignments: str) -> None:
        """Tell something such as ``READY=1``."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as said:
                said.setblocking(False)
                said.sendto("\n".join(assignments).encode(), self._address)
        except (OSError, ValueError) as error:
            if not self._lost:
                log.warning("the service manager cannot be told anything: %s", type(error).__name__)
            self._lost = True
        else:
            self._lost = False
