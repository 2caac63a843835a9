"""The left side: who one talks to, a field that finds people and messages, and how one is reached."""

from typing import Final

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPoint, QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QProgressBar, QPushButton, QWidget
from typing_extensions import override

from babilu.api.views import LinkState
from babilu.desktop.language import translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.models.connection_status import Overview, StatusMark
from babilu.desktop.models.conversations import ArchiveRow, ConversationRow, DecisionRow, FoundRow, RequestRow
from babilu.desktop.models.portraits import OWN
from babilu.desktop.plain_text import person
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.avatar import Avatar
from babilu.desktop.widgets.basics import (
    ElidedLabel,
    IconButton,
    PlainLabel,
    SearchField,
    column,
    presses,
    retranslates,
    row,
)
from babilu.desktop.widgets.conversation_delegate import ConversationDelegate

TYPING_MS = 120
KEYS = 1
"""Up to this step an opening derives keys."""


class ConversationList(QListView):
    """The rows on the left."""

    typed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setMouseTracking(True)
        self.verticalScrollBar().setSingleStep(24)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        commands = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        if event.text() and event.text().isprintable() and not event.modifiers() & commands:
            self.typed.emit(event.text())
            return
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.currentIndex().isValid():
            self.activated.emit(self.currentIndex())
            return
        super().keyPressEvent(event)


STATUS_PAD: Final = 11


class StatusLine(QPushButton):
    """One line for the connection; pressing it shows how one is reached."""

    def __init__(self, theme: Theme, overview: Overview) -> None:
        super().__init__()
        self._theme = theme
        self._overview = overview
        self.setProperty("kind", "row")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.label = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        # A layout asks the one inside for the height, and never the button.
        across = row(self, 0, (m.WIDE + m.SMALL, STATUS_PAD, m.SMALL, STATUS_PAD))
        across.addWidget(self.label)
        overview.changed.connect(self.say)
        theme.changed.connect(self.update)
        self.say()

    def say(self) -> None:
        """Show where the client stands."""
        line = self._overview.line()
        if line != self.label.text():
            self.label.setText(line)
            self.setAccessibleName(line)
            self.updateGeometry()
        self.setToolTip(self._overview.reason)
        self.update()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not presses(self, event):
            super().keyPressEvent(event)

    @override
    def sizeHint(self) -> QSize:
        room = max(1, self.width() - m.WIDE - 2 * m.SMALL)
        return QSize(100, self.label.heightForWidth(room) + 2 * STATUS_PAD)

    @override
    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self.updateGeometry()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        colours = self._theme.colours
        standing = self._overview.standing
        marks = {StatusMark.GOOD: colours.positive, StatusMark.WORKING: colours.muted, StatusMark.BAD: colours.danger}
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(marks[standing]))
        dot = 4.2 * self._theme.scale
        painter.drawEllipse(QPointF(m.LARGE + 2, self.height() / 2), dot, dot)
        painter.end()


