"""The list on the left: what waits for a decision, then conversations in the client's order.

A search narrows it and adds messages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, assert_never

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt
from typing_extensions import override

from babilu.api.group_views import GroupInvitationView, JoinRequestView
from babilu.api.views import ConversationView, MessageView, RequestView
from babilu.desktop.language import translate
from babilu.desktop.models.group_words import decision_title, stop_words_of, typing_words
from babilu.desktop.models.labels import fitting_labels, label_of, label_text, shown_labels
from babilu.desktop.models.message_words import body_line
from babilu.desktop.models.voice_words import voice_line
from babilu.desktop.plain_text import one_line, person
from babilu.kernel.ids import ConversationId
from babilu.kernel.states import ConversationKind, MessageKind, Trust
from babilu.presentation.voice_notes import voice_draft

Index = QModelIndex | QPersistentModelIndex
NO_INDEX: Final = QModelIndex()


class ConversationRole(IntEnum):
    """What the delegate asks the model for."""

    ROW = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A stranger's conversation request."""

    request: RequestView


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A group that one was added to, or somebody who wants to join one; and what is said of it."""

    waiting: GroupInvitationView | JoinRequestView
    text: str


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A conversation, and what is said of who types in it; empty for nobody."""

    conversation: ConversationView
    typing: str = ""


@dataclass(frozen=True, slots=True)
class ArchiveRow:
    """Leads to the conversations that were put away: how many, how many are unread, and whether they are shown."""

    count: int
    unread: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class HeadingRow:
    """A heading between parts of the list."""

    text: str


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A message that a search found."""

    message: MessageView


Row = RequestRow | DecisionRow | ConversationRow | HeadingRow | FoundRow | ArchiveRow


class ConversationsModel(QAbstractListModel):
    """Requests, conversations, and what a search found.

    Attributes:
        own: The own name.
    """

    def __init__(self) -> None:
        super().__init__()
        self.own = ""
        self._requests: tuple[RequestView, ...] = ()
        self._decisions: tuple[GroupInvitationView | JoinRequestView, ...] = ()
        self._conversations: dict[str, ConversationView] = {}
        self._found: tuple[MessageView, ...] = ()
        self._query = ""
        self._typing: Mapping[ConversationId, frozenset[str]] = {}
        self._archive_open = False
        self._rows: list[Row] = []

    @override
    def rowCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._rows)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not 0 <= index.row() < len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == ConversationRole.ROW:
            return row
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return spoken(row, self.own)
        if role == Qt.ItemDataRole.ToolTipRole and isinstance(row, ConversationRow):
            # Commands and other people's words name a group by its label, which stands nowhere else.
            view = row.conversation
            return f"{label_of(view)} · {person(view.label)}" if view.kind is ConversationKind.GROUP else None
        return None

    @override
    def flags(self, index: Index) -> Qt.ItemFlag:
        if 0 <= index.row() < len(self._rows) and isinstance(self._rows[index.row()], HeadingRow):
            return Qt.ItemFlag.NoItemFlags
        return super().flags(index)

    @property
    def query(self) -> str:
        """What the list is narrowed to."""
        return self._query

    def row(self, number: int) -> Row:
        """Give a row."""
        return self._rows[number]

    def label(self, name: str) -> str:
        """Give what a conversation is called on the screen."""
        view = self._conversations.get(name)
        return label_text(name) if view is None else label_of(view)

    def number_of(self, name: str) -> int | None:
        """Find the row of a conversation by its id in hex, or by its label."""
        for number, row in enumerate(self._rows):
            if isinstance(row, ConversationRow) and name in {row.conversation.id.hex(), row.conversation.label}:
                return number
        return None

    def show(
        self,
        requests: Sequence[RequestView],
        conversations: Sequence[ConversationView],
        typing: Mapping[ConversationId, frozenset[str]] | None = None,
        decisions: Sequence[GroupInvitationView | JoinRequestView] = (),
    ) -> None:
        """Take over what the client has.

        Args:
            requests: Of strangers.
            conversations: In the client's order.
            typing: By conversation who types there.
            decisions: About groups.
        """
        self._requests = tuple(requests)
        self._decisions = tuple(decisions)
        self._typing = typing or {}
        self._conversations = {each.label: each for each in conversations}
        self._arrange()

    def toggle_archive(self) -> None:
        """Show the conversations that were put away, or hide them again."""
        self._archive_open = not self._archive_open
        self._arrange()

    def narrow(self, query: str) -> None:
        """Show only what fits a query."""
        if query != self._query:
            self._query = query
            self._found = ()
            self._arrange()

    def show_found(self, query: str, found: Sequence[MessageView]) -> None:
        """Show the messages that were found, if they are still looked for."""
        if query == self._query:
            self._found = tuple(found)
            self._arrange()

    def retranslate(self) -> None:
        """Say everything anew in the language in force."""
        self._arrange()
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def _arrange(self) -> None:
        wanted = self._wanted()
        old = [_identity(row) for row in self._rows]
        new = [_identity(row) for row in wanted]
        if old == new:
            self._replace(wanted)
            return
        if sorted(old) != sorted(new) or len(new) > 2_000:
            self._exchange(wanted, old, new)
            return
        self._move(wanted, old, new)

    def _wanted(self) -> list[Row]:
        if not self._query:
            return self._whole()
        found = fitting_labels(self._query, shown_labels(self._conversations.values()))
        rows: list[Row] = [self._row_of(self._conversations[name]) for name in found]
        if self._found:
            rows.append(HeadingRow(translate("Conversations", "Messages")))
            rows.extend(map(FoundRow, self._found))
        return rows

    def _whole(self) -> list[Row]:
        views = self._conversations.values()
        decided = (DecisionRow(each, decision_title(each, self._conversations)) for each in self._decisions)
        rows: list[Row] = [*map(RequestRow, self._requests), *decided]
        rows.extend(self._row_of(view) for view in views if not view.archived)
        archived = [view for view in views if view.archived]
        if archived:
            unread = sum(bool(view.unread or view.marked_unread) for view in archived)
            rows.append(ArchiveRow(len(archived), unread, self._archive_open))
            if self._archive_open:
                rows.extend(map(self._row_of, archived))
        return rows

    def _row_of(self, view: ConversationView) -> ConversationRow:
        people = self._typing.get(view.id)
        return ConversationRow(view, typing_words(view.kind, people) if people else "")

    def _replace(self, wanted: list[Row]) -> None:
        """Same rows in the same order: only what they show may differ."""
        for number, row in enumerate(wanted):
            if self._rows[number] != row:
                self._rows[number] = row
                self.dataChanged.emit(self.index(number), self.index(number))

    def _move(self, wanted: list[Row], old: list[str], new: list[str]) -> None:
        """Same rows in another order: each goes to its place, so that the selection stays on its row."""
        for target, identity in enumerate(new):
            if old[target] == identity:
                continue
            source = old.index(identity, target)
            self.beginMoveRows(NO_INDEX, source, source, NO_INDEX, target)
            old.insert(target, old.pop(source))
            self._rows.insert(target, self._rows.pop(source))
            self.endMoveRows()
        self._replace(wanted)

    def _exchange(self, wanted: list[Row], old: list[str], new: list[str]) -> None:
        """Rows came or went: those that stay are carried over."""
        self.layoutAboutToBeChanged.emit()
        places = {identity: number for number, identity in enumerate(new)}
        before = self.persistentIndexList()
        self._rows = wanted
        after = [
            self.index(places[old[index.row()]]) if old[index.row()] in places else QModelIndex() for index in before
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()


def _identity(row: Row) -> str:
    match row:
        case RequestRow(request):
            return f"request {request.id}"
        case DecisionRow(waiting):
            return f"decision {waiting.id}"
        case ConversationRow(conversation):
            return f"conversation {conversation.label}"
        case HeadingRow(text):
            return f"heading {text}"
        case ArchiveRow():
            return "archive"
        case FoundRow(message):
            return f"found {message.id.hex()}"
        case _:
            assert_never(row)


def archive_text(row: ArchiveRow) -> str:
    """Say how many conversations were put away."""
    return translate("Conversations", "Archived (%n)", None, row.count)


def has_draft(conversation: ConversationView) -> bool:
    """Tell whether a text or a voice note waits to be sent."""
    return bool(conversation.draft) or voice_draft(conversation) is not None


def draft_line(conversation: ConversationView) -> str:
    """Give what waits to be sent in one line."""
    voice = voice_draft(conversation)
    return one_line(conversation.draft) if voice is None else voice_line(voice)


def preview(conversation: ConversationView, own: str = "", *, typing: str = "") -> str:
    """Give the second line of a conversation's row; in a group it names who wrote."""
    if typing:
        return typing
    if has_draft(conversation):
        return draft_line(conversation)
    last = conversation.last
    if last is None:
        return translate("Conversations", "No messages yet")
    text = body_line(last, own=own)
    if last.deleted or last.kind is not MessageKind.TEXT:
        return text
    if last.outgoing:
        return translate("Conversations", "You: {0}").format(text)
    return f"{person(last.sender)}: {text}" if conversation.kind is ConversationKind.GROUP else text


