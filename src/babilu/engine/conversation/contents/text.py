"""A text: how one that answers or names somebody is made, and what it says of itself beside its words."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from babilu.kernel.errors import ErrorCode, ProtocolError, UsageError
from babilu.kernel.ids import IdentityKey, MessageId
from babilu.kernel.limits import MENTIONS, TEXT_BYTES, TIMER_LONGEST_MS
from babilu.store.message_records import PLAIN, TextFields
from babilu.wire.content_reading import read_part
from babilu.wire.file_entry import FileEntry
from babilu.wire.message_parts import Edit, Mention, Text

LONGEST_TIMER_SECONDS: Final = TIMER_LONGEST_MS // 1000


@dataclass(frozen=True, slots=True)
class BesideWords:
    """What is to be said of an own text beside its words.

    Attributes:
        reply_to: The message that it answers.
        names: Whom it names; each stands in it as ``@name``.
        timer: Seconds after which it is gone; None for what is set in the conversation.
        forwarded: Whether it is taken over from another conversation.
        files: What it brings, sealed already.
    """

    reply_to: MessageId | None = None
    names: tuple[str, ...] = ()
    timer: int | None = None
    forwarded: bool = False
    files: tuple[FileEntry, ...] = ()


NOTHING_BESIDE: Final = BesideWords()


def timer_ms(seconds: int | None) -> int | None:
    """Return a time of seconds in milliseconds.

    Raises:
        UsageError: It is not between 1 second and a year.
    """
    if seconds is None:
        return None
    if not 1 <= seconds <= LONGEST_TIMER_SECONDS:
        raise UsageError(f"A message is gone after 1 to {LONGEST_TIMER_SECONDS} seconds, or never.")
    return seconds * 1000


def check_words(text: str, *, may_be_empty: bool = False) -> None:
    """Check that a text can be sent; with files it may be empty.

    Raises:
        ProtocolError: ``too_large``, or ``malformed`` for what is no text.
    """
    if not text and not may_be_empty:
        raise ProtocolError(ErrorCode.MALFORMED, "An empty message cannot be sent.")
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise ProtocolError(ErrorCode.MALFORMED, "The message contains invalid characters.") from error
    if size > TEXT_BYTES:
        raise ProtocolError(ErrorCode.TOO_LARGE, f"A message may have at most {TEXT_BYTES} bytes.")


def find_mentions(text: str, names: Sequence[str], people: Mapping[str, IdentityKey]) -> tuple[Mention, ...]:
    """Find where a text names people: each ``@name`` that is a word of its own.

    Args:
        text: The text.
        names: Whom it is to name.
        people: The people of the conversation by name.

    Raises:
        UsageError: Somebody is not in the conversation, or does not stand in the text, or stands in it too often.
    """
    found: list[Mention] = []
    for name in dict.fromkeys(names):
        identity = people.get(name)
        if identity is None:
            raise UsageError(f"{name} is not in this conversation.")
        places = _places(text, f"@{name}")
        if not places:
            raise UsageError(f"@{name} does not stand in the text.")
        found += (Mention(start, len(name) + 1, identity) for start in places)
    if len(found) > MENTIONS:
        raise UsageError(f"A message names at most {MENTIONS} people.")
    return tuple(sorted(found, key=lambda mention: mention.start))


def _places(text: str, word: str) -> list[int]:
    places, start = [], text.find(word)
    while start >= 0:
        end = start + len(word)
        begins = start == 0 or not text[start - 1].isalnum()
        if begins and (end == len(text) or not (text[end].isalnum() or text[end] in "_~-")):
            places.append(start)
        start = text.find(word, end)
    return places


def fields_of(text: Text, own: Collection[IdentityKey]) -> TextFields:
    """Give what a text says of itself.

    Args:
        text: The text.
        own: What names oneself; nothing where one has written it.
    """
    beside = text.mentions or text.forwarded or text.files or text.whole
    if text.reply_to is None and text.timer is None and not beside:
        return PLAIN
    return TextFields(
        reply_to=None if text.reply_to is None else MessageId(text.reply_to),
        quote=text.quote or "",
        mentions=text.mentions,
        mentioned=any(mention.identity in own for mention in text.mentions),
        forwarded=text.forwarded,
        timer=text.timer,
        files=text.files,
        whole=text.whole,
    )


def words_of(part: bytes) -> str | None:
    """Read the words of a text or an edit; None for what is neither, and where its bytes are not kept."""
    said = read_part(part, chained=True) if part else None
    return said.text if isinstance(said, Text | Edit) else None


def text_of(part: bytes) -> Text | None:
    """Read the text that a part is; None for another one."""
    said = read_part(part, chained=True)
    return said if isinstance(said, Text) else None
