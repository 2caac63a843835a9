"""Parts of contents: what one device can tell another, each kind known by its tag."""

from typing import Annotated, Final

import msgspec

from babilu.identity.shapes import Id16
from babilu.kernel.limits import TIMER_LONGEST_MS, TIMER_SHORTEST_MS

MESSAGE_BYTES = 64 * 1024
"""Largest content: what fits the largest size class of padding."""

HEADS_MAX: Final = 8
"""Ends of a log that a content names at most."""

PARTS_VERSION: Final = 10
"""Rises with every kind of part, or field of one, that is added: what an earlier one did not know is judged again."""

CRITICAL: Final = 1
"""MessagePack extension type that wraps an appended field which a reader who does not know it must not pass over."""


def _tag(class_name: str) -> str:
    words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in class_name)
    return words.lstrip("_")


class Part(msgspec.Struct, frozen=True, array_like=True, tag=_tag):
    """Base of everything that a content can say; its tag is the class name in lower case with underscores."""


class ChainedPart(Part, frozen=True):
    """Base of everything that takes a place in the chain.

    Attributes:
        salt: 16 random bytes, by which equal words at one time are two messages.
        fallback: What a version shows that does not know the tag; None for nothing.
    """

    salt: Id16
    fallback: str | None


PartBytes = Annotated[bytes, msgspec.Meta(max_length=MESSAGE_BYTES)]
"""The exact bytes of a part."""

TimerMs = Annotated[int, msgspec.Meta(ge=TIMER_SHORTEST_MS, le=TIMER_LONGEST_MS)]
"""How long a message is there after it was sent, in milliseconds."""
