"""Everything a user interface can ask of a client; each command names the type of its answer.

A command that fails ends its future with a `babilu.kernel.errors.BabiluError`. Names are matched after normalisation;
``to``, ``name`` and ``conversation`` take the label of a conversation, which is the local name of its contact, or its
id as 64 hexadecimal digits; ``to`` also takes the account name of somebody new. The notes to oneself have the label
``#notes``; what concerns a person fails with ``usage`` there. A group has a label such as ``#picnic``.
``bob@`` is the contact with the relay's account bob, where somebody else is locally called bob.

A command that sends or consents takes an ``identity`` beside the name: the identity key of the person whom the user
believed the name to mean, as a view showed it. It fails with ``mismatch``, and nothing is done, where the name means
somebody else. None asks for no such check.
"""

from dataclasses import dataclass

from babilu.api.command import Command as Command
from babilu.api.group_commands import AddToGroup as AddToGroup
from babilu.api.group_commands import ChangeGroup as ChangeGroup
from babilu.api.group_commands import GetGroup as GetGroup
from babilu.api.group_commands import GroupInvitations as GroupInvitations
from babilu.api.group_commands import GroupLinks as GroupLinks
from babilu.api.group_commands import GroupLogOf as GroupLogOf
from babilu.api.group_commands import JoinGroup as JoinGroup
from babilu.api.group_commands import JoinRequests as JoinRequests
from babilu.api.group_commands import MakeGroupLink as MakeGroupLink
from babilu.api.group_commands import QuitGroup as QuitGroup
from babilu.api.group_commands import RemoveFromGroup as RemoveFromGroup
from babilu.api.group_commands import RevokeGroupLink as RevokeGroupLink
from babilu.api.group_commands import SetRole as SetRole
from babilu.api.group_commands import StartGroup as StartGroup
from babilu.api.group_commands import WhoMayAdd as WhoMayAdd
from babilu.api.group_views import GroupView
from babilu.api.views import (
    Address,
    ContactLinkView,
    ContactView,
    ConversationView,
    ExaminationView,
    FreedSpaceView,
    FreeingPlanView,
    HistoryPage,
    HoldingsView,
    InspectedFileView,
    MediaPage,
    MessageInfoView,
    MessageView,
    PictureView,
    PinView,
    PrivacySwitch,
    ProfilePictureView,
    ReceiptsView,
    RecordingView,
    RequestView,
    SafetyNumberView,
    SavedFileView,
    ScheduledView,
    SpaceView,
    StatusView,
    TimerView,
    WordingView,
)
from babilu.crypto.secret import Passphrase
from babilu.kernel.ids import IdentityKey, MessageId
from babilu.kernel.limits import PROFILE_PICTURE_SIDE, SHOWN_SIDE
from babilu.kernel.states import MENTIONED_ROLES as MENTIONED_ROLES
from babilu.kernel.states import MediaKind


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
class InspectFiles(Command[tuple[InspectedFileView, ...]]):
    """Look into files before they are sent: what pictures say besides what they show.

    Attributes:
        files: Absolute paths of up to 10 files on the machine of the client.

    Raises:
        UsageError: There are too many, or a file cannot be read.
    """

    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GetPicture(Command[PictureView]):
    """Decode a picture of a message that is here, in a process of its own that can do nothing else.

    Attributes:
        message: The message.
        index: Which of its files, from 0.
        side: Most pixels a side, 1 to 2,560; it is made smaller, never larger.
        conversation: Where the message stands; None where its id stands in one conversation alone.

    Raises:
        DeliveryError: ``not_found``: there is no such file.
        ProfileError: ``not_found``: it is not here, or not whole yet.
        ProtocolError: ``cannot_show``: it is no picture of a kind that is shown, is damaged, too large, or was not
            decoded within time and memory that a picture has.
        LinkError: ``busy``: too many wait to be decoded.
    """

    message: MessageId
    index: int = 0
    side: int = SHOWN_SIDE
    conversation: str | None = None


