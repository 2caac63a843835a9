"""People on the local network, found and told by zeroconf, only where the user switched it on.

Telling and taking leave each take zeroconf the better part of a second, so that all of it is done in a thread.
"""

import importlib.util
import logging
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtNetwork import QHostAddress, QNetworkInterface

from babilu.api.views import Address

log = logging.getLogger(__name__)

SERVICE: Final = "_babilu._tcp.local."
MOST: Final = 50
ASK_MS: Final = 2_000
NAME_BYTES: Final = 200
"""A property holds 255 bytes with its key (RFC 6763, section 6.1)."""


@dataclass(frozen=True, slots=True)
class Nearby:
    """Somebody on the local network; anybody can claim any name there."""

    name: str
    address: Address


class Discovery(QObject):
    """Announces the own address and finds others.

    Args:
        interfaces: Addresses of the network interfaces to use, or None for all of them.
    """

    changed = Signal()
    _seen = Signal(int, str, object)

    def __init__(self, interfaces: list[str] | None = None) -> None:
        super().__init__()
        self._interfaces = interfaces
        self._found: dict[str, Nearby] = {}
        self._worker: ThreadPoolExecutor | None = None
        self._running: Any = None
        self._browser: Any = None
        self._turn = 0
        self._seen.connect(self._take, Qt.ConnectionType.QueuedConnection)

    @staticmethod
    def is_available() -> bool:
        """Tell whether the package is installed."""
        return importlib.util.find_spec("zeroconf") is not None

    @property
    def nearby(self) -> tuple[Nearby, ...]:
        """Who was found."""
        return tuple(self._found.values())

    def start(self, name: str, listening: Address | None) -> None:
        """Find others, and announce oneself where the server socket is open."""
        self._forget()
        if not self.is_available():
            return
        if self._worker is None:
            self._worker = ThreadPoolExecutor(1, "desktop-discovery")
        self._worker.submit(self._open, self._turn, name, listening).add_done_callback(_log_defect)

    def stop(self) -> None:
        """Find nobody and be found by nobody."""
        self._forget()
        if self._worker is not None:
            self._worker.submit(self._shut).add_done_callback(_log_defect)

    def close(self) -> None:
        """Wait until others were told that one leaves; nothing is found from then on."""
        self.stop()
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.shutdown()

    def _forget(self) -> None:
        self._turn += 1
        if self._found:
            self._found.clear()
            self.changed.emit()

    def _open(self, turn: int, name: str, listening: Address | None) -> None:
        """Done in the worker, like everything that touches zeroconf."""
        import zeroconf

        self._shut()
        # The name stands in a property: a label has 63 bytes, and two people may have the same name.
        own = f"{uuid.uuid4().hex}.{SERVICE}"
        try:
            self._running = running = zeroconf.Zeroconf(interfaces=self._interfaces or zeroconf.InterfaceChoice.All)
            handler: Callable[..., None] = partial(self._notice, turn, own)
            self._browser = zeroconf.ServiceBrowser(running, SERVICE, handlers=[handler])
            if listening is not None:
                told = name.encode()[:NAME_BYTES].decode("utf-8", "ignore")
                running.register_service(
                    zeroconf.ServiceInfo(
                        SERVICE,
                        own,
                        listening.port,
                        properties={"name": told},
                        parsed_addresses=_own_addresses(listening),
                    )
                )
        except (OSError, zeroconf.Error):
            # No network now, or one without multicast: nobody is near.
            self._shut()

    def _shut(self) -> None:
        browser, self._browser = self._browser, None
        if browser is not None:
            browser.cancel()
        running, self._running = self._running, None
        if running is not None:
            running.close()

    def _notice(
        self,
        turn: int,
        own: str,
        zeroconf: Any,  # noqa: ANN401 -- theirs
        service_type: str,
        name: str,
        state_change: Any,  # noqa: ANN401
    ) -> None:
        """Called in a thread of the package; nothing of Qt is touched but a queued signal."""
        if name == own:
            return
        if state_change.name == "Removed":
            self._seen.emit(turn, name, None)
            return
        info = zeroconf.get_service_info(service_type, name, ASK_MS)
        addresses = info.parsed_addresses() if info is not None else []
        if addresses and info.port:
            told = (info.properties.get(b"name") or b"").decode("utf-8", "replace")
            self._seen.emit(turn, name, Nearby(told, Address(addresses[0], info.port)))

    def _take(self, turn: int, name: str, nearby: Nearby | None) -> None:
        if turn != self._turn:
            return
        if nearby is None:
            self._found.pop(name, None)
        elif nearby.name and (name in self._found or len(self._found) < MOST):
            self._found[name] = nearby
        self.changed.emit()


def _log_defect(done: "Future[None]") -> None:
    error = done.exception()
    if error is not None:
        log.error("discovery failed by a defect", exc_info=error)


def _own_addresses(listening: Address) -> list[str]:
    if listening.host not in {"0.0.0.0", "::"}:  # noqa: S104 -- recognised, not bound
        return [listening.host]
    return [QHostAddress(host).toString() for host in QNetworkInterface.allAddresses() if not host.isLoopback()]
