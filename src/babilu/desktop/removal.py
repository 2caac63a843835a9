"""Removal of this device: the window is covered as soon as that is known, and what is here is deleted once asked."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from babilu.api import commands as c
from babilu.api.credentials import Passphrase
from babilu.api.events import Warned
from babilu.api.views import Address
from babilu.desktop.bridge import QtBridge
from babilu.desktop.language import translate
from babilu.desktop.sheets.question import QuestionSheet
from babilu.desktop.theme.theme import Theme
from babilu.desktop.window.main_window import MainWindow
from babilu.kernel.errors import BabiluError, ErrorCode


class Removal(QObject):
    """Does what the page of a removed device asks for.

    Args:
        bridge: The way to the client.
        window: Where it is shown.
        theme: Fonts and colours.
        account: Gives the name and the relay of the open profile.
        wiped: Told when nothing of the profile is left: where to link anew, with which name; None for neither.
    """

    def __init__(
        self,
        bridge: QtBridge,
        window: MainWindow,
        theme: Theme,
        account: Callable[[], tuple[str, Address | None]],
        wiped: Callable[[tuple[str, Address | None] | None], None],
    ) -> None:
        super().__init__()
        self._bridge, self._window, self._theme = bridge, window, theme
        self._account, self._wiped = account, wiped
        self._wiping = self._relinks = False
        window.removed_page.read_wanted.connect(self._read)
        window.removed_page.wipe_wanted.connect(self._ask)

    def begins(self) -> None:
        """Take note that another profile is being opened."""
        self._wiping = self._window.was_removed = False

    def warned(self, warned: Warned) -> None:
        """Cover the window where the client tells that this device was removed."""
        if warned.code == ErrorCode.DEVICE_REMOVED.value:
            self._window.show_removed()

    def failed(self, error: BabiluError) -> None:
        """Cover the window where the client refuses something because this device was removed."""
        if error.code is ErrorCode.DEVICE_REMOVED and not self._window.was_removed:
            self._window.show_removed()

    def ended(self) -> bool:
        """Go on after a client that has ended, if everything here was to be deleted; tells whether it was."""
        wiping, self._wiping = self._wiping, False
        if wiping:
            self._wiped(self._account() if self._relinks else None)
        return wiping

    def _read(self, password: Passphrase) -> None:
        self._bridge.request(
            c.CheckPassphrase(password), lambda _: self._window.uncover(), self._window.removed_page.refuse
        )

    def _ask(self, password: Passphrase, relinks: bool) -> None:
        self._window.sheets.put(
            QuestionSheet(
                self._theme,
                lambda: translate("Removed", "Delete everything here?"),
                lambda: translate(
                    "Removed",
                    "Messages, files, contacts and keys of this profile are deleted from this device. Your other "
                    "devices keep theirs. This cannot be undone.",
                ),
                lambda: translate("Removed", "Delete everything"),
                lambda: self._wipe(password, relinks=relinks),
                dangerous=True,
            )
        )

    def _wipe(self, password: Passphrase, *, relinks: bool) -> None:
        self._wiping, self._relinks = True, relinks
        self._window.removed_page.hold(on=True)
        self._bridge.request(c.WipeProfile(password), None, self._not_wiped)

    def _not_wiped(self, error: BabiluError) -> None:
        if self._wiping:
            self._wiping = False
            self._window.removed_page.refuse(error)
