"""Records of an archive: what a person has, said in ids and keys, and nothing of how a database numbers it.

Everything is a MessagePack array that is only ever extended at its end; times are Unix milliseconds. A person is an
identity key; None stands for oneself.
"""

from enum import IntFlag
from typing import Annotated, Final

import msgspec

from babilu.identity.shapes import Hash32, Id16, Key32, Natural, Shape, Signature64
from babilu.wire.part_base import PartBytes

Person = Key32 | None
"""Who: an identity key, or None for oneself."""


class ArchiveCounts(Shape, frozen=True, array_like=True):
    """How much an archive holds.

    Attributes:
        people: People who are known.
        conversations: Conversations, notes to oneself included.
        messages: Messages, and lines about what happened between them.
        entries: Entries of groups' logs.
        files: Sealed files.
    """

    people: Natural = 0
    conversations: Natural = 0
    messages: Natural = 0
    entries: Natural = 0
    files: Natural = 0


class ArchiveSummary(Shape, frozen=True, array_like=True):
    """What is shown of an archive before anything is done with it.

    Attributes:
        made_at: When it was made.
        program: Version of the program that made it.
        name: Name of the profile.
        relay: Host and port of its relay; None without one.
        device_list: The own signed device list, encoded.
        list_version: Its version.
        newest_position: Highest place of a message.
        newest_at: When the newest message was sent; None for none.
        counts: How much is in it.
    """

    made_at: Natural
    program: str
    name: str
    relay: tuple[str, int] | None
    device_list: bytes
    list_version: Natural
    newest_position: Natural
    newest_at: Natural | None
    counts: ArchiveCounts


class ArchivedProfile(Shape, frozen=True, array_like=True):
    """Who the profile is.

    Attributes:
        name: Its name.
        identity: The identity key.
        wrapped: The seed of the identity key as the profile kept it: wrapped under each passphrase that opened it
            (`babilu.crypto.password.WrappedKey`); none in the profile of a companion.
        created_at: When it was made.
        relay: Host, port and SHA-256 of the certificate of its relay; None without one.
        settings: What is set for the person, by name.
        picture: Since when the own picture is shown, and its bytes (None for none); None where none was ever set.
    """

    name: str
    identity: Key32
    wrapped: Annotated[tuple[bytes, ...], msgspec.Meta(max_length=16)]
    created_at: Natural
    relay: tuple[str, int, bytes | None] | None
    settings: tuple[tuple[str, bytes], ...] = ()
    picture: tuple[Natural, bytes | None] | None = None


class ArchivedPerson(Shape, frozen=True, array_like=True):
    """Somebody who is known.

    Attributes:
        identity: The person.
        name: What they are called here.
        given_name: What they were called first.
        account: Account name, or empty.
        trust: What is known of the identity key.
        pending: Identity key, device list and time of another identity that waits for a decision.
        blocked: Whether what they send is dropped.
        accepted: Whether the user has answered or accepted them.
        fellow: Whether they are in a group with us.
        once_fellow: Whether they ever were, or wrote in one.
        direct_allowed: Whether they may be shown our address.
        address: Host and port for direct connections.
        device_list: Their signed device list, encoded.
        created_at: When they became known.
        picture: When they said their picture, its id and its bytes (None for none).
    """

    identity: Key32
    name: str
    given_name: str
    account: str
    trust: str
    pending: tuple[Key32, bytes, Natural] | None
    blocked: bool
    accepted: bool
    fellow: bool
    once_fellow: bool
    direct_allowed: bool
    address: tuple[str, int] | None
    device_list: bytes
    created_at: Natural
    picture: tuple[Natural, Id16, bytes | None] | None = None


