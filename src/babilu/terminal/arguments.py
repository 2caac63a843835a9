"""Values that a person or a program gives to a command are checked here; what makes no sense is a `MisuseError`."""

import re
from collections.abc import Sequence
from enum import Enum, unique
from pathlib import Path
from typing import TypeVar

from babilu.api.views import NOTES_LABEL, Address
from babilu.kernel.ids import SHORT_ID_BYTES, IdentityKey, MessageId
from babilu.kernel.limits import (
    FILES_OF_MESSAGE,
    GROUP_MEMBERS,
    INTEGER_MAX,
    MENTIONS,
    REACTIONS_OF_ONE,
    TIMER_LONGEST_MS,
)
from babilu.kernel.states import GroupAdders, GroupRole, MediaKind
from babilu.presentation.fingerprints import read_fingerprint
from babilu.presentation.plain_text import one_line
from babilu.presentation.strings import MisuseError

HISTORY_MOST = 1_000
KEY_BYTES = 32
FORWARDED_MOST = 20
PORT_MOST = 65_535
HISTORY_DAYS_MOST = 36_500
HOST_CHARACTERS = 253
QUOTED_LETTERS = 24

POLICY_FIELDS = frozenset({"adds", "posts", "pins"})
"""What a policy of a group is about."""

_V = TypeVar("_V")

_ON = frozenset({"on", "yes", "true", "sí", "si"})
_OFF = frozenset({"off", "no", "false"})
_CONVERSATION = re.compile(r"[0-9a-fA-F]{64}|#.*", re.DOTALL)
_WHO_MAY = {"everybody": True, "admins": False}
_MOST = {"mentions": MENTIONS, "names": GROUP_MEMBERS, "members": GROUP_MEMBERS}
_HISTORIES: dict[str | None, int] = {"all": -1, "none": 0}
_DEVICE_KINDS = {"full": True, "companion": False}
_AUDIENCES = {"all": True, "me": False}


@unique
class ArgumentKind(Enum):
    """What an argument is; on a line an `ADDRESS` is two words, and `NAMES` and `EMOJI` are all that follow."""

    NAME = "name"
    TEXT = "text"
    COUNT = "count"
    POSITION = "position"
    ADDRESS = "address"
    MESSAGE = "message"
    SWITCH = "switch"
    FINGERPRINT = "fingerprint"
    KEY = "key"
    NAMES = "names"
    EMOJI = "emoji"
    SECONDS = "seconds"
    TIME = "time"
    NUMBER = "number"
    AUDIENCE = "audience"
    CHOICE = "choice"
    PATHS = "paths"
    FOLDER = "folder"
    MEDIA = "media"
    FILE_KINDS = "file_kinds"
    PATH = "path"
    NEW_PATH = "new_path"
    ROLE = "role"
    POLICY = "policy"
    WHO_MAY = "who_may"
    ADDERS = "adders"
    HISTORY = "history"
    DEVICE_KIND = "device_kind"


@unique
class Choice(Enum):
    """What is on or off by itself, or has no choice of its own and is as everywhere."""

    ON = True
    OFF = False
    INHERITED = None


INHERITED_WORD = "default"
"""What a line says for `Choice.INHERITED`; JSON says null."""

Value = (
    str
    | int
    | bool
    | bytes
    | Address
    | MessageId
    | IdentityKey
    | tuple[str, ...]
    | Choice
    | MediaKind
    | tuple[MediaKind, ...]
    | GroupRole
    | GroupAdders
    | dict[str, bool]
)
"""What an argument becomes."""