@dataclass(frozen=True, slots=True)
class SetProfilePicture(Command[None]):
    """Show accepted contacts a picture of oneself, or none any more.

    It is made a square of at most 256 pixels a side, in a process that can do nothing else, and says nothing besides
    what it shows. Who is accepted later gets it then; nobody else does.

    Attributes:
        path: Absolute path of a picture; None takes it away.

    Raises:
        UsageError: The path is not absolute, or names no file.
        ProtocolError: ``cannot_show``: no picture can be made of it.
        DeliveryError: ``rate_limited``: it was changed 20 times today.
    """

    path: str | None


@dataclass(frozen=True, slots=True)
class GetProfilePicture(Command[ProfilePictureView]):
    """Decode a profile picture, in a process of its own that can do nothing else.

    Attributes:
        name: Whose, also the label of a group; None for the own one.
        side: Most pixels a side, 1 to 256.

    Raises:
        DeliveryError: ``not_found``: there is nobody of that name, or they show no picture.
        ProtocolError: ``cannot_show``.
    """

    name: str | None = None
    side: int = PROFILE_PICTURE_SIDE


@dataclass(frozen=True, slots=True)
class FetchFile(Command[SavedFileView]):
    """Fetch a file of a message; done when it is here, and saved where that is asked.

    Attributes:
        message: The message.
        index: Which of its files, from 0.
        into: Absolute path of a folder into which it is saved, under its own name or one with a number; None for none.
        conversation: Where the message stands; None where its id stands in one conversation alone.

    Raises:
        DeliveryError: ``not_found``: there is no such file, or its sender's relay no longer has it.
        CryptoError: ``decryption_failed``: it is another file than its sender said.
        UsageError: Nothing can be saved in ``into``.
        LinkError: ``closed``, where the client ends before: the next one goes on.
    """

    message: MessageId
    index: int = 0
    into: str | None = None
    conversation: str | None = None


@dataclass(frozen=True, slots=True)
class PauseFile(Command[None]):
    """Hold the transfer of a file until `ResumeFile`; what has been moved stays.

    Raises:
        DeliveryError: ``not_found``.
    """

    message: MessageId
    index: int = 0
    conversation: str | None = None


@dataclass(frozen=True, slots=True)
class ResumeFile(Command[None]):
    """Let the transfer of a file go on, also one that has failed.

    Raises:
        DeliveryError: ``not_found``.
    """

    message: MessageId
    index: int = 0
    conversation: str | None = None


@dataclass(frozen=True, slots=True)
class CancelFile(Command[None]):
    """End the transfer of a file: one of somebody else is as before it was asked for, an own one has failed.

    Raises:
        DeliveryError: ``not_found``.
    """

    message: MessageId
    index: int = 0
    conversation: str | None = None


@dataclass(frozen=True, slots=True)
class StartRecording(Command[RecordingView]):
    """Record a voice note for a conversation; done once a microphone is heard.

    One is recorded at a time, for half an hour at most. It lies in the profile from the first second on, and waits
    there as a draft until it is sent or discarded. What is being played stops.

    Raises:
        BabiluError: ``no_sound``: this machine has no microphone, or no program for it.
        DeliveryError: ``not_found``.
        UsageError: Another one is being recorded, or one waits in this conversation.
    """

    conversation: str


@dataclass(frozen=True, slots=True)
class StopRecording(Command[RecordingView]):
    """End what is being recorded for a conversation, and keep it.

    Raises:
        DeliveryError: ``not_found``: nothing is being recorded there.
    """

    conversation: str


@dataclass(frozen=True, slots=True)
class DiscardRecording(Command[None]):
    """Throw the recording of a conversation away, also while it is made.

    Raises:
        DeliveryError: ``not_found``.
    """

    conversation: str


