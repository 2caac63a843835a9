"""Views of groups, made of rows alone: no log is looked at, so that threads which only read can make them."""

from dataclasses import replace

from babilu.api import views
from babilu.api.group_views import (
    GroupInvitationView,
    GroupLinkView,
    GroupMemberView,
    GroupView,
    JoinRequestView,
    PersonReceiptView,
)
from babilu.engine.runtime.places import Place
from babilu.engine.runtime.views import ViewMaker
from babilu.kernel.states import ConversationKind, DeliveryState, GroupRole, MessageState
from babilu.store.contact_records import ContactRecord, ConversationRecord
from babilu.store.delivery_records import DeliveryRecord
from babilu.store.group_records import GroupLinkRecord, GroupRecord, JoinRequestRecord
from babilu.store.message_records import MessageRecord
from babilu.store.profile_pictures import picture_digest
from babilu.store.unit_of_work import UnitOfWork


def group_view(unit: UnitOfWork, show: ViewMaker, group: GroupRecord, conversation: ConversationRecord) -> GroupView:
    """Show a group with everybody who is in."""
    members = [
        GroupMemberView(contact.name, contact.identity_key, role, False, contact.accepted, contact.account)
        for contact, role in unit.groups.members(conversation.conversation)
    ]
    role = group.own_role
    if role is not None:
        own = GroupMemberView(show.own_name, show.own_identity, role, own=True, account=show.own_account)
        members.insert(min(unit.groups.own_place(conversation.conversation), len(members)), own)
    adder = None if group.added_by is None else unit.contacts.by_contact(group.added_by)
    return GroupView(
        conversation=conversation.label or "",
        conversation_id=conversation.id,
        title=conversation.title,
        topic=group.topic,
        members=tuple(members),
        role=role,
        everybody_adds=group.everybody_adds,
        everybody_posts=group.everybody_posts,
        everybody_pins=group.everybody_pins,
        timer=None if conversation.timer is None else conversation.timer // 1_000,
        entries=group.entries,
        heads=group.heads,
        accepted=group.accepted,
        added_by=None if adder is None else adder.name,
        may_post=role is not None and role is not GroupRole.READER,
        picture=None if group.picture is None else picture_digest(group.picture),
        history=group.history,
        history_days=group.history_days,
        split=split_names(unit, group),
    )


def split_names(unit: UnitOfWork, group: GroupRecord) -> tuple[str, ...]:
    """Return the names of those who go on with a group in different ways, the most senior first."""
    found = (unit.contacts.by_identity(each) for each in group.split)
    return tuple(each.name for each in found if each is not None)


def with_group(unit: UnitOfWork, view: views.ConversationView, place: Place) -> views.ConversationView:
    """Add to a row of the list what it says of a group; a row of anything else stays as it is."""
    if place.conversation.kind is not ConversationKind.GROUP:
        return view
    group = unit.groups.of_conversation(place.conversation.conversation)
    if group is None:
        return view
    adder = None if group.added_by is None else unit.contacts.by_contact(group.added_by)
    return replace(
        view,
        title=place.conversation.title,
        members=group.members,
        role=group.own_role,
        accepted=group.accepted,
        added_by=None if adder is None else adder.name,
        may_post=group.own_role is not None and group.own_role is not GroupRole.READER,
        picture=None if group.picture is None else picture_digest(group.picture),
    )


def invitation_view(unit: UnitOfWork, group: GroupRecord, conversation: ConversationRecord) -> GroupInvitationView:
    """Show an invitation: who adds, to what, and how many are in; no text of anybody."""
    adder = None if group.added_by is None else unit.contacts.by_contact(group.added_by)
    return GroupInvitationView(
        id=conversation.id.hex(),
        conversation=conversation.label or "",
        conversation_id=conversation.id,
        title=conversation.title,
        members=group.members,
        by="" if adder is None else adder.name,
        at=group.added_at,
    )


def people_of(unit: UnitOfWork, record: MessageRecord) -> tuple[PersonReceiptView, ...]:
    """Tell of an own message of a group how far it has come for each person: who has it, who has read it, and when."""
    had = unit.message_receipts.of_people(record.position)
    under_way: dict[int, list[DeliveryRecord]] = {}
    for row in unit.deliveries.of_message(record.id):
        under_way.setdefault(row.contact, []).append(row)
    shown = []
    for number in sorted({*had, *under_way}):
        contact = unit.contacts.by_contact(number)
        if contact is None or contact.is_oneself:
            continue
        delivered_at, read_at = had.get(number, (None, None))
        state, error = _state_for(under_way.get(number, []))
        if delivered_at is not None:
            state, error = (MessageState.DELIVERED if read_at is None else MessageState.READ), None
        shown.append(PersonReceiptView(contact.name, contact.identity_key, state, delivered_at, read_at, error))
    return tuple(sorted(shown, key=lambda each: each.name))


def _state_for(rows: list[DeliveryRecord]) -> tuple[MessageState, str | None]:
    """Tell how far a message is for somebody who has given no receipt, by the device that it came furthest for."""
    if any(row.state is DeliveryState.HELD for row in rows):
        return MessageState.HELD, None
    if rows and all(row.state is DeliveryState.FAILED for row in rows):
        return MessageState.FAILED, rows[0].error
    return MessageState.QUEUED, None


def link_view(link: GroupLinkRecord, conversation: ConversationRecord) -> GroupLinkView:
    """Show an own link into a group."""
    return GroupLinkView(
        conversation=conversation.label or "",
        conversation_id=conversation.id,
        link=link.link,
        uses=link.uses,
        left=None if link.uses is None else max(0, link.uses - link.used),
        approval=link.approval,
        expires_at=link.expires_at,
        newcomers=link.invitation is not None,
    )


def join_request_view(
    request: JoinRequestRecord, conversation: ConversationRecord, contact: ContactRecord
) -> JoinRequestView:
    """Show who waits to be let into a group; no text of theirs."""
    return JoinRequestView(
        id=request.id,
        conversation=conversation.label or "",
        conversation_id=conversation.id,
        name=contact.name,
        identity=contact.identity_key,
        at=request.at,
    )
