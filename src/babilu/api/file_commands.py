"""Commands about files of messages, pictures of profiles, and the space that files take."""

from dataclasses import dataclass

from babilu.api.command import Command
from babilu.api.views import (
    FreedSpaceView,
    FreeingPlanView,
    InspectedFileView,
    MediaPage,
    PictureView,
    ProfilePictureView,
    SavedFileView,
    SpaceView,
)
from babilu.kernel.ids import MessageId
from babilu.kernel.limits import PROFILE_PICTURE_SIDE, SHOWN_SIDE
from babilu.kernel.states import MediaKind


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