def spoken(row: Row, own: str = "") -> str:
    """Say a row for a screen reader."""
    match row:
        case RequestRow(request):
            return translate("Conversations", "Conversation request from {0}").format(person(request.name))
        case HeadingRow(text) | DecisionRow(_, text):
            return text
        case FoundRow(message):
            return f"{person(message.sender)}: {body_line(message, own=own)}"
        case ConversationRow(conversation, typing):
            return ", ".join(_spoken_parts(conversation, own, typing=typing))
        case ArchiveRow():
            shown = translate("Conversations", "shown") if row.is_open else translate("Conversations", "hidden")
            return f"{archive_text(row)}, {shown}"
        case _:
            assert_never(row)


def _spoken_parts(conversation: ConversationView, own: str, *, typing: str) -> list[str]:
    parts = [label_of(conversation)]
    if conversation.kind is ConversationKind.GROUP:
        parts.append(translate("Conversations", "group"))
        if stopped := stop_words_of(conversation):
            parts.append(stopped)
    elif conversation.imported is not None:
        parts.append(stop_words_of(conversation))
    trust = None if conversation.contact is None else conversation.contact.trust
    if trust is Trust.VERIFIED:
        parts.append(translate("Conversations", "verified"))
    if trust is Trust.CHANGED:
        parts.append(translate("Conversations", "identity changed"))
    if conversation.unread:
        parts.append(translate("Conversations", "%n unread", None, conversation.unread))
        if conversation.mentions:
            parts.append(translate("Conversations", "mentions you"))
    elif conversation.marked_unread:
        parts.append(translate("Conversations", "marked as unread"))
    if conversation.pinned:
        parts.append(translate("Conversations", "pinned"))
    if conversation.muted:
        parts.append(translate("Conversations", "muted"))
    if has_draft(conversation):
        parts.append(translate("Conversations", "draft"))
    return [*parts, preview(conversation, own, typing=typing)]
