"""Own messages have short numbers within a session, so that people need not type 32 hexadecimal digits."""

from collections.abc import Sequence

from babilu.kernel.ids import MessageId


class MessageNumbers:
    """Numbers of messages, from 1 in the order in which they were shown; each may be read from any thread."""

    def __init__(self) -> None:
        self._messages: list[MessageId] = []
        self._numbers: dict[MessageId, int] = {}

    def number(self, message: MessageId) -> int:
        """Give a message's number, a new one where it has none."""
        if message not in self._numbers:
            self._messages.append(message)
            self._numbers[message] = len(self._messages)
        return self._numbers[message]

    def show(self, message: MessageId) -> str:
        """Write a message's number as commands take it."""
        return f"#{self.number(message)}"

    def show_all(self, messages: Sequence[MessageId]) -> str:
        """Write several numbers, with runs drawn together: ``#3-#12 #14``."""
        runs: list[list[int]] = []
        for number in sorted(self.number(message) for message in messages):
            if runs and number == runs[-1][-1] + 1:
                runs[-1].append(number)
            else:
                runs.append([number])
        return " ".join(f"#{run[0]}-#{run[-1]}" if len(run) > 1 else f"#{run[0]}" for run in runs)

    def find(self, word: str) -> str:
        """Give the id, in hexadecimal, of a message that was named by its number; other words as they are."""
        number = word.removeprefix("#")
        if word.startswith("#") and number.isascii() and number.isdecimal() and len(number) <= 9:
            index = int(number) - 1
            if 0 <= index < len(self._messages):
                return self._messages[index].hex()
        return word
