"""Does with a message what a menu, the bar under the pointer or a key asks for."""

from typing import TYPE_CHECKING, assert_never

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from babilu.api import commands as c
from babilu.api.views import MessageView
from babilu.desktop.language import key_names, spoken, translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.sheets.forward import ForwardSheet
from babilu.desktop.sheets.reactions import ReactionsSheet
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.composer import Composer
from babilu.desktop.widgets.message_acts import (
    DANGEROUS,
    ICONS,
    KEYS,
    SEARCHED,
    MessageAct,
    act_name,
    acts_for,
    code_of,
)
from babilu.desktop.window.emoji_choice import EmojiChoice
from babilu.desktop.window.file_actions import FileActor
from babilu.kernel.ids import MessageId
from babilu.kernel.links import links
from babilu.presentation.emoji import name_of

if TYPE_CHECKING:
    from babilu.desktop.window.navigator import Navigator

QUICK_ACTS = 6
"""Reactions that the menu offers at once."""


class MessageActor(QObject):
    """Acts on messages.

    Args:
        navigator: Opens the sheets.
        client_model: The client.
        theme: Fonts and colours.
        files: Acts on files.
        emoji: Lets the user choose an emoji.
        window: Over which menus open.
        composer: Where replies and other wordings are written.
    """

    def __init__(
        self,
        navigator: "Navigator",
        client_model: DesktopModel,
        theme: Theme,
        files: FileActor,
        emoji: EmojiChoice,
        window: QWidget,
        composer: Composer,
    ) -> None:
        super().__init__(window)
        self._navigator = navigator
        self._client_model = client_model
        self._theme = theme
        self._files = files
        self._emoji = emoji
        self._window = window
        self._composer = composer

    def do_by_id(self, message: MessageId, act: MessageAct) -> None:
        """Act on a message that is loaded."""
        row = self._client_model.messages.window.row_of(message)
        if row is not None:
            self.do(self._client_model.messages.message(row), act)

    def acts(self, message: MessageView) -> tuple[MessageAct, ...]:
        """Give what can be done with a message now."""
        group = self._client_model.groups.of(message.conversation)
        return acts_for(message, self._client_model.clock.now_ms(), group)

    def do(self, message: MessageView, act: MessageAct) -> None:  # noqa: C901 -- a line for each act
        """Act on a message, if that is possible now."""
        client_model, navigator = self._client_model, self._navigator
        if act not in self.acts(message):
            return
        match act:
            case MessageAct.RETRY:
                client_model.retry(message)
            case MessageAct.VIEW:
                self._files.look_at(message)
            case MessageAct.SAVE:
                self._files.save_all(message)
            case MessageAct.REPLY:
                self._composer.reply(message)
            case MessageAct.REACT:
                self.choose_reaction(message)
            case MessageAct.REACTIONS:
                self._show_reactions(message)
            case MessageAct.EDIT:
                self._composer.edit(message)
            case MessageAct.COPY:
                copy(message)
            case MessageAct.COPY_CODE:
                QGuiApplication.clipboard().setText(code_of(message))
            case MessageAct.SPOILER:
                client_model.messages.reveal(message.id)
            case MessageAct.READ:
                navigator.messages.read(message)
            case MessageAct.LINK:
                navigator.messages.link(links(message.text[:SEARCHED], whole=len(message.text) <= SEARCHED)[0].address)
            case MessageAct.FORWARD:
                self.forward(message)
            case MessageAct.PIN | MessageAct.UNPIN:
                client_model.ask(c.PinMessage(message.id, act is MessageAct.PIN, message.conversation_id.hex()))
            case MessageAct.WORDINGS:
                navigator.messages.wordings(message)
            case MessageAct.INFO:
                navigator.messages.info(message)
            case MessageAct.DELETE:
                navigator.messages.delete(message)
            case MessageAct.DELETE_FOR_ALL:
                navigator.messages.delete_for_all(message)
            case MessageAct.HIDE:
                navigator.messages.hide(message)
            case _:
                assert_never(act)

    def menu(self, message: MessageView, at: QPoint) -> None:
        """Show what can be done with a message."""
        menu = self.make_menu(message)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def make_menu(self, message: MessageView) -> QMenu:
        """Make the menu of a message."""
        menu = QMenu(self._window)
        if not message.deleted:
            self._files.add_to(menu, message)
        for act in self.acts(message):
            if act in {MessageAct.SAVE, MessageAct.VIEW} and len(message.files) == 1:
                # The one file has its own entries.
                continue
            if act is MessageAct.DELETE:
                menu.addSeparator()
            if act is MessageAct.REACT:
                self._add_reactions(menu, message)
                continue
            action = self._entry(menu, act)
            action.triggered.connect(lambda _checked=False, act=act: self.do(message, act))
        return menu

    def choose_reaction(self, message: MessageView) -> None:
        """Let the user choose a reaction."""
        self._emoji.ask(lambda emoji: self._toggle(message, emoji))

    def forward(self, message: MessageView) -> None:
        """Let the user choose to whom a message is forwarded."""
        client_model = self._client_model

        def forward(names: tuple[str, ...], as_files: bool) -> None:
            client_model.forward(message, names, lambda _: self._forwarded(names), as_files=as_files)

        self._navigator.put(ForwardSheet(self._theme, message, client_model.shown_labels(), forward))

    def _forwarded(self, names: tuple[str, ...]) -> None:
        if len(names) == 1:
            self._navigator.open(names[0])

    def _entry(self, menu: QMenu, act: MessageAct) -> QAction:
        colour = self._theme.colours.danger if act in DANGEROUS else self._theme.colours.muted
        keys = f"\t{key_names(KEYS[act])}" if act in KEYS else ""
        return menu.addAction(self._theme.icon(ICONS[act], colour), act_name(act) + keys)

    def _add_reactions(self, menu: QMenu, message: MessageView) -> None:
        inner = menu.addMenu(self._theme.icon(ICONS[MessageAct.REACT]), translate("Menu", "React"))
        own = self._client_model.own_reactions(message)
        for emoji in self._emoji.recent[:QUICK_ACTS]:
            action = inner.addAction(f"{emoji}  {name_of(emoji, spoken())}")
            action.setCheckable(True)
            action.setChecked(emoji in own)
            action.triggered.connect(lambda _checked=False, emoji=emoji: self._react(message, emoji))
        inner.addSeparator()
        more = inner.addAction(translate("Menu", "Another emoji…") + f"\t{key_names(KEYS[MessageAct.REACT])}")
        more.triggered.connect(lambda: self.choose_reaction(message))

    def _react(self, message: MessageView, emoji: str) -> None:
        self._emoji.remember(emoji)
        self._toggle(message, emoji)

    def _toggle(self, message: MessageView, emoji: str) -> None:
        row = self._client_model.messages.window.row_of(message.id)
        # What others did while one was choosing is not undone by it.
        newest = message if row is None else self._client_model.messages.message(row)
        self._client_model.toggle_reaction(newest, emoji)

    def _show_reactions(self, message: MessageView) -> None:
        own = self._client_model.overview.name
        toggle = lambda emoji: self._react(message, emoji)  # noqa: E731
        other = lambda: self.choose_reaction(message)  # noqa: E731
        self._navigator.put(ReactionsSheet(self._theme, message, own, toggle, other))


def copy(message: MessageView) -> None:
    """Put a message's text on the clipboard."""
    QGuiApplication.clipboard().setText(message.text)
