"""The desktop program: puts its parts together, runs Qt's loop, and takes them apart in the opposite order."""

import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final

from PySide6.QtCore import QEvent, QLocale, QObject, QTimer
from PySide6.QtWidgets import QApplication
from typing_extensions import override

from babilu.api.client import ClientFactory, DirectProfile, RelayProfile, RestoreArchive
from babilu.api.credentials import Passphrase
from babilu.api.views import Address, ProfileView
from babilu.desktop.announcer import Announcer
from babilu.desktop.bridge import QtBridge
from babilu.desktop.discovery import Discovery
from babilu.desktop.language import Language, translate
from babilu.desktop.launch_options import LaunchOptions
from babilu.desktop.linking_here import LinkingHere
from babilu.desktop.lock import LockCheck
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.preferences import PreferenceStore
from babilu.desktop.removal import Removal
from babilu.desktop.sheets.restore import RestoreSheet
from babilu.desktop.signals import ProcessSignals
from babilu.desktop.single import SingleInstance
from babilu.desktop.theme.theme import Theme
from babilu.desktop.tray import Tray
from babilu.desktop.widgets.basics import lead_to
from babilu.desktop.widgets.first_run import OPENING
from babilu.desktop.widgets.first_run_fields import RELAY_PORT
from babilu.desktop.widgets.forms import parse_port
from babilu.desktop.window.main_window import MainWindow
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError
from babilu.kernel.ports import Clock, Randomness
from babilu.version import __version__

CLOSE_MS: Final = 5_000
HUMAN: Final = frozenset(
    {QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel, QEvent.Type.TouchBegin}
)

Profile = RelayProfile | DirectProfile


@dataclass(frozen=True, slots=True)
class DesktopOptions:
    """How the desktop is started.

    Attributes:
        home: Folder of the profiles.
        profile: A profile to open at once, or None to ask.
        beginning: What the form shows of it already.
        language: Language that was asked for; otherwise the one that the user prefers.
    """

    home: Path
    profile: Profile | None = None
    beginning: LaunchOptions | None = None
    language: str | None = None


def make_application(arguments: list[str]) -> QApplication:
    """Make Qt's application object, once in a process."""
    QApplication.setApplicationName("Babilu")
    QApplication.setApplicationVersion(__version__)
    QApplication.setDesktopFileName("org.babilu.Babilu")
    QApplication.setQuitOnLastWindowClosed(False)
    application = QApplication(arguments)
    application.setStyle("Fusion")
    return application


