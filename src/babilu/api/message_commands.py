"""Commands about messages: what is said and what becomes of it."""

from dataclasses import dataclass

from babilu.api.command import Command
from babilu.api.views import HistoryPage, MessageInfoView, MessageView, PinView, ScheduledView, WordingView
from babilu.kernel.ids import IdentityKey, MessageId


@dataclass(frozen=True, slots=True)
class Send(Command[MessageView]):
    """Send a text; done when it is committed here, whatever the network does.

    Attributes:
        to: Whom to.
        text: Plain text.
        identity: The identity key that ``to`` is believed to have.
        reply_to: The message that it replies to, in the same conversation.
        mentions: Names of people of the conversation, each of which stands in ``text`` as ``@name``; in a group also
            those of `MENTIONED_ROLES`.
        timer: Seconds after which it disappears, 1 to a year; None for what is set in the conversation.
        files: Absolute paths of up to 10 files on the machine of the client, which are sealed first; then the text may
            be empty. They go to the relay afterwards, as `babilu.api.events.FileTransfer` tells. A picture is made
            anew: at most 2,560 pixels a side, turned as it was meant, and without anything that it says besides what
            it shows but its colour profile.
        as_files: Whether pictures are sent as they are, with every byte: see `InspectFiles`.

    Raises:
        UsageError: A name in ``mentions`` does not stand in the text, or a file cannot be read.
        UsageError: ``cannot_clean``: a picture that cannot be made anew; it can be sent as a file.
        DeliveryError: ``not_found`` for a name that the relay does not know, ``blocked`` for a blocked contact.
        ProtocolError: ``too_large`` for more than 60,000 bytes.
        TrustError: ``identity_changed`` until the contact's new identity is trusted.
        TrustError: ``mismatch``: ``to`` is not the person of ``identity``.
        LinkError: ``unavailable`` for a new name while offline.
    """

    to: str
    text: str
    identity: IdentityKey | None = None
    reply_to: MessageId | None = None
    mentions: tuple[str, ...] = ()
    timer: int | None = None
    files: tuple[str, ...] = ()
    as_files: bool = False


@dataclass(frozen=True, slots=True)
class Schedule(Command[ScheduledView]):
    """Keep a text on this device and send it later; it has no id before, and other devices know nothing of it.

    What is due while this client does not run is sent at its next start, if it is at most 24 hours late by then; else
    it waits for `SendNow` or `Unschedule`.

    Files are sealed at once, and kept with the text until it is sent or given up: what becomes of them in their folder
    does not matter.

    Attributes:
        at: Unix milliseconds when it is due.
        files: As in `Send`.
        as_files: As in `Send`.

    Raises:
        UsageError: ``at`` is past, more than a year ahead, or 1,000 texts are waiting.
        BabiluError: As `Send`.
    """

    to: str
    text: str
    at: int
    identity: IdentityKey | None = None
    reply_to: MessageId | None = None
    mentions: tuple[str, ...] = ()
    timer: int | None = None
    files: tuple[str, ...] = ()
    as_files: bool = False


@dataclass(frozen=True, slots=True)
class Scheduled(Command[tuple[ScheduledView, ...]]):
    """List the texts that are sent later, the next one first; None for those of all conversations."""

    conversation: str | None = None


@dataclass(frozen=True, slots=True)
class Unschedule(Command[None]):
    """Give up a text that was to be sent later."""

    number: int


@dataclass(frozen=True, slots=True)
class SendNow(Command[MessageView]):
    """Send a text at once that was to be sent later.

    One that is overdue goes to whoever the conversation is with by now, as its user decides.

    Raises:
        DeliveryError: ``not_found``; or as `Send`.
        TrustError: ``mismatch``: it was written for another identity, and its user has not been told yet.
    """

    number: int


@dataclass(frozen=True, slots=True)
class Retry(Command[MessageView]):
    """Try a failed message again, under the same message id; see `DeleteMessage` for ``conversation``.

    One that was written to a former identity of the contact is made anew, with another id: `MessageView.replaces` names
    the one that it takes the place of.
    """

    message: MessageId
    conversation: str | None = None


@dataclass(frozen=True, slots=True)
class TakeUnshown(Command[tuple[MessageView, ...]]):
    """Take messages that no user interface has shown, in order of arrival, and record them as shown.

    What was recorded is never given out again, also after a crash: show it at once.

    Attributes:
        limit: Most messages to take.
        seen: Whether somebody sees them now, so that the clocks of those that disappear start; else they start when the
            conversation is marked as read.
    """

    limit: int = 100
    seen: bool = True


@dataclass(frozen=True, slots=True)
class PutBack(Command[None]):
    """Give back messages that were taken and could not be shown: nobody read the output, for example.

    `TakeUnshown` hands them out again. At most 1,000 ids; those of other messages are passed over.
    """

    messages: tuple[MessageId, ...]


