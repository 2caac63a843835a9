"""What can be done with a message or a conversation, as menus; the same menus serve the mouse and the menu key."""

from collections.abc import Callable
from typing import Final

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from babilu.api import commands as c
from babilu.api.views import ConversationView, MessageView
from babilu.desktop.language import translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.theme.theme import Theme
from babilu.kernel.states import MessageKind, MessageState
from babilu.presentation.links import links

Act = Callable[[], None]
SEARCHED: Final = 4_000
"""Characters of a message in which its menu looks for a link."""


def _add(menu: QMenu, theme: Theme, icon: str, text: str, act: Act, *, danger: bool = False) -> QAction:
    colour = theme.colours.danger if danger else theme.colours.muted
    action = menu.addAction(theme.icon(icon, colour), text)
    action.triggered.connect(lambda _checked=False: act())
    return action


def message_menu(
    parent: QWidget, theme: Theme, message: MessageView, acts: dict[str, Callable[[MessageView], None]]
) -> QMenu:
    """Make the menu of a message.

    Args:
        parent: The window.
        theme: Icons.
        message: The message.
        acts: What ``retry``, ``copy``, ``read``, ``link``, ``forward``, ``info`` and ``delete`` do.
    """
    menu = QMenu(parent)
    delete = translate("Menu", "Delete for me…")
    if message.kind is not MessageKind.TEXT:
        _add(menu, theme, "delete", delete, lambda: acts["delete"](message), danger=True)
        return menu
    if message.state is MessageState.FAILED:
        _add(menu, theme, "retry", translate("Menu", "Try again"), lambda: acts["retry"](message))
    _add(menu, theme, "copy", translate("Menu", "Copy"), lambda: acts["copy"](message))
    _add(menu, theme, "read_text", translate("Menu", "Select text…"), lambda: acts["read"](message))
    if links(message.text[:SEARCHED], whole=len(message.text) <= SEARCHED):
        _add(menu, theme, "open", translate("Menu", "Open link…"), lambda: acts["link"](message))
    _add(menu, theme, "forward", translate("Menu", "Forward…"), lambda: acts["forward"](message))
    _add(menu, theme, "info", translate("Menu", "About this message"), lambda: acts["info"](message))
    menu.addSeparator()
    _add(menu, theme, "delete", delete, lambda: acts["delete"](message), danger=True)
    return menu


def conversation_menu(
    parent: QWidget, theme: Theme, view: ConversationView, client_model: DesktopModel, details: Act
) -> QMenu:
    """Make the menu of a conversation."""
    menu = QMenu(parent)
    name = view.label
    pin = translate("Menu", "Unpin") if view.pinned else translate("Menu", "Pin")
    mute = translate("Menu", "Unmute") if view.muted else translate("Menu", "Mute")
    _add(menu, theme, "pin", pin, lambda: client_model.ask(c.SetPinned(name, not view.pinned)))
    _add(
        menu, theme, "bell" if view.muted else "muted", mute, lambda: client_model.ask(c.SetMuted(name, not view.muted))
    )
    if view.unread:
        _add(menu, theme, "check", translate("Menu", "Mark as read"), lambda: client_model.ask(c.MarkRead(name)))
    if view.contact is not None:
        _add(menu, theme, "person", translate("Menu", "About this contact"), details)
    return menu
