"""Keys of the sentences that lines about a conversation are shown with."""

from babilu.api.views import NOTES_LABEL, MessageView


def line_key(message: MessageView) -> str:
    """Return the key of what a line says; in the notes it is about oneself."""
    key = f"line.{message.kind.value}"
    return f"{key}.own" if message.conversation == NOTES_LABEL else key


def text_state_key(message: MessageView) -> str:
    """Return the key of what is said of a long text whose rest is missing, or could not be given to the relay."""
    own = message.outgoing and message.device is None
    return f"text.{message.text_state}.own" if own else f"text.{message.text_state}"