@dataclass(frozen=True, slots=True)
class SendRecording(Command[MessageView]):
    """Send the recording of a conversation; where it is still made it ends first.

    Attributes:
        conversation: Whose recording, and whom to.
        identity: The identity key that ``conversation`` is believed to have.
        reply_to: The message that it replies to, in the same conversation.
        timer: Seconds after which it disappears; None for what is set in the conversation.

    Raises:
        DeliveryError: ``not_found``; or as `Send`.
    """

    conversation: str
    identity: IdentityKey | None = None
    reply_to: MessageId | None = None
    timer: int | None = None


@dataclass(frozen=True, slots=True)
class PlayVoice(Command[None]):
    """Play a voice note of a message; done once it is heard. It is fetched first where it is not here.

    It is unheard no longer then. When it has come to its end, the next unheard one of the conversation follows.

    Attributes:
        message: The message.
        index: Which of its files, from 0.
        at: Milliseconds from which on it is played.
        speed: Percent of its own speed: 50 to 300. Its pitch stays.
        conversation: Where the message stands; None where its id stands in one conversation alone.

    Raises:
        BabiluError: ``cannot_play``: it is no voice note that can be decoded; it can still be saved.
        BabiluError: ``no_sound``: this machine has nothing that plays, or no program for it.
        DeliveryError: ``not_found``.
        UsageError: Something is being recorded, or the place or speed makes no sense.
    """

    message: MessageId
    index: int = 0
    at: int = 0
    speed: int = 100
    conversation: str | None = None


@dataclass(frozen=True, slots=True)
class PlayRecording(Command[None]):
    """Play the recording of a conversation that was not sent yet; see `PlayVoice`.

    Raises:
        BabiluError: As `PlayVoice`.
    """

    conversation: str
    at: int = 0
    speed: int = 100


@dataclass(frozen=True, slots=True)
class StopPlaying(Command[None]):
    """Be silent; nothing happens where nothing is played."""


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
class Contacts(Command[tuple[ContactView, ...]]):
    """List the contacts by name."""


@dataclass(frozen=True, slots=True)
class Conversations(Command[tuple[ConversationView, ...]]):
    """List the conversations: pinned ones first, then the most recent first."""


@dataclass(frozen=True, slots=True)
class Requests(Command[tuple[RequestView, ...]]):
    """List the conversation requests that wait for a decision."""


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
class Media(Command[MediaPage]):
    """Read what a conversation has besides words: pictures, voice notes, other files, or links; the newest first.

    Attributes:
        conversation: Which one.
        kind: Of what kind.
        limit: Most messages, 1 to 1,000; each may have several of the kind.
        before: Only messages of lower positions, the nearest: the position of the last one of the page before.

    Raises:
        DeliveryError: ``not_found``.
    """

    conversation: str
    kind: MediaKind = MediaKind.PICTURE
    limit: int = 50
    before: int | None = None


@dataclass(frozen=True, slots=True)
class SpaceUse(Command[SpaceView]):
    """Read how much room the profile takes on this device."""


@dataclass(frozen=True, slots=True)
class PlanFreeing(Command[FreeingPlanView]):
    """Find out which files can be deleted here to make room, and how much that frees; nothing is deleted.

    Attributes:
        before: Only files of messages that were stored here before this moment (Unix milliseconds).
        conversation: Only of this conversation; None for all.
        kinds: Only of these kinds; none for all.

    Raises:
        DeliveryError: ``not_found``.
    """

    before: int
    conversation: str | None = None
    kinds: tuple[MediaKind, ...] = ()


