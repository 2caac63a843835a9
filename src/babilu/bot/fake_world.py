"""What a `FakeClient` makes of each command; used in one thread at a time."""

import json
from collections import deque
from collections.abc import Container
from dataclasses import replace
from typing import Any

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.credentials import Passphrase
from babilu.api.group_views import GroupView
from babilu.api.views import (
    Address,
    ConversationView,
    DeviceStateView,
    HistoryPage,
    LinkState,
    MessageInfoView,
    MessageView,
    StatusView,
)
from babilu.bot.fake_archives import ArchiveOrder, FakeArchives
from babilu.bot.fake_contents import FakeContents
from babilu.bot.fake_devices import DeviceOrder, FakeDevices
from babilu.bot.fake_group_links import FakeGroupLinks
from babilu.bot.fake_groups import FakeGroups
from babilu.bot.fake_people import OWN_DIGITS, FakePeople
from babilu.bot.fake_pictures import FakePictures
from babilu.bot.fake_profile import START_MS, FakeConversation, FakeProfile
from babilu.bot.fake_space import FakeSpace
from babilu.kernel.errors import AccountError, DeliveryError, ErrorCode, LinkError, ProtocolError, UsageError
from babilu.kernel.ids import MessageId
from babilu.kernel.limits import TEXT_BYTES
from babilu.kernel.states import MessageState

TAKEN_PORT = 80
"""A port that this client always finds taken."""

ABOUT_GROUPS = (
    c.StartGroup,
    c.AddToGroup,
    c.RemoveFromGroup,
    c.SetRole,
    c.QuitGroup,
    c.FollowGroup,
    c.ChangeGroup,
    c.GetGroup,
    c.GroupLogOf,
    c.GroupInvitations,
    c.WhoMayAdd,
)
ABOUT_LINKS = (c.MakeGroupLink, c.RevokeGroupLink, c.GroupLinks, c.JoinGroup, c.JoinRequests)

INVITATION = "babilu://127.0.0.1:5050/#ksQgcqZl3tjH1LIb"


