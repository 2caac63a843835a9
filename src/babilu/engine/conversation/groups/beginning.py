"""The beginning of a group: its rows and its first entry, owed to everybody who is named, by one commit."""

from collections.abc import Callable, Sequence

from babilu.engine.conversation.groups.acts import checked_title, checked_topic
from babilu.engine.conversation.groups.entries import begin, first_entry, name_devices_where_due
from babilu.engine.conversation.groups.group_turn import GroupTurn
from babilu.kernel.errors import DeliveryError, ErrorCode
from babilu.kernel.limits import GROUP_MEMBERS
from babilu.session.sessions import OwnDevice
from babilu.store.contact_records import ContactRecord
from babilu.store.group_records import GroupRecord
from babilu.store.unit_of_work import UnitOfWork

TurnOf = Callable[[UnitOfWork, GroupRecord], GroupTurn]
"""Makes a turn of a group's conversation."""


def started_group(
    unit: UnitOfWork,
    turn_of: TurnOf,
    own: tuple[OwnDevice, str],
    title: str,
    topic: str,
    people: Sequence[ContactRecord],
    now: int,
) -> GroupTurn:
    """Begin a group, and return the turn that has done so.

    Raises:
        UsageError: As `checked_title` and `checked_topic`.
        DeliveryError: ``group_full``; ``blocked``: somebody is blocked.
    """
    device, own_name = own
    title, topic = checked_title(title), checked_topic(topic)
    people = list({each.contact: each for each in people}.values())
    if len(people) >= GROUP_MEMBERS:
        raise DeliveryError(ErrorCode.GROUP_FULL, f"A group has at most {GROUP_MEMBERS} members.")
    first = first_entry(device, own_name, now, title, topic, people)
    conversation = unit.conversations.add_group(first.begins, title, unit.conversations.free_label(title), now)
    group = unit.groups.add(first.begins, conversation.conversation, now, accepted=True, added_by=None)
    turn = turn_of(unit, group)
    begin(turn, first, None, {})
    name_devices_where_due(turn)
    return turn