@dataclass(frozen=True, slots=True)
class FreeSpace(Command[FreedSpaceView]):
    """Delete the bytes of files here, exactly those that a plan has shown; their messages stay.

    What is on its way, and what exists here alone, is never deleted. What was deleted can be fetched again from whoever
    has it still.

    Attributes:
        before: As in the plan.
        approval: That of the plan.
        conversation: As in the plan.
        kinds: As in the plan.

    Raises:
        DeliveryError: ``mismatch`` where it would be other files by now: make another plan; ``not_found``.
    """

    before: int
    approval: str
    conversation: str | None = None
    kinds: tuple[MediaKind, ...] = ()


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
class SetTimer(Command[TimerView]):
    """Have new messages of a conversation disappear, for all, 1 second to a year after they were shown; None: never."""

    conversation: str
    seconds: int | None


@dataclass(frozen=True, slots=True)
class Forward(Command[tuple[MessageId, ...]]):
    """Send the text of a message to others, as one that says it was forwarded, and not from whom.

    Its files go along: what is not here is fetched first, as `FetchFile` does, and the answer waits for it. Each is
    sealed anew for each conversation. A picture that says something besides what it shows is made anew, as `Send` does:
    somebody may have sent it as a file.

    Attributes:
        message: Its id.
        to: Labels or ids of up to 20 conversations; it goes once to one that is named twice.
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


@dataclass(frozen=True, slots=True)
class Typing(Command[None]):
    """Say that one is typing to somebody; told at most each 3 seconds, to whom is online, and never kept."""

    conversation: str


@dataclass(frozen=True, slots=True)
class SetReceipts(Command[ReceiptsView]):
    """Switch receipts of reading, typing and presence, everywhere (None) or in one conversation.

    What is None stays as it is. Switched off, neither oneself tells it nor is it shown of others. What a conversation
    inherits has no choice of its own any more: it is as everywhere.

    Raises:
        UsageError: Something is inherited that is also switched, or is to be inherited by everywhere.
    """

    conversation: str | None = None
    read: bool | None = None
    typing: bool | None = None
    presence: bool | None = None
    inherit: tuple[PrivacySwitch, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiptSettings(Command[ReceiptsView]):
    """Show the privacy switches of a conversation, or those that hold wherever nothing else was said (None)."""

    conversation: str | None = None


@dataclass(frozen=True, slots=True)
class OwnLink(Command[ContactLinkView]):
    """Give the link by which others add oneself: at the relay, or without one at the own server socket's address.

    Raises:
        UsageError: Without a relay and without a server socket nobody finds this client.
    """


@dataclass(frozen=True, slots=True)
class AddByLink(Command[ContactView | None]):
    """Add the person of a contact link: by the relay that both use, else a call to their address begins (None).

    Whoever answers there with another identity key than the link's is refused, and nobody is added.

    Raises:
        UsageError: It is no contact link, is one's own, or names another relay.
        TrustError: ``mismatch``: the relay shows another identity for that name than the link does.
        BabiluError: As `Verify` and `Call`.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Rename(Command[ContactView]):
    """Give a person another local name.

    Raises:
        AccountError: It is no name.
        DeliveryError: ``conflict``: another person has it, or a name that looks like it.
    """

    name: str
    to: str
    identity: IdentityKey | None = None


@dataclass(frozen=True, slots=True)
class MarkRead(Command[int]):
    """Mark a conversation as read and tell the sender, where they were accepted; answers how many there were.

    Attributes:
        name: Which one.
        shown: Position of the newest message that was shown: only what stands up to there is marked, and it is recorded
            as shown, so that `TakeUnshown` hands it out to nobody. None marks all, and leaves that as it is.
    """

    name: str
    shown: int | None = None


@dataclass(frozen=True, slots=True)
class SetDraft(Command[None]):
    """Keep a text that was written and not sent, and what it replies to; an empty one without a reply forgets it."""

    conversation: str
    text: str
    reply_to: MessageId | None = None


@dataclass(frozen=True, slots=True)
class SetPinned(Command[None]):
    """Keep a conversation at the top of the list, or not."""

    conversation: str
    pinned: bool


@dataclass(frozen=True, slots=True)
class SetMuted(Command[None]):
    """Silence notifications of a conversation but mentions, or not; ``until`` (Unix milliseconds) ends it by itself."""

    conversation: str
    muted: bool
    until: int | None = None


