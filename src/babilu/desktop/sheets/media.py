"""What a conversation has besides words: a grid of pictures, lists of files, links and voice notes.

Each leads to its message.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, assert_never

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtWidgets import QListView, QWidget
from typing_extensions import override

from babilu.api.views import MessageView
from babilu.desktop.bridge import while_alive
from babilu.desktop.error_texts import sentence_for
from babilu.desktop.language import day_name, full_time, size_words, translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.models.file_words import file_name, state_words
from babilu.desktop.models.message_words import body_line
from babilu.desktop.plain_text import one_line, person
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, PlainLabel
from babilu.desktop.widgets.forms import Segments
from babilu.desktop.widgets.media_delegate import TILE, MediaDelegate, MediaRow
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.kernel.ids import ConversationId
from babilu.kernel.states import MediaKind
from babilu.presentation.files import FileKind, kind_of
from babilu.presentation.media_list import ORDER, MediaItem, MediaPhase

NO_INDEX: Final = QModelIndex()
LIST_HEIGHT: Final = 420
ADDRESS: Final = 300
"""Characters of an address that are shown."""

ListIndex = QModelIndex | QPersistentModelIndex


class MediaModel(QAbstractListModel):
    """The list as Qt shows it, and as screen readers say it."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        super().__init__()
        self._now_ms = now_ms
        self.items: tuple[MediaItem, ...] = ()

    def show(self, items: tuple[MediaItem, ...]) -> None:
        """Show items; those that follow the ones that are shown come below, and the place in the list stays."""
        known = len(self.items)
        if known and items[:known] == self.items:
            if len(items) > known:
                self.beginInsertRows(NO_INDEX, known, len(items) - 1)
                self.items = items
                self.endInsertRows()
            return
        self.beginResetModel()
        self.items = items
        self.endResetModel()

    @override
    def rowCount(self, parent: ListIndex = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.items)

    @override
    def data(self, index: ListIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        item = self.items[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return title_of(item)
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._spoken(item)
            case Qt.ItemDataRole.ToolTipRole:
                return f"{said_by(item.message)} · {full_time(item.message.at)}"
            case _:
                return None

    def _spoken(self, item: MediaItem) -> str:
        parts = [title_of(item)]
        if item.file is not None:
            parts += [size_words(item.file.size), state_words(item.file)]
        return ", ".join([*parts, said_by(item.message), day_name(item.message.at, self._now_ms())])

    def drawn(self, number: int) -> MediaRow:
        """Give what is drawn of an item."""
        item = self.items[number]
        day = f"{said_by(item.message)} · {day_name(item.message.at, self._now_ms())}"
        if item.file is None:
            return MediaRow(title_of(item), day, "globe", None, None)
        file = item.file
        sides = None if file.width is None or file.height is None else (file.width, file.height)
        about = f"{size_words(file.size)} · {state_words(file)} · {day}"
        return MediaRow(title_of(item), about, ICONS[kind_of(file)], file.preview, sides)


class MediaView(QListView):
    """The list, which would like to be high."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("choices")
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)

    @override
    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._theme.scaled(LIST_HEIGHT))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), self._theme.scaled(TILE))


class MediaSheet(ModalSheet):
    """Shows one kind at a time.

    Args:
        theme: Fonts and colours.
        client_model: What is asked.
        conversation: Which conversation.
        label: Its label.
        go: Leads to a message.
    """

    def __init__(
        self,
        theme: Theme,
        client_model: DesktopModel,
        conversation: ConversationId,
        label: str,
        go: Callable[[MessageView], None],
    ) -> None:
        super().__init__(theme, m.SHEET_WIDE)
        self._called = partial(client_model.label, label)
        self._go = go
        self.kinds = Segments(len(ORDER))
        self.words = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.again = Button()
        self.model = MediaModel(client_model.clock.now_ms)
        self.drawing = MediaDelegate(theme, self.model.drawn)
        self.list = MediaView(theme)
        self.list.setModel(self.model)
        self.list.setItemDelegate(self.drawing)
        for widget in (self.kinds, self.words, self.again, self.list):
            self.body.addWidget(widget)
        follow = while_alive(self._follow)
        self.media = client_model.list_media(conversation, lambda: follow and follow(None))
        self.kinds.chosen.connect(lambda number: self._choose(ORDER[number]))
        self.again.clicked.connect(self.media.older)
        self.list.activated.connect(lambda index: self._take(index.row()))
        self.list.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.closed.connect(self.media.stop)
        theme.changed.connect(self._arrange)
        self._choose(ORDER[0])

    @override
    def first_focus(self) -> QWidget:
        return self.kinds.buttons[self.kinds.number]

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("Media", "Shared with {0}").format(self._called()))
        self.kinds.call_them(tuple(kind_name(kind) for kind in ORDER))
        self.again.setText(translate("Media", "Try again"))
        self.list.setAccessibleName(kind_name(self.media.kind))
        self._say()

    def _choose(self, kind: MediaKind) -> None:
        self.media.show(kind)
        self.list.setAccessibleName(kind_name(kind))
        self._arrange()

    def _arrange(self) -> None:
        """Lay out a grid for pictures, lines for the rest."""
        grid = self.drawing.tiles = self.media.kind is MediaKind.PICTURE
        self.list.setViewMode(QListView.ViewMode.IconMode if grid else QListView.ViewMode.ListMode)
        self.list.setWrapping(grid)
        side = self.theme.scaled(TILE)
        self.list.setGridSize(QSize(side, side) if grid else QSize())
        self.list.scheduleDelayedItemsLayout()

    def _follow(self, _: object) -> None:
        row = self.list.currentIndex().row()
        self.model.show(self.media.items)
        if self.model.rowCount() and not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.model.index(min(max(row, 0), self.model.rowCount() - 1)))
        self._say()
        self._scrolled()

    def _say(self) -> None:
        """Say what is going on where there is nothing to see."""
        media = self.media
        self.again.setVisible(media.phase is MediaPhase.FAILED)
        self.list.setVisible(bool(media.items))
        match media.phase:
            case MediaPhase.LOADING:
                self.words.setText("" if media.items else translate("Media", "Looking…"))
            case MediaPhase.FAILED:
                self.words.setText("" if media.error is None else sentence_for(media.error))
            case MediaPhase.READY:
                self.words.setText("" if media.items else nothing_of(media.kind))
            case _:
                assert_never(media.phase)
        self.words.setVisible(bool(self.words.text()))

    def _scrolled(self) -> None:
        """Ask for older ones before the end is in sight."""
        bar = self.list.verticalScrollBar()
        if self.media.phase is MediaPhase.READY and bar.value() >= bar.maximum() - self.list.height():
            self.media.older()

    def _take(self, number: int) -> None:
        if 0 <= number < len(self.model.items):
            message = self.model.items[number].message
            self.close_sheet()
            self._go(message)


ICONS: Final = {
    FileKind.PICTURE: "picture",
    FileKind.SOUND: "sound",
    FileKind.FILM: "film",
    FileKind.TEXT: "note",
    FileKind.PACKED: "archive",
    FileKind.OTHER: "file",
}


def title_of(item: MediaItem) -> str:
    """Give what stands for an item: the file's name, the address, or the words of a message that hides its links."""
    if item.file is not None:
        return file_name(item.file.name)
    return one_line(item.address, ADDRESS) or body_line(item.message)


def said_by(message: MessageView) -> str:
    """Say whose message it is."""
    return translate("Media", "You") if message.outgoing else person(message.sender)


def kind_name(kind: MediaKind) -> str:
    """Name a kind."""
    match kind:
        case MediaKind.PICTURE:
            return translate("Media", "Pictures")
        case MediaKind.FILE:
            return translate("Media", "Files")
        case MediaKind.LINK:
            return translate("Media", "Links")
        case MediaKind.VOICE:
            return translate("Media", "Voice")
        case _:
            assert_never(kind)


def nothing_of(kind: MediaKind) -> str:
    """Say that there is nothing of a kind."""
    match kind:
        case MediaKind.PICTURE:
            return translate("Media", "No pictures yet.")
        case MediaKind.FILE:
            return translate("Media", "No files yet.")
        case MediaKind.LINK:
            return translate("Media", "No links yet.")
        case MediaKind.VOICE:
            return translate("Media", "No voice notes yet.")
        case _:
            assert_never(kind)
