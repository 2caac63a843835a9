"""Linking of this device in the window: a profile that is open and not ready waits to be let in by another device."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.client import DirectProfile, RelayProfile
from babilu.api.views import Address
from babilu.desktop.bridge import QtBridge
from babilu.desktop.language import countable, translate
from babilu.desktop.sheets.link_here import LinkHereSheet, LinkingStep
from babilu.desktop.theme.theme import Theme
from babilu.desktop.window.main_window import MainWindow
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError

Profile = RelayProfile | DirectProfile


class LinkingHere(QObject):
    """Leads the user through linking, from the first page to a profile that is ready.

    Args:
        bridge: The way to the client.
        window: Where it is shown.
        theme: Fonts and colours.
        begin: Opens a profile; it asks `waits` once that is done, and tells `refused` where it cannot be.
        linked: Told when a profile for which `waits` was true is ready.
        left: Told when such a profile is closed.
    """

    def __init__(
        self,
        bridge: QtBridge,
        window: MainWindow,
        theme: Theme,
        begin: Callable[[Profile], None],
        linked: Callable[[], None],
        left: Callable[[], None],
    ) -> None:
        super().__init__()
        self._bridge, self._window, self._theme = bridge, window, theme
        self._begin, self._linked, self._left = begin, linked, left
        self._came = 0
        self._code: e.LinkCodeShown | None = None
        self._sheet: LinkHereSheet | None = None
        self._profile: Profile | None = None
        self._ready = self._waiting = self._unwanted = False
        self._trouble: BabiluError | None = None
        bridge.told.connect(self._hear)
        bridge.missed.connect(self._missed)

    def ask(self, name: str, relay: Address | None) -> None:
        """Ask which account this device is to be linked to, beginning with one that may be meant."""
        sheet = self._put(LinkHereSheet(self._theme))
        sheet.fill(name, relay)
        sheet.focus_first()

    def begins(self, profile: Profile) -> None:
        """Take note that a profile is being opened."""
        self._profile, self._trouble = profile, None
        self._ready = self._waiting = False
        self._came, self._code = 0, None

    def waits(self) -> bool:
        """Tell of a profile that was opened whether it must be let in first; that is shown then."""
        if self._unwanted:
            self._unwanted, self._waiting = False, True
            self._leave()
            return True
        if self._ready:
            self._take_away()
            return False
        self._waiting = True
        if self._sheet is None:
            self._put(LinkHereSheet(self._theme, self._profile))
        else:
            self._sheet.ask_devices()
            self._show_code()
        return True

    def refused(self, error: BabiluError) -> bool:
        """Show why a profile could not be opened, if that was to be linked; tells whether it was."""
        was_linked = self._sheet is not None or self._unwanted
        self._unwanted = False
        if self._sheet is not None:
            self._sheet.refuse(error)
        if was_linked:
            self._left()
        return was_linked

    def ended(self) -> bool:
        """Show why a client has ended, if it was to be linked; tells whether it was."""
        if not self._waiting:
            return False
        trouble = self._trouble or LinkError(ErrorCode.HOST_ENDED, "The host of the profile has ended.")
        sheet = self._sheet

        def closed() -> None:
            # Only now can the profile be opened again.
            if sheet is not None and sheet is self._sheet:
                sheet.refuse(trouble)

        self._leave(closed)
        return True

    def warned(self, warned: e.Warned) -> None:
        """Take note of why a client is about to end; it is told before its end."""
        if warned.fatal:
            known = {each.value: each for each in ErrorCode}
            self._trouble = BabiluError(known.get(warned.code, ErrorCode.INTERNAL), warned.text)

    def _put(self, sheet: LinkHereSheet) -> LinkHereSheet:
        self._sheet = sheet
        sheet.wanted.connect(self._begin)
        sheet.confirmed.connect(self._confirm)
        sheet.given_up.connect(self._give_up)
        self._window.sheets.put(sheet)
        return sheet

    def _take_away(self) -> None:
        sheet, self._sheet = self._sheet, None
        if sheet is not None:
            self._window.sheets.take(sheet)

    def _leave(self, then: Callable[[], None] | None = None) -> None:
        if self._waiting:
            self._waiting = False
            self._bridge.leave(then)
            self._left()

    def _hear(self, told: tuple[e.Event, ...]) -> None:
        for event in told:
            match event:
                case e.Ready():
                    self._is_ready()
                case e.LinkCodeShown(line=str()):
                    self._code = event
                    self._show_code()
                case e.OwnHistoryCame(messages):
                    self._history_came(messages)
                case _:
                    pass

    def _show_code(self) -> None:
        """Show the code once there is a client that can be told whether it is the same; it may come before that."""
        if self._waiting and self._sheet is not None and self._code is not None:
            self._sheet.show_code(self._code)

    def _history_came(self, messages: int) -> None:
        self._came += messages
        if messages and not self._window.is_locked:
            text = translate("LinkHere", "%n message(s) came from your other device.", None, countable(self._came))
            self._window.toast.say(text)

    def _missed(self) -> None:
        """Take a client that tells more than can be kept for one that is linked: before, hardly anything is told."""
        self._is_ready()

    def _is_ready(self) -> None:
        self._ready = True
        if self._waiting:
            self._waiting = False
            self._take_away()
            self._linked()

    def _confirm(self) -> None:
        self._bridge.request(c.LinkConfirm(), self._confirmed, self._not_confirmed)

    def _confirmed(self, _: None) -> None:
        if self._sheet is not None:
            self._sheet.wait_for_grant()

    def _not_confirmed(self, error: BabiluError) -> None:
        # One that has ended meanwhile says why by its events.
        if self._sheet is not None and self._sheet.phase is LinkingStep.CODE:
            self._sheet.refuse_answer(error)

    def _give_up(self, phase: LinkingStep) -> None:
        """End what the user does not want any more; the other device hears of it once a code was shown."""
        self._sheet = None
        match phase:
            case LinkingStep.FORM:
                pass
            case LinkingStep.OPENING:
                self._unwanted = True
            case LinkingStep.CODE:
                self._bridge.request(c.LinkRefuse(), lambda _: self._leave(), lambda _: self._leave())
            case LinkingStep.ASKED | LinkingStep.AGREED:
                self._leave()