class Sidebar(QWidget):
    """Conversations, search and status."""

    request_chosen = Signal(object)
    decision_chosen = Signal(object)
    """`GroupInvitationView` or `JoinRequestView`."""

    conversation_chosen = Signal(str)
    found_chosen = Signal(object)
    menu_wanted = Signal(str, QPoint)
    typed = Signal(str)

    def __init__(self, client_model: DesktopModel, theme: Theme) -> None:
        super().__init__()
        self._client_model = client_model
        self._theme = theme
        self.setObjectName("sidebar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(m.SIDEBAR_MIN)
        self.avatar = Avatar(theme, m.AVATAR_SMALL)
        self.name = ElidedLabel(theme, lambda t: t.fonts.title)
        self.new_button = IconButton(theme, "new")
        self.settings_button = IconButton(theme, "settings")
        self.field = SearchField(theme)
        self.list = ConversationList()
        self.list.setModel(client_model.rows)
        theme.portraits_changed.connect(self.list.viewport().update)
        self.list.setItemDelegate(ConversationDelegate(client_model.rows, theme, client_model.clock))
        self.list.setUniformItemSizes(False)
        self.nothing = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setParent(self.list.viewport())
        self.nothing.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.work = ElidedLabel(theme, lambda t: t.fonts.tiny, "muted")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.status = StatusLine(theme, client_model.overview)
        self.try_button = IconButton(theme, "retry")
        self.try_button.hide()
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MS)
        self._build()
        self._connect()
        self._restyle()
        self.retranslate()

    def _build(self) -> None:
        head = row(spacing=m.SMALL, margins=(m.LARGE, 0, m.SMALL, 0))
        head.addWidget(self.avatar)
        head.addSpacing(m.TINY)
        head.addWidget(self.name, 1)
        head.addWidget(self.new_button)
        head.addWidget(self.settings_button)
        self._head = head
        top = QWidget()
        top.setLayout(head)
        self._top = top
        search = row(margins=(m.MEDIUM, 0, m.MEDIUM, m.SMALL))
        search.addWidget(self.field)
        foot = QWidget()
        foot.setObjectName("footer")
        foot.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        below = column(foot, 2, (m.SMALL, m.TINY, m.SMALL, m.TINY))
        work = column(spacing=3, margins=(m.SMALL, m.TINY, m.SMALL, 0))
        work.addWidget(self.work)
        work.addWidget(self.progress)
        below.addLayout(work)
        line = row(spacing=0)
        line.addWidget(self.status, 1)
        line.addWidget(self.try_button)
        below.addLayout(line)
        outer = column(self)
        outer.addWidget(top)
        outer.addLayout(search)
        outer.addWidget(self.list, 1)
        outer.addWidget(foot)
        self.progress.hide()
        self.work.hide()

    def _connect(self) -> None:
        client_model = self._client_model
        self.list.clicked.connect(self._choose)
        self.list.activated.connect(self._choose)
        self.list.typed.connect(self.typed)
        self.list.customContextMenuRequested.connect(self._menu)
        self.field.textChanged.connect(lambda _: self._typing.start())
        self.field.returnPressed.connect(self._choose_first)
        self._typing.timeout.connect(lambda: client_model.search_all(self.field.text().strip()))
        self._theme.changed.connect(self._restyle)
        self._theme.changed.connect(self.list.viewport().update)
        self._theme.changed.connect(self.list.scheduleDelayedItemsLayout)
        self.try_button.clicked.connect(client_model.try_now)
        client_model.overview.changed.connect(self._say)
        client_model.ready.connect(self._say)
        client_model.opened.connect(self.select)

    def _restyle(self) -> None:
        self.setMaximumWidth(self._theme.scaled(m.SIDEBAR_MAX))
        self._top.setFixedHeight(self._theme.scaled(m.HEADER_HEIGHT))
        self._make_room()

    def _make_room(self) -> None:
        """Let the picture, which says no more than the name does, give its place to a name that lacks it."""
        self.avatar.setVisible(True)
        others = self._head.minimumSize().width() - self.name.minimumWidth()
        self.avatar.setVisible(others + self.name.sizeHint().width() <= self.width())

    def select(self, name: str) -> None:
        """Mark a conversation as the open one."""
        number = self._client_model.rows.number_of(name)
        if number is None:
            self.list.clearSelection()
            return
        index = self._client_model.rows.index(number)
        flags = QItemSelectionModel.SelectionFlag
        self.list.selectionModel().setCurrentIndex(index, flags.ClearAndSelect)

    def begin_search(self) -> None:
        """Let the user look for people and messages."""
        self.field.setFocus()
        self.field.selectAll()

    def end_search(self) -> bool:
        """Show the whole list again; tell whether it was narrowed."""
        if not self.field.text():
            return False
        self.field.clear()
        self._client_model.search_all("")
        self.select(self._client_model.here)
        return True

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.new_button.call_it(translate("Sidebar", "New conversation"), "Ctrl+N")
        self.settings_button.call_it(translate("Sidebar", "Settings"), "Ctrl+,")
        self.try_button.call_it(translate("Sidebar", "Try to connect now"))
        self.field.setPlaceholderText(translate("Sidebar", "Search"))
        self.field.setAccessibleName(translate("Sidebar", "Search people and messages"))
        self.list.setAccessibleName(translate("Sidebar", "Conversations"))
        self.progress.setAccessibleName(translate("Sidebar", "Progress"))
        self._client_model.rows.retranslate()
        self.status.say()
        self._say()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.end_search():
            self.list.setFocus()
            return
        if event.key() == Qt.Key.Key_Down and self.field.hasFocus():
            self.list.setFocus()
            if not self.list.currentIndex().isValid() and self._client_model.rows.rowCount():
                self.list.setCurrentIndex(self._client_model.rows.index(0))
            return
        super().keyPressEvent(event)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if retranslates(event):
            self.retranslate()

    @override
    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._make_room()
        self.nothing.setGeometry(self.list.viewport().rect().adjusted(m.WIDE, m.WIDE, -m.WIDE, -m.WIDE))

    def _choose_first(self) -> None:
        if self._typing.isActive():
            self._typing.stop()
            self._client_model.search_all(self.field.text().strip())
        if self._client_model.rows.rowCount():
            self._choose(self._client_model.rows.index(0))

    def _choose(self, index: QModelIndex) -> None:
        match self._client_model.rows.row(index.row()):
            case RequestRow(request):
                self.request_chosen.emit(request)
            case DecisionRow(waiting):
                self.decision_chosen.emit(waiting)
            case ConversationRow(conversation):
                self.conversation_chosen.emit(conversation.id.hex())
            case ArchiveRow():
                self._client_model.rows.toggle_archive()
            case FoundRow(message):
                self.found_chosen.emit(message)
            case _:
                pass

    def _menu(self, at: QPoint) -> None:
        index = self.list.indexAt(at)
        if not index.isValid():
            index = self.list.currentIndex()
            at = self.list.visualRect(index).center()
        if index.isValid():
            entry = self._client_model.rows.row(index.row())
            if isinstance(entry, ConversationRow):
                self.menu_wanted.emit(entry.conversation.id.hex(), self.list.viewport().mapToGlobal(at))

    def _say(self) -> None:
        overview = self._client_model.overview
        self.try_button.setVisible(overview.link is LinkState.OFFLINE)
        self.name.say(person(overview.name))
        self.avatar.show_name(overview.name, OWN)
        self._make_room()
        rows = self._client_model.rows
        groups = self._client_model.groups
        people = self._client_model.has_conversations or self._client_model.requests or groups.waits
        self.nothing.setVisible(rows.rowCount() == 0 or not (rows.query or people))
        self.nothing.setGeometry(self.list.viewport().rect().adjusted(m.WIDE, m.WIDE, -m.WIDE, -m.WIDE))
        if self._client_model.rows.query:
            self.nothing.setText(translate("Sidebar", "Nothing found"))
        else:
            self.nothing.setText(translate("Sidebar", "Nobody here yet.\nPress Ctrl+N to begin a conversation."))
        progress = overview.progress
        self.progress.setVisible(progress is not None)
        self.work.setVisible(progress is not None)
        if progress is not None:
            self.work.say(work_name(progress.task, progress.done))
            self.progress.setRange(0, progress.total)
            self.progress.setValue(progress.done)


def work_name(task: str, done: int = 0) -> str:
    """Name long work for people, by the steps that are done of it; `babilu.api.events.Progress` tells both."""
    match task:
        case "opening" if done <= KEYS:
            return translate("Work", "Deriving keys from your password…")
        case "opening":
            return translate("Work", "Opening the profile…")
        case "sync":
            return translate("Work", "Fetching messages…")
        case _:
            return translate("Work", "Working…")
