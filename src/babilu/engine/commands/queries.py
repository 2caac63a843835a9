"""Queries of user interfaces: they change nothing and are answered from snapshots of the database."""

from dataclasses import replace
from typing import Any

from babilu.api import commands as ask_for
from babilu.api import events, views
from babilu.api.commands import Command
from babilu.engine.commands.contacts import called, find_conversation, find_message
from babilu.engine.commands.effect_runner import EffectRunner
from babilu.engine.commands.receipt_settings import read_receipts
from babilu.engine.commands.relay_callbacks import RelayCallbacks
from babilu.engine.commands.stored_values import read_value, stored_keys
from babilu.engine.conversation.contents.text import words_of
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.group_views import people_of, with_group
from babilu.engine.runtime.places import place_of, place_with
from babilu.engine.runtime.views import kept_recording, shown_trust
from babilu.identity.contact_link import ContactLink
from babilu.identity.safety_number import own_half, qr_payload, safety_number
from babilu.kernel.errors import DeliveryError, ErrorCode, UsageError
from babilu.kernel.ids import MessageId
from babilu.kernel.limits import INTEGER_MAX
from babilu.kernel.states import DeliveryState, MessageState
from babilu.store.contact_records import ContactRecord
from babilu.store.conversations import ONESELF
from babilu.store.message_records import MessageRecord, SearchFilter
from babilu.store.profile_pictures import picture_digest
from babilu.store.unit_of_work import UnitOfWork

MESSAGES_AT_ONCE = 1_000
"""Messages that one command returns or takes at most: each is kept in memory until it is answered."""

PINS_SHOWN = 50
"""Pinned messages of a conversation that are shown, the newest."""

_QUESTIONS = (
    ask_for.Contacts,
    ask_for.OwnLink,
    ask_for.Conversations,
    ask_for.Requests,
    ask_for.History,
    ask_for.Search,
    ask_for.MessageInfo,
    ask_for.Wordings,
    ask_for.Pins,
    ask_for.Media,
    ask_for.Status,
    ask_for.Threads,
    ask_for.ReadValue,
    ask_for.StoredKeys,
    ask_for.ReceiptSettings,
)


def check_message_count(count: int) -> None:
    """Check how many messages a command is about.

    Raises:
        UsageError: It is none, or more than `MESSAGES_AT_ONCE`.
    """
    if not 1 <= count <= MESSAGES_AT_ONCE:
        raise UsageError(f"A command is about 1 to {MESSAGES_AT_ONCE} messages at once.")


