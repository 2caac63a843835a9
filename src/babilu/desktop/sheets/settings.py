"""Settings apply at once; a search leaves only the lines that fit."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QLocale, QSignalBlocker, Qt, QTime
from PySide6.QtWidgets import QLineEdit, QWidget
from typing_extensions import override

from babilu.api import commands as c
from babilu.api.credentials import Passphrase
from babilu.api.views import LinkState, PrivacySwitch
from babilu.desktop.error_texts import sentence_for
from babilu.desktop.language import CHOICES, translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.preferences import TEXT_SIZES, PreferenceStore, Shows
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme, ThemeChoice
from babilu.desktop.widgets.adders_choice import AddersChoice
from babilu.desktop.widgets.basics import Button, PlainLabel, column, row
from babilu.desktop.widgets.controls import ChoiceBox, Switch
from babilu.desktop.widgets.forms import FormField
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.desktop.widgets.new_password import Repetition
from babilu.desktop.widgets.own_picture import OwnPicturePart
from babilu.desktop.widgets.receipt_switches import ReceiptSwitches, switch_name
from babilu.desktop.widgets.setting_line import Line, SettingsSection
from babilu.kernel.errors import BabiluError, UsageError
from babilu.presentation.fuzzy import folded
from babilu.presentation.strings import LANGUAGES
from babilu.version import __version__

LOCK_MINUTES = (0, 1, 5, 15, 60)
HALF_HOUR = 30
HALVES = 48


@dataclass(frozen=True, slots=True)
class SettingsActs:
    """What the sheet leaves to others.

    Attributes:
        password_changed: Told of a new password.
        blocked: Shows who is blocked.
        invite: Shows the relay's invitations.
        leave: Asks whether to leave the profile.
        own_link: Shows one's own link.
        storage: Shows what takes room on this device.
        export: Writes all conversations into plain files.
        backup: Shows how backups stand.
        devices: Shows the own devices.
    """

    password_changed: Callable[[Passphrase], None]
    blocked: Callable[[], None]
    invite: Callable[[], None]
    leave: Callable[[], None]
    own_link: Callable[[], None]
    storage: Callable[[], None]
    export: Callable[[], None]
    backup: Callable[[], None]
    devices: Callable[[], None]


class SettingsSheet(ModalSheet):
    """Shows and changes preferences, and the password."""

    def __init__(self, theme: Theme, store: PreferenceStore, client_model: DesktopModel, acts: SettingsActs) -> None:
        super().__init__(theme, m.SHEET_WIDE)
        self._store = store
        self._client_model = client_model
        self._acts = acts
        self.field = QLineEdit()
        self.body.addWidget(self.field)
        self.theme_box = ChoiceBox(theme)
        self.language_box = ChoiceBox(theme)
        self.size_box = ChoiceBox(theme)
        self.notify_box = Switch(theme)
        self.shows_box = ChoiceBox(theme)
        self.quiet_box = Switch(theme)
        self.quiet_from = ChoiceBox(theme)
        self.quiet_to = ChoiceBox(theme)
        self.lock_box = ChoiceBox(theme)
        self.tray_box = Switch(theme)
        self.enter_box = Switch(theme)
        self.blocked_button = Button("")
        self.invite_button = Button("")
        self.leave_button = Button("")
        self.link_button = Button("")
        self.storage_button = Button("")
        self.export_button = Button("")
        self.backup_button = Button("")
        self.devices_button = Button("")
        self.picture = OwnPicturePart(theme, client_model)
        self.receipts = ReceiptSwitches(theme, client_model)
        self.adders = AddersChoice(theme, client_model)
        self.version = PlainLabel(theme, lambda t: t.fonts.body, text=__version__)
        self.version.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.relay = self._relay()
        self.parts = [
            self._appearance(),
            self._notifications(),
            self._privacy(),
            self._behaviour(),
            self.relay,
            self._profile(),
            self._about(),
        ]
        for part in self.parts:
            self.body.addWidget(part)
        self.password = PasswordPart(theme, self._change_password)
        self.body.addWidget(self.password)
        self.body.addStretch(1)
        self.field.textChanged.connect(self._narrow)
        self._show_values()
        self._connect()
        client_model.invitations.changed.connect(self._offer)
        client_model.overview.changed.connect(self._ask_relay)
        self._asked_relay = False
        self._offer()
        self._ask_relay()

    @override
    def first_focus(self) -> QWidget:
        return self.field

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("Settings", "Settings"))
        self.field.setPlaceholderText(translate("Settings", "Search the settings"))
        self.field.setAccessibleName(translate("Settings", "Search the settings"))
        for part in self.parts:
            part.retranslate()
        self.blocked_button.setText(translate("Settings", "Show…"))
        self.invite_button.setText(translate("Settings", "Invite…"))
        self.link_button.setText(translate("Settings", "Show…"))
        self.storage_button.setText(translate("Settings", "Show…"))
        self.export_button.setText(translate("Settings", "Export…"))
        self.backup_button.setText(translate("Settings", "Show…"))
        self.devices_button.setText(translate("Settings", "Show…"))
        self.leave_button.setText(translate("Settings", "Leave…"))
        self.password.retranslate()
        self.picture.retranslate()
        self.adders.retranslate()
        self._show_values()
        self._narrow(self.field.text())

    def _appearance(self) -> SettingsSection:
        part = SettingsSection(self.theme, lambda: translate("Settings", "Appearance"))
        part.add(Line(self.theme, lambda: translate("Settings", "Colours"), self.theme_box))
        part.add(Line(self.theme, lambda: translate("Settings", "Language"), self.language_box))
        part.add(Line(self.theme, lambda: translate("Settings", "Text size"), self.size_box))
        return part

    def _notifications(self) -> SettingsSection:
        part = SettingsSection(self.theme, lambda: translate("Settings", "Notifications"))
        part.add(Line(self.theme, lambda: translate("Settings", "Announce new messages"), self.notify_box))
        shows = Line(self.theme, lambda: translate("Settings", "An announcement shows"), self.shows_box)
        part.add(shows)
        quiet_hint = lambda: translate("Settings", "Nothing is announced between these times.")  # noqa: E731
        part.add(Line(self.theme, lambda: translate("Settings", "Quiet hours"), self.quiet_box, quiet_hint))
        part.add(Line(self.theme, lambda: translate("Settings", "Quiet from"), self.quiet_from))
        part.add(Line(self.theme, lambda: translate("Settings", "Quiet until"), self.quiet_to))
        return part

    def _privacy(self) -> SettingsSection:
        part = SettingsSection(self.theme, lambda: translate("Settings", "Privacy"))
        hint = lambda: translate("Settings", "A locked window shows no text. Ctrl+L locks at once.")  # noqa: E731
        part.add(Line(self.theme, lambda: translate("Settings", "Lock when unused for"), self.lock_box, hint))
        part.add(Line(self.theme, lambda: translate("Settings", "Blocked people"), self.blocked_button))
        both = lambda: translate("Settings", "Who does not tell it is not told it. Contacts can differ.")  # noqa: E731
        part.add(Line(self.theme, lambda: switch_name(PrivacySwitch.READ), self.receipts.read, both))
        part.add(Line(self.theme, lambda: switch_name(PrivacySwitch.TYPING), self.receipts.typing))
        part.add(Line(self.theme, lambda: switch_name(PrivacySwitch.PRESENCE), self.receipts.presence))
        added = lambda: translate("Settings", "Being added by anybody else shows nothing.")  # noqa: E731
        part.add(Line(self.theme, lambda: translate("Settings", "Who may add me to groups"), self.adders.box, added))
        return part

    def _relay(self) -> SettingsSection:
        part = SettingsSection(self.theme, lambda: translate("Settings", "Relay"))
        hint = lambda: translate("Settings", "Owner and moderators let others make an account here.")  # noqa: E731
        part.add(Line(self.theme, lambda: translate("Settings", "Invitations"), self.invite_button, hint))
        return part

    def _profile(self) -> SettingsSection:
        part = SettingsSection(self.theme, lambda: translate("Settings", "Profile"))
        seen = lambda: translate("Settings", "Contacts whom you have accepted see it, and nobody else.")  # noqa: E731
        part.add(Line(self.theme, lambda: translate("Settings", "Picture of you"), self.picture, seen))
        link = lambda: translate("Settings", "A link and a code by which others add you.")  # noqa: E731
        part.add(Line(self.theme, lambda: translate("Settings", "Add me"), self.link_button, link))
        own = lambda: translate("Settings", "What each is called, and removing one for good.")  # noqa: E731
        part.add(Line(self.theme, lambda: translate("Settings", "Your devices"), self.devices_button, own))
        room = lambda: translate("Settings", "What takes how much, and deleting older files.")  # noqa: E731
        part.add(Line(self.theme, lambda: translate("Settings", "Storage on this device"), self.storage_button, room))
        safe = lambda: translate("Settings", "One encrypted file brings you back when this device is lost.")  # noqa: E731
        part.add(Line(self.theme, lambda: translate("Settings", "Backups"), self.backup_button, safe))
        plain = lambda: translate("Settings", "All conversations as plain files, which anybody can read.")  # noqa: E731
        part.add(Line(self.theme, lambda: translate("Settings", "Export"), self.export_button, plain))
        hint = lambda: translate("Settings", "It stays on this device, and opens again with its password.")  # noqa: E731
        name = lambda: translate("Settings", "Log out or change the profile")  # noqa: E731
        part.add(Line(self.theme, name, self.leave_button, hint))
        return part

    def _about(self) -> SettingsSection:
        part = SettingsSection(self.theme, lambda: translate("Settings", "About Babilu"))
        hint = lambda: translate("Settings", "Private chat that people host themselves.")  # noqa: E731
        part.add(Line(self.theme, lambda: translate("Settings", "Version"), self.version, hint))
        return part

    def _behaviour(self) -> SettingsSection:
        part = SettingsSection(self.theme, lambda: translate("Settings", "Behaviour"))
        enter_hint = lambda: translate("Settings", "Otherwise Ctrl+Enter sends.")  # noqa: E731
        part.add(Line(self.theme, lambda: translate("Settings", "Enter sends the message"), self.enter_box, enter_hint))
        tray_hint = lambda: translate("Settings", "Where the system has a tray.")  # noqa: E731
        name = lambda: translate("Settings", "Stay in the tray when the window is closed")  # noqa: E731
        part.add(Line(self.theme, name, self.tray_box, tray_hint))
        return part

    def _connect(self) -> None:
        change = self._store.change
        self.theme_box.activated.connect(lambda i: change(theme=tuple(ThemeChoice)[i]))
        self.language_box.activated.connect(lambda i: change(language=CHOICES[i]))
        self.size_box.activated.connect(lambda i: change(text_percent=TEXT_SIZES[i]))
        self.notify_box.toggled.connect(lambda on: change(notify=on))
        self.shows_box.activated.connect(lambda i: change(shows=tuple(Shows)[i]))
        self.quiet_box.toggled.connect(lambda on: change(quiet=on))
        self.quiet_from.activated.connect(lambda i: change(quiet_from=i * HALF_HOUR))
        self.quiet_to.activated.connect(lambda i: change(quiet_to=i * HALF_HOUR))
        self.lock_box.activated.connect(lambda i: change(lock_minutes=LOCK_MINUTES[i]))
        self.tray_box.toggled.connect(lambda on: change(tray=on))
        self.enter_box.toggled.connect(lambda on: change(enter_sends=on))
        self._store.changed.connect(self._show_values)
        self.blocked_button.clicked.connect(self._acts.blocked)
        self.invite_button.clicked.connect(self._acts.invite)
        self.leave_button.clicked.connect(self._acts.leave)
        self.link_button.clicked.connect(self._acts.own_link)
        self.storage_button.clicked.connect(self._acts.storage)
        self.export_button.clicked.connect(self._acts.export)
        self.backup_button.clicked.connect(self._acts.backup)
        self.devices_button.clicked.connect(self._acts.devices)

    def _show_values(self) -> None:
        value = self._store.value
        self.theme_box.say(theme_names(), tuple(ThemeChoice).index(value.theme))
        self.language_box.say(language_names(), CHOICES.index(value.language))
        self.size_box.say(tuple(f"{size} %" for size in TEXT_SIZES), TEXT_SIZES.index(value.text_percent))
        self.shows_box.say(shows_names(), tuple(Shows).index(value.shows))
        self.quiet_from.say(time_names(), value.quiet_from // HALF_HOUR % HALVES)
        self.quiet_to.say(time_names(), value.quiet_to // HALF_HOUR % HALVES)
        minutes = LOCK_MINUTES.index(value.lock_minutes) if value.lock_minutes in LOCK_MINUTES else 0
        self.lock_box.say(lock_names(), minutes)
        for box, on in (
            (self.notify_box, value.notify),
            (self.quiet_box, value.quiet),
            (self.tray_box, value.tray),
            (self.enter_box, value.enter_sends),
        ):
            with QSignalBlocker(box):
                box.setChecked(on)
        self.shows_box.setEnabled(value.notify)
        self.quiet_box.setEnabled(value.notify)
        for edit in (self.quiet_from, self.quiet_to):
            edit.setEnabled(value.notify and value.quiet)

    def _ask_relay(self) -> None:
        """Ask the relay once, as soon as it can be asked, whether this account may invite."""
        if not self._asked_relay and self._client_model.overview.link is LinkState.ONLINE:
            self._asked_relay = True
            self._client_model.invitations.ask()

    def _offer(self) -> None:
        self.relay.offer(on=self._client_model.invitations.is_allowed)

    def _narrow(self, query: str) -> None:
        for part in self.parts:
            part.narrow(query.strip())
        self.password.setVisible(folded(query.strip()) in folded(self.password.words()))

    def _change_password(self, old: Passphrase, new: Passphrase, failed: Callable[[BabiluError], None]) -> None:
        def done(_: None) -> None:
            self._acts.password_changed(new)
            self.password.succeeded()

        self._client_model.bridge.request(c.ChangePassword(old, new), done, failed)


class PasswordPart(QWidget):
    """Changes the password."""

    def __init__(
        self, theme: Theme, change: Callable[[Passphrase, Passphrase, Callable[[BabiluError], None]], None]
    ) -> None:
        super().__init__()
        self._change = change
        self.heading = PlainLabel(theme, lambda t: t.fonts.strong, "accent")
        self.old = FormField(theme, secret=True)
        self.new = FormField(theme, secret=True)
        self.repetition = Repetition(theme, self.new, tuple)
        self.again = self.repetition.again
        self.button = Button()
        self.done = PlainLabel(theme, lambda t: t.fonts.small, "positive", wraps=True)
        self.done.hide()
        stack = column(self, m.SMALL, (0, m.SMALL, 0, m.SMALL))
        for widget in (self.heading, self.old, self.repetition, self.done):
            stack.addWidget(widget)
        last = row()
        last.addStretch(1)
        last.addWidget(self.button)
        stack.addLayout(last)
        self.button.clicked.connect(self._submit)
        self.repetition.submitted.connect(self._submit)

    def words(self) -> str:
        """Give what a search looks at."""
        return f"{self.heading.text()} {self.old.label.text()}"

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.heading.setText(translate("Settings", "Password"))
        self.old.call_it(translate("Settings", "Present password"))
        self.new.call_it(translate("Settings", "New password"))
        self.repetition.call_it(translate("Settings", "New password again"))
        self.button.setText(translate("Settings", "Change the password"))
        self.done.setText(translate("Settings", "The password is changed."))

    def succeeded(self) -> None:
        """Show that it is done."""
        for field in (self.old, self.new, self.again):
            field.edit.clear()
            field.conceal()
        self.button.hold(on=False)
        self.done.show()

    def _submit(self) -> None:
        if self.button.is_held:
            return
        self.done.hide()
        if self.repetition.refuse():
            return
        try:
            old, new = Passphrase(self.old.edit.text()), Passphrase(self.new.edit.text())
        except UsageError:
            field = self.old if not self.old.edit.text() else self.new
            field.refuse(translate("Settings", "Fill this in with letters, digits and signs."))
            return
        self.button.hold(on=True)
        self._change(old, new, self._refused)

    def _refused(self, error: BabiluError) -> None:
        self.button.hold(on=False)
        self.old.refuse(sentence_for(error))


def theme_names() -> tuple[str, ...]:
    """Name the choices of colours, in the order of `ThemeChoice`."""
    return (
        translate("Settings", "As the system"),
        translate("Settings", "Light"),
        translate("Settings", "Dark"),
        translate("Settings", "High contrast, light"),
        translate("Settings", "High contrast, dark"),
    )


def language_names() -> tuple[str, ...]:
    """Name the choices of language, in the order of `CHOICES`."""
    return (translate("Settings", "As the system"), *LANGUAGES.values())


def shows_names() -> tuple[str, ...]:
    """Name what announcements show, in the order of `Shows`."""
    return (
        translate("Settings", "Name and text"),
        translate("Settings", "The name only"),
        translate("Settings", "Neither name nor text"),
    )


def time_names() -> tuple[str, ...]:
    """Name every half hour of a day."""
    locale, form = QLocale(), QLocale.FormatType.ShortFormat
    return tuple(locale.toString(QTime(half // 2, half % 2 * HALF_HOUR), form) for half in range(HALVES))


def lock_names() -> tuple[str, ...]:
    """Name the times after which the window locks, in the order of `LOCK_MINUTES`."""
    never = translate("Settings", "Never")
    return (never, *(translate("Settings", "%n minute(s)", None, minutes) for minutes in LOCK_MINUTES[1:]))
