"""People on the local network, found and told by zeroconf, only where the user switched it on."""

import importlib.util
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtNetwork import QHostAddress, QNetworkInterface

from babilu.api.views import Address

SERVICE: Final = "_babilu._tcp.local."
MOST: Final = 50
ASK_MS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Nearby:
    """Somebody on the local network; anybody can claim any name there."""

    name: str
    address: Address


class Discovery(QObject):
    """Announces the own address and finds others.

    The package's threads tell by a queued signal; nothing of Qt is touched in them.
    """

    changed = Signal()
    _seen = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self._found: dict[str, Nearby] = {}
        self._running: Any = None
        self._own = ""
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
        self.stop()
        if not self.is_available():
            return
        import zeroconf

        running = self._running = zeroconf.Zeroconf()
        self._own = f"{name}-{listening.port if listening else 0}.{SERVICE}"
        if listening is not None:
            running.register_service(
                zeroconf.ServiceInfo(
                    SERVICE,
                    self._own,
                    listening.port,
                    properties={"name": name},
                    parsed_addresses=_own_addresses(listening),
                )
            )
        zeroconf.ServiceBrowser(running, SERVICE, handlers=[self._notice])

    def stop(self) -> None:
        """Find nobody and be found by nobody."""
        running, self._running = self._running, None
        if running is not None:
            running.unregister_all_services()
            running.close()
        if self._found:
            self._found.clear()
            self.changed.emit()

    def _notice(self, zeroconf: Any, service_type: str, name: str, state_change: Any) -> None:  # noqa: ANN401 -- theirs
        """Called in a thread of the package."""
        if name == self._own:
            return
        if state_change.name == "Removed":
            self._seen.emit(name, None)
            return
        info = zeroconf.get_service_info(service_type, name, ASK_MS)
        addresses = info.parsed_addresses() if info is not None else []
        if addresses and info.port:
            told = (info.properties.get(b"name") or b"").decode("utf-8", "replace")
            self._seen.emit(name, Nearby(told or name.split(".", maxsplit=1)[0], Address(addresses[0], info.port)))

    def _take(self, name: str, nearby: Nearby | None) -> None:
        if nearby is None:
            self._found.pop(name, None)
        elif len(self._found) < MOST:
            self._found[name] = nearby
        self.changed.emit()


def _own_addresses(listening: Address) -> list[str]:
    if listening.host not in {"0.0.0.0", "::"}:  # noqa: S104 -- recognised, not bound
        return [listening.host]
    return [QHostAddress(host).toString() for host in QNetworkInterface.allAddresses() if not host.isLoopback()]
