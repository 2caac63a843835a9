"""Frozen views for user interfaces, made of database records and of what is known in memory."""

from dataclasses import dataclass
from typing import Protocol

from babilu.api import views
from babilu.kernel.states import Trust
from babilu.store.records import ContactRecord, ConversationRecord, MessageRecord, RequestRecord


class Whereabouts(Protocol):
    """What is known about contacts at this moment, outside the database."""

    def presence(self, account: str) -> views.PresenceState | None:
        """Presence at the relay, or None where unknown."""

    def connected(self, contact: int) -> bool:
        """Whether a direct connection stands."""


@dataclass(frozen=True, slots=True)
class ViewMaker:
    """Makes views for the owner of a profile.

    Attributes:
        own_name: The own name.
        whereabouts: Presence and connections.
    """

    own_name: str
    whereabouts: Whereabouts

    def message(
        self, record: MessageRecord, conversation: ConversationRecord, contact: ContactRecord | None
    ) -> views.MessageView:
        """Show a message of a conversation, which is with a contact or oneself."""
        return views.MessageView(
            id=record.id,
            conversation=label_of(contact),
            conversation_id=conversation.id,
            sender=self.own_name if record.outgoing or contact is None else contact.name,
            outgoing=record.outgoing,
            text=record.text,
            at=record.sent_at,
            arrived_at=record.arrived_at,
            position=record.position,
            route=record.route,
            state=record.state,
            held_until=record.held_until,
            error=record.error,
            unread=record.unread,
            first=record.first,
            kind=record.kind,
            late=record.late,
            belongs_before=record.belongs_before,
            identity=None if contact is None else contact.identity_key,
            departed=record.departed,
            needs_newer=record.needs_newer,
        )

    def contact(self, record: ContactRecord) -> views.ContactView:
        return views.ContactView(
            name=record.name,
            account=record.account,
            identity=record.identity_key,
            trust=shown_trust(record),
            was_verified=record.pending is not None and record.trust is Trust.VERIFIED,
            blocked=record.blocked,
            accepted=record.accepted,
            direct_allowed=record.direct_allowed,
            connected=self.whereabouts.connected(record.contact),
            address=None if record.address is None else views.Address(*record.address),
            presence=self.whereabouts.presence(record.account) if record.account else None,
            pending=None if record.pending is None else record.pending.identity_key,
        )

    def conversation(
        self,
        record: ConversationRecord,
        contact: ContactRecord | None,
        last: MessageRecord | None,
        unread: int,
        now: int,
    ) -> views.ConversationView:
        """Show a row of the conversation list."""
        muted = record.muted_until is not None and now < record.muted_until
        return views.ConversationView(
            id=record.id,
            kind=record.kind,
            label=label_of(contact),
            contact=None if contact is None else self.contact(contact),
            last=None if last is None else self.message(last, record, contact),
            unread=unread,
            draft=record.draft,
            pinned=record.pinned,
            muted=muted,
            muted_until=record.muted_until if muted else None,
            archived=record.archived,
            marked_unread=record.marked_unread,
            timer=None if record.timer is None else record.timer // 1_000,
            draft_reply=record.draft_reply,
        )

    def request(self, record: RequestRecord, safety_number: str) -> views.RequestView:
        """Show a stranger's request."""
        return views.RequestView(
            id=record.id,
            name=record.name,
            identity=record.identity_key,
            address=views.Address(record.host, record.port),
            safety_number=safety_number,
            at=record.at,
        )


def label_of(contact: ContactRecord | None) -> str:
    """Return what commands call the conversation with a contact, or with oneself."""
    return views.NOTES_LABEL if contact is None else contact.name


def shown_trust(record: ContactRecord) -> Trust:
    """Return what a user interface is told about a contact's identity."""
    return Trust.CHANGED if record.pending is not None else record.trust