class FakeWorld:
    """A client's profile, what is done to it, and its relay.

    Args:
        profile: What the client has.
        accounts: Names that the relay knows besides the contacts, as `key_of` writes them; None where it knows all.
        passphrase: The present password.

    Attributes:
        is_officer: Whether the account administers the relay.
        invitations: Those of the relay, by number.
        values: What was stored by its keys.
    """

    def __init__(self, profile: FakeProfile, accounts: Container[str] | None, passphrase: Passphrase) -> None:
        self.profile = profile
        self.people = FakePeople(profile, accounts)
        self.groups = FakeGroups(profile, self.people)
        self.links = FakeGroupLinks(profile, self.groups)
        self.contents = FakeContents(profile, self.people, self.groups)
        self.space = FakeSpace(profile)
        self.archives = FakeArchives(profile)
        self.pictures = FakePictures(profile)
        self.devices = FakeDevices(profile, passphrase)
        self.values: dict[str, str] = {}
        self.is_officer = True
        self.invitations: dict[int, dict[str, int]] = {}
        self._passphrase = passphrase
        self._listening: Address | None = None

    def carry_out(self, command: c.Command[Any]) -> object:
        """Answer a command; what is told meanwhile, it has caused."""
        self.profile.begin(command.request_id)
        try:
            if isinstance(command, ABOUT_GROUPS):
                return self.groups.answer(command)
            if isinstance(command, ABOUT_LINKS):
                return self.links.answer(command)
            if isinstance(command, DeviceOrder):
                return self.devices.answer(command)
            if isinstance(command, c.Accept | c.Decline) and self._is_about_group(command.request):
                return self._decide(command.request, accepted=isinstance(command, c.Accept))
            self.people.check_believed(command)
            return self.answer(command)
        finally:
            self.profile.begin(None)

    def answer(self, command: c.Command[Any]) -> object:
        """Answer a command."""
        match command:
            case c.TakeUnshown() | c.PutBack() | c.History() | c.Search() | c.MessageInfo() | c.MarkRead():
                return self._read(command)
            case c.Contacts():
                return self.profile.contacts()
            case c.Conversations():
                return self._list()
            case c.ClearConversation(name):
                return self._clear(name)
            case c.SetDraft(name) | c.SetPinned(name) | c.SetArchived(name) | c.MarkUnread(name) | c.SetMuted(name):
                self._mark(self.profile.known(name), command)
            case c.SetProfilePicture() | c.GetProfilePicture():
                return self.pictures.answer(command)
            case c.SpaceUse() | c.PlanFreeing() | c.FreeSpace():
                return self.space.answer(command)
            case _ if isinstance(command, ArchiveOrder):
                return self.archives.answer(command)
            case c.DeleteMessage(message, _, False):
                self._delete(message)
            case c.ReadValue() | c.StoredKeys() | c.StoreValue():
                return self._store(command)
            case c.CheckPassphrase() | c.ChangePassword() | c.DeleteAccount():
                self._about_account(command)
            case _:
                return self._about_network(command)
        return None

    def _is_about_group(self, request: str) -> bool:
        return request in self.links.requests or self.groups.invitation(request) is not None

    def _decide(self, request: str, *, accepted: bool) -> GroupView | None:
        """Decide about a group that one was added to, or about somebody who wants to join one."""
        invitation = self.groups.invitation(request)
        if invitation is None:
            if accepted:
                return self.links.accept(request)
            self.links.decline(request)
        elif accepted:
            return self.groups.accept(invitation)
        else:
            self.groups.leave(self.profile.name, invitation.conversation)
            # Nothing is left of a group in which one never was.
            self.profile.conversations.pop(self.profile.key_named(invitation.conversation))
        return None

    def act(self, name: str, command: c.Command[Any]) -> None:
        """Let a member of a group do something there."""
        match command:
            case c.AddToGroup(group, names):
                self.groups.add(name, group, names)
            case c.RemoveFromGroup(group, names):
                self.groups.remove(name, group, names)
            case c.SetRole(group, who, role):
                self.groups.set_role(name, group, who, role)
            case c.QuitGroup(group):
                self.groups.leave(name, group)
            case c.ChangeGroup():
                self.groups.change(name, command)
            case c.SetTimer(group, seconds):
                self.contents.set_timer(name, group, seconds)
            case c.PinMessage(message, on):
                self.contents.pin(name, message, on=on)
            case c.DeleteMessage(message):
                self.contents.delete_for_all(name, message)
            case _:
                raise TypeError(type(command).__name__)

    def _about_network(self, command: c.Command[Any]) -> object:
        match command:
            case c.Listen(address):
                return self._listen(address)
            case c.StopListening():
                self._listening = None
                self.profile.tell(e.ListeningChanged(None))
                return None
            case c.TryNow() | c.TrustCertificate():
                if self.profile.relay is None:
                    raise UsageError("This profile has no relay.")
                why = self.profile.link
                self.profile.set_link(e.LinkChanged(LinkState.CONNECTING, why.code, why.text, None))
                return None
            case c.Administer(order):
                return self._administer(json.loads(order))
            case c.Status():
                return self._status()
            case c.Threads():
                return tuple(sorted(self.profile.threads))
            case _:
                return self.contents.answer(command)

    # Messages that are there.

    def _read(self, command: c.Command[Any]) -> object:
        match command:
            case c.TakeUnshown(limit):
                unshown = self.profile.unshown
                return tuple(unshown.popleft() for _ in range(min(limit, len(unshown))))
            case c.PutBack(messages):
                every = (message for each in self.profile.conversations.values() for message in each.messages)
                back = [message for message in every if message.id in messages]
                self.profile.unshown.extendleft(reversed(back))
                return None
            case c.History():
                return self._page(command)
            case c.Search():
                return self._search(command)
            case c.MessageInfo(message):
                return self._inspect(message)
            case c.MarkRead(name, shown):
                return self._mark_read(name, shown)
            case _:
                raise TypeError(type(command).__name__)

    def _inspect(self, message: MessageId) -> MessageInfoView:
        conversation, index = self.profile.find(message)
        found = conversation.messages[index]
        state = found.state or MessageState.READ
        read_at = found.at + 120_000 if state is MessageState.READ else None
        delivered_at = found.at + 60_000 if state in {MessageState.READ, MessageState.DELIVERED} else None
        device = DeviceStateView(
            "00" * 16, state, found.route, found.held_until, delivered_at, read_at, error=found.error
        )
        people = self.contents.audiences.people_of(message)
        return MessageInfoView(found, () if people else (device,), people)

    def _list(self) -> tuple[ConversationView, ...]:
        views = [each.view() for each in self.profile.conversations.values()]
        return tuple(sorted(views, key=lambda v: (not v.pinned, -(v.last.position if v.last else 0), v.label)))

    def _page(self, command: c.History) -> HistoryPage:
        limit, before, after = command.limit, command.before, command.after
        conversation = self.profile.known(command.conversation)
        messages = conversation.messages
        if command.since is not None:
            after = max((m.position for m in messages if m.arrived_at < command.since), default=0)
        low = 0 if after is None else sum(m.position <= after for m in messages)
        high = len(messages) if before is None else sum(m.position < before for m in messages)
        if after is None:
            low = max(low, high - limit)
        else:
            high = min(high, low + limit)
        label, some = conversation.contact.name, tuple(messages[low:high])
        return HistoryPage(label, some, low > 0, high < len(messages), self.profile.id_of(label))

    def _search(self, command: c.Search) -> tuple[MessageView, ...]:
        name, since, until = command.conversation, command.since, command.until
        searched = self.profile.conversations.values() if name is None else [self.profile.known(name)]
        every = [
            m
            for each in searched
            for m in each.messages
            if any(command.query.casefold() in words.casefold() for words in (m.text, *(f.name for f in m.files)))
            and command.sender in {None, m.sender}
            and (since is None or m.at >= since)
            and (until is None or m.at < until)
        ]
        return tuple(sorted(every, key=lambda m: -m.position)[: command.limit])

    def _mark_read(self, name: str, shown: int | None) -> int:
        conversation = self.profile.known(name)
        read = {m.id for m in conversation.messages if m.unread and (shown is None or m.position <= shown)}
        count = len(read)
        conversation.messages = [replace(m, unread=False) if m.id in read else m for m in conversation.messages]
        if shown is not None:
            self.profile.unshown = deque(message for message in self.profile.unshown if message.id not in read)
        conversation.marked_unread = False
        if count:
            self.profile.tell(e.ConversationChanged(conversation.contact.name, conversation.view().id))
        return count

    def _clear(self, name: str) -> int:
        conversation = self.profile.known(name)
        count, conversation.messages = len(conversation.messages), []
        self.profile.tell(
            e.ConversationCleared(conversation.contact.name, self.profile.id_of(conversation.contact.name))
        )
        return count

    def _delete(self, message: MessageId) -> None:
        conversation, index = self.profile.find(message)
        del conversation.messages[index]
        place = conversation.view()
        self.profile.tell(e.MessageDeleted(message, place.label, place.id, self.profile.name))

    def _mark(self, conversation: FakeConversation, command: c.Command[Any]) -> None:
        match command:
            case c.SetDraft(_, text, reply_to):
                conversation.draft, conversation.draft_reply = text, reply_to
            case c.SetPinned(_, pinned):
                conversation.pinned = pinned
            case c.SetArchived(_, archived):
                conversation.archived = archived
            case c.MarkUnread(_, unread):
                conversation.marked_unread = unread
            case c.SetMuted(_, muted, until):
                conversation.muted, conversation.muted_until = muted, until if muted else None
        name = conversation.contact.name
        self.profile.tell(e.ConversationChanged(name, self.profile.id_of(name)))

    # The profile and the relay.

    def _store(self, command: c.Command[Any]) -> object:
        match command:
            case c.ReadValue(key):
                return self.values.get(key)
            case c.StoredKeys(prefix):
                return tuple(sorted(key for key in self.values if key.startswith(prefix)))
            case c.StoreValue(key, value):
                if value is not None and len(value.encode()) > TEXT_BYTES:
                    raise ProtocolError(ErrorCode.TOO_LARGE, "A value has at most 60,000 bytes.")
                self.values.pop(key, None)
                self.values.update({} if value is None else {key: value})
        return None

    def _about_account(self, command: c.Command[Any]) -> None:
        match command:
            case c.CheckPassphrase(given) | c.ChangePassword(given) | c.DeleteAccount(given):
                if given != self._passphrase:
                    raise AccountError(ErrorCode.WRONG_CREDENTIALS, "The password is not right.")
        if isinstance(command, c.ChangePassword):
            self._passphrase = self.devices.passphrase = command.new

    def _administer(self, order: dict[str, Any]) -> str:
        """Carry out an order about invitations as a relay does; orders that need another role are refused."""
        if self.profile.link.state is not LinkState.ONLINE:
            raise LinkError(ErrorCode.UNAVAILABLE, "The relay cannot be asked now.")
        if not self.is_officer:
            raise ProtocolError(ErrorCode.NOT_ALLOWED, "Only the relay's owner and its moderators may do that.")
        match order:
            case {"do": "listinvitations"}:
                return json.dumps(list(self.invitations.values()))
            case {"do": "revoke", "invitation": int() as number}:
                if self.invitations.pop(number, None) is None:
                    raise DeliveryError(ErrorCode.NOT_FOUND, "There is no invitation of this number.")
                return "{}"
            case _:
                number = max(self.invitations, default=2) + 1
                until = START_MS + order.get("lifetime_ms", 7 * 86_400_000)
                made = {"invitation": number, "expires_at": until, "uses": order["uses"]}
                self.invitations[number] = {**made, "created_at": START_MS}
                return json.dumps({**made, "text": INVITATION})

    def _listen(self, address: Address) -> Address:
        if address.port == TAKEN_PORT:
            raise LinkError(ErrorCode.UNAVAILABLE, "Another program listens at that address.")
        self._listening = replace(address, port=address.port or 40_000)
        self.profile.tell(e.ListeningChanged(self._listening))
        return self._listening

    def _status(self) -> StatusView:
        queued, link = len(self.profile.queued()), self.profile.link
        return StatusView(
            self.profile.name,
            self.profile.relay,
            link.state,
            link.retry_in_ms,
            queued,
            queued,
            self._listening,
            "ab" * 32,
            link_code=link.code,
            link_reason=link.reason,
            link_text=link.text,
            link_refused=link.refused,
            reached_at=link.address,
            own_digits=OWN_DIGITS,
            file_bytes=self.profile.file_bytes,
            picture=self.profile.picture,
            files_kept_ms=None if self.profile.file_bytes is None else 30 * 86_400_000,
        )
