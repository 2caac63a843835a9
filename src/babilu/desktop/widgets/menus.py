"""What can be done with a conversation, as a menu that serves the mouse and the menu key."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from babilu.api import commands as c
from babilu.api.views import ConversationView
from babilu.desktop.language import full_time, translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.theme.theme import Theme
from babilu.kernel.states import ConversationKind
from babilu.presentation.group_rights import is_admin

Act = Callable[[], object]
HOUR_MS: Final = 3_600_000
MUTES: Final = (HOUR_MS, 8 * HOUR_MS, 7 * 24 * HOUR_MS, None)
"""Milliseconds for which a conversation can be silenced; None for good."""

FOR_GOOD: Final = 2**62
"""A time until which something lasts that is no time."""


@dataclass(frozen=True, slots=True)
class ConversationActs:
    """What the menu leaves to others; each takes the conversation's id in hex.

    Attributes:
        details: Shows the contact or the group.
        rename: Asks for another name.
        timer: Asks how long messages stay.
        mark_unread: Marks it as unread, and leaves it where it is open.
        clear: Asks whether to delete its messages here.
        remove: Asks whether to delete it here.
        media: Shows its pictures, files, links and voice notes.
        leave: Asks whether to leave the group.
        export: Writes it into plain files.
    """

    details: Callable[[str], None]
    rename: Callable[[str], None]
    timer: Callable[[str], None]
    mark_unread: Callable[[str], None]
    clear: Callable[[str], None]
    remove: Callable[[str], None]
    media: Callable[[str], None]
    leave: Callable[[str], None]
    export: Callable[[str], None]


def _add(menu: QMenu, theme: Theme, icon: str, text: str, act: Act, *, danger: bool = False) -> QAction:
    colour = theme.colours.danger if danger else theme.colours.muted
    action = menu.addAction(theme.icon(icon, colour), text)
    action.triggered.connect(lambda _checked=False: act())
    return action


def mute_names() -> tuple[str, ...]:
    """Name the times for which a conversation can be silenced, in the order of `MUTES`."""
    return (
        translate("Menu", "For an hour"),
        translate("Menu", "For 8 hours"),
        translate("Menu", "For a week"),
        translate("Menu", "For good"),
    )


def conversation_menu(
    parent: QWidget, theme: Theme, view: ConversationView, client_model: DesktopModel, acts: ConversationActs
) -> QMenu:
    """Make the menu of a conversation."""
    menu = QMenu(parent)
    name, ask = view.id.hex(), client_model.ask
    pin = translate("Menu", "Unpin") if view.pinned else translate("Menu", "Pin")
    _add(menu, theme, "pin", pin, lambda: ask(c.SetPinned(name, not view.pinned)))
    _add_mute(menu, theme, view, client_model)
    if view.unread or view.marked_unread:
        _add(menu, theme, "check", translate("Menu", "Mark as read"), lambda: ask(c.MarkRead(name)))
    else:
        _add(menu, theme, "unread", translate("Menu", "Mark as unread"), lambda: acts.mark_unread(name))
    away, back = translate("Menu", "Archive"), translate("Menu", "Take out of the archive")
    archive = back if view.archived else away
    _add(menu, theme, "archive", archive, lambda: ask(c.SetArchived(name, not view.archived)))
    menu.addSeparator()
    _add(menu, theme, "picture", translate("Menu", "Pictures, voice, files and links"), lambda: acts.media(name))
    _add(menu, theme, "download", translate("Menu", "Export this conversation…"), lambda: acts.export(name))
    if view.contact is not None:
        _add(menu, theme, "person", translate("Menu", "About this contact"), lambda: acts.details(name))
        _add(menu, theme, "new", translate("Menu", "Rename…"), lambda: acts.rename(name))
        _add(menu, theme, "timer", translate("Menu", "Messages disappear…"), lambda: acts.timer(name))
        menu.addSeparator()
    if view.kind is ConversationKind.GROUP:
        _add(menu, theme, "people", translate("Menu", "About this group"), lambda: acts.details(name))
        if is_admin(view.role):
            _add(menu, theme, "timer", translate("Menu", "Messages disappear…"), lambda: acts.timer(name))
        menu.addSeparator()
        if view.role is not None:
            _add(menu, theme, "open", translate("Menu", "Leave the group…"), lambda: acts.leave(name), danger=True)
    _add(menu, theme, "delete", translate("Menu", "Clear here…"), lambda: acts.clear(name), danger=True)
    _add(menu, theme, "delete", translate("Menu", "Delete here…"), lambda: acts.remove(name), danger=True)
    return menu


def _add_mute(menu: QMenu, theme: Theme, view: ConversationView, client_model: DesktopModel) -> None:
    name, ask = view.id.hex(), client_model.ask
    if view.muted:
        until = view.muted_until
        text = translate("Menu", "Unmute")
        if until is not None and until < FOR_GOOD:
            text = translate("Menu", "Unmute (silent until {0})").format(full_time(until))
        _add(menu, theme, "bell", text, lambda: ask(c.SetMuted(name, muted=False)))
        return
    inner = menu.addMenu(theme.icon("muted"), translate("Menu", "Mute"))
    for length, said in zip(MUTES, mute_names(), strict=True):
        action = inner.addAction(said)
        action.triggered.connect(
            lambda _checked=False, length=length: ask(mute(name, length, client_model.clock.now_ms()))
        )


def mute(name: str, length_ms: int | None, now_ms: int) -> c.SetMuted:
    """Silence a conversation for so long."""
    return c.SetMuted(name, muted=True, until=None if length_ms is None else now_ms + length_ms)
