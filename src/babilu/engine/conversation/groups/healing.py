"""Newcomers who were never sent the log of their group are sent it by those who write to them.

Only the device that has let somebody in sends them the log. Where it is lost before that, nobody else's entries and
words can be read there: they wait, unopened. A newcomer says nothing before they have accepted, so that they lack the
log shows only by their silence: one device of each person who has written sends all of it then, once.
"""

from typing import Final

from babilu.engine.conversation.groups.entries import tell_entries
from babilu.engine.conversation.groups.fellow import FellowTransaction
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.kernel.ids import EntryHash, IdentityKey

SILENT_MS: Final = 60 * 60 * 1000
"""Time after which a newcomer who has answered nothing that the relay took for them is sent the log."""

BROUGHT: Final = "brought"


def bring_log_where_due(turn: ConversationTransaction) -> None:
    """Send the contact the log of groups in which others have let them in, and in which they were never heard."""
    contact, peers = turn.contact, turn.unit.group_peers
    if contact.blocked or contact.is_oneself:
        return
    for log in peers.silent_in(contact.contact, turn.now - SILENT_MS, BROUGHT):
        group = turn.unit.groups.by_log(log)
        if group is None:
            continue
        peers.note_told(log, contact.contact, BROUGHT, turn.now)
        fellow = FellowTransaction(turn, group, turn.logs)
        if not peers.has_answered(group.conversation, contact.contact) and _others_let_in(fellow):
            everybody = [each for each, _ in fellow.members]
            tell_entries(fellow, [contact], fellow.log.entries, everybody)


def _others_let_in(fellow: FellowTransaction) -> bool:
    """Tell whether the contact is in, and the log was to be sent to them by another device than this one."""
    member = fellow.log.state.member(IdentityKey(fellow.contact.identity_key))
    entry = None if member is None else fellow.log.entry(EntryHash(member.grants[0].entry))
    return entry is not None and entry.body.certificate.device != fellow.own.device
