"""The first page: an invitation, a relay or no relay, a chat within seconds; errors stand by their field."""

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtSvgWidgets import QSvgWidget
from PySide6.QtWidgets import QProgressBar, QStackedWidget, QWidget
from typing_extensions import override

from babilu.api.views import ProfileView
from babilu.desktop.language import translate
from babilu.desktop.launch_options import LaunchOptions
from babilu.desktop.plain_text import person
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.avatar import Avatar
from babilu.desktop.widgets.basics import (
    Button,
    Card,
    PlainLabel,
    Turning,
    centred,
    column,
    empty,
    lead_to,
    retranslates,
    reveal,
    row,
    scrolling,
)
from babilu.desktop.widgets.brand import brand
from babilu.desktop.widgets.first_run_fields import (
    DIRECT,
    INVITED,
    PROFILE,
    RELAY,
    RELAY_PORT,
    FieldError,
    FirstRunFields,
)
from babilu.desktop.widgets.forms import pair, parse_address, parse_port
from babilu.desktop.widgets.sidebar import work_name
from babilu.kernel.errors import BabiluError, ErrorCode

OPENING = "opening"
AROUND = 2 * m.WIDE + 4 * m.SMALL
"""Room above, below and between."""


class FirstRunPage(QWidget):
    """Asks what is needed to open a profile."""

    wanted = Signal(object)
    """`RelayProfile` or `DirectProfile` to open."""

    restore_wanted = Signal()
    """A backup is to be brought back."""

    link_wanted = Signal()
    """This device is to be one more of somebody who has others."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._profiles: tuple[ProfileView, ...] = ()
        self._task: str | None = None
        self._steps = 0
        self.setObjectName("canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.picture: QSvgWidget = brand(76)
        self.title = PlainLabel(theme, lambda t: t.fonts.large)
        self.subtitle = PlainLabel(theme, lambda t: t.fonts.body, "muted", wraps=True)
        fields = self.fields = FirstRunFields(theme)
        self.ways, self.repetition, self.again = fields.ways, fields.repetition, fields.repetition.again
        self.invitation, self.host, self.port = fields.invitation, fields.host, fields.port
        self.certificate, self.name, self.password = fields.certificate, fields.name, fields.password
        self.has_account, self.listen, self.start_over = fields.has_account, fields.listen, fields.start_over
        self.hint = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.new = PlainLabel(theme, lambda t: t.fonts.small, "accent", wraps=True)
        self.error = PlainLabel(theme, lambda t: t.fonts.small, "danger", wraps=True)
        self.error.hide()
        self.button = Button("primary")
        self.work = PlainLabel(theme, lambda t: t.fonts.small, "muted")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.other = Button("quiet")
        self.restore = Button("quiet")
        self.link = Button("quiet")
        self.address = pair(self.host, self.port, (3, 1))
        self.pages = QStackedWidget()
        self._chooser = QWidget()
        self._list = column(self._chooser, m.TINY)
        self._build()
        self.ways.chosen.connect(lambda _: self._show_way())
        self.has_account.toggled.connect(lambda _: self._show_way())
        self.name.edit.textChanged.connect(lambda _: self._say_new())
        self.repetition.submitted.connect(self.submit)
        self.button.clicked.connect(self.submit)
        self.other.clicked.connect(self._switch)
        self.restore.clicked.connect(self.restore_wanted)
        self.link.clicked.connect(self.link_wanted)
        for field in (self.invitation, self.host, self.port, self.certificate, self.name, self.password, self.listen):
            field.submitted.connect(self.submit)
        self.busy(None)
        self.retranslate()
        self._show_way()

    def _build(self) -> None:
        form = self._form = Card(self._theme, m.FORM_WIDTH + 2 * m.HUGE)
        inside = column(form, m.MEDIUM, (m.HUGE, m.WIDE, m.HUGE, m.WIDE))
        inside.addWidget(self._chooser)
        for widget in (
            self.ways,
            self.invitation,
            self.address,
            self.certificate,
            self.name,
            self.has_account,
            self.repetition,
            self.listen,
            self.start_over,
        ):
            inside.addWidget(widget)
        inside.addWidget(self.hint)
        inside.addWidget(self.new)
        inside.addWidget(self.error)
        inside.addSpacing(m.TINY)
        inside.addWidget(self.button)
        inside.addWidget(self.work)
        inside.addWidget(self.progress)
        inside.addWidget(self.other)
        # Side by side where there is room: the picture above needs it, too.
        others = Turning(lambda: self.link.sizeHint().width() + m.SMALL + self.restore.sizeHint().width(), m.SMALL)
        for button in (self.link, self.restore):
            others.parts.addWidget(button)
        inside.addWidget(others)
        self.subtitle.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        middle = QWidget()
        stack = column(middle, m.SMALL, (m.LARGE, m.WIDE, m.LARGE, m.WIDE))
        stack.addStretch(1)
        stack.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignHCenter)
        stack.addWidget(self.title, 0, Qt.AlignmentFlag.AlignHCenter)
        stack.addWidget(self.subtitle)
        stack.addSpacing(m.SMALL)
        stack.addLayout(centred(form))
        stack.addStretch(2)
        column(self).addWidget(scrolling(middle))

    def fill(self, beginning: LaunchOptions) -> None:
        """Show what the command line said already."""
        self.fields.chosen = None
        self._list_profiles()
        self.ways.choose(RELAY - 1)
        self.host.edit.setText(beginning.host)
        self.port.edit.setText(str(beginning.port))
        self.name.edit.setText(beginning.name)

    def offer(self, profiles: tuple[ProfileView, ...], *, choose: bool = True, named: bool = False) -> None:
        """Offer the profiles there are; with none of them, or when told not to, the form for a new one is shown.

        Where the command line named an account, its profile is chosen, or none.
        """
        self._profiles = profiles
        free = next((each for each in profiles if not each.in_use), profiles[0]) if profiles else None
        self.fields.chosen = self._profile_named() if named else free if choose else None
        self._list_profiles()
        self._show_way()

    def _profile_named(self) -> ProfileView | None:
        whom = (parse_address(self.host.text, parse_port(self.port.text) or RELAY_PORT), self.name.text.casefold())
        return next((each for each in self._profiles if (each.relay, each.name) == whom), None)

    def busy(self, task: str | None, done: int = 0, total: int = 0) -> None:
        """Show that a profile is being opened, or that it is not."""
        working = task is not None
        self._task = task
        self._steps = done
        self.progress.setVisible(working)
        self.work.setVisible(working)
        self.button.hold(on=working)
        self.work.setText(work_name(task, done) if task else "")
        if working:
            self.progress.setRange(0, total)
            self.progress.setValue(done)

    def refused(self, error: BabiluError) -> None:
        """Show why a profile could not be opened, beside the field that it concerns."""
        self.busy(None)
        field = self.fields.field_of(error.code)
        sentence = self.fields.sentence(error, field)
        if field is not None and not field.isHidden():
            field.refuse(sentence)
        else:
            self.error.setText(sentence)
            self.error.show()
            reveal(self.error)
        if error.code is ErrorCode.DEVICE_UNKNOWN:
            self.start_over.show()

    def submit(self) -> None:
        """Open what was filled in, or show what is wrong with it."""
        if self.button.is_held:
            return
        self._forget_errors()
        profile = self.fields.read()
        if isinstance(profile, FieldError):
            profile.field.refuse(profile.reason)
        if profile is None or isinstance(profile, FieldError):
            return
        self.busy(OPENING)
        self.wanted.emit(profile)

    def forget_passwords(self) -> None:
        """Keep no password that was typed."""
        self.password.edit.clear()
        self.password.conceal()
        self.repetition.clear()

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.ways.call_them(
            (
                translate("FirstRun", "Invitation"),
                translate("FirstRun", "Relay"),
                translate("FirstRun", "No relay"),
            )
        )
        self.invitation.call_it(translate("FirstRun", "Invitation"), "babilu://…")
        self.host.call_it(translate("FirstRun", "Relay"), translate("FirstRun", "Name or address"))
        self.port.call_it(translate("FirstRun", "Port"))
        self.certificate.call_it(
            translate("FirstRun", "Fingerprint of its certificate"),
            translate("FirstRun", "If its operator told you one"),
        )
        self.listen.call_it(translate("FirstRun", "Address at which others can call you"))
        self.link.setText(translate("FirstRun", "Link to my other device…"))
        self.restore.setText(translate("FirstRun", "I have a backup…"))
        self.start_over.setText(translate("FirstRun", "Start over on this device with a new identity"))
        self.progress.setAccessibleName(translate("FirstRun", "Progress"))
        self.work.setText(work_name(self._task, self._steps) if self._task else "")
        self._list_profiles()
        self._show_way()

    def first_focus(self) -> QWidget:
        """Give the first field to fill in."""
        return next(
            (field for field in self.fields.in_order() if field.isVisibleTo(self) and not field.text), self.password
        )

    @property
    def is_begun(self) -> bool:
        """Whether somebody is filling the form in: then the focus stays where it is."""
        focus = self.focusWidget()
        return any(field.edit is focus and field.text for field in self.fields.in_order())

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if retranslates(event):
            self.retranslate()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """Leave out what is nice only where the form would need the room: its button is to be in sight."""
        inside = self._form.layout()
        if inside is not None:
            inside.activate()
        wanted = self._form.sizeHint().height() + self.title.sizeHint().height() + AROUND
        nice = wanted + self.picture.height() + self.subtitle.sizeHint().height()
        for widget in (self.picture, self.subtitle):
            widget.setVisible(nice <= self.height())

    @override
    def sizeHint(self) -> QSize:
        return QSize(m.WINDOW_WIDTH, m.WINDOW_HEIGHT)

    def _switch(self) -> None:
        """Go between the profiles there are and the form for a new one."""
        if self.fields.chosen is not None:
            self.fields.chosen = None
        else:
            self.fields.chosen = self._profiles[0] if self._profiles else None
        self._list_profiles()
        self._show_way()
        lead_to(self.first_focus())

    def _show_way(self) -> None:
        way = self.fields.way
        self._chooser.setVisible(way == PROFILE)
        self.ways.setVisible(way != PROFILE)
        self.invitation.setVisible(way == INVITED)
        self.address.setVisible(way == RELAY)
        self.certificate.setVisible(way == RELAY)
        self.listen.setVisible(way == DIRECT)
        self.name.setVisible(way != PROFILE)
        self.has_account.setVisible(way in {INVITED, RELAY})
        self.repetition.ask_again(on=self.fields.makes_new)
        self.start_over.hide()
        self._forget_errors()
        self.other.setVisible(bool(self._profiles))
        self._say_way(way)

    def _forget_errors(self) -> None:
        """Take away what a former try has said."""
        self.error.hide()
        self.fields.forget_errors()

    def _say_way(self, way: int) -> None:
        own_name = translate("FirstRun", "Your name")
        self.name.call_it(own_name, translate("FirstRun", "What others call you"))
        password = translate("FirstRun", "Passphrase") if way == DIRECT else translate("FirstRun", "Password")
        self.password.call_it(password)
        self.title.setText(
            translate("FirstRun", "Welcome back") if way == PROFILE else translate("FirstRun", "Welcome to Babilu")
        )
        self.subtitle.setText(translate("FirstRun", "Private chat that people host themselves."))
        self.repetition.call_it(
            translate("FirstRun", "Passphrase again") if way == DIRECT else translate("FirstRun", "Password again")
        )
        self.has_account.setText(translate("FirstRun", "I have an account there already"))
        words = translate("FirstRun", "Open") if way == PROFILE else translate("FirstRun", "Start chatting")
        registers = self.fields.makes_new and way != DIRECT
        self.button.setText(translate("FirstRun", "Register and start chatting") if registers else words)
        to_list = translate("FirstRun", "Choose one of your profiles")
        self.other.setText(translate("FirstRun", "Make another profile") if way == PROFILE else to_list)
        hints = {
            PROFILE: "",
            INVITED: translate(
                "FirstRun",
                "The invitation names the relay and proves that it is the right one. "
                "Your password never leaves this device.",
            ),
            RELAY: translate(
                "FirstRun",
                "The relay's certificate is remembered at this first contact, and a different one is refused later.",
            ),
            DIRECT: translate(
                "FirstRun", "You talk straight to each other's devices. Whoever you call sees your network address."
            ),
        }
        self.hint.setText(hints[way])
        self.hint.setVisible(bool(hints[way]))
        self._say_new()

    def _say_new(self) -> None:
        """Say of a name that it will be registered before it is."""
        way = self.fields.way
        self.new.setVisible(self.fields.makes_new and way != DIRECT and bool(self.name.text))
        if not self.new.isHidden():
            text = translate("FirstRun", "{0} will be registered as a new name, if nobody has it.")
            self.new.setText(text.format(person(self.name.text)))
        self._make_room()

    def _list_profiles(self) -> None:
        empty(self._list)
        for profile in self._profiles:
            self._list.addWidget(self._profile_row(profile))

    def _profile_row(self, profile: ProfileView) -> QWidget:
        button = Button("row")
        button.setCheckable(True)
        button.setChecked(profile == self.fields.chosen)
        name = person(profile.name)
        place = str(profile.relay) if profile.relay else translate("FirstRun", "Direct, without a relay")
        if profile.in_use:
            place = f"{place} · {translate('FirstRun', 'open in another program')}"
        button.setAccessibleName(f"{name}, {place}")
        button.setProperty("kind", "profile")
        avatar = Avatar(self._theme, m.AVATAR_SMALL)
        avatar.show_name(profile.name)
        lines = column(spacing=0)
        lines.addWidget(PlainLabel(self._theme, lambda t: t.fonts.strong, text=name))
        lines.addWidget(PlainLabel(self._theme, lambda t: t.fonts.small, "muted", text=place))
        across = row(button, m.MEDIUM, (m.SMALL, m.TINY, m.SMALL, m.TINY))
        across.addWidget(avatar)
        across.addLayout(lines, 1)
        button.setMinimumHeight(m.CONTROL_HEIGHT + 2 * m.LARGE)
        button.clicked.connect(lambda: self._choose(profile))
        return button

    def _choose(self, profile: ProfileView) -> None:
        self.fields.chosen = profile
        self._list_profiles()
        lead_to(self.password)