@dataclass(frozen=True, slots=True)
class SetArchived(Command[None]):
    """Put a conversation away; it comes back when a message arrives that is not muted."""

    conversation: str
    archived: bool


@dataclass(frozen=True, slots=True)
class MarkUnread(Command[None]):
    """Mark a conversation as unread, as a note to oneself: nobody else learns of it, and `MarkRead` takes it back."""

    conversation: str
    unread: bool = True


@dataclass(frozen=True, slots=True)
class ClearConversation(Command[int]):
    """Delete every message of a conversation here, for oneself; answers how many there were.

    Attributes:
        conversation: Which one.
        hide: Whether it also leaves the list, until something is written in it again.
    """

    conversation: str
    hide: bool = False


@dataclass(frozen=True, slots=True)
class Verify(Command[SafetyNumberView]):
    """Show the safety number of a contact (or, new to us, of an account of the relay)."""

    name: str


@dataclass(frozen=True, slots=True)
class MarkVerified(Command[ContactView]):
    """Record that the safety numbers were compared and are equal (or take that back).

    Attributes:
        name: The contact.
        verified: Whether they are equal.
        identity: The identity key whose number was compared.
        digits: The number that was compared, with or without blanks.

    Raises:
        TrustError: ``mismatch``: the contact's number is another one; ``identity_changed``: another identity waits for
            approval, and nothing says whose number was compared.
    """

    name: str
    verified: bool = True
    identity: IdentityKey | None = None
    digits: str | None = None


@dataclass(frozen=True, slots=True)
class TrustIdentity(Command[ContactView]):
    """Approve the identity that is claimed to be a contact's; what waited is encrypted for it and sent.

    Attributes:
        name: The contact.
        identity: The claimed identity key that is approved, as a view showed it.
        digits: Its safety number that was compared, with or without blanks.

    Raises:
        TrustError: ``mismatch``: another identity is claimed by now, or none any more.
    """

    name: str
    identity: IdentityKey | None = None
    digits: str | None = None


@dataclass(frozen=True, slots=True)
class RejectIdentity(Command[ContactView]):
    """Put away the claim that another identity is a contact's: the one in force stays, and sending goes on.

    Attributes:
        name: The contact.
        identity: The claimed identity key that is rejected.

    Raises:
        TrustError: ``mismatch``: another identity is claimed by now.
    """

    name: str
    identity: IdentityKey | None = None


@dataclass(frozen=True, slots=True)
class Accept(Command[ContactView | GroupView]):
    """Accept a conversation request by id or name, or a new contact of the relay by name.

    By its id or label also a group that one was added to, which answers the group; by its id somebody who wants to
    join a group, which answers that group too.
    """

    request: str
    identity: IdentityKey | None = None


@dataclass(frozen=True, slots=True)
class Decline(Command[None]):
    """Decline a conversation request by id or name; the caller does not learn of it.

    By its id or label also a group that one was added to, which leaves it, and by its id somebody who wants to join.
    """

    request: str
    identity: IdentityKey | None = None


@dataclass(frozen=True, slots=True)
class Block(Command[ContactView]):
    """Drop what a contact sends from now on; they do not learn of it."""

    name: str
    identity: IdentityKey | None = None


@dataclass(frozen=True, slots=True)
class Unblock(Command[ContactView]):
    """Take a block back."""

    name: str
    identity: IdentityKey | None = None


@dataclass(frozen=True, slots=True)
class AllowDirect(Command[ContactView]):
    """Allow direct connections with a contact, which show them our address, or not."""

    name: str
    allowed: bool
    identity: IdentityKey | None = None


