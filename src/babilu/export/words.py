"""What an export says of a message besides its words, in the person's language; shared by pages and text."""

from babilu.api.views import ConversationView, FileView, MessageView
from babilu.export.times import clock_text, day_text
from babilu.kernel.states import MessageKind
from babilu.presentation.group_words import change_text, removed_line
from babilu.presentation.line_keys import changed_devices, line_key
from babilu.presentation.plain_text import one_line
from babilu.presentation.sizes import size_text
from babilu.presentation.strings import Strings


class ExportWords:
    """Sentences of one export.

    Args:
        say: The person's language.
        own: The own name.
    """

    def __init__(self, say: Strings, own: str) -> None:
        self.say = say
        self._own = own

    def name_of(self, conversation: ConversationView) -> str:
        """Name a conversation as people see it."""
        if conversation.title:
            return conversation.title
        return conversation.label if conversation.contact is not None else conversation.label.removeprefix("#")

    def line(self, message: MessageView) -> str:
        """Say what a line about a conversation says."""
        if message.change is not None:
            return change_text(message.change, self.say, self._own)
        name, day = one_line(message.conversation), day_text(message.at)
        what = changed_devices(message, self.say, one_line)
        return self.say(line_key(message), name=name, day=day, count=message.missing or 0, what=what)

    def gone(self, message: MessageView) -> str:
        """Say what stands in the place of a message that was deleted."""
        return self.say("shown.deleted") if message.hidden_by is None else removed_line(message, self.say, self._own)

    def marks(self, message: MessageView) -> list[str]:
        """Say what else there is to know of a message."""
        marks = []
        if message.imported is not None:
            marks.append(self.say(f"shown.imported.{message.imported}"))
        if message.forwarded:
            marks.append(self.say("shown.forwarded"))
        if message.shared_by is not None:
            marks.append(self.say("shown.shared", name=one_line(message.shared_by)))
        if message.pinned:
            marks.append(self.say("shown.pinned"))
        if message.edited_at is not None:
            clock = f"{day_text(message.edited_at)} {clock_text(message.edited_at)}"
            marks.append(self.say("shown.edited", clock=clock))
        if message.needs_newer:
            marks.append(self.say("needs_newer"))
        return marks

    def quoted(self, message: MessageView) -> tuple[str, str] | None:
        """Give who wrote what a message answers, and how that began; None where it answers nothing."""
        quote = message.reply_to
        if quote is None:
            return None
        text = quote.text or ", ".join(file.name for file in quote.files) or self.say("export.quote.gone")
        return quote.sender, text

    def file(self, file: FileView) -> str:
        """Describe a file: its name and its size."""
        return f"{one_line(file.name)} ({size_text(file.size, self.say.point)})"


def is_line(message: MessageView) -> bool:
    """Tell whether a message is a line about its conversation."""
    return message.kind is not MessageKind.TEXT
