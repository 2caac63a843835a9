"""Frozen views for user interfaces, made of database records and of what is known in memory."""

from dataclasses import dataclass
from typing import Protocol

from babilu.api import views
from babilu.api.group_views import GroupChangeView
from babilu.engine.runtime.device_lines import decode_changed_devices
from babilu.engine.runtime.group_lines import GroupLine, decode_line
from babilu.engine.runtime.places import People, Place
from babilu.kernel.ids import IdentityKey, role_key
from babilu.kernel.limits import EDITABLE_MS, INTEGER_MAX
from babilu.kernel.states import MENTIONED_ROLES, ConversationKind, GroupChangeKind, MessageKind, RecordingState, Trust
from babilu.media.sound import LEVEL_MS, peaks_of
from babilu.store.contact_records import ContactRecord, ConversationRecord, RequestRecord
from babilu.store.file_records import AttachmentRecord, RecordingRecord
from babilu.store.message_records import MessageRecord, ScheduledRecord
from babilu.wire.file_entry import Preview

REACTIONS_SHOWN = 20
"""Reactions to one message that are shown, the most frequent."""


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
        own_identity: The own identity key.
        own_account: The own account at the relay, or empty.
    """

    own_name: str
    whereabouts: Whereabouts
    own_identity: IdentityKey
    own_account: str = ""

    def message(self, record: MessageRecord, place: Place) -> views.MessageView:
        """Show a message of a conversation."""
        conversation, people = place.conversation, place.people
        change = self._change(record, people)
        return views.MessageView(
            id=record.id,
            conversation=place.label,
            conversation_id=conversation.id,
            sender=self._sender(record, place) if change is None else change.by,
            outgoing=record.outgoing or self._is_own(record, people),
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
            identity=None if place.contact is None else place.contact.identity_key,
            departed=record.departed,
            needs_newer=record.needs_newer,
            reply_to=None if record.fields.reply_to is None else self._quote(record, people),
            mentions=self._mentions(record, place) if record.fields.mentions else (),
            mentioned=record.fields.mentioned,
            timer=None if record.fields.timer is None else record.fields.timer // 1000,
            expires_at=record.expires_at,
            edited_at=record.edited_at,
            editable_until=editable_until(record, conversation) if record.outgoing else None,
            deleted=record.deleted or record.hidden,
            reactions=self._reactions(record, people) if record.reactions else (),
            pinned=record.pinned,
            forwarded=record.fields.forwarded,
            missing=record.counter if record.kind is MessageKind.GAP else None,
            files=tuple(map(_file, record.files)),
            change=change,
            audience=people.audience(record),
            hidden_by=self._name(record.hidden_by, people) if record.hidden else None,
            shared_by=None if record.shared_by is None else self._name(record.shared_by, people),
            imported=None if record.imported is None else conversation.source,
            device=record.sender_device if record.outgoing else None,
            text_state=record.text_state,
            devices=_changed_devices(record, people),
        )

    def _sender(self, record: MessageRecord, place: Place) -> str:
        """Name who wrote a message, or whom a line is about."""
        if record.outgoing:
            return self.own_name
        if record.imported is not None:
            return self._name(-record.imported, place.people)
        author = None if record.author is None else place.people.by_number(record.author)
        return self._line_name(author or place.contact)

    @staticmethod
    def _is_own(record: MessageRecord, people: People) -> bool:
        """Tell whether the user says of a message that was imported that they wrote it."""
        person = None if record.imported is None else people.imported(record.imported)
        return person is not None and person.own

    def _change(self, record: MessageRecord, people: People) -> GroupChangeView | None:
        """Show what a line about a group says; None for what is no such line."""
        if record.kind is not MessageKind.GROUP or record.line is None:
            return None
        line = decode_line(record.line)
        by = self._name(record.author, people) if line.by is None else self.named(IdentityKey(line.by), people)
        return self.change(line, by, people)

    def change(self, line: GroupLine, by: str, people: People) -> GroupChangeView:
        """Show what a line of a group says, which somebody of that name has done."""
        who = None if line.who is None else self.named(IdentityKey(line.who), people)
        kind, why_not = GroupChangeKind(line.kind), line.why_not
        return GroupChangeView(kind, by, who, line.value, counts=why_not is None, why_not=why_not)

    def _line_name(self, author: ContactRecord | None) -> str:
        return self.own_name if author is None else author.name

    def _name(self, author: int | None, people: People) -> str:
        """Name who wrote or did something; 0 and None are oneself, and below 0 are people of what was imported."""
        if author is None or author >= 0:
            return self._line_name(people.by_number(author) if author else None)
        person = people.imported(-author)
        if person is None or person.own:
            return self.own_name
        contact = None if person.contact is None else people.by_number(person.contact)
        return person.name if contact is None else contact.name

    def _quote(self, record: MessageRecord, people: People) -> views.QuoteView | None:
        """Show what a message answers: the own copy where there is one, never what its author says of it."""
        fields, answered = record.fields, record.answered
        if fields.reply_to is None:
            return None
        if answered is None:
            return views.QuoteView(fields.reply_to, "", fields.quote, known=False)
        author = answered.author if answered.imported is None else -answered.imported
        sender = "" if answered.outgoing is None else self._name(author, people)
        files = tuple(views.QuotedFileView(each.entry.name, each.entry.kind) for each in answered.files)
        return views.QuoteView(fields.reply_to, sender, answered.text, known=True, files=files)

    def _mentions(self, record: MessageRecord, place: Place) -> tuple[views.MentionView, ...]:
        return tuple(
            views.MentionView(
                mention.start,
                mention.length,
                self._mentioned(IdentityKey(mention.identity), place),
                IdentityKey(mention.identity),
            )
            for mention in record.fields.mentions
            # Of a long text only the beginning may be here, and its author may have said what lies outside of it.
            if mention.start + mention.length <= len(record.text)
        )

    def _mentioned(self, identity: IdentityKey, place: Place) -> str:
        """Name whom a text mentions: a person, or everybody of a group who has a role."""
        if place.conversation.kind is ConversationKind.GROUP:
            for role in MENTIONED_ROLES:
                if identity == role_key(place.conversation.id, role):
                    return role
        return self.named(identity, place.people)

    def named(self, identity: IdentityKey, people: People) -> str:
        """Name whom a text mentions; empty for somebody unknown."""
        if identity == self.own_identity:
            return self.own_name
        found = people.by_identity(identity)
        return "" if found is None else found.name

    def _reactions(self, record: MessageRecord, people: People) -> tuple[views.ReactionView, ...]:
        given: dict[str, list[str]] = {}
        for author, signs in record.reactions:
            for sign in signs:
                given.setdefault(sign, []).append(self._name(author, people))
        frequent = sorted(given.items(), key=lambda each: -len(each[1]))
        return tuple(views.ReactionView(sign, tuple(names)) for sign, names in frequent[:REACTIONS_SHOWN])

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
            picture=record.picture if record.accepted and not record.blocked else None,
        )

    def conversation(
        self,
        place: Place,
        last: MessageRecord | None,
        unread: int,
        mentions: int,
        now: int,
    ) -> views.ConversationView:
        """Show a row of the conversation list."""
        record, contact = place.conversation, place.contact
        muted = record.muted_until is not None and now < record.muted_until
        return views.ConversationView(
            id=record.id,
            kind=record.kind,
            label=place.label,
            contact=None if contact is None else self.contact(contact),
            last=None if last is None else self.message(last, place),
            unread=unread,
            mentions=mentions,
            draft=record.draft,
            pinned=record.pinned,
            muted=muted,
            muted_until=record.muted_until if muted else None,
            archived=record.archived,
            marked_unread=record.marked_unread,
            timer=None if record.timer is None else record.timer // 1_000,
            draft_reply=record.draft_reply,
            title=record.title if place.is_imported else "",
            may_post=not place.is_imported,
            imported=record.source,
        )

    def scheduled(self, record: ScheduledRecord, place: Place) -> views.ScheduledView:
        """Show a text that is sent later."""
        return views.ScheduledView(
            record.number,
            place.label,
            place.conversation.id,
            record.text,
            record.due_at,
            record.overdue,
            tuple(entry.name for entry in record.files),
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


def _changed_devices(record: MessageRecord, people: People) -> tuple[views.DeviceChangeView, ...]:
    """Show which own devices a line says that came and went."""
    if record.kind is not MessageKind.DEVICES_CHANGED or record.line is None:
        return ()
    return tuple(
        views.DeviceChangeView(each.device.hex(), people.device_name(each.device) or each.name, each.added)
        for each in decode_changed_devices(record.line)
    )


def _file(record: AttachmentRecord) -> views.FileView:
    entry = record.entry
    width, height = entry.sides or (None, None)
    return views.FileView(
        index=record.place,
        name=entry.name,
        size=entry.size,
        type=entry.type,
        state=record.state,
        done=record.done,
        error=record.error,
        width=width,
        height=height,
        duration=entry.length,
        peaks=entry.peaks,
        preview=_preview(entry.preview),
        kind=entry.kind,
        kept_until=record.kept_until,
        unheard=record.unheard,
    )


def kept_recording(record: RecordingRecord, place: Place) -> views.RecordingView | None:
    """Show a voice note that waits to be sent; one that was ended before anything was kept is none."""
    if not record.levels:
        return None
    duration = len(record.levels) * LEVEL_MS
    state, peaks = RecordingState.KEPT, peaks_of(record.levels)
    return views.RecordingView(place.label, place.conversation.id, state, duration, peaks)


def _preview(preview: Preview | None) -> views.PreviewView | None:
    """Show a preview; one whose pixels do not fill it is none."""
    if preview is None or not preview.is_whole:
        return None
    return views.PreviewView(preview.width, preview.height, preview.pixels)


def editable_until(record: MessageRecord, conversation: ConversationRecord) -> int | None:
    """Return until when an own message can be given other words; None where it cannot.

    What was written under a former identity cannot: nobody knows it by its id. Those of a group know its former ids.
    """
    written = record.outgoing and not record.deleted and record.kind is MessageKind.TEXT
    is_known = conversation.kind is ConversationKind.GROUP or record.position > conversation.id_since
    can_be = written and is_known
    return min(record.said_at + EDITABLE_MS, INTEGER_MAX) if can_be else None


def shown_trust(record: ContactRecord) -> Trust:
    """Return what a user interface is told about a contact's identity."""
    return Trust.CHANGED if record.pending is not None else record.trust