@dataclass(frozen=True, slots=True)
class Call(Command[None]):
    """Start a direct conversation with whoever listens at an address; events tell how it goes.

    Attributes:
        address: Where to connect.
        name: A known contact who is expected there, so that nobody else learns one's name; None for anybody.
        identity: The identity key that ``name`` is believed to have; without a name, that of whom one calls: where
            somebody else answers, the call fails (`CallFailed` with ``mismatch``).
    """

    address: Address
    name: str | None = None
    identity: IdentityKey | None = None


@dataclass(frozen=True, slots=True)
class HangUp(Command[None]):
    """Close the direct connection with a contact, or stop calling an address (written ``host:port``)."""

    name: str


@dataclass(frozen=True, slots=True)
class Listen(Command[Address]):
    """Open the server socket for conversation requests, in place of one that is open; port 0 takes any."""

    address: Address


@dataclass(frozen=True, slots=True)
class StopListening(Command[None]):
    """Close the server socket for conversation requests."""


@dataclass(frozen=True, slots=True)
class TryNow(Command[None]):
    """Try to reach the relay at once: cut a pause short, also one that waits to be asked.

    Raises:
        UsageError: The profile has no relay.
    """


@dataclass(frozen=True, slots=True)
class TrustCertificate(Command[None]):
    """Know the relay by another certificate from now on, as its operator has told it, and try at once.

    Attributes:
        certificate: SHA-256 of the certificate, 32 bytes.

    Raises:
        UsageError: It is not 32 bytes long, the profile has no relay, or the known certificate connects to it.
    """

    certificate: bytes


@dataclass(frozen=True, slots=True)
class Status(Command[StatusView]):
    """Tell where this client stands."""


@dataclass(frozen=True, slots=True)
class Threads(Command[tuple[str, ...]]):
    """Name the conversation threads that are running."""


@dataclass(frozen=True, slots=True)
class CheckPassphrase(Command[None]):
    """Find out whether a passphrase opens this profile; each try costs what one at the disk costs.

    Raises:
        AccountError: ``wrong_credentials``.
    """

    passphrase: Passphrase


@dataclass(frozen=True, slots=True)
class ReadValue(Command[str | None]):
    """Read what was stored under a key with `StoreValue`; None where there is nothing."""

    key: str


@dataclass(frozen=True, slots=True)
class StoreValue(Command[None]):
    """Keep a text in the profile, encrypted as all of it is: what a bot has to remember; None forgets it.

    Attributes:
        key: 1 to 256 characters.
        value: At most 60,000 bytes of UTF-8.

    Raises:
        UsageError: The key is empty or too long.
        ProtocolError: ``too_large``.
    """

    key: str
    value: str | None


@dataclass(frozen=True, slots=True)
class StoredKeys(Command[tuple[str, ...]]):
    """List the keys of stored values that begin with a text, in order."""

    prefix: str = ""


@dataclass(frozen=True, slots=True)
class ChangePassword(Command[None]):
    """Change the account's password, which also opens the profile on disk.

    Raises:
        AccountError: ``wrong_credentials``.
    """

    old: Passphrase
    new: Passphrase


@dataclass(frozen=True, slots=True)
class Examine(Command[ExaminationView]):
    """Look for what is wrong with profile, own keys on the relay, prekeys, clock and routes; it takes a moment."""


@dataclass(frozen=True, slots=True)
class ReadHoldings(Command[HoldingsView]):
    """Read everything that the relay holds about the own account.

    Raises:
        LinkError: ``unavailable`` while the relay cannot be reached.
        UsageError: The profile has no account at a relay.
    """


@dataclass(frozen=True, slots=True)
class Administer(Command[str]):
    """Give the relay an order of its administration, in JSON; the answer is that order's, in JSON.

    Raises:
        ProtocolError: ``not_allowed`` for an account that is neither the relay's owner nor a moderator.
        LinkError: ``unavailable`` while the relay cannot be reached.
    """

    order: str


@dataclass(frozen=True, slots=True)
class DeleteAccount(Command[None]):
    """Delete the account at the relay, with its mail; the profile on disk stays."""

    password: Passphrase
