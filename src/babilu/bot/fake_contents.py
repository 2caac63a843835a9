"""What a `FakeClient` makes of edits, reactions, pins and the like; used in one thread at a time, as its world is."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import (
    MentionView,
    MessageView,
    PinView,
    PrivacySwitch,
    QuoteView,
    ReactionView,
    ReceiptsView,
    ScheduledView,
    TimerView,
    WordingView,
)
from babilu.kernel.errors import DeliveryError, ErrorCode, UsageError
from babilu.kernel.ids import ConversationId, IdentityKey, MessageId

if TYPE_CHECKING:
    from babilu.bot.fake_world import Conversation, World

EDITABLE_MS = 24 * 3_600_000
OWN_IDENTITY = IdentityKey(bytes.fromhex("ab" * 32))


class FakeContents:
    """Everything that is said about messages, and beside them.

    Attributes:
        world: The rest of the client.
        wordings: Former and present wordings of edited messages.
        mention_told: Messages of which an edit has told that they mention oneself.
        own_reactions: By message: who reacted how.
    """

    def __init__(self, world: "World") -> None:
        self.world = world
        self.wordings: dict[MessageId, list[WordingView]] = {}
        self.mention_told: set[MessageId] = set()
        self.reactions: dict[MessageId, dict[str, tuple[str, ...]]] = {}
        self.timers: dict[str, int | None] = {}
        self.receipts = {"read": True, "typing": True, "presence": True}
        self.receipts_in: dict[str, dict[str, bool]] = {}
        self.scheduled: dict[int, tuple[ScheduledView, c.Schedule]] = {}

    def answer(self, command: c.Command[Any]) -> object:  # noqa: C901 -- a line for each command
        """Answer a command about contents."""
        match command:
            case c.EditMessage(message, text, mentions):
                return self.edit(self.world.name, message, text, mentions)
            case c.Wordings(message):
                _, view = self._find(message)
                return tuple(self.wordings.get(message, [WordingView(view.text, view.at)]))
            case c.SetReactions(message, emoji):
                return self.react(self.world.name, message, emoji)
            case c.PinMessage(message, on):
                return self.pin(self.world.name, message, on=on)
            case c.Pins(name):
                messages = self.world.known(name).messages
                return tuple(message for message in reversed(messages) if message.pinned)
            case c.SetTimer(name, seconds):
                return self.set_timer(self.world.name, name, seconds)
            case c.Forward(message, to):
                return self._forward(message, to)
            case c.Typing(name):
                self.world.known(name)
                return None
            case c.SetReceipts():
                return self._set_receipts(command)
            case c.ReceiptSettings(name):
                return self._receipts(name)
            case c.Schedule():
                return self._schedule(command)
            case c.Scheduled(name):
                views = [view for view, _ in self.scheduled.values() if name in {None, view.conversation}]
                return tuple(sorted(views, key=lambda view: (view.at, view.number)))
            case c.Unschedule(number):
                self._unschedule(number)
                return None
            case c.SendNow(number):
                order = self._unschedule(number)
                return self.world.answer(
                    c.Send(order.to, order.text, None, order.reply_to, order.mentions, order.timer)
                )
            case _:
                raise NotImplementedError(type(command).__name__)

    def complete(self, conversation: "Conversation", message: MessageView, command: c.Send) -> MessageView:
        """Give a new own message what its command says beside the text."""
        quote = None if command.reply_to is None else self.quote(conversation, command.reply_to)
        timer = command.timer or self.timers.get(conversation.contact.name)
        return replace(
            message,
            reply_to=quote,
            mentions=self._mentions(message.text, command.mentions),
            timer=timer,
            expires_at=None if timer is None else message.at + 1000 * timer,
            editable_until=message.at + EDITABLE_MS,
        )

    def quote(self, conversation: "Conversation", message: MessageId) -> QuoteView:
        """Quote a message of a conversation; one that is not there as its quoter would."""
        for each in conversation.messages:
            if each.id == message:
                return QuoteView(message, each.sender, each.text[:400], known=True)
        return QuoteView(message, "", "what was written before", known=False)

    def edit(self, author: str, message: MessageId, text: str, mentions: tuple[str, ...] = ()) -> MessageView:
        """Give a message another wording."""
        conversation, view = self._find(message)
        if view.sender != author or view.deleted:
            raise UsageError("Only an own message can be edited.")
        found = self._mentions(text, mentions)
        now = self.world.tick()
        self.wordings.setdefault(message, [WordingView(view.text, view.at)]).append(WordingView(text, now))
        mentioned = author != self.world.name and self.world.name in mentions
        edited = replace(view, text=text, edited_at=now, mentions=found, mentioned=mentioned)
        changed = self._replace(conversation, edited)
        is_first = mentioned and not view.mentioned and message not in self.mention_told
        if mentioned:
            self.mention_told.add(message)
        self.world.tell(e.MessageEdited(changed, is_first))
        return changed

    def react(self, person: str, message: MessageId, emoji: tuple[str, ...]) -> MessageView:
        """Set a person's reactions."""
        conversation, view = self._find(message)
        if len(emoji) > 8 or any(not each or each.isascii() for each in emoji):
            raise UsageError("This is no reaction.")
        theirs = self.reactions.setdefault(message, {})
        theirs[person] = emoji
        people: dict[str, list[str]] = {}
        for name in sorted(theirs, key=lambda name: (name != self.world.name, name)):
            for each in theirs[name]:
                people.setdefault(each, []).append(name)
        shown = tuple(ReactionView(each, tuple(names)) for each, names in people.items())
        changed = self._replace(conversation, replace(view, reactions=shown))
        self.world.tell(e.ReactionsChanged(changed))
        return changed

    def delete_for_all(self, author: str, message: MessageId) -> None:
        """Delete a message for all: a line stays in its place."""
        conversation, view = self._find(message)
        if view.sender != author:
            raise UsageError("Only an own message can be deleted for all.")
        gone = replace(view, text="", deleted=True, reactions=(), mentions=(), reply_to=None, pinned=False)
        self._replace(conversation, replace(gone, edited_at=None, editable_until=None, mentioned=False))
        for each in conversation.messages:
            if each.reply_to is not None and each.reply_to.id == message:
                self._replace(conversation, replace(each, reply_to=replace(each.reply_to, text="")))
        self.world.tell(e.MessageDeleted(message, view.conversation, view.conversation_id, author, for_all=True))

    def pin(self, person: str, message: MessageId, *, on: bool) -> PinView:
        """Pin a message, or unpin it."""
        conversation, view = self._find(message)
        self._replace(conversation, replace(view, pinned=on))
        pin = PinView(message, view.conversation, conversation_of(view.conversation), person, on)
        self.world.tell(e.MessagePinned(pin))
        return pin

    def set_timer(self, person: str, name: str, seconds: int | None) -> TimerView:
        """Have messages disappear after a time."""
        contact = self.world.known(name).contact
        self.timers[contact.name] = seconds
        self.world.known(name).timer = seconds
        timer = TimerView(contact.name, conversation_of(contact.name), person, seconds)
        self.world.tell(e.TimerChanged(timer))
        return timer

    def _forward(self, message: MessageId, to: tuple[str, ...]) -> tuple[MessageId, ...]:
        _, view = self._find(message)
        if not 1 <= len(to) <= 20:
            raise UsageError("A message is forwarded to 1 to 20 people.")
        made = []
        for name in to:
            conversation, sent = self._find(self.world.send(c.Send(name, view.text)).id)
            made.append(self._replace(conversation, replace(sent, forwarded=True)).id)
        return tuple(made)

    def _set_receipts(self, command: c.SetReceipts) -> ReceiptsView:
        values = {"read": command.read, "typing": command.typing, "presence": command.presence}
        given = {name: value for name, value in values.items() if value is not None}
        place = self.receipts if command.conversation is None else self.receipts_in.setdefault(command.conversation, {})
        place.update(given)
        for each in command.inherit:
            place.pop(each.value, None)
        view = self._receipts(command.conversation)
        self.world.tell(e.ReceiptsChanged(view))
        return view

    def _receipts(self, name: str | None) -> ReceiptsView:
        own = {} if name is None else self.receipts_in.get(name, {})
        inherited = () if name is None else tuple(each for each in PrivacySwitch if each.value not in own)
        return ReceiptsView(name, **{**self.receipts, **own}, inherited=inherited)

    def _schedule(self, command: c.Schedule) -> ScheduledView:
        contact = self.world.known(command.to).contact
        number = max(self.scheduled, default=0) + 1
        view = ScheduledView(
            number, contact.name, conversation_of(contact.name), command.text, command.at, overdue=False
        )
        self.scheduled[number] = view, command
        self.world.tell(e.ScheduledChanged(view, gone=False))
        return view

    def _unschedule(self, number: int) -> c.Schedule:
        found = self.scheduled.pop(number, None)
        if found is None:
            raise DeliveryError(ErrorCode.NOT_FOUND, "No text of that number waits.")
        self.world.tell(e.ScheduledChanged(found[0], gone=True))
        return found[1]

    def _mentions(self, text: str, names: tuple[str, ...]) -> tuple[MentionView, ...]:
        found = []
        for name in names:
            start = text.find(f"@{name}")
            if start < 0:
                raise UsageError("A name that is mentioned must stand in the text.")
            identity = OWN_IDENTITY if name == self.world.name else self.world.known(name).contact.identity
            found.append(MentionView(start, len(name) + 1, name, identity))
        return tuple(sorted(found, key=lambda mention: mention.start))

    def _find(self, message: MessageId) -> "tuple[Conversation, MessageView]":
        conversation, index = self.world.find(message)
        return conversation, conversation.messages[index]

    def _replace(self, conversation: "Conversation", message: MessageView) -> MessageView:
        _, index = self.world.find(message.id)
        conversation.messages[index] = message
        return message


def conversation_of(name: str) -> ConversationId:
    """Give the id of the conversation with somebody."""
    return ConversationId(name.encode(errors="surrogatepass").ljust(32, b"\0")[:32])
