"""The app around the screen: opens the profile, takes turns with the client, and leaves the terminal as it was.

An error of our own ends the app without a word on the screen: whoever started it is told, and the log has the rest.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from typing import Any, ClassVar, Final, assert_never

from textual import events
from textual.app import App, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.message import Message
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Input, TextArea
from typing_extensions import override

from babilu.api import events as e
from babilu.api.client import DirectProfile, RelayProfile
from babilu.api.views import PeerState, PictureView
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError
from babilu.presentation.alarms import alarm_text
from babilu.presentation.client_bridge import ClientBridge
from babilu.presentation.group_words import invitation_sentence, join_sentence, split_sentence
from babilu.terminal.app.cells import label, safe
from babilu.terminal.app.client_model import TerminalModel
from babilu.terminal.app.composer import ComposerField
from babilu.terminal.app.connection_status import TerminalStatus
from babilu.terminal.app.conversation_names import TITLE_CELLS
from babilu.terminal.app.editor import command_of, edit
from babilu.terminal.app.key_order import KeyOrder
from babilu.terminal.app.main_screen import MainScreen
from babilu.terminal.app.message_renderer import NAME_CELLS
from babilu.terminal.app.outside import OutsidePictures
from babilu.terminal.app.preferences import TerminalPreferences, keep_preferences
from babilu.terminal.app.themes import TerminalLook, theme_of
from babilu.terminal.app.ui_context import UiContext

log = logging.getLogger(__name__)

ENDING: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
TURN_S: Final = 0.03
"""Longest turn with the client before keys have theirs."""

SAVE_TITLE, RESTORE_TITLE = "\x1b[22;2t", "\x1b[23;2t"


class ClientApp(App[None]):
    """The terminal client.

    Args:
        bridge: The way to the client.
        profile: What to open.
        preferences: What the person prefers.
        ui_context: What it is shown with.
        takes_signals: Whether signals that ask the process to end are this app's.

    Attributes:
        error: Why it ended, or None where the person wanted it to.
    """

    ENABLE_COMMAND_PALETTE = False
    CSS_PATH = "client.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+q", "leave", show=False, priority=True)]

    class Woken(Message):
        """The client has told something."""

    def __init__(
        self,
        bridge: ClientBridge,
        profile: RelayProfile | DirectProfile,
        preferences: TerminalPreferences,
        ui_context: UiContext,
        *,
        takes_signals: bool = False,
    ) -> None:
        super().__init__(driver_class=_driver(), ansi_color=True if preferences.look is TerminalLook.PLAIN else None)
        # Before the style sheet is read, which names the themes' colours.
        for look in TerminalLook:
            self.register_theme(theme_of(look))
        self.set_reactive(App.theme, preferences.look.value)
        self.stylesheet.set_variables(self.get_css_variables())
        self.error: BaseException | None = None
        self.preferences = preferences
        self._bridge = bridge
        self._profile = profile
        self._around = ui_context
        self._say = ui_context.say
        self._open = False
        self._takes_signals = takes_signals
        self._entitled = False
        self._order = KeyOrder()
        self._outside = OutsidePictures(lambda error: bridge.post(lambda: self.fail(error)))
        self.client_model = TerminalModel(bridge, TerminalStatus(ui_context.say, ui_context.symbols, ui_context.clock))
        self.main = MainScreen(self.client_model, self, ui_context)
        self.client_model.watch(self.main)
        bridge.attach(self._wake, self.client_model.hear, self.client_model.refused)

    # Beginning and end.

    def on_load(self) -> None:
        """Listen to signals before the terminal is taken: from then on it must be given back."""
        if sys.platform != "win32" and self._takes_signals:
            for number in ENDING:
                asyncio.get_running_loop().add_signal_handler(number, self._ended_by, number)

    def on_unmount(self) -> None:
        """Delete what other programs were given."""
        self._outside.close()

    def on_mount(self) -> None:
        """Show the screen and open the profile."""
        self.theme_changed_signal.subscribe(self, lambda _: self.main.retheme())
        self.push_screen(self.main)
        self._bridge.open(self._profile, self._opened, self._not_opened)

    def leave(self) -> None:
        """End, and keep what was written."""
        if self._open:
            self.main.stop()
        self._restore_title()
        self.exit()

    def action_leave(self) -> None:
        """End."""
        self.leave()

    @override
    async def on_event(self, event: events.Event) -> None:
        """Give keys and pastes their turns, one after the other."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self._order.turn(self.screen)
            target = self.focused or self.screen
            self._order.goes_to(target)
            if isinstance(event, events.Key) and not _is_for(target, event) and await self._does(event.key):
                return
        await super().on_event(event)

    async def _does(self, key: str) -> bool:
        """Do at once what a key is bound to: bubbling up it would be overtaken by the next one."""
        return await self._check_bindings(key, priority=True) or await self._check_bindings(key)

    @override
    def action_help_quit(self) -> None:
        """Say which key ends: Ctrl+C does so elsewhere, and copies here."""
        self.say_so(self._say("app.quit_hint"))

    @override
    def _handle_exception(self, error: Exception) -> None:
        """End without showing a traceback: its variables hold what others wrote and what must not be seen."""
        log.error("the terminal client failed", exc_info=error)
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self.error = self.error or error
        self._restore_title()
        self._close_messages_no_wait()

    @override
    def panic(self, *_renderables: object) -> None:
        """End because the terminal cannot be read any more; what Textual would print is not shown."""
        if not self._exit:
            self._end_by(LinkError(ErrorCode.CLOSED, "The terminal is gone."))

    # The client.

    def on_client_app_woken(self) -> None:
        """Take what the client has told; where there is more, keys have their turn first.

        What comes while the screen is taken down has nowhere to be shown.
        """
        if self.is_running and self._bridge.turn(TURN_S):
            self.post_message(self.Woken())

    def _wake(self) -> None:
        # Called in any thread, also in the moment between the end of the loop and the end of the bridge.
        with contextlib.suppress(RuntimeError):
            self.post_message(self.Woken())

    def _opened(self) -> None:
        self._open = True
        self.client_model.start()
        self.client_model.reopen()
        self.client_model.read_recent()
        now = self._around.clock.now_ms()
        self.client_model.remind_of_backups(now, lambda: self.say_so(self._say("app.backup.remind")))
        self.main.opened("")

    def _not_opened(self, error: BabiluError) -> None:
        self._end_by(error)

    def told(self, event: e.Event) -> None:
        """Say in passing what has happened."""
        match event:
            case e.Registered(name):
                self.say_so(self._say("registered", name=label(name, NAME_CELLS)))
            case e.RequestArrived() | e.GroupInvited() | e.JoinRequested() | e.GroupSplit():
                self.say_so(self._asked(event))
                self.ring()
            case e.PeerChanged(name, state):
                key = "app.connected" if state is PeerState.CONNECTED else "disconnected"
                self.say_so(self._say(key, name=label(name, NAME_CELLS)))
                if state is PeerState.CONNECTED and not event.incoming and not self.client_model.here:
                    # Whoever calls writes next, and has no other conversation to write in.
                    self.open_conversation(name)
            case e.CallFailed(address, code, text, None, why):
                reason = self._say.problem(code, text, why)
                self._note(self._say("call_failed", address=str(address), reason=reason), grave=True)
            case e.IdentityChanged(name):
                self._note(self._say("app.identity_changed", name=label(name, NAME_CELLS)), grave=True)
                self.ring()
            case e.NoticeArrived() | e.OutsiderWrote():
                self._note(self._noted(event), grave=False)
            case e.AlarmRaised(name=name):
                self._note(str(alarm_text(event, self._say, label(name or "", NAME_CELLS))), grave=True)
                self.ring()
            case e.Warned(code, text, True):
                self._end_by(BabiluError(_code(code), text))
            case e.Warned(code, text):
                self._note(self._say.problem(code, text), grave=True)
            case e.Closed() if self._open:
                # One that closes while it opens says why by failing to open.
                self._end_by(BabiluError(ErrorCode.CLOSED, "The client has ended."))
            case _:
                self._told_of_devices(event)

    def _told_of_devices(self, event: e.Event) -> None:
        match event:
            case e.Ready() | e.OwnHistoryCame() if self._open:
                # A device that was linked just now has nothing on the screen yet.
                self.client_model.reopen()
                self.client_model.read_recent()
            case e.LinkCodeShown(line=str()):
                self.main.dialogs.own_devices.show_code(event)
            case e.LinkAsked():
                self.main.dialogs.own_devices.asked(event)
                self.ring()
            case e.LinkEnded(code, text):
                self._note(self._say("link_ended", reason=self._say.problem(code, text)), grave=True)
            case e.DeviceLinked(device):
                self.say_so(self._say("device_linked", name=label(device.name or device.device, NAME_CELLS)))
            case e.DeviceRemoved(device):
                self.say_so(self._say("device_removed", name=label(device.name or device.device, NAME_CELLS)))
            case _:
                pass

    def _noted(self, event: e.NoticeArrived | e.OutsiderWrote) -> str:
        """Say what nobody has to do anything about."""
        match event:
            case e.NoticeArrived(text):
                return self._say("notice", text=text)
            case e.OutsiderWrote(conversation, name=name):
                group = self.client_model.title_of(conversation)
                return self._say("outsider_wrote", group=label(group, TITLE_CELLS), name=label(name, NAME_CELLS))
            case _:
                assert_never(event)

    def _asked(self, event: e.RequestArrived | e.GroupInvited | e.JoinRequested | e.GroupSplit) -> str:
        """Say what waits for a decision from now on."""
        match event:
            case e.RequestArrived(request):
                return self._say("app.request_arrived", name=label(request.name, NAME_CELLS))
            case e.GroupInvited(invitation):
                return invitation_sentence(invitation, self._say, lambda text: label(text, TITLE_CELLS))
            case e.JoinRequested(request):
                title = self.client_model.title_of(request.conversation)
                return join_sentence(request, self._say, title, lambda text: label(text, TITLE_CELLS))
            case e.GroupSplit(conversation, title=title, names=names):
                return split_sentence(title or conversation, names, self._say, lambda text: label(text, TITLE_CELLS))
            case _:
                assert_never(event)

    # What the screen asks of the terminal.

    def put(self, sheet: ModalScreen[None]) -> None:
        """Show a sheet over everything."""
        self._order.comes(self.push_screen(sheet))

    def open_conversation(self, name: str) -> None:
        """Open a conversation and write in it."""
        self.main.open_conversation(name)

    def say_so(self, text: str) -> None:
        """Tell something in passing."""
        self._note(text, grave=False)

    def fail(self, error: BabiluError) -> None:
        """Tell that something went wrong."""
        self._note(self._say.error(error), grave=True)

    def copy(self, text: str) -> None:
        """Put a text on the clipboard, by the terminal's own means (OSC 52, in Base64)."""
        self.copy_to_clipboard(text)
        self.say_so(self._say("app.copied"))

    def open_outside(self, picture: PictureView) -> None:
        """Have another program show a copy of a picture."""
        try:
            self._outside.show(picture, os.environ)
        except BabiluError as error:
            self.fail(error)

    def ring(self) -> None:
        """Ring the terminal's bell, where the person wants that."""
        if self.preferences.bell:
            self.bell()

    def entitle(self, unread: int) -> None:
        """Show a count in the terminal's title; no name and no text of others goes there."""
        if not self._around.title or self._driver is None or self.is_headless:
            return
        if not self._entitled:
            self._entitled = True
            self._driver.write(SAVE_TITLE)
        name = safe(self.client_model.connection_status.name)
        count = f"({unread}) " if unread else ""
        self._driver.write(f"\x1b]2;{count}Babilu {name}\x07")

    def prefer(self, preferences: TerminalPreferences) -> None:
        """Use and keep other preferences."""
        self.preferences = preferences
        self.theme = preferences.look.value
        keep_preferences(self._around.home, preferences)

    def edit(self, text: str) -> str:
        """Let the person write in an editor; the client goes on meanwhile."""
        try:
            with self.suspend():
                return edit(text, self._around.home, command_of(os.environ))
        except SuspendNotSupported:
            return text
        except BabiluError as error:
            self.fail(error)
            return text
        finally:
            self.refresh()

    # Parts.

    def _ended_by(self, number: int) -> None:
        if number == getattr(signal, "SIGHUP", None):
            _let_go_of_terminal()
        self.leave()

    def _end_by(self, error: BabiluError) -> None:
        if self.error is None:
            self.error = error
            self._restore_title()
            self.exit()

    def _restore_title(self) -> None:
        if self._entitled and self._driver is not None:
            self._entitled = False
            self._driver.write(RESTORE_TITLE)

    def _note(self, text: str, *, grave: bool) -> None:
        self.main.note(safe(text), grave=grave)


def _is_for(target: Widget | Screen[Any], event: events.Key) -> bool:
    """Tell whether a field takes a key itself, whatever it is bound to."""
    if not isinstance(target, Input | TextArea):
        return False
    return event.is_printable or (isinstance(target, ComposerField) and target.takes(event.key))


def _driver() -> type[Driver] | None:
    """Choose how the terminal is drawn on; None for Textual's own way."""
    if sys.platform == "win32":
        return None
    from babilu.terminal.app.driver import TerminalDriver  # noqa: PLC0415 -- Windows has no such terminals

    return TerminalDriver


def _code(code: str) -> ErrorCode:
    try:
        return ErrorCode(code)
    except ValueError:
        return ErrorCode.INTERNAL


def _let_go_of_terminal() -> None:
    """Where the terminal is gone, write to nowhere: a write that fails would keep the program from its end."""
    stream = sys.__stderr__
    if stream is None or os.isatty(stream.fileno()):
        return
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
