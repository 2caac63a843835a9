"""What is being written: kept soon as the draft of its conversation, and given back where it cannot be sent."""

from typing import Final

from textual.timer import Timer

from babilu.kernel.errors import BabiluError, UsageError
from babilu.kernel.limits import TEXT_BYTES
from babilu.presentation.strings import Strings
from babilu.terminal.app.app_services import AppServices
from babilu.terminal.app.cells import safe, wrap
from babilu.terminal.app.client_model import TerminalModel
from babilu.terminal.app.composer import ComposerField
from babilu.terminal.app.hints import Hints
from babilu.terminal.app.message_renderer import LEAST
from babilu.terminal.app.spans import Span
from babilu.terminal.app.top_bar import Bar

DRAFT_S: Final = 0.4
"""What is written is kept so long after the last key."""


class Drafts:
    """Looks after the field for the text and the line above it that says what is wrong.

    Args:
        client_model: Keeps drafts.
        host: Tells what went wrong in a conversation that was left.
        say: The language.

    Attributes:
        composer: The field.
        complaint: The line.
        hints: The commands that fit to it.
    """

    def __init__(self, client_model: TerminalModel, host: AppServices, say: Strings) -> None:
        self._client_model = client_model
        self._host = host
        self._say = say
        self.composer = ComposerField()
        self.complaint = Bar(id="complaint")
        self.hints = Hints(say)
        self._kept = ""
        self._soon: Timer | None = None
        self._complained_of: str | None = None

    @property
    def is_to_be_kept(self) -> bool:
        """Whether something written is still to be kept."""
        return self._soon is not None

    def turn_to(self, name: str) -> None:
        """Take up the draft of another conversation; what was written to nobody yet comes along."""
        if name == self.composer.conversation:
            return
        self.keep()
        homeless = "" if self.composer.conversation else self.composer.text
        self.composer.conversation = name
        known = self._client_model.conversations.get(name)
        self._kept = known.draft if known else ""
        self.composer.fill("\n".join(text for text in (self._kept, homeless) if text.strip()))
        self._complain("")

    def changed(self) -> None:
        """Keep what was written, soon; a complaint stands as long as the text that it is about."""
        self.hints.follow(self.composer.text)
        if self._complained_of is not None and self.composer.text != self._complained_of:
            self._complain("")
        if self._soon is not None:
            self._soon.stop()
        self._soon = self.composer.set_timer(DRAFT_S, self.keep)

    def keep(self) -> None:
        """Keep what was written, now."""
        if self._soon is not None:
            self._soon.stop()
            self._soon = None
        if self.composer.text != self._kept and self.composer.conversation in self._client_model.conversations:
            self._kept = self.composer.text
            self._client_model.keep_draft(self.composer.conversation, self._kept)

    def check(self, text: str, *, stopped: bool) -> None:
        """Refuse what is stopped or too long, before it leaves the field.

        Raises:
            UsageError: It cannot be sent.
        """
        plain = not text.startswith(("/", "@")) or text[:2] in {"//", "@@"}
        if plain and stopped:
            raise UsageError(self._say("app.stopped"))
        if len(text.encode("utf-8", "replace")) > TEXT_BYTES:
            raise UsageError(self._say("app.too_long", count=TEXT_BYTES))

    def give_back(self, where: str, text: str, error: BabiluError) -> None:
        """Show again what could not be done, and why; in a conversation that was left it becomes the draft."""
        if where == self.composer.conversation:
            self.composer.put_back(text)
            self._complain(self._say.error(error))
        else:
            self._client_model.keep_draft(where, text)
            self._host.fail(error)

    def _complain(self, text: str) -> None:
        self._complained_of = self.composer.text if text else None
        self.complaint.display = bool(text)
        width = max(LEAST, self.complaint.screen.size.width // 2)
        self.complaint.show(*(((Span(line),), ()) for line in wrap(safe(text), width)))
