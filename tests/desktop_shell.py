"""What a desktop's shell does on the session's bus: it shows notifications and tray icons, here by noting them down.

It speaks the real protocols over a real bus (Desktop Notifications Specification 1.2, StatusNotifierItem), in a thread
of its own, so that whoever is tested finds what it finds on any desktop.
"""

import os
import select
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from jeepney import DBusAddress, HeaderFields, MessageType, message_bus, new_method_call, new_method_return, new_signal
from jeepney.io.blocking import DBusConnection, open_dbus_connection

DEADLINE_S = 10.0
NOTIFICATIONS = "org.freedesktop.Notifications"
WATCHER = "org.kde.StatusNotifierWatcher"
PROPERTIES = "org.freedesktop.DBus.Properties"


@dataclass(frozen=True, slots=True)
class Note:
    """A notification that is shown."""

    id: int
    title: str
    body: str
    hints: dict[str, Any]


def has_bus() -> bool:
    """Tell whether a bus of one's own can be started."""
    return shutil.which("dbus-daemon") is not None


@contextmanager
def private_bus() -> Iterator[str]:
    """Run a message bus, and give its address."""
    reader, writer = os.pipe()
    command = ["dbus-daemon", "--session", "--nofork", f"--print-address={writer}"]
    process = subprocess.Popen(command, pass_fds=[writer], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with os.fdopen(reader) as stream:
            assert select.select([stream], [], [], DEADLINE_S)[0], "the bus does not start"
            yield stream.readline().strip()
    finally:
        process.terminate()
        process.wait(DEADLINE_S)


class Shell:
    """Owns the names of a shell on a bus, from `__enter__` to `__exit__`.

    Args:
        address: The bus.
        markup: Whether notifications may have markup.

    Attributes:
        shown: The notifications in view, by their ids.
        told: Every notification there was, in order.
        icons: Names on the bus of the tray icons that came.
    """

    def __init__(self, address: str, *, markup: bool = True) -> None:
        self.shown: dict[int, Note] = {}
        self.told: list[Note] = []
        self.icons: list[str] = []
        self._address = address
        self._markup = markup
        self._news = threading.Condition()
        self._bus: DBusConnection = open_dbus_connection(address)
        self._reader, self._writer = os.pipe()
        self._thread = threading.Thread(target=self._serve, name="desktop-shell")

    def __enter__(self) -> Self:
        for name in (NOTIFICATIONS, WATCHER):
            self._bus.send_and_get_reply(message_bus.RequestName(name), timeout=DEADLINE_S)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        os.write(self._writer, b"x")
        self._thread.join(DEADLINE_S)
        self._bus.close()
        os.close(self._reader)
        os.close(self._writer)

    def wait(self, condition: "Callable[[Shell], bool]") -> None:
        """Wait until something is so."""
        with self._news:
            assert self._news.wait_for(lambda: condition(self), DEADLINE_S), (self.told, self.icons)

    def press(self, note: Note) -> None:
        """Press a notification; shells close it then."""
        self._signal("ActionInvoked", "us", (note.id, "default"))
        self._close(note.id, 2)

    def _serve(self) -> None:
        while True:
            ready, _, _ = select.select([self._bus.sock, self._reader], [], [])
            if self._reader in ready:
                return
            self._take(self._bus.receive(timeout=DEADLINE_S))
            for more in iter(self._bus.parser.get_next_message, None):
                self._take(more)

    def _take(self, message: Any) -> None:
        if message.header.message_type is not MessageType.method_call:
            return
        with self._news:
            signature, body = self._answer(message.header.fields, message.body)
            self._news.notify_all()
        self._bus.send(new_method_return(message, signature, body))

    def _answer(self, fields: dict[Any, Any], body: tuple[Any, ...]) -> tuple[str | None, tuple[Any, ...]]:
        match (fields.get(HeaderFields.interface), fields.get(HeaderFields.member)):
            case (_, "GetCapabilities"):
                return "as", (["body", "actions", *(["body-markup"] if self._markup else [])],)
            case (_, "Notify"):
                return "u", (self._show(*body),)
            case (_, "CloseNotification"):
                self._close(body[0], 3)
            case (_, "RegisterStatusNotifierItem"):
                self.icons.append(str(fields[HeaderFields.sender]))
            case (_, "Get"):
                return "v", (("b", True),)
            case _:
                pass
        return None, ()

    def _show(self, *arguments: Any) -> int:
        _, replaces, _, title, text, _, hints, _ = arguments
        number = replaces or len(self.told) + 1
        note = self.shown[number] = Note(number, title, text, {name: value for name, (_, value) in hints.items()})
        self.told.append(note)
        return int(number)

    def _close(self, number: int, reason: int) -> None:
        if self.shown.pop(number, None) is not None:
            self._signal("NotificationClosed", "uu", (number, reason))

    def _signal(self, name: str, signature: str, body: tuple[Any, ...]) -> None:
        emitter = DBusAddress("/org/freedesktop/Notifications", interface=NOTIFICATIONS)
        self._bus.send(new_signal(emitter, name, signature, body))

    def icon_title(self, icon: str) -> str:
        """Ask a tray icon for its title, as a shell does."""
        bus = open_dbus_connection(self._address)
        try:
            item = DBusAddress("/StatusNotifierItem", bus_name=icon, interface=PROPERTIES)
            ask = new_method_call(item, "Get", "ss", ("org.kde.StatusNotifierItem", "Title"))
            return str(bus.send_and_get_reply(ask, timeout=DEADLINE_S).body[0][1])
        finally:
            bus.close()