class ArchivedConversation(Shape, frozen=True, array_like=True):
    """A conversation, and what is set for it.

    Attributes:
        id: Its id.
        kind: With whom it is.
        person: Of a pair: the other one.
        label: Of a group: what commands call it.
        title: Of a group: its title.
        draft: A text that was not sent.
        draft_reply: What the draft answers.
        pinned: Kept at the top.
        archived: Put away.
        marked_unread: Shown as unread.
        hidden: In no list.
        muted_until: Until when there are no notifications.
        timer: Milliseconds after which messages disappear.
        receipts: Whether reading is told; None as everywhere.
        typing: Whether typing is told; None as everywhere.
        presence: Whether being online is told; None as everywhere.
        created_at: When it was made.
        id_since: Place of the newest message when it took its id.
        members: Of a group: who else is in, with role and place.
        source: Which program has exported it.
        imported: Of what another program has exported: who wrote there, by name; whom that is, and whether oneself.
    """

    id: Key32
    kind: str
    person: Person
    label: str | None
    title: str
    draft: str
    draft_reply: Id16 | None
    pinned: bool
    archived: bool
    marked_unread: bool
    hidden: bool
    muted_until: Natural | None
    timer: Natural | None
    receipts: bool | None
    typing: bool | None
    presence: bool | None
    created_at: Natural
    id_since: Natural
    members: tuple[tuple[Key32, str, Natural], ...] = ()
    source: str | None = None
    imported: tuple[tuple[str, Key32 | None, bool], ...] = ()


class ArchivedLog(Shape, frozen=True, array_like=True):
    """A group as one log has it; its entries are records of their own.

    Attributes:
        id: Its id.
        accepted: Whether the user has begun or accepted it.
        added_by: Who added us.
        added_at: When.
        own_role: What we are in it; None where we are out.
        topic: What it is about.
        picture: What describes its picture.
        everybody_adds: Whether all may add people.
        everybody_posts: Whether all may write.
        everybody_pins: Whether all may pin.
        members: How many are in.
        heads: The ends of the log, one behind the other.
        followed: The entry by which it goes on elsewhere.
        followed_since: Since when.
        successor: Id of the group in which it goes on.
        history: How many messages newcomers are given by us.
        history_days: Of how many days.
    """

    id: Key32
    accepted: bool
    added_by: Person
    added_at: Natural
    own_role: str | None
    topic: str
    picture: bytes | None
    everybody_adds: bool
    everybody_posts: bool
    everybody_pins: bool
    members: Natural
    heads: bytes
    followed: Hash32 | None
    followed_since: Natural | None
    successor: Key32 | None
    history: Natural
    history_days: Natural


class ArchivedEntry(Shape, frozen=True, array_like=True):
    """An entry of a log: its body and signature, and when the relay stored it and when it came here."""

    body: bytes
    signature: Signature64
    stored_at: Natural
    received_at: Natural


class ArchivedWords(Shape, frozen=True, array_like=True):
    """What a message shows, where that does not follow from what was said: what it quoted was deleted, for example.

    Attributes:
        text: The words.
        reply_to: What it answers.
        quote: How that began.
        mentions: Whom it names, encoded.
        forwarded: Whether it was taken over.
        timer: Milliseconds after which it is gone.
        files: Encoded entries of its files.
    """

    text: str
    reply_to: Id16 | None
    quote: str
    mentions: bytes | None
    forwarded: bool
    timer: Natural | None
    files: tuple[bytes, ...]


class ArchivedFile(Shape, frozen=True, array_like=True):
    """How a file of a message stands, by its place among the files of what was said.

    Attributes:
        state: How it stood.
        kept_until: Until when the relay stores it.
        unheard: Whether it is a voice note to which nobody has listened.
    """

    state: str
    kept_until: Natural | None = None
    unheard: bool = False


class ArchivedReceipt(Shape, frozen=True, array_like=True):
    """When one device of a recipient had a message, and had it read."""

    person: Key32
    device: Id16
    delivered_at: Natural
    read_at: Natural | None


class ArchivedReaction(Shape, frozen=True, array_like=True):
    """The last that a person said of a message.

    Attributes:
        author: Who.
        said_at: When.
        id: Id of what said so.
        reactions: The reactions, one in each line.
        imported: Who, where another program has exported it.
    """

    author: Person
    said_at: Natural
    id: Id16
    reactions: str
    imported: str | None = None


class ArchivedWording(Shape, frozen=True, array_like=True):
    """A later wording of a message: when it was said, its exact bytes, and its id where that does not follow."""

    said_at: Natural
    part: PartBytes
    id: Id16 | None = None


