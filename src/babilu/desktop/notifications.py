"""Notifications go to the desktop over D-Bus; what they show is the user's choice, and it is never markup.

QtDBus cannot send the unsigned integer that the interface wants, so jeepney does; its socket is watched by Qt, and
nothing here waits for an answer once the connection stands (Desktop Notifications Specification 1.2).
"""

import html
from collections.abc import Callable
from typing import Any, Final

from PySide6.QtCore import QObject, QSocketNotifier, Signal

from babilu.api.events import GroupSplit
from babilu.api.group_views import GroupInvitationView, JoinRequestView
from babilu.api.views import MessageView, RequestView
from babilu.desktop.language import translate
from babilu.desktop.models.message_words import body_line
from babilu.desktop.plain_text import one_line, person
from babilu.desktop.preferences import Preferences, Shows

CONNECT_S: Final = 2.0
NAME: Final = "org.freedesktop.Notifications"
TEXT_CHARACTERS: Final = 220
MOST_AT_ONCE: Final = 100
REQUEST: Final = "\0"
"""Begins what names a request: no name of a person holds it."""


class Notifier(QObject):
    """Tells the desktop what arrives.

    Args:
        beside: Says it otherwise where there is no bus, as on Windows and macOS; tells whether it could.
    """

    opened = Signal(str)
    """The user pressed the notification of a conversation or a request; what `tell` was given says which."""

    def __init__(self, beside: Callable[[str, str], bool] | None = None) -> None:
        super().__init__()
        self._beside = beside
        self._last = ""
        self._bus: Any = None
        self._watcher: QSocketNotifier | None = None
        self._markup: bool | None = None
        self._ids: dict[str, int] = {}
        self._waiting: dict[int, str] = {}
        self._withdrawn: set[int] = set()

    @property
    def is_connected(self) -> bool:
        """Whether there is a bus to tell on."""
        return self._bus is not None

    @property
    def knows_capabilities(self) -> bool:
        """Whether the server has said what it can do; until then it is taken for one that knows markup."""
        return self._markup is not None

    def connect_bus(self) -> bool:
        """Connect to the session's bus; without one nothing is told."""
        try:
            from jeepney.io.blocking import open_dbus_connection

            self._bus = open_dbus_connection(bus="SESSION")
        except (ImportError, OSError, KeyError, ValueError, RuntimeError):
            return False
        self._watcher = QSocketNotifier(self._bus.sock.fileno(), QSocketNotifier.Type.Read)
        self._watcher.activated.connect(self._read)
        self._subscribe()
        return True

    def close(self) -> None:
        """Take back what is shown, for nobody answers when it is pressed, and leave the bus."""
        self.take_all_back()
        if self._watcher is not None:
            self._watcher.setEnabled(False)
            self._watcher = None
        if self._bus is not None:
            self._bus.close()
            self._bus = None

    def tell(self, conversation: str, title: str, body: str) -> None:
        """Show a notification for a conversation in place of its older one."""
        if self._bus is None:
            if self._beside is not None and self._beside(title, body):
                self._last = conversation
            return
        from jeepney import DBusAddress, new_method_call

        address = DBusAddress("/org/freedesktop/Notifications", bus_name=NAME, interface=NAME)
        shown = html.escape(body, quote=False) if self._markup is not False else body
        hints = {"category": ("s", "im.received"), "desktop-entry": ("s", "org.babilu.Babilu")}
        arguments = (
            "Babilu",
            self._ids.get(conversation, 0),
            "org.babilu.Babilu",
            title,
            shown,
            ["default", translate("Notification", "Open")],
            hints,
            -1,
        )
        serial = next(self._bus.outgoing_serial)
        self._waiting[serial] = conversation
        if len(self._waiting) > MOST_AT_ONCE:
            forgotten = next(iter(self._waiting))
            del self._waiting[forgotten]
            self._withdrawn.discard(forgotten)
        self._send(new_method_call(address, "Notify", "susssasa{sv}i", arguments), serial)

    def pressed_beside(self) -> None:
        """What was said without a bus was pressed."""
        if self._last:
            self.opened.emit(self._last)

    def take_back(self, conversation: str) -> None:
        """Close the notification of a conversation that was read, also one whose number is still to come."""
        self._withdrawn.update(serial for serial, name in self._waiting.items() if name == conversation)
        if self._last == conversation:
            self._last = ""
        known = self._ids.pop(conversation, None)
        if known is not None:
            self._withdraw(known)

    def take_all_back(self) -> None:
        """Close every notification there is."""
        for conversation in (*self._ids, *self._waiting.values()):
            self.take_back(conversation)

    def _withdraw(self, number: int) -> None:
        if self._bus is None:
            return
        from jeepney import DBusAddress, new_method_call

        address = DBusAddress("/org/freedesktop/Notifications", bus_name=NAME, interface=NAME)
        self._send(new_method_call(address, "CloseNotification", "u", (number,)), next(self._bus.outgoing_serial))

    def _subscribe(self) -> None:
        """Ask what the server can do, and to be told what is pressed."""
        from jeepney import DBusAddress, MatchRule, message_bus, new_method_call

        rule = MatchRule(type="signal", interface=NAME)
        self._send(message_bus.AddMatch(rule), next(self._bus.outgoing_serial))
        address = DBusAddress("/org/freedesktop/Notifications", bus_name=NAME, interface=NAME)
        self._asked = next(self._bus.outgoing_serial)
        self._send(new_method_call(address, "GetCapabilities"), self._asked)

    def _send(self, message: Any, serial: int) -> None:  # noqa: ANN401 -- jeepney has no types
        try:
            self._bus.send(message, serial=serial)
        except OSError:
            self.close()

    def _read(self) -> None:
        """Take in what the bus says now; the socket is readable, so this does not wait."""
        try:
            message = self._bus.receive(timeout=0)
        except TimeoutError:
            return
        except (OSError, EOFError, ValueError):
            self.close()
            return
        self._take(message)
        for more in iter(self._bus.parser.get_next_message, None):
            self._take(more)

    def _shown(self, serial: int, conversation: str, number: int) -> None:
        """Keep the number of a notification, or close it, where it was read before the number came."""
        if serial in self._withdrawn:
            self._withdrawn.discard(serial)
            self._withdraw(number)
        else:
            self._ids[conversation] = number

    def _take(self, message: Any) -> None:  # noqa: ANN401 -- jeepney has no types
        from jeepney import HeaderFields, MessageType

        fields = message.header.fields
        if message.header.message_type is MessageType.method_return:
            serial = fields.get(HeaderFields.reply_serial)
            if serial == self._asked and message.body:
                self._markup = "body-markup" in message.body[0]
            elif serial in self._waiting and message.body:
                self._shown(serial, self._waiting.pop(serial), int(message.body[0]))
        elif fields.get(HeaderFields.member) == "ActionInvoked":
            pressed = next((name for name, number in self._ids.items() if number == message.body[0]), None)
            if pressed is not None:
                self.opened.emit(pressed)
        elif fields.get(HeaderFields.member) == "NotificationClosed":
            gone = [name for name, number in self._ids.items() if number == message.body[0]]
            for name in gone:
                del self._ids[name]