class QueryDispatcher:
    """Reads for user interfaces.

    Args:
        base: The profile and the ports.
        effect_runner: The rest of the client.
        relay: Address of the relay and what is known of the link, or None without one.
    """

    def __init__(
        self,
        base: ClientContext,
        effect_runner: EffectRunner,
        relay: tuple[views.Address, RelayCallbacks] | None,
    ) -> None:
        self._base = base
        self._effect_runner = effect_runner
        self._relay = relay

    @staticmethod
    def answers(command: Command[Any]) -> bool:
        """Tell whether a command is a question."""
        return isinstance(command, _QUESTIONS)

    def answer(self, command: Command[Any]) -> object:
        """Answer a question."""
        match command:
            case ask_for.Contacts():
                return self._contacts()
            case ask_for.OwnLink():
                return self._own_link()
            case ask_for.Conversations():
                return self._conversations()
            case ask_for.Requests():
                return self._requests()
            case ask_for.History():
                return self._history(command)
            case ask_for.Search():
                return self._search(command)
            case ask_for.MessageInfo() | ask_for.Wordings() | ask_for.Pins() | ask_for.Media():
                return self._of_messages(command)
            case ask_for.Status():
                return self._status()
            case ask_for.Threads():
                return self._effect_runner.targets.conversations.names()
            case _:
                return self._setting(command)

    def _setting(self, command: Command[Any]) -> object:
        match command:
            case ask_for.ReadValue(key):
                return read_value(self._base.database, key)
            case ask_for.StoredKeys(prefix):
                return stored_keys(self._base.database, prefix)
            case ask_for.ReceiptSettings(conversation):
                return read_receipts(self._base.database, conversation)
            case _:
                raise UsageError("This is not a question.")

    def safety_number(self, contact: ContactRecord) -> views.SafetyNumberView:
        """Show the safety number of a contact, and beside it that of an identity that is claimed to be theirs."""
        own = self._base.own.identity_key
        theirs, pending = contact.identity_key, None
        if contact.pending is not None:
            claimed = contact.pending.identity_key
            pending = views.PendingNumberView(claimed, safety_number(own, claimed), qr_payload(own, claimed))
        return views.SafetyNumberView(
            name=contact.name,
            identity=theirs,
            digits=safety_number(own, theirs),
            qr=qr_payload(own, theirs),
            trust=shown_trust(contact),
            pending=pending,
        )

    def _own_link(self) -> views.ContactLinkView:
        """Give the link by which others add oneself.

        Raises:
            UsageError: Nobody finds this client.
        """
        own, listening = self._base.own, self._effect_runner.targets.calls.callers.listening
        if self._relay is not None:
            address = self._relay[0]
            link = ContactLink(own.account, own.identity_key, address.host, address.port, own.relay)
        elif listening is not None:
            link = ContactLink(self._base.show.own_name, own.identity_key, *listening[:2], None)
        else:
            raise UsageError("Others find you once you listen at an address: /listen IP PORT.")
        return views.ContactLinkView(link.encode(), link.name, own.identity_key)

    def _contacts(self) -> tuple[views.ContactView, ...]:
        with self._base.database.read() as unit:
            records = unit.contacts.listed()
        return tuple(self._base.show.contact(record) for record in records)

    def _conversations(self) -> tuple[views.ConversationView, ...]:
        with self._base.database.read() as unit:
            recordings = {each.conversation: each for each in unit.recordings.all()}
            now = self._base.clock.now_ms()
            shown = []
            for conversation, contact, last, unread, mentions in unit.history.overview():
                place = place_with(unit, conversation, contact)
                view = with_group(unit, self._base.show.conversation(place, last, unread, mentions, now), place)
                waiting = recordings.get(conversation.conversation)
                if waiting is not None:
                    view = replace(view, recording=kept_recording(waiting, place))
                shown.append(view)
        return tuple(shown)

    def _requests(self) -> tuple[views.RequestView, ...]:
        own = self._base.own.identity_key
        with self._base.database.read() as unit:
            records = unit.requests.all()
        return tuple(self._base.show.request(each, safety_number(own, each.identity_key)) for each in records)

    def _history(self, command: ask_for.History) -> views.HistoryPage:
        check_message_count(command.limit)
        if sum(edge is not None for edge in (command.before, command.after, command.since)) > 1:
            raise UsageError("A page is asked for either before or after a position, or since a time.")
        with self._base.database.read() as unit:
            place = find_conversation(unit, command.conversation)
            number, edge = place.conversation.conversation, command.after
            if command.since is not None:
                first = unit.history.first_since(number, command.since)
                edge = INTEGER_MAX if first is None else first - 1
            records, before, after = unit.history.page(number, command.limit, command.before, edge)
            messages = tuple(self._base.show.message(record, place) for record in records)
        return views.HistoryPage(place.label, messages, before, after, place.conversation.id)

    def _search(self, command: ask_for.Search) -> tuple[views.MessageView, ...]:
        check_message_count(command.limit)
        with self._base.database.read() as unit:
            only = self._filter(unit, command)
            records = unit.search.find(command.query, only, command.limit)
            places = {number: place_of(unit, number) for number in {record.conversation for record in records}}
            return tuple(self._base.show.message(record, places[record.conversation]) for record in records)

    def _filter(self, unit: UnitOfWork, command: ask_for.Search) -> SearchFilter:
        place = None if command.conversation is None else find_conversation(unit, command.conversation)
        sender = command.sender
        author = None if sender is None else called(unit, sender)
        own = sender is not None and author is None and sender.lower() == self._base.show.own_name.lower()
        if sender is not None and author is None and not own:
            raise DeliveryError(ErrorCode.NOT_FOUND, "There is nobody of that name.")
        return SearchFilter(
            conversation=None if place is None else place.conversation.conversation,
            own=own,
            author=None if author is None else author.contact,
            since=command.since,
            until=command.until,
        )

    def _of_messages(self, command: ask_for.MessageInfo | ask_for.Wordings | ask_for.Pins | ask_for.Media) -> object:
        if isinstance(command, ask_for.Media):
            return self._media(command)
        if isinstance(command, ask_for.Pins):
            return self._pins(command.conversation)
        if isinstance(command, ask_for.MessageInfo):
            return self._message_info(command.message, command.conversation)
        return self._wordings(command.message, command.conversation)

    def _wordings(self, message: MessageId, conversation: str | None) -> tuple[views.WordingView, ...]:
        now = self._base.clock.now_ms()
        with self._base.database.read() as unit:
            record, _ = find_message(unit, message, conversation, own_first=True)
            part = unit.messages.part_of(record.position)
            later = unit.edits.of(record.conversation, message)
            first = unit.contents.first_text(record.position) if later else record.text
        if record.deleted:
            return ()
        said = [(record.sent_at, words_of(part) if first is None else first)]
        said += ((min(wording.said_at, now), words_of(wording.part)) for wording in later[:-1])
        # Of a long one the part says the beginning alone.
        said += ((min(wording.said_at, now), record.text) for wording in later[-1:])
        return tuple(views.WordingView(words, at) for at, words in said if words is not None)

    def _pins(self, named: str) -> tuple[views.MessageView, ...]:
        with self._base.database.read() as unit:
            place = find_conversation(unit, named)
            records = unit.contents.pinned(place.conversation.conversation, PINS_SHOWN)
            return tuple(self._base.show.message(record, place) for record in records)

    def _media(self, command: ask_for.Media) -> views.MediaPage:
        check_message_count(command.limit)
        with self._base.database.read() as unit:
            place = find_conversation(unit, command.conversation)
            number = place.conversation.conversation
            records, more = unit.media.page(number, command.kind, command.limit, command.before)
            messages = tuple(self._base.show.message(record, place) for record in records)
        return views.MediaPage(place.label, place.conversation.id, command.kind, messages, more)

    def _message_info(self, message: MessageId, conversation: str | None) -> views.MessageInfoView:
        with self._base.database.read() as unit:
            record, place = find_message(unit, message, conversation, own_first=True)
            devices = _devices_of(unit, record)
            if record.outgoing and record.deleted:
                devices = _with_deletion(unit, record, devices)
            people = people_of(unit, record) if record.recipients is not None else ()
            return views.MessageInfoView(self._base.show.message(record, place), devices, people)

    def _status(self) -> views.StatusView:
        with self._base.database.read() as unit:
            queued = unit.messages.queued_count()
            unsettled = unit.outbox.count_unaccepted()
            # Whose conversation the mail of strangers belongs to is known once the relay has told their device lists.
            unread_mail = len(unit.inbox.contacts_with_mail()) + len(unit.inbox.unassigned(1))
            relay = unit.profile.relay()
            own_picture = unit.pictures.own()
        listening = self._effect_runner.targets.calls.callers.listening
        address, duties = (None, None) if self._relay is None else self._relay
        # The link before the head: it is online only once it is known how much comes.
        none = events.LinkChanged(views.LinkState.NONE, None, "", None)
        link = none if duties is None else duties.link
        files = None if duties is None else duties.files
        coming = 0 if duties is None or relay is None else max(duties.head - relay.cursor, 0)
        return views.StatusView(
            name=self._base.show.own_name,
            relay=address,
            link=link.state,
            retry_in_ms=link.retry_in_ms,
            queued=queued,
            unsettled=unsettled,
            listening=None if listening is None else views.Address(*listening),
            safety_key=self._base.own.identity_key.hex(),
            behind=coming + unread_mail,
            link_code=link.code,
            link_reason=link.reason,
            link_text=link.text,
            link_refused=link.refused,
            reached_at=link.address,
            own_digits=own_half(self._base.own.identity_key),
            file_bytes=None if files is None else files.largest,
            files_kept_ms=None if files is None else files.kept_ms,
            picture=None if own_picture is None or own_picture.picture is None else picture_digest(own_picture.picture),
        )


