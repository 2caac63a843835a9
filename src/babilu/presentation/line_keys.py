"""Keys of the sentences that lines about a conversation are shown with."""

from collections.abc import Callable
from typing import Final

from babilu.api.views import NOTES_LABEL, MessageView
from babilu.presentation.strings import Strings

DIGITS: Final = 8
"""Digits of the id of a device that has no name."""


def line_key(message: MessageView) -> str:
    """Return the key of what a line says; in the notes it is about oneself."""
    key = f"line.{message.kind.value}"
    if message.devices:
        return f"{key}.named"
    return f"{key}.own" if message.conversation == NOTES_LABEL else key


def changed_devices(message: MessageView, say: Strings, clean: Callable[[str], str]) -> str:
    """Say which own devices came and went, where a line is about that; empty elsewhere.

    Args:
        message: The line.
        say: Gives the sentences of a language.
        clean: Makes a name fit to be shown.
    """
    return ", ".join(
        say(
            "line.device_added" if each.added else "line.device_removed",
            name=clean(each.name) if each.name else say("line.device_unnamed", device=each.device[:DIGITS]),
        )
        for each in message.devices
    )


def text_state_key(message: MessageView) -> str:
    """Return the key of what is said of a long text whose rest is missing, or could not be given to the relay."""
    own = message.outgoing and message.device is None
    return f"text.{message.text_state}.own" if own else f"text.{message.text_state}"
