"""Ordered command: what one line of input was understood to be, for the client or for the line mode itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from babilu.api import commands as c
from babilu.api.credentials import Passphrase
from babilu.export.model import ExportRequest
from babilu.kernel.errors import BabiluError

Tag = str | int
"""What a program puts on an order to find again on all that comes of it."""


@dataclass(frozen=True, slots=True)
class Choose:
    """Make a conversation the current one; an empty name leaves it."""

    name: str


@dataclass(frozen=True, slots=True)
class ShowHelp:
    """Show the commands."""


@dataclass(frozen=True, slots=True)
class Quit:
    """End, after what was ordered before."""


@dataclass(frozen=True, slots=True)
class WriteExport:
    """Write conversations into plain files; done when they are written."""

    request: ExportRequest


@dataclass(frozen=True, slots=True)
class AskPasswords:
    """Ask for the old and the new password without echo, then change it."""


@dataclass(frozen=True, slots=True)
class AskPassword:
    """Ask for the password without echo, then do what is made with it."""

    make: Callable[[Passphrase], c.Command[Any]]


@dataclass(frozen=True, slots=True)
class Complain:
    """Say, when its turn comes, that a line was not understood."""

    error: BabiluError


Action = c.Command[Any] | Choose | ShowHelp | Quit | AskPasswords | AskPassword | WriteExport | Complain
"""What is to be done."""


@dataclass(frozen=True, slots=True, eq=False)
class OrderedCommand:
    """One line of input, understood; two equal lines are two orders.

    Attributes:
        do: Name of the command.
        action: What is to be done.
        tag: What the program put on it, or None.
        about: The contact it concerns, so that orders about one contact keep their order; empty for none.
        typed: Whether a line said it: then it means whom the lines before have shown by that name.
    """

    do: str
    action: Action
    tag: Tag | None = None
    about: str = ""
    typed: bool = False
