"""What other programs have exported, in terms of ours: who wrote what, when, and what is not taken over."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final, Protocol

from babilu.kernel.errors import ErrorCode, UsageError
from babilu.kernel.limits import TEXT_BYTES
from babilu.kernel.states import ImportLoss

MESSAGES_AT_MOST: Final = 1_000_000
"""Messages of one import: their order is kept in memory."""

CHATS_AT_MOST: Final = 1_000
"""Conversations of one import."""

PEOPLE_AT_MOST: Final = 10_000
"""People who wrote or reacted in them."""

NAME_CHARACTERS: Final = 64
"""Longest name of a person or conversation, in code points; the rest is cut."""


@dataclass(frozen=True, slots=True)
class ForeignFile:
    """A file of a message: what it is called, and where it lies in the export."""

    name: str
    member: str


@dataclass(frozen=True, slots=True)
class ForeignReaction:
    """How somebody has reacted to a message."""

    person: str
    sign: str
    at: int


@dataclass(frozen=True, slots=True)
class ForeignMessage:
    """A message as another program has it.

    Attributes:
        chat: Key of its conversation.
        author: Who wrote it, as the other program calls them.
        at: Unix milliseconds.
        stamp: The time by which it is known again: as the export writes it, whatever the time zone of this machine.
        text: What it says; at most `TEXT_BYTES`.
        edited_at: Since when it has this wording, where that is not the first.
        is_reply: Whether it answers the last message before it that is no reply.
        files: What it brings.
        reactions: How others have reacted.
    """

    chat: str
    author: str
    at: int
    stamp: int
    text: str = field(repr=False)
    edited_at: int | None = None
    is_reply: bool = False
    files: tuple[ForeignFile, ...] = ()
    reactions: tuple[ForeignReaction, ...] = ()


@dataclass(slots=True)
class ForeignChat:
    """A conversation of an export.

    Attributes:
        key: By what it is known again.
        title: What people call it.
        people: Who wrote in it, and how much.
        reacting: Who has reacted in it.
        first: When the first message was written; None for none.
        last: The same of the last one.
        files: How many files come with it.
    """

    key: str
    title: str
    people: Counter[str] = field(default_factory=Counter)
    reacting: set[str] = field(default_factory=set)
    first: int | None = None
    last: int | None = None
    files: int = 0

    @property
    def messages(self) -> int:
        """How many messages it has."""
        return self.people.total()

    def count(self, message: ForeignMessage) -> None:
        """Take a message into account."""
        self.people[message.author] += 1
        self.reacting.update(each.person for each in message.reactions)
        self.first = message.at if self.first is None else min(self.first, message.at)
        self.last = message.at if self.last is None else max(self.last, message.at)
        self.files += len(message.files)


@dataclass(slots=True)
class Survey:
    """What an export has, before anything of it is taken over.

    Attributes:
        chats: Its conversations by their keys, in the order in which they appear.
        order: Place of each message in the order of time, message by message as they are read.
        lost: What is not taken over, by kind.
    """

    chats: dict[str, ForeignChat] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    lost: Counter[ImportLoss] = field(default_factory=Counter)

    @property
    def messages(self) -> int:
        """How many messages there are."""
        return len(self.order)


class ForeignExport(Protocol):
    """An export that can be read as often as needed."""

    def survey(self) -> Survey:
        """Read it once and tell what it has.

        Raises:
            UsageError: It is not what it is said to be, or is too large.
        """

    def messages(self) -> Iterator[ForeignMessage]:
        """Read its messages, after `survey` and in the same order as there."""

    def size(self, file: ForeignFile) -> int:
        """Tell how large a file of a message is."""

    def open(self, file: ForeignFile) -> BinaryIO:
        """Open a file of a message.

        Raises:
            UsageError: It cannot be read.
        """

    def close(self) -> None:
        """Close the files that are open."""


def not_an_export(why: str) -> UsageError:
    """Make the error for a file that is not what it is said to be."""
    return UsageError(why, ErrorCode.NOT_AN_EXPORT)


def too_large(why: str) -> UsageError:
    """Make the error for an export beyond a bound."""
    return UsageError(why, ErrorCode.EXPORT_TOO_LARGE)


def take_survey(chats: dict[str, ForeignChat], messages: Iterator[ForeignMessage], lost: Counter[ImportLoss]) -> Survey:
    """Count the messages of an export, and find their order in time; equal times keep that of the file.

    Raises:
        UsageError: ``export_too_large``.
    """
    times: list[int] = []
    for message in messages:
        chat = chats[message.chat]
        chat.count(message)
        check_many(len(chat.people) + len(chat.reacting), PEOPLE_AT_MOST, "people")
        times.append(message.at)
        if len(times) > MESSAGES_AT_MOST:
            raise too_large(f"The export has more than {MESSAGES_AT_MOST} messages.")
    used = {key: chat for key, chat in chats.items() if chat.messages}
    check_many(len(used), CHATS_AT_MOST, "conversations")
    named = sum(len(chat.people.keys() | chat.reacting) for chat in used.values())
    check_many(named, PEOPLE_AT_MOST, "people")
    order = [0] * len(times)
    for place, number in enumerate(sorted(range(len(times)), key=times.__getitem__)):
        order[number] = place
    return Survey(used, order, lost)


def check_many(count: int, most: int, what: str) -> None:
    """Check that an export has no more of something than is taken.

    Raises:
        UsageError: ``export_too_large``.
    """
    if count > most:
        raise too_large(f"The export has more than {most} {what}: name those that you want.")


def split_text(text: str) -> list[str]:
    """Divide a text into pieces that a message can have, and lose nothing of it."""
    pieces: list[str] = []
    while len(text) * 4 > TEXT_BYTES and len(encoded := text.encode("utf-8", "surrogatepass")) > TEXT_BYTES:
        piece = encoded[:TEXT_BYTES].decode("utf-8", "ignore")
        pieces.append(piece)
        text = text[len(piece) :]
    return [*pieces, text]
