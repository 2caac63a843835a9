"""Handlers of a bot: decorators register them before anything is opened, and the runner calls them."""

import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from babilu.api.group_views import GroupInvitationView
from babilu.api.views import MessageView, RequestView
from babilu.kernel.errors import UsageError

Reply = str | None
"""What a handler returns: a text to answer with, or nothing."""

MessageHandler = Callable[[MessageView], "Reply | Awaitable[Reply]"]
CommandHandler = Callable[[MessageView, str], "Reply | Awaitable[Reply]"]
GroupHandler = Callable[[MessageView, str], "Reply | Awaitable[Reply]"]
InvitationHandler = Callable[[GroupInvitationView], "bool | Awaitable[bool | None] | None"]
RequestHandler = Callable[[RequestView], "bool | Awaitable[bool | None] | None"]
TimedHandler = Callable[[], "Awaitable[None] | None"]

_NAME: Final = re.compile(r"\w[\w-]*")


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of one conversation is handled: beyond it messages are passed over, so that two bots cannot chatter on.

    Attributes:
        messages: How many at once.
        seconds: In which time as many become free again.
    """

    messages: int = 20
    seconds: float = 60.0


@dataclass(slots=True)
class HandlerTable:
    """Handlers of a bot, by what they handle.

    Attributes:
        prefix: What a command begins with.
        limit: How much of one conversation is handled.
        on_message: Called for each message that is no command, in the order in which they were written down.
        on_command: Called for commands, by name.
        on_group: Called for each message of a group that mentions the bot and is no command.
        on_request: Decides on conversation requests of strangers; None to leave them.
        on_invitation: Decides on groups that the bot was added to; None to leave them.
        timed: Called again and again: seconds in between, and what is called.
    """

    prefix: str = "/"
    limit: Limit = field(default_factory=Limit)
    on_message: list[MessageHandler] = field(default_factory=list)
    on_command: dict[str, CommandHandler] = field(default_factory=dict)
    on_group: list[GroupHandler] = field(default_factory=list)
    on_request: RequestHandler | None = None
    on_invitation: InvitationHandler | None = None
    timed: list[tuple[float, TimedHandler]] = field(default_factory=list)

    def add_command(self, name: str, handler: CommandHandler) -> None:
        """Register a command.

        Raises:
            UsageError: The name cannot be one, or there is such a command already.
        """
        key = name.removeprefix(self.prefix).casefold()
        if not _NAME.fullmatch(key):
            raise UsageError("A command's name is one word of letters, digits, _ and -.")
        if key in self.on_command:
            raise UsageError(f"There is a command {key} already.")
        self.on_command[key] = handler

    def find_command(self, text: str) -> tuple[CommandHandler, str] | None:
        """Find the command that a text begins with, and the words after it; None where it is no command."""
        if not text.startswith(self.prefix):
            return None
        match = _NAME.match(text, len(self.prefix))
        if match is None:
            return None
        rest = text[match.end() :]
        if rest and not rest[0].isspace():
            return None
        name = match.group().casefold()
        if name == "help" and name not in self.on_command and self.on_command:
            return self._help, rest.strip()
        handler = self.on_command.get(name)
        return None if handler is None else (handler, rest.strip())

    def _help(self, message: MessageView, words: str) -> str:
        """List the commands, with the first line of what is written about each."""
        del message, words
        rows = []
        for name, handler in sorted(self.on_command.items()):
            about = (inspect.getdoc(handler) or "").partition("\n")[0]
            rows.append(f"{self.prefix}{name}" + (f": {about}" if about else ""))
        return "\n".join(rows)
