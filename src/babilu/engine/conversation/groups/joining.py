"""Joining by link: whoever has one asks the admins whom it names, and each of them decides by what is known of it.

The admin who makes a link keeps it and tells the others by what its token is known again. All of them are asked, and
all count who has come; two who answer at once can let in one more than the link is for. Nobody is answered but by being
let in: what holds, and what never did, looks alike to whoever asks.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from babilu.api import events
from babilu.api.group_views import GroupLinkView, GroupView, JoinRequestView
from babilu.engine.conversation.groups.acts import add_person
from babilu.engine.conversation.groups.fellow import FellowTransaction, show_nobody
from babilu.engine.conversation.groups.group_conversation import GroupConversation
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.runtime.group_views import join_request_view, link_view
from babilu.engine.transport.relay_pins import load_pins
from babilu.group.changes import RemoveMember
from babilu.identity.join_link import ADMINS_OF_LINK, JOIN_TOKEN_BYTES, JoinLink, join_token_hash
from babilu.kernel.errors import DeliveryError, ErrorCode, UsageError
from babilu.kernel.ids import SHORT_ID_BYTES, DeviceId, message_id
from babilu.kernel.limits import DAY_MS, GROUP_MEMBERS
from babilu.kernel.states import GroupRole
from babilu.session.sessions import OwnDevice
from babilu.store.contact_records import ContactRecord
from babilu.store.group_records import GroupLinkRecord, GroupRecord, JoinRequestRecord
from babilu.store.message_records import UnsealedMessage
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.codec import encode
from babilu.wire.group_parts import GroupAsk, GroupLink

log = logging.getLogger(__name__)

HOUR_MS: Final = DAY_MS // 24

LINK_HOURS: Final = 8_760
"""For how many hours a link holds at most: a year."""

_ADMINS: Final = frozenset({GroupRole.OWNER, GroupRole.ADMIN})


# Links.


@dataclass(frozen=True, slots=True)
class RelayInvitation:
    """An invitation to the relay that a link brings.

    Attributes:
        number: By what the relay knows it.
        token: Its token.
    """

    number: int
    token: bytes = field(repr=False)


def check_numbers(uses: int | None, hours: int) -> None:
    """Check how many people a link is for, and for how long it holds.

    Raises:
        UsageError: A number is outside its bounds.
    """
    if not 1 <= hours <= LINK_HOURS or not 1 <= (1 if uses is None else uses) <= GROUP_MEMBERS:
        raise UsageError(f"A link is for 1 to {GROUP_MEMBERS} people, and holds for 1 to {LINK_HOURS} hours.")


def check_admin(turn: GroupConversation) -> None:
    """Check that one decides who comes into the group.

    Raises:
        DeliveryError: ``not_member``, ``admins_only``.
    """
    turn.refuse_unless_in()
    if turn.group.own_role not in _ADMINS:
        raise DeliveryError(ErrorCode.ADMINS_ONLY, "Only admins let people in by links in this group.")


def make_link(
    turn: GroupConversation, uses: int | None, hours: int, invitation: RelayInvitation | None = None, *, approval: bool
) -> GroupLinkView:
    """Make a link by which people ask to be let into the group, as an admin.

    Args:
        turn: The turn.
        uses: How many may come by it; None for as many as do.
        hours: For how many hours it holds.
        invitation: The invitation to the relay that it brings; None for none.
        approval: Whether each of them waits for a decision.

    Raises:
        UsageError: A number is outside its bounds; or there is no relay at which people could ask.
        DeliveryError: ``not_member``, ``admins_only``; ``too_many`` links.
    """
    check_numbers(uses, hours)
    check_admin(turn)
    relay = turn.unit.profile.relay()
    if relay is None or not turn.own.account:
        raise UsageError("People join by a link where everybody has an account at one relay: this profile has none.")
    pins = load_pins(turn.unit, relay.pin)
    if pins.pin is None:
        raise UsageError("The relay was never connected to: a link has to name its certificate.")
    if not turn.unit.group_links.has_room_for(turn.group.log, None, turn.now):
        raise DeliveryError(ErrorCode.TOO_MANY, "A group has no more links than that: take one of them back first.")
    others = _other_admins(turn)
    link = JoinLink(
        host=relay.host,
        port=relay.port,
        relay_key=turn.own.relay,
        pin=pins.pin,
        next_pin=pins.next_pin,
        group=turn.group.id,
        token=turn.randomness.token(JOIN_TOKEN_BYTES),
        admins=(turn.own.account, *(each.account for each in others)),
        expires_at=turn.now + hours * HOUR_MS,
        invitation=None if invitation is None else invitation.token,
        also=pins.also,
    )
    record = GroupLinkRecord(
        token_hash=join_token_hash(link.group, link.token),
        log=turn.group.log,
        link=link.encode(),
        uses=uses,
        used=0,
        approval=approval,
        expires_at=link.expires_at,
        revoked=False,
        invitation=None if invitation is None else invitation.number,
    )
    turn.unit.group_links.add(record)
    _tell_admins(turn, record, others)
    return link_view(record, turn.conversation)


def revoke_link(turn: GroupConversation, text: str) -> tuple[GroupView, int | None]:
    """Take an own link back: nobody comes by it any more.

    Returns:
        The group, and by what the relay knows the invitation that the link has brought, if it has.

    Raises:
        DeliveryError: ``not_found``.
    """
    record = turn.unit.group_links.by_link(turn.group.log, text.strip())
    if record is None or not turn.unit.group_links.revoke(turn.group.log, record.link):
        raise DeliveryError(ErrorCode.NOT_FOUND, "There is no such link of yours to this group.")
    named = JoinLink.decode(record.link).admins
    _tell_admins(turn, replace(record, revoked=True), [each for each in _other_admins(turn) if each.account in named])
    return turn.group_view(), record.invitation


def take_link(turn: FellowTransaction, said: GroupLink) -> None:
    """Keep what another admin says of a link of theirs, where one is an admin oneself."""
    links, author = turn.unit.group_links, turn.contact.contact
    member = turn.log.state.member(turn.contact.identity_key)
    if turn.group.own_role not in _ADMINS or member is None or not member.is_admin:
        return
    known = links.by_token(said.token_hash)
    if known is not None and (known.author != author or known.log != turn.group.log):
        return
    if known is None and (said.revoked or not links.has_room_for(turn.group.log, author, turn.now)):
        return
    links.add(
        GroupLinkRecord(
            token_hash=said.token_hash,
            log=turn.group.log,
            link="",
            uses=said.uses,
            used=0,
            approval=said.approval,
            expires_at=min(said.expires_at, turn.now + LINK_HOURS * HOUR_MS),
            revoked=said.revoked,
            author=author,
        )
    )


def _other_admins(turn: GroupConversation) -> list[ContactRecord]:
    """Return the most senior other admins whom a link can name."""
    admins = (contact for contact, role in turn.members if role in _ADMINS)
    return [each for each in admins if each.account and not each.blocked][: ADMINS_OF_LINK - 1]


def _tell_admins(turn: GroupConversation, link: GroupLinkRecord, others: Sequence[ContactRecord]) -> None:
    if not others and turn.siblings is None:
        return
    salt = turn.randomness.token(SHORT_ID_BYTES)
    part = encode(GroupLink(salt, None, link.token_hash, link.uses, link.approval, link.expires_at, link.revoked))
    action = UnsealedMessage(turn.id_of(turn.now, part), turn.now, part)
    turn.unit.own_actions.add(turn.conversation.conversation, action, None)
    turn.owe_to(others, action.id, siblings=turn.siblings)


# Asking.


def ask_to_join(
    unit: UnitOfWork, own: OwnDevice, contact: ContactRecord, salt: bytes, link: JoinLink, now: int
) -> None:
    """Owe an admin whom a link names the request to be let in, and record that they were asked.

    Args:
        unit: The write transaction.
        own: The own device.
        contact: The admin.
        salt: 16 random bytes.
        link: The link.
        now: Unix milliseconds.
    """
    pair = unit.conversations.of_contact(contact.contact)
    part = encode(GroupAsk(salt, None, link.group, link.token))
    message = message_id(pair.id, own.identity_key, now, part)
    devices = [DeviceId(device.device) for device in unit.contacts.devices(contact.contact)]
    unit.own_actions.add(pair.conversation, UnsealedMessage(message, now, part), None)
    unit.deliveries.owe(message, pair.conversation, contact.contact, devices)
    unit.group_links.note_asked(link.group, contact.contact, link.expires_at)
    if not contact.accepted and not unit.messages.has_texts(pair.conversation):
        # Whoever is asked is not talked to: no empty conversation stands in the list for it.
        unit.conversations.set_hidden(pair.conversation, True)


# Being asked.


def take_ask(turn: ConversationTransaction, said: GroupAsk) -> None:
    """Let somebody in who asks by a link, or let them wait for a decision; what does not hold is passed over."""
    show_nobody(turn)
    token_hash = join_token_hash(said.group, said.token)
    link = turn.unit.group_links.by_token(token_hash)
    group = None if link is None else turn.unit.groups.by_log(link.log)
    if link is None or group is None or not _lets_in(turn, group):
        log.info("somebody asks to be let in by a link that does not hold")
        return
    fellow = FellowTransaction(turn, group, turn.logs)
    contact = turn.contact
    if fellow.log.state.member(contact.identity_key) is not None:
        # Another admin was faster: they have come by the link all the same.
        turn.unit.group_links.note_use(token_hash, contact.contact)
    elif not link.holds(turn.now) or len(fellow.log.state.members) >= GROUP_MEMBERS:
        log.info("a link is over by which somebody asks to be let in")
    elif link.approval or _was_removed(fellow, contact):
        _let_wait(fellow, token_hash, contact)
    else:
        _let_in(fellow, token_hash, contact)


def _lets_in(turn: ConversationTransaction, group: GroupRecord) -> bool:
    """Tell whether one lets people into a group: as an admin who is in, and not where it goes on elsewhere."""
    shown = turn.unit.groups.of_conversation(group.conversation)
    is_shown = shown is not None and shown.log == group.log
    return is_shown and group.accepted and group.own_role in _ADMINS


def _was_removed(turn: GroupConversation, contact: ContactRecord) -> bool:
    """Tell whether somebody was removed from the group at some time: no link alone lets them in again."""
    return any(
        isinstance(entry.change, RemoveMember)
        and entry.change.identity == contact.identity_key
        and turn.log.counts(entry.hash)
        for entry in turn.log.entries
    )


def _let_wait(turn: GroupConversation, token_hash: bytes, contact: ContactRecord) -> None:
    links, waiting = turn.unit.group_links, turn.unit.group_links.request_of(turn.group.log, contact.contact)
    if links.was_declined(token_hash, contact.contact):
        return
    name = turn.randomness.token(SHORT_ID_BYTES).hex() if waiting is None else waiting.id
    request = JoinRequestRecord(name, turn.group.log, contact.contact, token_hash, turn.now)
    if links.ask(request) and waiting is None:
        turn.tell(events.JoinRequested(join_request_view(request, turn.conversation, contact)))


def _let_in(turn: GroupConversation, token_hash: bytes, contact: ContactRecord) -> None:
    try:
        with turn.part():
            # First, so that the line says how they came.
            turn.unit.group_links.note_use(token_hash, contact.contact)
            add_person(turn, contact)
    except DeliveryError as refusal:
        log.info("somebody who asked by a link could not be let in: %s", refusal.code.value)


# Deciding.


def let_in(turn: GroupConversation, request_id: str) -> GroupView:
    """Let somebody in who waits for it.

    Raises:
        DeliveryError: ``not_found``: nobody waits under that id; ``not_member``, ``admins_only``, ``group_full``.
    """
    check_admin(turn)
    request, contact = _waiting(turn, request_id)
    if len(turn.log.state.members) >= GROUP_MEMBERS:
        raise DeliveryError(ErrorCode.GROUP_FULL, f"A group has at most {GROUP_MEMBERS} members.")
    turn.unit.group_links.note_use(request.token_hash, contact.contact)
    # As a member they wait no more, which the growth of the log sees to.
    add_person(turn, contact)
    return turn.group_view()


def decline_request(turn: GroupConversation, request_id: str) -> None:
    """Leave somebody out who waits; they are told nothing, and asking again by the same link is nothing new.

    Raises:
        DeliveryError: ``not_found``.
    """
    request, contact = _waiting(turn, request_id)
    turn.unit.group_links.note_declined(request.token_hash, contact.contact)
    turn.unit.group_links.end_request(request.id)
    turn.tell(events.JoinRequestClosed(request.id, request_id=turn.request_id))


def _waiting(turn: GroupConversation, request_id: str) -> tuple[JoinRequestRecord, ContactRecord]:
    request = turn.unit.group_links.request(request_id)
    contact = None if request is None else turn.unit.contacts.by_contact(request.contact)
    if request is None or contact is None or request.log != turn.group.log:
        raise DeliveryError(ErrorCode.NOT_FOUND, "Nobody waits to be let in under that id.")
    return request, contact


# What only reads.


def links_of(unit: UnitOfWork, group: GroupRecord, now: int) -> tuple[GroupLinkView, ...]:
    """Show the own links to a group by which somebody may still come."""
    conversation = unit.conversations.by_number(group.conversation)
    if conversation is None:
        return ()
    return tuple(link_view(link, conversation) for link in unit.group_links.of_log(group.log, now))


def join_requests(unit: UnitOfWork) -> tuple[JoinRequestView, ...]:
    """Show who waits to be let into any group."""
    shown = []
    for request in unit.group_links.requests():
        group, contact = unit.groups.by_log(request.log), unit.contacts.by_contact(request.contact)
        conversation = None if group is None else unit.conversations.by_number(group.conversation)
        if conversation is not None and contact is not None:
            shown.append(join_request_view(request, conversation, contact))
    return tuple(shown)
