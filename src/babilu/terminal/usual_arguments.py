"""Arguments that many commands take: a conversation, a message, an identity key, a text."""

from dataclasses import replace

from babilu.terminal.arguments import ArgumentKind
from babilu.terminal.command_spec import ArgumentSpec

HISTORY_USUAL = 20
"""Messages that are shown where nobody says how many."""

NAME = ArgumentSpec("name", ArgumentKind.NAME, also=("to", "conversation", "conversation_id"))
MESSAGE_ID = ArgumentSpec("id", ArgumentKind.MESSAGE, also=("message",))
IN_CONVERSATION = ArgumentSpec(
    "name", ArgumentKind.NAME, needed=False, also=("conversation", "conversation_id"), on_line=False
)
REQUEST = ArgumentSpec("name", ArgumentKind.NAME, also=("id", "request"))
ADDRESS = ArgumentSpec("address", ArgumentKind.ADDRESS)
IDENTITY = ArgumentSpec("identity", ArgumentKind.KEY, needed=False, on_line=False)
DIGITS = ArgumentSpec("digits", ArgumentKind.TEXT, needed=False, also=("safety_number",), on_line=False)
PLACE = ArgumentSpec("conversation", ArgumentKind.NAME, also=("name", "to", "conversation_id"))
UNPLACED = replace(PLACE, on_line=False)
ANYWHERE = replace(PLACE, needed=False)
TEXT = ArgumentSpec("text", ArgumentKind.TEXT)
FILE = ArgumentSpec("index", ArgumentKind.POSITION, needed=False, key="file")
AT_POSITION = ArgumentSpec("at", ArgumentKind.POSITION, needed=False, key="at")
SPEED = ArgumentSpec("speed", ArgumentKind.POSITION, needed=False, key="speed")
REPLY_TO = ArgumentSpec("reply_to", ArgumentKind.MESSAGE, needed=False, on_line=False)
MENTIONS = ArgumentSpec("mentions", ArgumentKind.NAMES, needed=False, on_line=False)
AS_FILES = ArgumentSpec("as_files", ArgumentKind.SWITCH, needed=False, on_line=False, otherwise=False)
ON = ArgumentSpec("on", ArgumentKind.SWITCH, needed=False, otherwise=True)
NUMBER = ArgumentSpec("number", ArgumentKind.NUMBER, also=("n",))
SINCE = ArgumentSpec("since", ArgumentKind.TIME, needed=False, key="since", past=True)
