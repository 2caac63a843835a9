"""Parts that say something in a conversation: texts, and what is said of a message or of the conversation."""

from typing import Annotated

import msgspec

from babilu.identity.shapes import Id16, Key32, Natural
from babilu.kernel.limits import INTEGER_MAX, MENTIONS, PROFILE_PICTURE_BYTES, QUOTE_CHARACTERS, REACTIONS_OF_ONE
from babilu.wire.file_entry import FileEntries, FileEntry
from babilu.wire.part_base import ChainedPart, TimerMs


class Mention(msgspec.Struct, frozen=True, array_like=True):
    """A run of a text that names a person.

    Attributes:
        start: Where it begins, in code points.
        length: How many code points it has.
        identity: The identity key of the person.
    """

    start: Natural
    length: Annotated[int, msgspec.Meta(ge=1, le=INTEGER_MAX)]
    identity: Key32


Mentions = Annotated[tuple[Mention, ...], msgspec.Meta(max_length=MENTIONS)]
"""The mentions of a text in their order: each lies within it, and none reaches into the next."""


class Text(ChainedPart, frozen=True):
    """A message of plain text, at most `TEXT_BYTES` of UTF-8, and files; one of both is there.

    Attributes:
        text: The text.
        reply_to: Id of the message that it answers; None for none.
        quote: The beginning of that message as the author has it; None for none.
        mentions: Whom it names.
        forwarded: Whether its author took it over from another conversation.
        timer: When it is to be gone again, after it was sent; None for never.
        files: What it brings.
        whole: The sealed file that holds the whole text in UTF-8, of which `text` is only the beginning; None where
            that is all of it. Mentions count in the whole text.
    """

    text: str
    reply_to: Id16 | None = None
    quote: Annotated[str, msgspec.Meta(max_length=QUOTE_CHARACTERS)] | None = None
    mentions: Mentions = ()
    forwarded: bool = False
    timer: TimerMs | None = None
    files: FileEntries = ()
    whole: FileEntry | None = None


class Edit(ChainedPart, frozen=True):
    """New wording of an own message.

    Attributes:
        target: Id of the message.
        text: The new text.
        mentions: Whom the new text names.
        timer: The target's timer, so that an edit that comes first is kept no longer than its message would be.
        whole: As in `Text`: the sealed file that holds the whole wording; None where `text` is all of it.
    """

    target: Id16
    text: str
    mentions: Mentions = ()
    timer: TimerMs | None = None
    whole: FileEntry | None = None


class Delete(ChainedPart, frozen=True):
    """Deletion of an own message, for everybody and for good."""

    target: Id16


class React(ChainedPart, frozen=True):
    """All reactions of its author to one message: they replace the earlier ones, and an empty list takes them away."""

    target: Id16
    reactions: Annotated[tuple[str, ...], msgspec.Meta(max_length=REACTIONS_OF_ONE)]


class Pin(ChainedPart, frozen=True):
    """Pin of a message in its conversation, or its removal.

    Attributes:
        target: Id of the message.
        on: Whether it is.
        replaces: Id of the newest such content about this message that its author knows; None for the first.
    """

    target: Id16
    on: bool
    replaces: Id16 | None = None


class Timer(ChainedPart, frozen=True):
    """Timer of the conversation: how long new messages stay.

    Attributes:
        value: How long; None for never.
        replaces: Id of the newest such content that its author knows; None for the first.
    """

    value: TimerMs | None = None
    replaces: Id16 | None = None


class ProfilePicture(ChainedPart, frozen=True):
    """Picture of its author, for whoever they have accepted; the highest by (time, id) is shown.

    Attributes:
        picture: A JPEG picture; None takes it away.
    """

    picture: Annotated[bytes, msgspec.Meta(min_length=1, max_length=PROFILE_PICTURE_BYTES)] | None = None
