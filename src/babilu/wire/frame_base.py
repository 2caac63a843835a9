"""Base of the frames between a client and its relay: their tags, the types of their fields, and what both ends send."""

from typing import Annotated

import msgspec

from babilu.identity.shapes import Natural
from babilu.kernel.limits import BLOB_PART_BYTES, FRAME_BYTES, LINK_BYTES, NAME_CHARACTERS, TRANSIENT_BYTES

VERSION = 1
"""The protocol version this code speaks."""

SENTENCE_CHARACTERS = 500
"""Longest sentence for people."""

CODE_CHARACTERS = 40
"""Longest word for programs."""

TITLE_CHARACTERS = 64
"""Longest name of a relay or a program."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS)]
Sentence = Annotated[str, msgspec.Meta(max_length=SENTENCE_CHARACTERS)]
Code = Annotated[str, msgspec.Meta(max_length=CODE_CHARACTERS)]
Body = Annotated[bytes, msgspec.Meta(max_length=FRAME_BYTES)]
Envelope = Annotated[bytes, msgspec.Meta(min_length=1, max_length=FRAME_BYTES)]
SealedTransient = Annotated[bytes, msgspec.Meta(min_length=1, max_length=TRANSIENT_BYTES)]
LinkingMessage = Annotated[bytes, msgspec.Meta(min_length=1, max_length=LINK_BYTES)]
HoldingsKey = Annotated[bytes, msgspec.Meta(max_length=64)]
BlobPart = Annotated[bytes, msgspec.Meta(min_length=1, max_length=BLOB_PART_BYTES)]


def _tag(class_name: str) -> str:
    words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in class_name.removesuffix("Frame"))
    return words.lstrip("_")


class Frame(msgspec.Struct, frozen=True, array_like=True, tag=_tag):
    """Base of every frame; its tag is the class name without ``Frame``, in lower case with underscores."""


class Ping(Frame, frozen=True):
    """Keep-alive request; the other end answers with `Pong`."""


class Pong(Frame, frozen=True):
    """Answer to `Ping`."""


class Bye(Frame, frozen=True):
    """Farewell of whoever closes the connection: a code of the closed list or "done", and when to come back."""

    reason: Code
    retry_after_ms: Natural | None = None
