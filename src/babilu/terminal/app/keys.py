"""Every key has one row here: bindings, the line of hints, the help page and the palette follow it.

A character that can be written is a key only while a message is selected, and only where the line of hints shows it:
wherever else one is typed, it goes to the field for the text.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto, unique
from typing import Final

from textual.binding import Binding, BindingType

from babilu.presentation.strings import Strings


@unique
class Where(Enum):
    """What has the focus when a key works."""

    ANYWHERE = auto()
    WRITING = auto()
    READING = auto()
    LIST = auto()


@dataclass(frozen=True, slots=True)
class KeyBinding:
    """A key, or several that do the same.

    Attributes:
        keys: Textual's names of the keys; empty where a widget handles them.
        action: What they do, or empty.
        written: How people write them.
        text: Id of the sentence about it.
        where: Where it works.
        hinted: In which places the line of hints shows it.
        offered: Whether the palette offers it.
    """

    keys: str
    action: str
    written: str
    text: str
    where: Where
    hinted: tuple[Where, ...] = ()
    offered: bool = False

    @property
    def wants(self) -> str:
        """What it does with the message that is selected, or empty."""
        found = WANTED.fullmatch(self.action)
        return "" if found is None else found[1]


WANTED: Final = re.compile(r"want\('(\w+)'\)")

KEY_NAME: Final = re.compile("[A-Za-z]{2,}")
"""A key that has a name, as against a letter, a sign or F1."""

_ANY, _WRITING, _READING, _LIST = Where.ANYWHERE, Where.WRITING, Where.READING, Where.LIST

KEYS: Final = (
    KeyBinding("", "", "Enter", "app.key.send", _WRITING, (_WRITING,)),
    KeyBinding("", "", "Ctrl+J, Alt+Enter", "app.key.new_line", _WRITING),
    KeyBinding("", "", "Tab", "app.key.complete", _WRITING),
    KeyBinding("ctrl+o", "edit", "Ctrl+O", "app.key.editor", _WRITING, offered=True),
    KeyBinding("alt+s", "schedule", "Alt+S", "app.key.schedule", _WRITING, offered=True),
    KeyBinding("alt+r", "record", "Alt+R", "app.key.record", _WRITING, offered=True),
    KeyBinding("alt+l", "listen", "Alt+L", "app.key.listen", _WRITING, offered=True),
    KeyBinding("alt+x", "discard", "Alt+X", "app.key.discard", _WRITING, offered=True),
    KeyBinding("", "", "Esc", "app.key.read", _WRITING, (_WRITING,)),
    KeyBinding("", "", "Up", "app.key.edit_last", _WRITING),
    KeyBinding("up", "move(-1)", "Up", "app.key.up", _READING),
    KeyBinding("down", "move(1)", "Down", "app.key.down", _READING),
    KeyBinding("enter", "want('enter')", "Enter", "app.key.enter", _READING),
    KeyBinding("v", "want('view')", "v", "app.key.view", _READING, (_READING,), offered=True),
    KeyBinding("l", "want('play')", "l", "app.key.play", _READING, (_READING,), offered=True),
    KeyBinding("left", "want('earlier')", "Left", "app.key.earlier", _READING),
    KeyBinding("right", "want('ahead')", "Right", "app.key.ahead", _READING),
    KeyBinding("t", "want('speed')", "t", "app.key.speed", _READING, (_READING,), offered=True),
    KeyBinding("g", "want('save')", "g", "app.key.save_files", _READING, (_READING,), offered=True),
    KeyBinding("z", "want('hold')", "z", "app.key.hold_files", _READING, (_READING,), offered=True),
    KeyBinding("x", "want('cancel')", "x", "app.key.cancel_files", _READING, (_READING,), offered=True),
    KeyBinding("r", "want('reply')", "r", "app.key.reply", _READING, (_READING,), offered=True),
    KeyBinding("e", "want('edit')", "e", "app.key.edit", _READING, (_READING,), offered=True),
    KeyBinding("plus", "want('react')", "+", "app.key.react", _READING, (_READING,), offered=True),
    KeyBinding("y,ctrl+c", "want('copy')", "y, Ctrl+C", "app.key.copy", _READING, (_READING,), offered=True),
    KeyBinding("p", "want('pin')", "p", "app.key.pin_message", _READING, (_READING,), offered=True),
    KeyBinding("d,delete", "want('delete')", "d, Del", "app.key.delete", _READING, (_READING,), offered=True),
    KeyBinding("f", "want('forward')", "f", "app.key.forward", _READING, (_READING,), offered=True),
    KeyBinding("i", "want('inspect')", "i", "app.key.info", _READING, (_READING,), offered=True),
    KeyBinding("w", "want('wordings')", "w", "app.key.wordings", _READING, offered=True),
    KeyBinding("s", "want('reveal')", "s", "app.key.reveal", _READING, offered=True),
    KeyBinding("pageup", "page(-1)", "PgUp", "app.key.page_up", _READING),
    KeyBinding("pagedown", "page(1)", "PgDn", "app.key.page_down", _READING),
    KeyBinding("home", "want('oldest')", "Home", "app.key.oldest", _READING),
    KeyBinding("end", "want('newest')", "End", "app.key.newest", _READING),
    KeyBinding("escape", "want('back')", "Esc", "app.key.back", _READING, (_READING,)),
    KeyBinding("up", "move(-1)", "Up", "app.key.up", _LIST),
    KeyBinding("down", "move(1)", "Down", "app.key.down", _LIST),
    KeyBinding("pageup", "page(-1)", "PgUp", "app.key.page_up", _LIST),
    KeyBinding("pagedown", "page(1)", "PgDn", "app.key.page_down", _LIST),
    KeyBinding("enter", "choose", "Enter", "app.key.open", _LIST, (_LIST,)),
    KeyBinding("alt+p", "mark('pinned')", "Alt+P", "app.key.pin", _LIST),
    KeyBinding("alt+m", "mark('muted')", "Alt+M", "app.key.mute", _LIST),
    KeyBinding("alt+u", "mark('unread')", "Alt+U", "app.key.unread", _LIST),
    KeyBinding("alt+a", "mark('archived')", "Alt+A", "app.key.archive", _LIST),
    KeyBinding("ctrl+k", "switch", "Ctrl+K", "app.key.switch", _ANY, (_WRITING, _LIST), offered=True),
    KeyBinding("ctrl+t", "begin", "Ctrl+T", "app.key.begin", _ANY, (_LIST,), offered=True),
    KeyBinding("ctrl+g", "new_group", "Ctrl+G", "app.key.new_group", _ANY, (_LIST,), offered=True),
    KeyBinding("ctrl+n", "next_unread", "Ctrl+N", "app.key.next_unread", _ANY, (_LIST,), offered=True),
    KeyBinding("ctrl+pagedown,alt+down", "step(1)", "Alt+Down, Ctrl+PgDn", "app.key.next", _ANY),
    KeyBinding("ctrl+pageup,alt+up", "step(-1)", "Alt+Up, Ctrl+PgUp", "app.key.previous", _ANY),
    KeyBinding("ctrl+f", "search", "Ctrl+F", "app.key.search", _ANY, (_READING,), offered=True),
    KeyBinding("ctrl+r", "search_all", "Ctrl+R", "app.key.search_all", _ANY, offered=True),
    KeyBinding("f2", "details", "F2", "app.key.details", _ANY, offered=True),
    KeyBinding("f3", "connection", "F3", "app.key.connection", _ANY, offered=True),
    KeyBinding("f4", "matter(0)", "F4", "app.key.matter", _ANY),
    KeyBinding("f5", "matter(1)", "F5", "app.key.matter_second", _ANY),
    KeyBinding("f6", "matter(2)", "F6", "app.key.matter_third", _ANY),
    KeyBinding("f7", "trouble", "F7", "app.key.trouble", _ANY),
    KeyBinding("f8", "try_now", "F8", "app.key.try_now", _ANY, offered=True),
    KeyBinding("ctrl+p", "palette", "Ctrl+P", "app.key.palette", _ANY, (_WRITING, _READING, _LIST)),
    KeyBinding("f1", "help", "F1", "app.key.help", _ANY, (_WRITING, _READING, _LIST), offered=True),
    KeyBinding("ctrl+q", "app.leave", "Ctrl+Q", "app.key.quit", _ANY, (_LIST,), offered=True),
)


def bindings(*places: Where) -> list[BindingType]:
    """Give the bindings of a widget that has the focus in these places; what works anywhere comes before its own."""
    return [
        Binding(key.keys, key.action, show=False, priority=Where.ANYWHERE in places)
        for key in KEYS
        if key.keys and key.where in places
    ]


def hinted(where: Where) -> list[KeyBinding]:
    """Give the keys that the line of hints shows."""
    return [key for key in KEYS if where in key.hinted]


def shown(written: str, say: Strings) -> str:
    """Write keys as they are printed on keyboards of the person's language."""
    return KEY_NAME.sub(lambda found: say(f"app.keyname.{found[0].lower()}"), written)


def briefly(written: str, say: Strings) -> str:
    """Write the first of several keys in few cells."""
    return shown(written.split(",", maxsplit=1)[0].replace("Ctrl+", "^"), say)