@dataclass(frozen=True, slots=True)
class History(Command[HistoryPage]):
    """Read a page of a conversation.

    Attributes:
        conversation: Name of the contact.
        limit: Most messages to return, 1 to 1,000.
        before: Only messages at positions below this one, the nearest ones; None for the newest.
        after: Only messages at positions above this one, the nearest ones; not together with ``before``.
        since: Only messages that came at this time or later (Unix milliseconds), the first ones: a jump to a date; not
            together with the two others.
    """

    conversation: str
    limit: int = 50
    before: int | None = None
    after: int | None = None
    since: int | None = None


@dataclass(frozen=True, slots=True)
class Search(Command[tuple[MessageView, ...]]):
    """Find messages that contain ``query`` by its letters, whatever case and accents, the newest first.

    Attributes:
        query: What to look for; from three characters on by index, below by scanning.
        conversation: Name of a contact, or None for all.
        limit: Most messages to return.
        sender: Only messages of this person; the own name for own ones.
        since: Only messages sent at this time or later, in Unix milliseconds.
        until: Only messages sent before this time.
    """

    query: str
    conversation: str | None = None
    limit: int = 50
    sender: str | None = None
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class MessageInfo(Command[MessageInfoView]):
    """Tell how far a message has come, for each device; see `DeleteMessage` for ``conversation``."""

    message: MessageId
    conversation: str | None = None


@dataclass(frozen=True, slots=True)
class DeleteMessage(Command[None]):
    """Delete a message here, for oneself, or an own one for all; in a group admins also remove those of others.

    Attributes:
        message: Its id.
        conversation: In which it is; None where one conversation has a message of this id.
        for_all: Whether the others are asked to delete it too; they may have seen or kept it.

    Raises:
        DeliveryError: ``not_found``; ``conflict``: several conversations have a message of this id, and none was named.
        UsageError: ``for_all`` with somebody else's message, or one that was written to a former identity.
        BabiluError: ``admins_only``: ``for_all`` with somebody else's message in a group.
    """

    message: MessageId
    conversation: str | None = None
    for_all: bool = False


@dataclass(frozen=True, slots=True)
class EditMessage(Command[MessageView]):
    """Give an own text another wording, for all.

    Attributes:
        message: Its id.
        text: The new wording.
        mentions: As in `Send`.
        conversation: As in `DeleteMessage`.

    Raises:
        DeliveryError: ``not_found``; ``expired``: it was sent more than 24 hours ago.
        UsageError: It is somebody else's, deleted, or was written to a former identity.
        ProtocolError: ``too_large``.
    """

    message: MessageId
    text: str
    mentions: tuple[str, ...] = ()
    conversation: str | None = None


@dataclass(frozen=True, slots=True)
class Wordings(Command[tuple[WordingView, ...]]):
    """Show the wordings of a message, the first one first; of more than 50 the newest 50."""

    message: MessageId
    conversation: str | None = None


@dataclass(frozen=True, slots=True)
class SetReactions(Command[MessageView]):
    """Set all of one's own reactions to a message.

    Attributes:
        message: Its id.
        emoji: Up to 8, each at most 40 bytes and 16 code points without letters and controls; none takes them back.
        conversation: As in `DeleteMessage`.

    Raises:
        UsageError: What is no reaction, or a message that is deleted or of a former identity.
    """

    message: MessageId
    emoji: tuple[str, ...]
    conversation: str | None = None


@dataclass(frozen=True, slots=True)
class PinMessage(Command[PinView]):
    """Pin a message in its conversation for all, or unpin it; `SetPinned` is about the list of conversations."""

    message: MessageId
    on: bool = True
    conversation: str | None = None


@dataclass(frozen=True, slots=True)
class Pins(Command[tuple[MessageView, ...]]):
    """List the pinned messages of a conversation, the newest first, 50 at most."""

    conversation: str


@dataclass(frozen=True, slots=True)
class Forward(Command[tuple[MessageId, ...]]):
    """Send the text of a message to others, as one that says it was forwarded, and not from whom.

    Its files go along: what is not here is fetched first, as `FetchFile` does, and the answer waits for it. Each is
    sealed anew for each conversation. A picture that says something besides what it shows is made anew, as `Send` does:
    somebody may have sent it as a file.

    Attributes:
        message: Its id.
        to: Whom it is for: up to 20 contacts, accounts, groups or notes, as `Send` takes them, or ids of conversations.
            It goes once to one that is named twice, and to nobody where one of them means nobody.
        conversation: As in `DeleteMessage`.
        as_files: As in `Send`.

    Returns:
        The ids of the new messages, in the order of ``to``, one for each conversation.

    Raises:
        DeliveryError: ``not_found`` (`Reason.FILE`) where an own file is not here any more.
        BabiluError: What `FetchFile` raises for a file that is not here.
        UsageError: ``cannot_clean`` for a picture that cannot be made anew; it can be forwarded as a file.
    """

    message: MessageId
    to: tuple[str, ...]
    conversation: str | None = None
    as_files: bool = False
