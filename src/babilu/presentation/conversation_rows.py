"""Rows of the conversation list, by the ids of their conversations: a label is shown, and may become another one's.

What an event or the user has changed since the list was asked for lies over it until a newer list shows that.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from babilu.api.views import ConversationView, MessageView
from babilu.kernel.ids import ConversationId
from babilu.presentation.changes import Changes

ID_DIGITS: Final = 64
"""Hexadecimal digits of an id."""

MOVES_KEPT: Final = 1_000
"""Former ids by which a conversation is still found; the oldest is forgotten."""


class ConversationRows:
    """What the client's list says, in its order, and what was told since.

    Attributes:
        changes: What the user has changed and the client's list does not show yet.
        is_outdated: Whether something was told since the list was asked for, so that the answer may be older.
    """

    def __init__(self) -> None:
        self._rows: dict[ConversationId, ConversationView] = {}
        self._labelled: dict[str, ConversationView] | None = None
        self._moved: dict[ConversationId, ConversationId] = {}
        self.changes = Changes()
        self.is_outdated = False
        self._unread: dict[ConversationId, int] = {}
        self._reading: dict[ConversationId, int] = {}

    def get(self, conversation: ConversationId | None) -> ConversationView | None:
        """Give the row of a conversation, where it is listed."""
        return None if conversation is None else self._rows.get(conversation)

    def by_label(self) -> dict[str, ConversationView]:
        """Give all rows in their order by what people call them now."""
        if self._labelled is None:
            self._labelled = {each.label: each for each in self._rows.values()}
        return self._labelled

    def named(self, name: str) -> ConversationView | None:
        """Give the row that is meant by an id in hex, also a former one of it, or by a label."""
        if len(name) != ID_DIGITS:
            return self.by_label().get(name)
        try:
            conversation = ConversationId(bytes.fromhex(name))
        except ValueError:
            return self.by_label().get(name)
        return self._rows.get(self._moved.get(conversation, conversation))

    # What is told.

    def put(self, view: ConversationView) -> None:
        """Show a row as it is now, in its place; a list that was asked for before does not know of it."""
        self.is_outdated = True
        self.show_again(view)

    def show_again(self, view: ConversationView) -> None:
        """Show a row as it is now, where the list says the same by now or will be asked for again."""
        self._rows[view.id] = view
        self._labelled = None

    def lay_changes_over(self, view: ConversationView) -> None:
        """Show a row with what the user has changed of it."""
        self.show_again(self.changes.over(view))

    def put_first(self, view: ConversationView) -> None:
        """Show a row before those with older messages; pinned ones stay in front of those that are not."""
        others = {each: row for each, row in self._rows.items() if each != view.id}
        pinned = {each: row for each, row in others.items() if row.pinned and not view.pinned}
        self._rows = {**pinned, view.id: view, **others}
        self._labelled = None

    # The list.

    def ask(self) -> int:
        """Number the list that is asked for now."""
        self.is_outdated = False
        return self.changes.ask()

    def show(self, number: int, views: Iterable[ConversationView]) -> dict[ConversationId, ConversationId]:
        """Show a list.

        Returns:
            The new ids of conversations that go on under another one, by the former: with a contact whose new identity
            was approved, and a group that goes on without its owner. They keep their label, and the former id is gone.
        """
        self.changes.came(number)
        former, rows = self._rows, {each.id: each for each in views}
        new = {each.label: each.id for each in rows.values() if each.id not in former}
        moved = {old: new[row.label] for old, row in former.items() if old not in rows and row.label in new}
        for old, now in moved.items():
            self.changes.move(old, now)
            for kept in (self._unread, self._reading):
                if old in kept:
                    kept[now] = kept.pop(old)
        self._remember(moved)
        rows = {each.id: self.changes.over(each) for each in rows.values()}
        for conversation in self._reading:
            # What comes until the client tells that it was read is read, too.
            if conversation in rows:
                rows[conversation] = replace(rows[conversation], unread=0, mentions=0, marked_unread=False)
        self._rows, self._labelled = rows, None
        return moved

    def _remember(self, moved: dict[ConversationId, ConversationId]) -> None:
        """Follow also from the ids before: what a face holds by one of them is of the same conversation."""
        self._moved = {old: moved.get(now, now) for old, now in self._moved.items()} | moved
        while len(self._moved) > MOVES_KEPT:
            del self._moved[next(iter(self._moved))]

    # What is unread.

    def came(self, message: MessageView) -> None:
        """Note that somebody's message came, of which only a list that is asked for from now on knows."""
        self._unread[message.conversation_id] = self.changes.asked + 1

    def read(self, conversation: ConversationId) -> bool:
        """Show a conversation as read; tells whether something had come of which nobody said yet that it was read."""
        known = self._rows.get(conversation)
        if known is not None and (known.unread or known.marked_unread):
            self.put(replace(known, unread=0, mentions=0, marked_unread=False))
        return self._unread.pop(conversation, None) is not None

    def read_elsewhere(self, number: int) -> list[ConversationId]:
        """Give the conversations of which something had come and nothing is unread by a list, and forget that."""
        found = []
        for conversation, since in tuple(self._unread.items()):
            # A list that was asked for before a message came does not know of it.
            view = self._rows.get(conversation)
            if number >= since and (view is None or not view.unread):
                del self._unread[conversation]
                found.append(conversation)
        return found

    def expect_read(self, conversation: ConversationId) -> None:
        """Wait for the client's word that a conversation was read."""
        self._reading[conversation] = self._reading.get(conversation, 0) + 1

    def was_expected(self, conversation: ConversationId) -> bool:
        """Tell whether an event about a conversation was waited for as the echo of a command, and wait no longer."""
        waited = self._reading.get(conversation, 0)
        if waited > 1:
            self._reading[conversation] = waited - 1
        else:
            self._reading.pop(conversation, None)
        return waited > 0

    def start_anew(self) -> None:
        """Wait for nothing any more: everything is read again."""
        self._reading.clear()
