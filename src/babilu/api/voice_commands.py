"""Commands about voice notes: recording and playing."""

from dataclasses import dataclass

from babilu.api.command import Command
from babilu.api.views import MessageView, RecordingView
from babilu.kernel.ids import IdentityKey, MessageId


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
