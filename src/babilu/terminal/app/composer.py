"""Where one writes: grows with its text; Enter sends, and a pasted control character never gets in."""

import unicodedata
from dataclasses import dataclass
from typing import Final

from textual import events
from textual.message import Message
from textual.widgets import TextArea
from typing_extensions import override

from babilu.api.views import MessageView
from babilu.kernel.ids import MessageId

MOST_LINES: Final = 8

_NEW_LINE_KEYS: Final = frozenset({"ctrl+j", "alt+enter", "shift+enter", "ctrl+enter"})
_KEPT: Final = frozenset("\n\t\u200c\u200d")


@dataclass(frozen=True, slots=True)
class ReplyTask:
    """What is written replies to a message.

    Attributes:
        message: Its id.
        sender: Name of who wrote it; empty where that is not known.
        text: What stands for it in one line: its words, or its files where it has none.
    """

    message: MessageId
    sender: str
    text: str


@dataclass(frozen=True, slots=True)
class EditTask:
    """What is written is another wording of an own message.

    Attributes:
        message: The message.
        before: What stood in the field before, and comes back into it.
        reply: What that replied to.
    """

    message: MessageView
    before: str
    reply: ReplyTask | None


ComposerTask = ReplyTask | EditTask | None


class ComposerField(TextArea):
    """The field for the text.

    Attributes:
        conversation: Whom the text is for; empty where no conversation is open.
        errand: What it is written for, beside being sent.
        filled: The text that was put into it last, and that nobody has typed.
    """

    class Submitted(Message):
        """The text is to be sent.

        Args:
            text: The text.
            conversation: Whom it was written to.
            task: What it was written for.
        """

        def __init__(self, text: str, conversation: str, task: ComposerTask) -> None:
            super().__init__()
            self.text = text
            self.conversation = conversation
            self.task = task

    class Left(Message):
        """A key leads out of the field, or asks for the rest of a name or command.

        Args:
            key: ``up``, ``pageup``, ``pagedown``, ``escape``, or ``tab`` for the rest.
        """

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self) -> None:
        super().__init__(id="composer", highlight_cursor_line=False, tab_behavior="focus", compact=True)
        self.conversation = ""
        self.errand: ComposerTask = None
        self.filled = ""
        self.cursor_blink = False
        self.show_vertical_scrollbar = False

    def fill(self, text: str) -> None:
        """Put a text into the field, in place of what stands there, with the cursor at its end."""
        self.filled = without_controls(text)
        self.load_text(self.filled)
        self.move_cursor(self.document.end)

    def put_back(self, text: str) -> None:
        """Put a text in front of what has been written since it left."""
        self.fill(f"{text}\n{self.text}" if self.text else text)

    @override
    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            # Emptied here and now: the next key is on its way already.
            text, task = self.text, self.errand
            if text.strip():
                self.errand = None
            self.filled = ""
            self.clear()
            self.post_message(self.Submitted(text, self.conversation, task))
        elif event.key in _NEW_LINE_KEYS:
            event.stop()
            event.prevent_default()
            self.insert("\n")
        elif self._leads_out(event.key):
            event.stop()
            event.prevent_default()
            self.post_message(self.Left(event.key))
        else:
            await super()._on_key(event)

    def takes(self, key: str) -> bool:
        """Tell whether a key that writes nothing means something here that it means nowhere else."""
        return key == "enter" or key in _NEW_LINE_KEYS or self._leads_out(key)

    def _leads_out(self, key: str) -> bool:
        match key:
            case "pageup" | "pagedown" | "escape":
                return True
            case "up":
                return not self.text
            case "tab":
                return self.text.startswith(("/", "#")) or self.text.split(" ")[-1].split("\n")[-1].startswith("@")
            case _:
                return False

    @override
    async def _on_paste(self, event: events.Paste) -> None:
        await super()._on_paste(events.Paste(without_controls(event.text)))
        event.stop()
        event.prevent_default()


def is_command(text: str) -> bool:
    """Tell whether a text is a command or addressed to somebody, and not just a text."""
    return text.startswith(("/", "@", "#")) and not is_doubled(text)


def is_doubled(text: str) -> bool:
    """Tell whether a text begins with a sign of a command that is written twice because it is none."""
    return text[:2] in {"//", "@@", "##"}


def without_controls(text: str) -> str:
    """Take out what cannot be seen and could steer the terminal; line breaks become line feeds."""
    if text.isascii() and text.isprintable():
        return text
    even = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        character
        for character in even
        if character in _KEPT or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    )
