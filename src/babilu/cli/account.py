"""Requests about one's own account: a command opens the profile, or attaches to the process that has it open."""

from typing import Final, TypeVar

from babilu.api.commands import Command
from babilu.cli.profile_choice import ProfileChoice
from babilu.presentation.strings import NobodyAnswersError

R = TypeVar("R")

ANSWER_S: Final = 600.0
"""Longest wait for an answer: a full account is read page by page, at the relay's pace."""


def ask_profile(choice: ProfileChoice, command: Command[R], seconds: float = ANSWER_S) -> R:
    """Open a profile, ask one thing, and close it; none is made, and nothing is registered.

    Args:
        choice: Which profile.
        command: What is asked.
        seconds: How long to wait for the answer.

    Raises:
        BabiluError: There is no such profile, it cannot be opened, or what was asked for was refused.
    """
    with choice.opened() as client:
        try:
            return client.request(command).result(seconds)
        except TimeoutError as error:
            raise NobodyAnswersError("answer") from error
