"""What a terminal sends becomes keys: a byte that is no UTF-8 and a sequence that cannot be read are passed over.

Somebody's Alt key, a line with noise on it and a paste from another encoding all send such bytes; none of them is a
reason to end.
"""

import codecs
import logging
from collections.abc import Iterable, Iterator
from typing import Final

from textual import events
from textual._parser import ParseError
from textual._xterm_parser import XTermParser  # what Textual's own driver reads with; it has no public name
from textual.message import Message

ESCAPE: Final = "\x1b"

log = logging.getLogger(__name__)


class KeyReader:
    """Reads keys, pastes, the mouse and answers of the terminal out of bytes that come in pieces."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("ignore")
        self._parser = XTermParser()

    def feed(self, data: bytes) -> list[Message]:
        """Take bytes, and give what they complete."""
        taken: list[Message] = []
        # One by one, so that a sequence that cannot be read takes no other key with it.
        for character in self._decoder.decode(data):
            taken.extend(_as_pressed(message, character) for message in self._read(self._parser.feed(character)))
        return taken

    def tick(self) -> list[Message]:
        """Give what has waited long enough for more of it: Escape by itself is a key, too."""
        return list(self._read(self._parser.tick()))

    def _read(self, messages: Iterable[Message]) -> Iterator[Message]:
        try:
            yield from messages
        except (ArithmeticError, LookupError, ParseError, ValueError) as error:
            log.info("the terminal sent what is no key: %s", type(error).__name__)
            self._parser = XTermParser()


def _as_pressed(message: Message, character: str) -> Message:
    """Give Escape for what Textual makes of one that another sequence follows at once: the sign that stands for it."""
    is_sign = isinstance(message, events.Key) and message.key == "circumflex_accent"
    return events.Key("escape", ESCAPE) if is_sign and character != "^" else message
