"""What a `FakeClient` makes of messages: sending, edits, reactions, pins and the like; used in one thread at a time."""

from dataclasses import replace
from typing import Any

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import (
    FileView,
    LinkState,
    MediaPage,
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
    quoted_files,
    without_words,
)
from babilu.bot.fake_audiences import FakeAudiences
from babilu.bot.fake_files import FakeFiles
from babilu.bot.fake_groups import FakeGroups
from babilu.bot.fake_people import FakePeople
from babilu.bot.fake_profile import OWN_IDENTITY, FakeConversation, FakeProfile
from babilu.bot.fake_voice import FakeVoice, with_voice
from babilu.kernel.errors import DeliveryError, ErrorCode, ProtocolError, TrustError, UsageError
from babilu.kernel.ids import IdentityKey, MessageId, role_key
from babilu.kernel.limits import INTEGER_MAX, TEXT_BYTES
from babilu.kernel.links import has_link
from babilu.kernel.states import FileState, MediaKind, MessageState, Trust

EDITABLE_MS = 24 * 3_600_000


class FakeContents:
    """Everything that is said, and what is said about it.

    Attributes:
        sent: Own texts in order, and whom each is to.
        wordings: Former and present wordings of edited messages.
        reactions: By message: who reacted how.
        scheduled: Texts that are sent later, by number.
    """

    def __init__(self, profile: FakeProfile, people: FakePeople, groups: FakeGroups) -> None:
        self.profile = profile
        self.people = people
        self.groups = groups
        self.audiences = FakeAudiences(profile)
        self.files = FakeFiles(profile)
        self.voice = FakeVoice(profile)
        self.sent: list[tuple[str, str]] = []
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
            case c.Send():
                return self.send(command)
            case c.SendRecording():
                return self._send_recording(command)
            case (
                c.StartRecording()
                | c.StopRecording()
                | c.DiscardRecording()
                | c.PlayVoice()
                | c.PlayRecording()
                | c.StopPlaying()
            ):
                return self.voice.answer(command)
            case c.FetchFile() | c.PauseFile() | c.ResumeFile() | c.CancelFile() | c.GetPicture() | c.InspectFiles():
                return self.files.answer(command)
            case c.Retry(message):
                return self._retry(message)
            case c.DeleteMessage(message, _, True):
                self.delete_for_all(self.profile.name, message)
                return None
            case c.EditMessage(message, text, mentions):
                return self.edit(self.profile.name, message, text, mentions)
            case c.Wordings(message):
                _, view = self.profile.look(message)
                return tuple(self.wordings.get(message, [WordingView(view.text, view.at)]))
            case c.SetReactions(message, emoji):
                return self.react(self.profile.name, message, emoji)
            case c.PinMessage(message, on):
                return self.pin(self.profile.name, message, on=on)
            case c.Pins(name):
                messages = self.profile.known(name).messages
                return tuple(message for message in reversed(messages) if message.pinned)
            case c.SetTimer(name, seconds):
                return self.set_timer(self.profile.name, name, seconds)
            case c.Forward(message, to):
                return self._forward(message, to)
            case c.Typing(name):
                self.profile.known(name)
                return None
            case c.SetReceipts():
                return self._set_receipts(command)
            case c.ReceiptSettings(name):
                return self._receipts(None if name is None else self.profile.known(name).contact.name)
            case c.Schedule() | c.Scheduled() | c.Unschedule() | c.SendNow():
                return self._answer_scheduling(command)
            case c.Media():
                return self._media(command)
            case _:
                return self.people.answer(command)

    def _answer_scheduling(self, command: c.Schedule | c.Scheduled | c.Unschedule | c.SendNow) -> object:
        """Answer a command about texts that are sent later."""
        match command:
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
                fields = (order.to, order.text, None, order.reply_to, order.mentions, order.timer)
                return self.send(c.Send(*fields, order.files, order.as_files))

    def _media(self, command: c.Media) -> MediaPage:
        conversation = self.profile.known(command.conversation)
        before = INTEGER_MAX if command.before is None else command.before
        found = [
            each
            for each in reversed(conversation.messages)
            if each.position < before
            and (has_link(each.text) if command.kind is MediaKind.LINK else command.kind in kinds_of(each))
        ]
        name = conversation.contact.name
        shown = tuple(found[: command.limit])
        return MediaPage(name, self.profile.id_of(name), command.kind, shown, len(found) > command.limit)

    def _send_recording(self, command: c.SendRecording) -> MessageView:
        recording = self.voice.look(command.conversation)
        order = c.Send(command.conversation, "", None, command.reply_to, timer=command.timer)
        sent = self.send(order, self.voice.file_of(recording))
        self.voice.take(command.conversation)
        return sent

    def send(self, command: c.Send, voice: FileView | None = None) -> MessageView:
        """Send a text to a contact, or to an account that becomes one."""
        to, text = command.to, command.text
        if len(text.encode()) > TEXT_BYTES:
            raise ProtocolError(ErrorCode.TOO_LARGE, "A message holds at most 60,000 bytes.")
        conversation = self.people.reach(to)
        group = None if conversation.group is None else self.groups.check_post(to)
        contact = conversation.contact
        if contact.trust is Trust.CHANGED:
            raise TrustError(ErrorCode.IDENTITY_CHANGED, "This contact's identity has changed.")
        if contact.blocked:
            raise DeliveryError(ErrorCode.BLOCKED, "This contact is blocked.")
        if not contact.accepted:
            contact = self.profile.change(replace(contact, accepted=True))
        message = self.complete(conversation, self.profile.make(contact.name, text, outgoing=True, route=None), command)
        message = message if voice is None else with_voice(message, voice)
        message = message if group is None else self.audiences.address(message, group)
        conversation.messages.append(message)
        self.profile.tell(e.MessageQueued(message))
        self.profile.tell(e.ConversationChanged(contact.name, self.profile.id_of(contact.name)))
        if contact.connected:
            self.advance(message.id, MessageState.DELIVERED)
        elif self.profile.link.state is LinkState.ONLINE and self.profile.sent_state is not MessageState.QUEUED:
            self.advance(message.id, self.profile.sent_state)
        self.sent.append((contact.name, text))
        return message

    def advance(self, message: MessageId, state: MessageState, error: ErrorCode | None = None) -> None:
        """Let an own message come further, or fail; one of a group for everybody."""
        if message in self.audiences:
            self.audiences.advance(message, None, state, error)
        else:
            self.profile.advance(message, state, error)

    def _retry(self, message: MessageId) -> MessageView:
        if self.profile.look(message)[1].state is not MessageState.FAILED:
            raise UsageError("Only a failed message can be tried again.")
        self.advance(message, MessageState.QUEUED)
        return self.profile.look(message)[1]

    def complete(self, conversation: FakeConversation, message: MessageView, command: c.Send) -> MessageView:
        """Give a new own message what its command says beside the text."""
        quote = None if command.reply_to is None else self.quote(conversation, command.reply_to)
        timer = command.timer or self.timers.get(conversation.contact.name)
        return replace(
            message,
            reply_to=quote,
            mentions=self._mentions(conversation, message.text, command.mentions),
            timer=timer,
            expires_at=None if timer is None else message.at + 1000 * timer,
            editable_until=message.at + EDITABLE_MS,
            files=self.files.chosen(command.files, as_files=command.as_files),
        )

    def quote(self, conversation: FakeConversation, message: MessageId) -> QuoteView:
        """Quote a message of a conversation; one that is not there as its quoter would."""
        for each in conversation.messages:
            if each.id == message:
                files = quoted_files(each.files)
                return QuoteView(message, each.sender, each.text[:400], known=True, files=files)
        return QuoteView(message, "", "what was written before", known=False)

    def edit(self, author: str, message: MessageId, text: str, mentions: tuple[str, ...] = ()) -> MessageView:
        """Give a message another wording."""
        conversation, view = self.profile.look(message)
        if view.sender != author or view.deleted:
            raise UsageError("Only an own message can be edited.")
        found = self._mentions(conversation, text, mentions)
        now = self.profile.tick()
        self.wordings.setdefault(message, [WordingView(view.text, view.at)]).append(WordingView(text, now))
        mentioned = author != self.profile.name and self.profile.name in mentions
        edited = replace(view, text=text, edited_at=now, mentions=found, mentioned=mentioned)
        changed = self.profile.put(edited)
        is_first = mentioned and not view.mentioned and message not in self.mention_told
        if mentioned:
            self.mention_told.add(message)
        self.profile.tell(e.MessageEdited(changed, is_first))
        return changed

    def react(self, person: str, message: MessageId, emoji: tuple[str, ...]) -> MessageView:
        """Set a person's reactions."""
        _, view = self.profile.look(message)
        if len(emoji) > 8 or any(not each or each.isascii() for each in emoji):
            raise UsageError("This is no reaction.")
        theirs = self.reactions.setdefault(message, {})
        theirs[person] = emoji
        people: dict[str, list[str]] = {}
        for name in sorted(theirs, key=lambda name: (name != self.profile.name, name)):
            for each in theirs[name]:
                people.setdefault(each, []).append(name)
        shown = tuple(ReactionView(each, tuple(names)) for each, names in people.items())
        changed = self.profile.put(replace(view, reactions=shown))
        self.profile.tell(e.ReactionsChanged(changed))
        return changed

    def delete_for_all(self, author: str, message: MessageId) -> None:
        """Delete a message for all: a line stays in its place."""
        conversation, view = self.profile.look(message)
        hidden_by = None
        if view.sender != author:
            if conversation.group is None:
                raise UsageError("Only an own message can be deleted for all.")
            self.groups.check_hide(author, view.conversation)
            hidden_by = author
        self.profile.put(replace(without_words(view), hidden_by=hidden_by))
        for each in conversation.messages:
            if each.reply_to is not None and each.reply_to.id == message:
                self.profile.put(replace(each, reply_to=each.reply_to.without_words()))
        self.profile.tell(e.MessageDeleted(message, view.conversation, view.conversation_id, author, for_all=True))

    def pin(self, person: str, message: MessageId, *, on: bool) -> PinView:
        """Pin a message, or unpin it."""
        conversation, view = self.profile.look(message)
        if conversation.group is not None:
            self.groups.check_pin(person, view.conversation)
        self.profile.put(replace(view, pinned=on))
        pin = PinView(message, view.conversation, self.profile.id_of(view.conversation), person, on)
        self.profile.tell(e.MessagePinned(pin))
        if conversation.group is not None:
            self.groups.pinned(pin)
        return pin

    def set_timer(self, person: str, name: str, seconds: int | None) -> TimerView:
        """Have messages disappear after a time."""
        contact = self.profile.known(name).contact
        self.timers[contact.name] = seconds
        if self.groups.is_group(name):
            return self.groups.set_timer(person, name, seconds)
        self.profile.known(name).timer = seconds
        timer = TimerView(contact.name, self.profile.id_of(contact.name), person, seconds)
        self.profile.tell(e.TimerChanged(timer))
        return timer

    def _forward(self, message: MessageId, to: tuple[str, ...]) -> tuple[MessageId, ...]:
        _, view = self.profile.look(message)
        if not 1 <= len(to) <= 20:
            raise UsageError("A message is forwarded to 1 to 20 people.")
        if not view.outgoing:
            # What is not here is fetched first.
            for file in view.files:
                if file.state is not FileState.HERE:
                    self.files.answer(c.FetchFile(message, file.index))
            _, view = self.profile.look(message)
        made = []
        for name in to:
            _, sent = self.profile.look(self.send(c.Send(name, view.text)).id)
            files = tuple(replace(file, state=FileState.SENDING, done=0) for file in view.files)
            made.append(self.profile.put(replace(sent, forwarded=True, files=files)).id)
        return tuple(made)

    def _set_receipts(self, command: c.SetReceipts) -> ReceiptsView:
        values = {"read": command.read, "typing": command.typing, "presence": command.presence}
        given = {name: value for name, value in values.items() if value is not None}
        label = None if command.conversation is None else self.profile.known(command.conversation).contact.name
        place = self.receipts if label is None else self.receipts_in.setdefault(label, {})
        place.update(given)
        for each in command.inherit:
            place.pop(each.value, None)
        view = self._receipts(label)
        self.profile.tell(e.ReceiptsChanged(view))
        return view

    def _receipts(self, name: str | None) -> ReceiptsView:
        own = {} if name is None else self.receipts_in.get(name, {})
        inherited = () if name is None else tuple(each for each in PrivacySwitch if each.value not in own)
        return ReceiptsView(name, **{**self.receipts, **own}, inherited=inherited)

    def _schedule(self, command: c.Schedule) -> ScheduledView:
        contact = self.profile.known(command.to).contact
        number = max(self.scheduled, default=0) + 1
        names = tuple(file.name for file in self.files.chosen(command.files, as_files=command.as_files))
        view = ScheduledView(
            number, contact.name, self.profile.id_of(contact.name), command.text, command.at, overdue=False, files=names
        )
        self.scheduled[number] = view, command
        self.profile.tell(e.ScheduledChanged(view, gone=False))
        return view

    def _unschedule(self, number: int) -> c.Schedule:
        found = self.scheduled.pop(number, None)
        if found is None:
            raise DeliveryError(ErrorCode.NOT_FOUND, "No text of that number waits.")
        self.profile.tell(e.ScheduledChanged(found[0], gone=True))
        return found[1]

    def _mentions(self, conversation: FakeConversation, text: str, names: tuple[str, ...]) -> tuple[MentionView, ...]:
        found = []
        for name in names:
            start = text.find(f"@{name}")
            if start < 0:
                raise UsageError("A name that is mentioned must stand in the text.")
            identity = OWN_IDENTITY if name == self.profile.name else self._identity(conversation, name)
            found.append(MentionView(start, len(name) + 1, name, identity))
        return tuple(sorted(found, key=lambda mention: mention.start))

    def _identity(self, conversation: FakeConversation, name: str) -> IdentityKey:
        if conversation.group is None:
            return self.profile.known(name).contact.identity
        if name in c.MENTIONED_ROLES:
            return role_key(conversation.view().id, name)
        identity = self.groups.identity_in(conversation, name)
        if identity is None:
            raise DeliveryError(ErrorCode.NOT_FOUND, "Nobody of that name is in this group.")
        return identity


def kinds_of(message: MessageView) -> set[MediaKind]:
    """Give the kinds of the files of a message."""
    return {file.kind for file in message.files}
