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
class ConfigKind(Enum):
    """What a key's value is."""

    TEXT = auto()
    PATH = auto()
    COUNT = auto()
    DURATION = auto()
    SIZE = auto()
    SWITCH = auto()
    CHOICE = auto()


@dataclass(frozen=True, slots=True)
class ConfigKey:
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
    kind: ConfigKind
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
    ConfigKey("relay", "host", ConfigKind.TEXT, "127.0.0.1", "Address to listen on.", option="IP", at_start=True),
    ConfigKey(
        "relay", "port", ConfigKind.COUNT, 5050, "TCP port; 0 takes any free one.",
        most=PORT_MAX, option="PORT", at_start=True,
    ),
    ConfigKey(
        "relay", "home", ConfigKind.PATH, None, "Folder of the relay's state; `relay_PORT` where nothing is said.",
        option="--home", at_start=True,
    ),
    ConfigKey(
        "relay", "name", ConfigKind.TEXT, "Babilu", "The relay's name, for people.",
        most=NAME_MAX, option="--name",
    ),
    ConfigKey(
        "relay", "public_host", ConfigKind.TEXT, None, "Host that invitations name; the address where nothing is said.",
        option="--public-host",
    ),
    ConfigKey(
        "relay", "public_port", ConfigKind.COUNT, None,
        "Port that invitations name; the relay's own where nothing is said.",
        least=1, most=PORT_MAX,
    ),
    ConfigKey(
        "relay", "registration", ConfigKind.CHOICE, AUTO,
        "Who may make an account; `auto` is `open` where only this machine or a private network comes.",
        choices=(AUTO, *(member.value for member in Registration)), option="--open, --invite-only",
    ),
    ConfigKey(
        "tls", "certificate", ConfigKind.PATH, None,
        "PEM file with the certificate and those that signed it; the relay's own where nothing is said.",
        option="--tls-certificate",
    ),
    ConfigKey(
        "tls", "key", ConfigKind.PATH, None,
        "PEM file with the certificate's key; in the same file where nothing is said.",
        option="--tls-key",
    ),
    ConfigKey(
        "tls", "next", ConfigKind.PATH, None,
        "PEM file with the certificate that will take this one's place; clients are told of it beforehand.",
    ),
    ConfigKey(
        "log", "level", ConfigKind.CHOICE, LogLevel.WARNING.value, "How much is logged.",
        choices=tuple(member.value for member in LogLevel), option="--log-level",
    ),
    ConfigKey(
        "log", "file", ConfigKind.PATH, None, "Log to this file, which rotates, and not to standard error.",
        option="--log-file",
    ),
    ConfigKey(
        "log", "format", ConfigKind.CHOICE, LogFormat.TEXT.value, "How a line of the log is written.",
        choices=tuple(member.value for member in LogFormat), option="--log-format",
    ),
    ConfigKey(
        "metrics", "port", ConfigKind.COUNT, None, "Loopback port of metrics and health; off where nothing is said.",
        most=PORT_MAX, option="--metrics-port", at_start=True,
    ),
)  # fmt: skip

_BOUNDS: Final = {"frame_bytes": (FRAME_BYTES, FRAME_BYTES_MAX), "prekeys_low": (0, INTEGER_MAX)}
_LIMIT_OPTIONS: Final = {"max_users": "MAX_USERS", "limit_loopback": "--limit-loopback"}


@cache
def keys() -> dict[str, ConfigKey]:
    """Give all keys by their paths, in the order in which people read them."""
    return {key.path: key for key in (*_RELAY, *_limits())}


def sections() -> tuple[str, ...]:
    """Give the names of all tables of the file."""
    return tuple(dict.fromkeys(key.section for key in keys().values()))


def _limits() -> list[ConfigKey]:
    """Make a key of each field of `Limits`, whose docstring says what it means."""
    meanings = dict(re.findall(r"^\s+(\w+): (.+?)$", re.sub(r"\n {12}(?=\S)", " ", Limits.__doc__ or ""), re.MULTILINE))
    made = []
    defaults = Limits()
    for field in dataclasses.fields(Limits):
        default: bool | int = getattr(defaults, field.name)
        least, most = _BOUNDS.get(field.name, (1, INTEGER_MAX))
        made.append(
            ConfigKey(
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


def _kind_of_limit(name: str, default: bool | int) -> ConfigKind:
    if isinstance(default, bool):
        return ConfigKind.SWITCH
    if name.endswith("_ms"):
        return ConfigKind.DURATION
    return ConfigKind.SIZE if name.endswith("_bytes") else ConfigKind.COUNT