class ArchivedExtras(Shape, frozen=True, array_like=True):
    """What few messages have.

    Attributes:
        id: The id, where it does not follow from what was said: of a line, or of what was said under a former identity.
        kind: What it is, where that is no text.
        belongs_before: Of a late one: what it belongs before.
        held_until: Until when the relay holds it.
        error: Why it failed.
        not_understood: The version of parts that did not understand it.
        words: What it shows, where that does not follow.
        edited_at: Since when it has the wording that is shown.
        wordings: Later wordings, the lowest first.
        reactions: Who reacted, and how.
        receipts: Who had it, and when.
        files: How its files stand.
        expires_at: When it is gone.
        ends_at: When it is gone at the latest.
        hidden_by: Who has removed it for all; None for oneself, where it is removed.
        hidden_at: When that was learned.
        recipients: For how many people it is.
        had: How many had it, where their receipts were given up.
        had_read: How many had read it.
        line: What a line about a group says.
        shared_by: Who has given it to us.
        imported: Who wrote it, where another program has exported it.
        first_text: Of a long text that was reworded: its first wording as a whole.
    """

    id: Id16 | None = None
    kind: str = "text"
    belongs_before: Id16 | None = None
    held_until: Natural | None = None
    error: str | None = None
    not_understood: Natural | None = None
    words: ArchivedWords | None = None
    edited_at: Natural | None = None
    wordings: tuple[ArchivedWording, ...] = ()
    reactions: tuple[ArchivedReaction, ...] = ()
    receipts: tuple[ArchivedReceipt, ...] = ()
    files: tuple[ArchivedFile, ...] = ()
    expires_at: Natural | None = None
    ends_at: Natural | None = None
    hidden_by: Person = None
    hidden_at: Natural | None = None
    recipients: Natural | None = None
    had: Natural | None = None
    had_read: Natural | None = None
    line: bytes | None = None
    shared_by: Person = None
    imported: str | None = None
    first_text: str | None = None


class Mark(IntFlag):
    """What holds of a message, in one number."""

    OUTGOING = 1
    UNREAD = 2
    SHOWN = 4
    FIRST = 8
    LATE = 16
    DEPARTED = 32
    DELETED = 64
    HIDDEN = 128
    PINNED = 256
    MENTIONED = 512
    MENTION_TOLD = 1024
    REACTED = 2048


MARKS: Final = len(Mark)


class ArchivedMessage(Shape, frozen=True, array_like=True):
    """A message of a conversation.

    Attributes:
        position: Its place among all messages.
        author: Who wrote it.
        said_at: When, by their clock.
        part: The exact bytes that were said: its id is computed from them.
        marks: Bits of `Mark`.
        sent_at: When it was sent, as it is shown.
        arrived_at: When it was stored.
        route: How it came or went.
        state: Of an own message.
        device: Device that wrote it.
        counter: Its place in that device's chain.
        extras: What few messages have.
    """

    position: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
    author: Person
    said_at: Natural
    part: PartBytes
    marks: Natural
    sent_at: Natural
    arrived_at: Natural
    route: str | None
    state: str | None
    device: Id16 | None
    counter: Natural
    extras: ArchivedExtras | None = None


class ArchivedWrite(Shape, frozen=True, array_like=True):
    """A write to a register: whether a message is pinned (register: its id), or the timer (an empty register)."""

    register: bytes
    id: Id16
    author: Person
    depth: Natural
    said_at: Natural
    value: Natural | None


class ArchivedUnshown(Shape, frozen=True, array_like=True):
    """What shows as nothing until a newer version understands it."""

    author: Key32
    device: Id16
    counter: Natural
    id: Id16
    sent_at: Natural
    said_at: Natural
    route: str
    not_understood: Natural
    part: PartBytes


class ArchivedPiece(Shape, frozen=True, array_like=True):
    """A run of a sealed file: the bytes of the whole, where the run begins, and its bytes."""

    size: Natural
    offset: Natural
    content: bytes


class ArchiveEnd(Shape, frozen=True, array_like=True):
    """The end of an archive: how much is in it, and the SHA-256 of what all groups say but the first and this one."""

    counts: ArchiveCounts
    sha256: Hash32