def check(kind: ArgumentKind, name: str, value: object) -> Value:  # noqa: C901 -- a line for each kind
    """Check one argument, which a line gives as text and JSON by its own types.

    Raises:
        MisuseError: The value is not what the argument takes.
    """
    match kind:
        case ArgumentKind.NAME:
            return check_name(name, value)
        case ArgumentKind.TEXT:
            return check_text(name, value)
        case ArgumentKind.COUNT:
            return check_number(name, value, 1, HISTORY_MOST)
        case ArgumentKind.POSITION:
            return check_number(name, value, 0, INTEGER_MAX)
        case ArgumentKind.ADDRESS:
            return value if isinstance(value, Address) else parse_address(value)
        case ArgumentKind.MESSAGE:
            return check_message(value)
        case ArgumentKind.SWITCH:
            return check_switch(name, value)
        case ArgumentKind.FINGERPRINT:
            return check_fingerprint(value)
        case ArgumentKind.KEY:
            return check_key(value)
        case ArgumentKind.NAMES:
            return tuple(check_name(name, each) for each in check_list(name, value, _MOST.get(name, FORWARDED_MOST)))
        case ArgumentKind.EMOJI:
            return tuple(check_text(name, each) for each in check_list(name, value, REACTIONS_OF_ONE))
        case ArgumentKind.SECONDS:
            return check_number(name, value, 1, TIMER_LONGEST_MS // 1000)
        case ArgumentKind.TIME:
            return check_number(name, value, 0, INTEGER_MAX)
        case ArgumentKind.NUMBER:
            return check_number(name, value, 1, INTEGER_MAX)
        case ArgumentKind.AUDIENCE:
            return check_audience(name, value)
        case ArgumentKind.CHOICE:
            return check_choice(name, value)
        case ArgumentKind.PATHS:
            return tuple(check_path(name, each) for each in check_list(name, value, FILES_OF_MESSAGE))
        case ArgumentKind.FOLDER | ArgumentKind.PATH | ArgumentKind.NEW_PATH:
            return check_path(name, value)
        case ArgumentKind.MEDIA:
            return check_media(name, value)
        case ArgumentKind.FILE_KINDS:
            kinds = [value] if isinstance(value, str) else check_list(name, value, len(MediaKind))
            return tuple(check_file_kind(name, each) for each in kinds)
        case _:
            return check_about_groups(kind, name, value)


def check_about_groups(kind: ArgumentKind, name: str, value: object) -> Value:
    """Check an argument that only groups have."""
    match kind:
        case ArgumentKind.ROLE:
            given = [role for role in (GroupRole.ADMIN, GroupRole.MEMBER) if role == value]
            return _the_one(given, "not_a_role")
        case ArgumentKind.ADDERS:
            return _the_one([who for who in GroupAdders if who == value], "not_adders")
        case ArgumentKind.WHO_MAY:
            return _the_one([may for word, may in _WHO_MAY.items() if word == value], "not_who_may", name=name)
        case ArgumentKind.POLICY:
            return check_policy(value)
        case ArgumentKind.HISTORY:
            return check_history(value)
        case ArgumentKind.DEVICE_KIND:
            return _the_one([full for word, full in _DEVICE_KINDS.items() if word == value], "not_a_device_kind")
        case _:
            raise TypeError(kind)


def check_history(value: object) -> int:
    """Take how much history a new device gets: ``all`` (-1), ``none`` (0), or days."""
    word = value.casefold() if isinstance(value, str) else None
    if word in _HISTORIES:
        return _HISTORIES[word]
    try:
        return check_number("history", value, 1, HISTORY_DAYS_MOST)
    except MisuseError:
        raise MisuseError("link_history") from None


def _the_one(found: Sequence[_V], key: str, **fields: object) -> _V:
    if not found:
        raise MisuseError(key, **fields)
    return found[0]


def check_policy(value: object) -> dict[str, bool]:
    """Take who may do what in a group: an object with `adds`, `posts` or `pins`."""
    if not isinstance(value, dict) or not value or not value.keys() <= POLICY_FIELDS:
        raise MisuseError("not_a_policy")
    return {field: bool(check(ArgumentKind.WHO_MAY, field, who)) for field, who in value.items()}


def check_text(name: str, value: object) -> str:
    """Take a text that can be written as UTF-8."""
    if not isinstance(value, str):
        raise MisuseError("not_a_text", name=name)
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise MisuseError("half_a_character", name=name) from None
    return value


def check_list(name: str, value: object, most: int) -> Sequence[object]:
    """Take a list of so many values at most."""
    if not isinstance(value, list | tuple) or len(value) > most:
        raise MisuseError("not_a_list", name=name, count=most)
    return value


def check_path(name: str, value: object) -> str:
    """Take a path, and give it whole: what a word says is meant from where this program runs."""
    text = check_text(name, value)
    if not text or "\0" in text:
        raise MisuseError("not_a_path", name=name)
    return str(Path(text).expanduser().absolute())


def media_kind(word: str) -> MediaKind | None:
    """Give the kind of media that a word names, one or many of it; None where it names none."""
    folded = word.casefold()
    return next((kind for kind in MediaKind if folded in {kind.value, f"{kind.value}s"}), None)


def check_media(name: str, value: object) -> MediaKind:
    """Take a kind of media."""
    kind = media_kind(value) if isinstance(value, str) else None
    if kind is None:
        raise MisuseError("not_media", name=name)
    return kind


def check_file_kind(name: str, value: object) -> MediaKind:
    """Take a kind of files; links are none."""
    kind = check_media(name, value)
    if kind is MediaKind.LINK:
        raise MisuseError("not_file_kind", name=name)
    return kind


def check_audience(name: str, value: object) -> bool:
    """Take whom something is done for: ``all`` (true) or ``me``."""
    word = value.casefold() if isinstance(value, str) else ""
    if word not in _AUDIENCES:
        raise MisuseError("not_an_audience", name=name)
    return _AUDIENCES[word]


def check_name(name: str, value: object) -> str:
    """Take the name of a contact or an account; whether it exists is for the client to say."""
    text = check_text(name, value).strip().removeprefix("@")
    if not text or any(character.isspace() for character in text):
        raise MisuseError("name_is_one_word")
    return text


def is_conversation(word: str) -> bool:
    """Tell whether a word names a conversation itself, by its id or a label that no person has, and not a person."""
    return _CONVERSATION.fullmatch(word) is not None


def is_group(label: str) -> bool:
    """Tell whether a label is that of a group, and not a person's name or one's notes."""
    return label.startswith("#") and label != NOTES_LABEL


def check_number(name: str, value: object, low: int, high: int) -> int:
    """Take a whole number between two bounds."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= len(str(high)):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise MisuseError("not_a_number", name=name, low=low, high=high, value=_quoted(value))
    return value


def _quoted(value: object) -> str:
    """Repeat what was given, so that somebody sees which word was taken for what; no more of it than that takes."""
    text = one_line(str(value))
    return text if len(text) <= QUOTED_LETTERS else f"{text[: QUOTED_LETTERS - 1]}…"


def check_message(value: object) -> MessageId:
    """Take a message's id: 32 hexadecimal digits."""
    try:
        raw = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        raw = b""
    if len(raw) != SHORT_ID_BYTES:
        raise MisuseError("not_an_id")
    return MessageId(raw)


def check_fingerprint(value: object) -> bytes:
    """Take the SHA-256 of a certificate: 64 hexadecimal digits, in groups or with colons."""
    fingerprint = read_fingerprint(value) if isinstance(value, str) else None
    if fingerprint is None:
        raise MisuseError("not_a_fingerprint")
    return fingerprint


def check_key(value: object) -> IdentityKey:
    """Take an identity key: 64 hexadecimal digits."""
    try:
        raw = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        raw = b""
    if len(raw) != KEY_BYTES:
        raise MisuseError("not_a_key")
    return IdentityKey(raw)


def is_switch(word: str) -> bool:
    """Tell whether a word says that something is on or off."""
    return word.casefold() in _ON | _OFF


def check_switch(name: str, value: object) -> bool:
    """Take something that is on or off."""
    if isinstance(value, bool):
        return value
    word = value.casefold() if isinstance(value, str) else ""
    if word not in _ON | _OFF:
        raise MisuseError("not_a_switch", name=name)
    return word in _ON


def check_choice(name: str, value: object) -> Choice:
    """Take something that is on, off, or as everywhere."""
    if value is None or (isinstance(value, str) and value.casefold() == INHERITED_WORD):
        return Choice.INHERITED
    return Choice(check_switch(name, value))


def make_address(host: object, port: object) -> Address:
    """Make an address of a host (a name, IPv4 or IPv6, with or without brackets) and a port, 0 to 65535."""
    text = check_text("ip", host).strip()
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    if not text or len(text) > HOST_CHARACTERS or not all(_fits_host(character) for character in text):
        raise MisuseError("not_a_host")
    return Address(text, check_number("port", port, 0, PORT_MOST))


def parse_address(value: object) -> Address:
    """Read ``host:port`` or ``[host]:port``."""
    host, colon, port = check_text("address", value).strip().rpartition(":")
    if not colon or (":" in host and not host.startswith("[")):
        raise MisuseError("not_an_address")
    return make_address(host, port)


def is_address(word: str) -> bool:
    """Tell whether a word is a whole address, so that no port follows it."""
    host, colon, port = word.rpartition(":")
    return bool(colon) and port.isdecimal() and (":" not in host or (host.startswith("[") and host.endswith("]")))


def _fits_host(character: str) -> bool:
    return character.isalnum() or character in "-._:%"