def _devices_of(unit: UnitOfWork, record: MessageRecord) -> tuple[views.DeviceStateView, ...]:
    """Tell how far a message has come with each device that it is for; the own others are only told of notes."""
    place = place_of(unit, record.conversation)
    there = tuple(
        views.DeviceStateView(
            device.hex(),
            MessageState.DELIVERED if read_at is None else MessageState.READ,
            record.route,
            None,
            delivered_at,
            read_at,
        )
        for contact, device, delivered_at, read_at in unit.message_receipts.of(record.position)
        if place.is_notes or contact != ONESELF
    )
    under_way = tuple(
        views.DeviceStateView(
            row.device.hex(),
            MessageState.QUEUED if row.state is DeliveryState.OWED else MessageState(row.state),
            row.route,
            row.held_until,
            error=row.error,
        )
        for row in (unit.deliveries.of_message(record.id) if record.outgoing else [])
        if place.is_notes or row.contact != ONESELF
    )
    return there + under_way


def _with_deletion(
    unit: UnitOfWork, record: MessageRecord, devices: tuple[views.DeviceStateView, ...]
) -> tuple[views.DeviceStateView, ...]:
    """Add whether each device has confirmed that a message was deleted for all.

    The deletion is kept until all of them have; a device of which it was refused never does.
    """
    actions = unit.own_actions.about(record.conversation, record.id)
    untold = {delivery.device.hex() for action in actions for delivery in unit.deliveries.of_message(action)}
    return tuple(replace(each, deleted=each.device not in untold) for each in devices)
