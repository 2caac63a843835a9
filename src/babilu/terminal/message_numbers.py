"""Messages have short numbers within a session, so that people need not type 32 hexadecimal digits."""

from collections.abc import Sequence
from dataclasses import dataclass

from babilu.kernel.ids import MessageId
from babilu.presentation.shown_people import name_key

NUMBERS_KEPT = 10_000
"""Messages that can be named by their numbers; of more the oldest numbers are forgotten."""


@dataclass(frozen=True, slots=True)
class NamedMessage:
    """What a word on a line names.

    Attributes:
        id: The id as it was written, or in hexadecimal where its number was.
        conversation: Where the message is; empty where that is not known.
    """

    id: str
    conversation: str = ""


class MessageNumbers:
    """Numbers of messages, from 1 in the order in which they were shown; each may be read from any thread."""

    def __init__(self) -> None:
        self._made = 0
        self._messages: dict[int, NamedMessage] = {}
        self._numbers: dict[MessageId, int] = {}
        self._of_several: set[MessageId] = set()

    def number(self, message: MessageId, conversation: str = "") -> int:
        """Give a message's number, a new one where it has none; a conversation is remembered beside it."""
        number = self._numbers.get(message)
        if number is None:
            self._made += 1
            number = self._numbers[message] = self._made
            self._messages[number] = NamedMessage(message.hex(), conversation)
            if len(self._messages) > NUMBERS_KEPT:
                oldest = next(iter(self._messages))
                gone = MessageId(bytes.fromhex(self._messages.pop(oldest).id))
                del self._numbers[gone]
                self._of_several.discard(gone)
        elif conversation:
            self._messages[number] = NamedMessage(message.hex(), conversation)
        return number

    def show(self, message: MessageId, conversation: str = "") -> str:
        """Write a message's number as commands take it."""
        return f"#{self.number(message, conversation)}"

    def bring_several(self, message: MessageId) -> None:
        """Remember of a message that has a number that it brings several files."""
        if message in self._numbers:
            self._of_several.add(message)

    def show_file(self, message: MessageId, conversation: str, index: int) -> str:
        """Write which file of which message it is, as commands take both; the only one needs no number."""
        number = self.show(message, conversation)
        return f"{number} (file:{index})" if message in self._of_several else number

    def show_all(self, messages: Sequence[MessageId], conversation: str = "") -> str:
        """Write several numbers, with runs drawn together: ``#3-#12 #14``."""
        runs: list[list[int]] = []
        for number in sorted(self.number(message, conversation) for message in messages):
            if runs and number == runs[-1][-1] + 1:
                runs[-1].append(number)
            else:
                runs.append([number])
        return " ".join(f"#{run[0]}-#{run[-1]}" if len(run) > 1 else f"#{run[0]}" for run in runs)

    def known(self, message: MessageId) -> bool:
        """Tell whether a message has a number."""
        return message in self._numbers

    def rename(self, old: str, new: str) -> None:
        """Take note that a conversation is called otherwise now."""
        for number, message in tuple(self._messages.items()):
            if name_key(message.conversation) == name_key(old):
                self._messages[number] = NamedMessage(message.id, new)

    def find(self, word: str) -> NamedMessage:
        """Give the message that is named by its number, with or without ``#``; other words as they are."""
        number = word.removeprefix("#")
        if number.isascii() and number.isdecimal() and len(number) <= 9:
            return self._messages.get(int(number), NamedMessage(word))
        return NamedMessage(word)