class DesktopApp(QObject):
    """All parts of the desktop, for as long as it runs.

    Args:
        application: Qt's application object.
        factory: Opens profiles.
        options: How it is started.
        clock: The time.
        randomness: Salt for the lock.
    """

    def __init__(
        self,
        application: QApplication,
        factory: ClientFactory,
        options: DesktopOptions,
        clock: Clock,
        randomness: Randomness,
    ) -> None:
        super().__init__()
        self._application = application
        self._options = options
        self._randomness = randomness
        self._opening: Passphrase | None = None
        self.preferences = PreferenceStore(options.home)
        value = self.preferences.value
        self.language = Language(application, options.language or value.language)
        self._preferred_language = value.language
        self.theme = Theme(application, value.theme, value.text_percent)
        self.bridge = QtBridge(factory)
        self.client_model = DesktopModel(self.bridge, clock)
        self.theme.portraits = self.client_model.portraits
        self.client_model.portraits.changed.connect(self.theme.portraits_changed)
        self.discovery = Discovery()
        self.window = MainWindow(
            self.client_model, self.bridge, self.theme, self.preferences, self.discovery, self._password_changed
        )
        self.linking = LinkingHere(self.bridge, self.window, self.theme, self._open, self._opened, self._given_up)
        self.removal = Removal(self.bridge, self.window, self.theme, self._account, self._wiped)
        self.tray = Tray(self.theme)
        announcer = Announcer(application, self.client_model, self.window, self.preferences, self.tray)
        self.announcer, self.notifier = announcer, announcer.notifier
        self._announced: tuple[bool, Address | None] = (False, None)
        self._turn()
        self._connect()
        application.installEventFilter(self)

    def start(self) -> None:
        """Show the window, and open the profile that was named."""
        if self._options.beginning is not None and self._options.beginning.host:
            self.window.first.fill(self._options.beginning)
        self.window.show()
        QTimer.singleShot(0, self.notifier.connect_bus)
        if self._options.profile is not None:
            self._open(self._options.profile)
            self.window.first.busy(OPENING)
        else:
            self.bridge.profiles(self._offer, self.window.first.refused)

    def stop(self) -> None:
        """Hide the window at once, keep what was written, and end the client."""
        self._application.removeEventFilter(self)
        self.window.chat.conversation.composer.keep()
        self.window.chat.conversation.composer.files.close()
        self.window.file_actions.leave()
        self.window.hide()
        self.tray.hide()
        self.notifier.close()
        self.discovery.stop()
        self.bridge.close(CLOSE_MS)
        self.discovery.close()
        self.language.close()

    def quit(self) -> None:
        """End the program. Qt's own ``quit`` would ask the window first, which stays in the tray when it is asked."""
        self._application.exit()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in HUMAN:
            self.window.active()
        if event.type() is QEvent.Type.Quit:
            # The system asks, as it does at the end of a session: that is no click on the window's X.
            self.quit()
            return True
        return super().eventFilter(watched, event)

    def _connect(self) -> None:
        window, client_model = self.window, self.client_model
        window.first.wanted.connect(self._open)
        window.first.restore_wanted.connect(self._ask_to_restore)
        window.first.link_wanted.connect(self._ask_to_link)
        window.closing.connect(self._closing)
        window.quit_wanted.connect(self.quit)
        window.start_over_wanted.connect(self._start_over)
        window.leave_wanted.connect(self._change_profile)
        self.tray.opened.connect(window.bring)
        self.tray.quit_wanted.connect(self.quit)
        self.tray.lock_wanted.connect(window.lock)
        client_model.unread_changed.connect(self.tray.count)
        client_model.overview.changed.connect(self._follow_progress)
        client_model.warned.connect(self.linking.warned)
        client_model.warned.connect(self.removal.warned)
        client_model.failed.connect(self.removal.failed)
        client_model.ended.connect(self._start_anew)
        self.bridge.told.connect(self._follow_opening)
        self.preferences.changed.connect(self._follow_preferences)

    def _offer(self, profiles: tuple[ProfileView, ...]) -> None:
        beginning = self._options.beginning
        named = beginning is not None and bool(beginning.host)
        begun = self.window.first.is_begun
        self.window.first.offer(profiles, choose=not begun, named=named)
        if not begun:
            lead_to(self.window.first.first_focus())

    def _open(self, profile: Profile) -> None:
        self._opening = profile.passphrase
        self.linking.begins(profile)
        self.removal.begins()
        self.bridge.open(profile, self._opened, self._not_opened)

    def _ask_to_link(self) -> None:
        first = self.window.first
        port = parse_port(first.port.text) or RELAY_PORT
        self.linking.ask(first.name.text, Address(first.host.text, port))

    def _ask_to_restore(self) -> None:
        self.window.sheets.put(RestoreSheet(self.theme, self._restore))

    def _restore(self, archive: RestoreArchive, refused: Callable[[BabiluError], None]) -> None:
        def restored(profile: Profile) -> None:
            self.window.sheets.clear()
            self.window.first.busy(OPENING)
            self._open(profile)

        self.bridge.restore(archive, restored, refused)

    def _opened(self) -> None:
        if self.linking.waits():
            return
        passphrase, self._opening = self._opening, None
        if passphrase is not None:
            self.bridge.work(lambda: LockCheck(passphrase, self._randomness), self.window.remember)
        self.window.first.forget_passwords()
        self.window.first.busy(None)
        self.window.enter()
        self.client_model.start()
        if self.preferences.value.tray:
            self.tray.show()

    def _not_opened(self, error: BabiluError) -> None:
        self._opening = None
        if not self.linking.refused(error):
            self.window.first.refused(error)

    def _given_up(self) -> None:
        """Show the first page as it was: a device that was to be linked is not, or not yet."""
        self._opening = None
        self.client_model.forget()
        self.window.first.busy(None)

    def _start_anew(self) -> None:
        """Offer the profiles again: the program that had the open one has ended, and the passphrase is not kept."""
        if self.linking.ended() or self.removal.ended():
            return
        self._leave()
        self.bridge.profiles(self._offer_anew, self.window.first.refused)

    def _change_profile(self) -> None:
        """Close the open profile, as the user has asked, and offer those that there are."""
        self._leave(lambda: self.bridge.profiles(self._offer_again, self.window.first.refused))

    def _account(self) -> tuple[str, Address | None]:
        return self.client_model.overview.name, self.client_model.overview.relay

    def _wiped(self, relink: tuple[str, Address | None] | None) -> None:
        """Show the first page, or link this device anew: of the open profile nothing is left."""

        def offer(profiles: tuple[ProfileView, ...]) -> None:
            self._offer_again(profiles)
            if relink is not None:
                self.linking.ask(*relink)

        self._leave(lambda: self.bridge.profiles(offer, self.window.first.refused))

    def _offer_again(self, profiles: tuple[ProfileView, ...]) -> None:
        self.window.first.offer(profiles)
        lead_to(self.window.first.first_focus())

    def _start_over(self, passphrase: Passphrase) -> None:
        """Open the account again with the wish to start over: a new opening, for only that may change identities."""
        relay, name = self.client_model.overview.relay, self.client_model.overview.name
        if relay is None:
            return
        profile = RelayProfile(relay, name, passphrase, start_over=True)
        self._leave(lambda: self._open(profile))
        self.window.first.fill(LaunchOptions(relay.host, relay.port, name))
        self.window.first.busy(OPENING)

    def _leave(self, then: Callable[[], None] | None = None) -> None:
        self.window.chat.conversation.composer.keep()
        self.window.leave()
        self.announcer.forget()
        self.bridge.leave(then)
        self.client_model.forget()
        self.tray.hide()

    def _offer_anew(self, profiles: tuple[ProfileView, ...]) -> None:
        self.window.first.offer(profiles)
        self.window.first.refused(LinkError(ErrorCode.HOST_ENDED, "The host of the profile has ended."))
        lead_to(self.window.first.first_focus())

    def _password_changed(self, passphrase: Passphrase) -> None:
        self.window.remember(None)
        self.bridge.work(lambda: LockCheck(passphrase, self._randomness), self.window.remember)

    def _closing(self) -> None:
        if (
            self.preferences.value.tray
            and self.tray.is_there
            and self.window.pages.currentWidget() is not self.window.first
        ):
            self.window.hide()
            self._say_where_it_went()
        else:
            self.quit()

    def _say_where_it_went(self) -> None:
        """Say, the first time, that the window has not ended Babilu."""
        if self.preferences.value.knows_tray:
            return
        self.preferences.change(knows_tray=True)
        self.tray.announce(
            translate("App", "Babilu goes on in the tray"),
            translate("App", "Messages keep arriving. To end it: Ctrl+Q, or Quit in the menu of its icon."),
        )

    def _follow_opening(self, _events: object) -> None:
        self._follow_discovery()

    def _follow_progress(self) -> None:
        progress = self.client_model.overview.progress
        if self._opening is not None and progress is not None:
            self.window.first.busy(progress.task, progress.done, progress.total)
        self._follow_discovery()

    def _follow_discovery(self) -> None:
        overview = self.client_model.overview
        wanted = (self.preferences.value.discover and bool(overview.name), overview.listening)
        if wanted == self._announced:
            return
        self._announced = wanted
        if wanted[0]:
            self.discovery.start(overview.name, overview.listening)
        else:
            self.discovery.stop()

    def _follow_preferences(self) -> None:
        value = self.preferences.value
        self.theme.choose(value.theme, value.text_percent)
        before = self.language.code
        if value.language != self._preferred_language:
            self._preferred_language = value.language
            self.language.choose(value.language)
        if self.language.code != before:
            self._turn()
            self.tray.retranslate()
        if value.tray and self.window.pages.currentWidget() is not self.window.first:
            self.tray.show()
        else:
            self.tray.hide()
        self._follow_discovery()

    def _turn(self) -> None:
        self._application.setLayoutDirection(QLocale(self.language.code).textDirection())


class Crash:
    """Says an error of ours that reached the event loop, and goes on; the window must not vanish over it."""

    def __init__(self, app: DesktopApp) -> None:
        self._app = app

    def __call__(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Say it; what asks to end ends."""
        if isinstance(error, KeyboardInterrupt):
            self._app.quit()
            return
        traceback.print_exception(kind, error, trace, file=sys.stderr)
        self._app.window.toast.say(
            translate("App", "Something went wrong inside Babilu. It goes on; details are on the terminal.")
        )


def run(factory: ClientFactory, options: DesktopOptions, clock: Clock, randomness: Randomness) -> int:
    """Run the desktop until the user quits it. Returns the process's exit code."""
    application = make_application(["babilu"])
    single = SingleInstance(options.home)
    if not single.is_first():
        return 0
    signals = ProcessSignals()
    app = DesktopApp(application, factory, options, clock, randomness)
    hook, sys.excepthook = sys.excepthook, Crash(app)
    single.raised.connect(app.window.bring)
    signals.ended.connect(app.quit)
    app.start()
    try:
        return application.exec()
    finally:
        app.stop()
        sys.excepthook = hook
        signals.close()
        single.close()
