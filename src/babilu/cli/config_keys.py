"""Everything that an operator can decide about a relay is one key here: its type, bounds, default and meaning."""

import dataclasses
import re
from dataclasses import dataclass
from enum import Enum, auto, unique
from functools import cache
from typing import Final

from babilu.cli.options import LogFormat, LogLevel
from babilu.kernel.limits import FRAME_BYTES, INTEGER_MAX, Limits
from babilu.relay.base.settings import Registration

Value = str | int | bool | None

AUTO: Final = "auto"
"""Registration that follows from the address."""

PORT_MAX: Final = 65_535
NAME_MAX: Final = 64
FRAME_BYTES_MAX: Final = 1024 * 1024


@unique
class Kind(Enum):
    """What a key's value is."""

    TEXT = auto()
    PATH = auto()
    COUNT = auto()
    DURATION = auto()
    SIZE = auto()
    SWITCH = auto()
    CHOICE = auto()


@dataclass(frozen=True, slots=True)
class Key:
    """One thing that can be decided.

    Attributes:
        section: Its table in the file.
        name: Its name there.
        kind: What its value is.
        default: Its value where nobody decides: milliseconds for a duration, bytes for a size; None for none.
        meaning: What it decides, for people.
        least: Smallest number.
        most: Largest number; for a text, how many characters.
        choices: All values of a choice.
        option: What gives it on the command line, or None.
        at_start: Whether it is looked at when the relay starts and not when it reloads.
    """

    section: str
    name: str
    kind: Kind
    default: Value
    meaning: str
    least: int = 0
    most: int = INTEGER_MAX
    choices: tuple[str, ...] = ()
    option: str | None = None
    at_start: bool = False

    @property
    def path(self) -> str:
        """Section and name, as ``relay.port``."""
        return f"{self.section}.{self.name}"

    @property
    def variable(self) -> str:
        """The variable of the environment that gives it."""
        return f"BABILU_{self.section}_{self.name}".upper()


_RELAY: Final = (
    Key("relay", "host", Kind.TEXT, "127.0.0.1", "Address to listen on.", option="IP", at_start=True),
    Key(
        "relay", "port", Kind.COUNT, 5050, "TCP port; 0 takes any free one.",
        most=PORT_MAX, option="PORT", at_start=True,
    ),
    Key(
        "relay", "home", Kind.PATH, None, "Folder of the relay's state; `relay_PORT` where nothing is said.",
        option="--home", at_start=True,
    ),
    Key("relay", "name", Kind.TEXT, "Babilu", "The relay's name, for people.", most=NAME_MAX, option="--name"),
    Key(
        "relay", "public_host", Kind.TEXT, None, "Host that invitations name; the address where nothing is said.",
        option="--public-host",
    ),
    Key(
        "relay", "public_port", Kind.COUNT, None, "Port that invitations name; the relay's own where nothing is said.",
        least=1, most=PORT_MAX,
    ),
    Key(
        "relay", "registration", Kind.CHOICE, AUTO,
        "Who may make an account; `auto` is `open` where only this machine or a private network comes.",
        choices=(AUTO, *(member.value for member in Registration)), option="--open, --invite-only",
    ),
    Key(
        "tls", "certificate", Kind.PATH, None,
        "PEM file with the certificate and those that signed it; the relay's own where nothing is said.",
        option="--tls-certificate",
    ),
    Key(
        "tls", "key", Kind.PATH, None, "PEM file with the certificate's key; in the same file where nothing is said.",
        option="--tls-key",
    ),
    Key(
        "tls", "next", Kind.PATH, None,
        "PEM file with the certificate that will take this one's place; clients are told of it beforehand.",
    ),
    Key(
        "log", "level", Kind.CHOICE, LogLevel.WARNING.value, "How much is logged.",
        choices=tuple(member.value for member in LogLevel), option="--log-level",
    ),
    Key(
        "log", "file", Kind.PATH, None, "Log to this file, which rotates, and not to standard error.",
        option="--log-file",
    ),
    Key(
        "log", "format", Kind.CHOICE, LogFormat.TEXT.value, "How a line of the log is written.",
        choices=tuple(member.value for member in LogFormat), option="--log-format",
    ),
    Key(
        "metrics", "port", Kind.COUNT, None, "Loopback port of metrics and health; off where nothing is said.",
        most=PORT_MAX, option="--metrics-port", at_start=True,
    ),
)  # fmt: skip

_BOUNDS: Final = {"frame_bytes": (FRAME_BYTES, FRAME_BYTES_MAX), "prekeys_low": (0, INTEGER_MAX)}
_LIMIT_OPTIONS: Final = {"max_users": "MAX_USERS", "limit_loopback": "--limit-loopback"}


@cache
def keys() -> dict[str, Key]:
    """Give all keys by their paths, in the order in which people read them."""
    return {key.path: key for key in (*_RELAY, *_limits())}


def sections() -> tuple[str, ...]:
    """Give the names of all tables of the file."""
    return tuple(dict.fromkeys(key.section for key in keys().values()))


def _limits() -> list[Key]:
    """Make a key of each field of `Limits`, whose docstring says what it means."""
    meanings = dict(re.findall(r"^\s+(\w+): (.+?)$", re.sub(r"\n {12}(?=\S)", " ", Limits.__doc__ or ""), re.MULTILINE))
    made = []
    defaults = Limits()
    for field in dataclasses.fields(Limits):
        default: bool | int = getattr(defaults, field.name)
        least, most = _BOUNDS.get(field.name, (1, INTEGER_MAX))
        made.append(
            Key(
                "limits",
                field.name,
                _kind_of_limit(field.name, default),
                default,
                meanings.get(field.name, ""),
                least,
                most,
                option=_LIMIT_OPTIONS.get(field.name),
            )
        )
    return made


def _kind_of_limit(name: str, default: bool | int) -> Kind:
    if isinstance(default, bool):
        return Kind.SWITCH
    if name.endswith("_ms"):
        return Kind.DURATION
    return Kind.SIZE if name.endswith("_bytes") else Kind.COUNT