def for_request(request: str) -> str:
    """Name a request to `Notifier.tell` as no conversation can be named."""
    return f"{REQUEST}{request}"


def words_for_message(
    message: MessageView, preferences: Preferences, *, locked: bool, group: str = ""
) -> tuple[str, str]:
    """Give title and text of a message's notification, as much as the user lets it show.

    Args:
        message: The message.
        preferences: What it may show.
        locked: Whether the window is.
        group: What the group is called where it was written; empty elsewhere.
    """
    if locked or preferences.shows is Shows.NOTHING:
        return "Babilu", translate("Notification", "New message")
    sender = f"{person(message.sender)} · {group}" if group else person(message.sender)
    if preferences.shows is Shows.NAME:
        return sender, translate("Notification", "New message")
    return sender, body_line(message, TEXT_CHARACTERS)


def words_for_request(request: RequestView, preferences: Preferences, *, locked: bool) -> tuple[str, str]:
    """Give title and text of a request's notification."""
    text = translate("Notification", "Somebody asks for a conversation")
    if locked or preferences.shows is Shows.NOTHING:
        return "Babilu", text
    return person(request.name), text


def words_for_split(split: GroupSplit, sentence: str, preferences: Preferences, *, locked: bool) -> tuple[str, str]:
    """Give title and text of a notification that one is to choose with whom a group goes on."""
    if locked or preferences.shows is Shows.NOTHING:
        return "Babilu", translate("Notification", "A group waits for your decision")
    return one_line(split.title or split.conversation, TEXT_CHARACTERS), sentence


def words_for_decision(
    waiting: GroupInvitationView | JoinRequestView, sentence: str, preferences: Preferences, *, locked: bool
) -> tuple[str, str]:
    """Give title and text of a notification that something about a group waits for a decision."""
    if locked or preferences.shows is Shows.NOTHING:
        return "Babilu", translate("Notification", "A group waits for your decision")
    return person(waiting.by if isinstance(waiting, GroupInvitationView) else waiting.name), sentence
