"""Actions of a face, and what it reads of the client's state; it draws nothing, a `Watcher` hears what changed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from babilu.api import commands as c
from babilu.api.group_views import GroupInvitationView, JoinRequestView
from babilu.api.views import (
    TEXT_INDEX,
    Address,
    ContactView,
    HistoryPage,
    MessageView,
    RecordingView,
    RequestView,
    ScheduledView,
)
from babilu.kernel.errors import BabiluError
from babilu.kernel.ids import IdentityKey, MessageId
from babilu.kernel.states import ConversationKind, MessageState, TextState
from babilu.presentation.client_bridge import Failed
from babilu.presentation.client_state import ClientState, is_begun
from babilu.presentation.files import NO_FILES, FilesToSend
from babilu.presentation.fuzzy import score
from babilu.presentation.mentions import mentions
from babilu.presentation.watcher import ScreenPart, Stale


class ClientModel(ClientState):
    """What the client has told, and actions for it."""

    def contact(self) -> ContactView | None:
        """Give the contact of the open conversation."""
        known = self.listed.get(self.current_id)
        return known.contact if known else None

    def identity_of(self, name: str) -> IdentityKey | None:
        """Give the identity key of the contact who is shown by a name, or None where nobody is."""
        known = self.view(name)
        return None if known is None or known.contact is None else known.contact.identity

    @property
    def has_conversations(self) -> bool:
        """Whether the list has anything; notes in which nothing was written do not count."""
        return any(map(is_begun, self.conversations.values()))

    def unread(self) -> int:
        """Count unread messages, of muted conversations those that mention oneself, and what one must decide."""
        rows = self.conversations.values()
        counts = (each.mentions if each.muted else max(each.unread, each.marked_unread) for each in rows)
        return sum(counts) + len(self.requests) + len(self.groups.invitations) + len(self.groups.joining)

    def oldest(self) -> None:
        """Go to the first message of the open conversation."""
        self.pages.oldest(self._place(), lambda message: self._told().jumped(message))

    def around(self, message: MessageView) -> None:
        """Load the messages around one, open its conversation where necessary, and tell when they are there."""
        if self.current_id != message.conversation_id:
            self._turn_to(message.conversation_id)
        self.pages.around(message, lambda: self._told().jumped(message))

    def show(self, message: MessageId, conversation: str | None = None) -> None:
        """Load the messages around one that is known by its id."""
        self._asks.request(c.MessageInfo(message, conversation), lambda info: self.around(info.message))

    def show_since(self, name: str, at: int, nothing: Callable[[], None]) -> None:
        """Load the messages around the first one of a time (Unix milliseconds) or later, or say that there is none."""

        def came(page: HistoryPage) -> None:
            if page.messages:
                self.around(page.messages[0])
            else:
                nothing()

        self._asks.request(c.History(self.address(name), 1, since=at), came)

    def mark_read(self) -> None:
        """Tell the sender that the open conversation was read, once it is shown."""
        known, last = self.listed.get(self.current_id), self.room.last
        if known is None or last is None or self.room.conversation_id != known.id:
            return
        if not known.unread and not (known.marked_unread and known.id != self._left_unread):
            return
        self._read(known.id)
        self.listed.expect_read(known.id)

        def done(count: int) -> None:
            # A client that had nothing to mark tells no event: none is waited for any more.
            if not count and not self.listed.was_expected(known.id):
                self._gather(Stale.LIST)

        def refused(error: BabiluError) -> None:
            self.listed.was_expected(known.id)
            self._gather(Stale.LIST)
            self._told().failed(error)

        # What is read here was shown here: that is recorded with it.
        self._unshown.discard(known.id)
        self._asks.request(c.MarkRead(known.id.hex(), last), done, refused)

    # Asking.

    def send(
        self,
        to: str,
        text: str,
        failed: Failed,
        done: Callable[[], None] | None = None,
        reply_to: MessageId | None = None,
        files: FilesToSend = NO_FILES,
    ) -> None:
        """Send a text, files by their paths, or both; another conversation is opened once it is kept, unless one was.

        People of the conversation whose ``@name`` stands in the text are mentioned.
        """
        where = self.here

        def refused(error: BabiluError) -> None:
            self.files.not_sealed(order.to)
            failed(error)

        def then(message: MessageView) -> None:
            self.files.sealed(message.conversation_id)
            if message.conversation_id == self.room.conversation_id:
                self.room.end_unread()
            if done is not None:
                done()
            if message.conversation_id != self.current_id and where == self.here:
                self._ask_for_list(lambda: self.open(message.conversation_id.hex()))

        order = c.Send(
            self.address(to),
            text,
            self._believed(to),
            reply_to,
            mentions=self.mentioned(to, text),
            files=files.paths,
            as_files=files.as_files,
        )
        self._asks.request(order, then, refused)

    def addressed(self, command: c.Command[Any]) -> c.Command[Any]:
        """Give a command about a conversation that somebody has written by its label, with the id in its place."""
        named = getattr(command, "conversation", None)
        known = self.listed.by_label().get(named) if isinstance(named, str) else None
        return command if known is None else replace(command, conversation=known.id.hex())  # type: ignore[call-arg]

    def _believed(self, name: str) -> IdentityKey | None:
        """Give the identity key that whoever is written to was shown with, also one who is no contact yet."""
        return self.identity_of(name) if self.view(name) is not None else self.shown.identity_of(name)

    @property
    def recording(self) -> RecordingView | None:
        """The voice note of the open conversation that was not sent yet."""
        known = self.listed.get(self.current_id)
        return known.recording if known else None

    def send_recording(self, name: str, reply_to: MessageId | None, failed: Failed) -> None:
        """Send the recording of a conversation."""

        def then(message: MessageView) -> None:
            if message.conversation_id == self.room.conversation_id:
                self.room.end_unread()

        order = c.SendRecording(self.address(name), self.identity_of(name), reply_to)
        self._asks.request(order, then, failed)

    def mentioned(self, name: str, text: str) -> tuple[str, ...]:
        """Give the people of a conversation whose ``@name`` stands in a text."""
        return tuple(each for each in self.people_of(name) if mentions(text, each))

    def people_of(self, name: str) -> tuple[str, ...]:
        """Give those who can be mentioned in a conversation; of a group also all at once, or its admins."""
        known = self.view(name)
        if known is None:
            return ()
        if known.kind is ConversationKind.GROUP:
            group = self.groups.of(known.label)
            if group is None:
                return ()
            return (*(member.name for member in group.members if not member.own), *c.MENTIONED_ROLES)
        return (self.connection_status.name if known.contact is None else known.label,)

    def waiting(self) -> tuple[RequestView | GroupInvitationView | JoinRequestView, ...]:
        """Give what waits for a decision: strangers, groups that one was added to, people who want to join one."""
        groups = self.groups
        return (*self.requests.values(), *groups.invitations.values(), *groups.joining.values())

    def title_of(self, name: str) -> str:
        """Give the title of a group as it is known; else the label of a conversation."""
        known = self.view(name)
        if known is None:
            return self.groups.title_of(name)
        return known.title or self.groups.title_of(known.label)

    def found(self, query: str) -> list[str]:
        """Give the labels of the conversations whose names or titles fit a query, the best first; all for none."""
        if not query.strip():
            return list(self.conversations)
        scored = [
            (max(points), label)
            for label, view in self.conversations.items()
            if (points := [each for text in {label, view.title or label} if (each := score(query, text)) is not None])
        ]
        return [label for _, label in sorted(scored, key=lambda pair: -pair[0])]

    def open_when_listed(self, label: str, then: Callable[[str], None]) -> None:
        """Read the list, in which a conversation is new, before it is opened."""
        self._ask_for_list(lambda: then(label))

    def edit(self, message: MessageView, text: str, failed: Failed, done: Callable[[], None] | None = None) -> None:
        """Give an own message another wording."""
        people = self.mentioned(message.conversation, text)
        order = c.EditMessage(message.id, text, people, message.conversation_id.hex())
        self._asks.request(order, lambda view: self._edited(view, done), failed)

    def _show_message(self, message: MessageView) -> None:
        self._message_changes.show(message, self.listed)

    def _edited(self, message: MessageView, done: Callable[[], None] | None) -> None:
        self._show_message(message)
        if done is not None:
            done()

    def own_reactions(self, message: MessageView) -> tuple[str, ...]:
        """Give one's own reactions to a message."""
        return tuple(each.emoji for each in message.reactions if self.connection_status.name in each.people)

    def toggle_reaction(self, message: MessageView, emoji: str) -> None:
        """React to a message, or take that back where one has reacted so."""
        own = self.own_reactions(message)
        chosen = tuple(each for each in own if each != emoji) if emoji in own else (*own, emoji)
        self._asks.request(c.SetReactions(message.id, chosen, message.conversation_id.hex()), self._show_message)

    def forward(
        self,
        message: MessageView,
        names: Sequence[str],
        done: Callable[[tuple[MessageId, ...]], None],
        *,
        as_files: bool = False,
    ) -> None:
        """Forward a message to conversations of the list; by their ids, as a label may mean somebody else by then."""
        ids = tuple(self.address(name) for name in names)
        self.ask(c.Forward(message.id, ids, message.conversation_id.hex(), as_files), done)

    def scheduled_in(self, name: str) -> tuple[ScheduledView, ...]:
        """Give the texts of a conversation that are sent later, the next one first."""
        known = self.view(name)
        views = (each for each in self.scheduled.values() if known is not None and each.conversation_id == known.id)
        return tuple(sorted(views, key=lambda each: (each.at, each.number)))

    def schedule(
        self,
        to: str,
        text: str,
        at: int,
        failed: Failed,
        done: Callable[[], None] | None = None,
        reply_to: MessageId | None = None,
        files: FilesToSend = NO_FILES,
    ) -> None:
        """Have a text, files by their paths, or both sent later."""

        def refused(error: BabiluError) -> None:
            self.files.not_sealed(order.to)
            failed(error)

        def then(kept: ScheduledView) -> None:
            self.files.sealed(kept.conversation_id)
            if done is not None:
                done()

        order = c.Schedule(
            self.address(to),
            text,
            at,
            self.identity_of(to),
            reply_to,
            self.mentioned(to, text),
            files=files.paths,
            as_files=files.as_files,
        )
        self._asks.request(order, then, refused)

    def retry(self, message: MessageView) -> None:
        """Try a failed message again, or the rest of a long text that could not be had."""

        def then(again: MessageView) -> None:
            self.room.change(again)
            self._told().changed(ScreenPart.ROOM)

        if message.text_state is TextState.FAILED and message.state is not MessageState.FAILED:
            conversation = message.conversation_id.hex()
            self._asks.request(c.ResumeFile(message.id, TEXT_INDEX, conversation), lambda _: None)
            return

        self._asks.request(c.Retry(message.id, message.conversation_id.hex()), then)

    def call(self, address: Address, name: str | None, failed: Failed, done: Callable[[], None] | None = None) -> None:
        """Start a direct conversation."""

        def refused(error: BabiluError) -> None:
            self.end_call(address)
            failed(error)

        self.connection_status.begin_call(address)
        self._told().changed(ScreenPart.STANDING)
        self._asks.request(c.Call(address, name), None if done is None else lambda _: done(), refused)

    def end_call(self, address: Address) -> None:
        """Show a call no longer."""
        self.connection_status.end_call(address)
        self._told().changed(ScreenPart.STANDING)

    def keep_draft(self, name: str, text: str, reply_to: MessageId | None = None) -> None:
        """Keep what was written and not sent; nobody is told where that is impossible."""
        if self.view(name) is not None:
            self.ask(c.SetDraft(self.address(name), text, reply_to), None, lambda _: None)

    def ask(
        self, command: c.Command[Any], done: Callable[[Any], None] | None = None, failed: Failed | None = None
    ) -> None:
        """Ask for anything else; what the list shows of it is shown at once."""
        change = self._change(command)

        def then(answer: object) -> None:
            self.listed.changes.answered(change)
            if done is not None:
                done(answer)
            self._gather(Stale.LIST | Stale.STATUS)

        def refused(error: BabiluError) -> None:
            self.listed.changes.refused(change)
            self._gather(Stale.LIST)
            (failed or self._told().failed)(error)

        self._asks.request(command, then, refused)

    def _change(self, command: c.Command[Any]) -> object:
        match command:
            case c.MarkUnread(name) | c.SetDraft(name) | c.SetPinned(name) | c.SetMuted(name) | c.AllowDirect(name):
                known = self.view(name)
            case _:
                return None
        if known is None:
            return None
        make = self.listed.changes.make
        match command:
            case c.MarkUnread(_, unread):
                if known.id == self.current_id:
                    self._left_unread = known.id if unread else None
                return None
            case c.SetDraft(_, text):
                change = make(known.id, "draft", text)
            case c.SetPinned(_, pinned):
                change = make(known.id, "pinned", pinned)
            case c.SetMuted(_, muted):
                change = make(known.id, "muted", muted)
            case c.AllowDirect(_, allowed):
                change = make(known.id, "direct", allowed)
        self.listed.lay_changes_over(known)
        self._told().changed(ScreenPart.LIST)
        return change
