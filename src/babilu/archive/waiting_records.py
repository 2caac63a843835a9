"""Records of what waits: texts that are sent later, voice notes that were not sent, messages that wait for others."""

from babilu.archive.records import ArchivedUnshown, ArchivedWrite, Person
from babilu.identity.shapes import Hash32, Id16, Key32, Natural, Shape
from babilu.wire.part_base import PartBytes


class ArchivedScheduled(Shape, frozen=True, array_like=True):
    """A text that is to be sent later, to a conversation.

    Attributes:
        meant_for: Identity key of the contact for whom it was written, or id of the group, or of the notes.
        text: The words.
        due_at: When it is to be sent.
        reply_to: What it answers.
        mentions: Whom it names, by name.
        timer: Seconds after which it disappears; None for what is set in the conversation then.
        files: Encoded entries of its files.
        again: How many texts before it say the same to the same at the same time: by that each is known again.
    """

    meant_for: Key32
    text: str
    due_at: Natural
    reply_to: Id16 | None
    mentions: tuple[str, ...]
    timer: Natural | None
    files: tuple[bytes, ...] = ()
    again: Natural = 0


class ArchivedSound(Shape, frozen=True, array_like=True):
    """A part of a voice note that was recorded for a conversation and not sent.

    Attributes:
        started_at: When the recording began.
        place: The part's place, from 0.
        sound: Bytes of an Ogg file.
        levels: The loudness of each 20 milliseconds.
    """

    started_at: Natural
    place: Natural
    sound: bytes
    levels: bytes


class ArchivedHeld(Shape, frozen=True, array_like=True):
    """A message that has come, and is not shown yet because others before it are missing.

    Attributes:
        author: Who wrote it.
        device: Device that wrote it.
        chain: Id under which its place in the device's chain is.
        counter: That place.
        id: Its id.
        text: What it shows; None for nothing.
        sent_at: When it was sent, as it is shown.
        said_at: When, by its author's clock.
        part: The exact bytes that were said.
        route: How it came.
        first: Whether it is the first message of a new contact.
        not_understood: The version of parts that did not understand it.
    """

    author: Person
    device: Id16
    chain: Key32
    counter: Natural
    id: Id16
    text: str | None
    sent_at: Natural
    said_at: Natural
    part: PartBytes
    route: str
    first: bool
    not_understood: Natural | None


class ArchivedAction(Shape, frozen=True, array_like=True):
    """What was said about a message that has not come.

    Attributes:
        waits_for: Id of that message.
        id: Its own id.
        author: Who said it.
        device: Device that did, and gets the receipt.
        said_at: When, by its author's clock.
        lasting: Whether it leaves last where room is needed.
        until: How long it waits.
        part: The exact bytes that were said.
    """

    waits_for: Id16
    id: Id16
    author: Person
    device: Id16
    said_at: Natural
    lasting: bool
    until: Natural
    part: PartBytes


class ArchivedLink(Shape, frozen=True, array_like=True):
    """A link by which people ask to be let into a group.

    Attributes:
        token_hash: By what it is known again.
        author: The admin who has given it out.
        link: The link itself; empty where another admin has it.
        uses: How many may come by it; None for as many as do.
        used: How many have.
        approval: Whether each of them waits for a decision.
        expires_at: Until when it holds.
        revoked: Whether it was taken back.
        invitation: By what the relay knows the invitation that it brings.
        people: Who has asked by it, and whether they came or were declined.
    """

    token_hash: Hash32
    author: Person
    link: str
    uses: Natural | None
    used: Natural
    approval: bool
    expires_at: Natural
    revoked: bool
    invitation: Natural | None
    people: tuple[tuple[Key32, bool], ...] = ()


class ArchivedJoinRequest(Shape, frozen=True, array_like=True):
    """Somebody who has asked by a link to be let into a group, and waits for a decision.

    Attributes:
        id: What commands take.
        person: Who.
        token_hash: By which link.
        at: When they asked last.
    """

    id: str
    person: Key32
    token_hash: Hash32
    at: Natural


class ArchivedAsked(Shape, frozen=True, array_like=True):
    """Whom one has asked by a link to be let into a group: the group, who, and until when the link holds."""

    group: Key32
    person: Key32
    until: Natural


class ArchivedRequest(Shape, frozen=True, array_like=True):
    """A stranger who wants to talk without a relay, and waits for a decision.

    Attributes:
        id: What commands take.
        identity: Who.
        name: What they call themselves.
        device_list: Their signed device list, encoded.
        address: Where the last call came from, and where they can be called back.
        at: When they asked last.
        device: Device that did.
    """

    id: str
    identity: Key32
    name: str
    device_list: bytes
    address: tuple[str, int]
    at: Natural
    device: Id16


class ArchivedTraces(Shape, frozen=True, array_like=True):
    """Some of what a conversation has besides messages.

    Attributes:
        writes: Writes to its registers.
        deleted: Ids of what was deleted in it.
        unshown: What shows as nothing.
        held: Messages that have come, and wait for others.
        actions: What was said of messages that have not come.
    """

    writes: tuple[ArchivedWrite, ...] = ()
    deleted: tuple[Id16, ...] = ()
    unshown: tuple[ArchivedUnshown, ...] = ()
    held: tuple[ArchivedHeld, ...] = ()
    actions: tuple[ArchivedAction, ...] = ()
