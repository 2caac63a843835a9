"""Keys of a relay's configuration as one dataclass: each key's type, default, bounds and meaning stand together."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from enum import Enum, StrEnum, auto, unique
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args, get_origin, get_type_hints

from babilu.cli.options import LogFormat, LogLevel
from babilu.kernel.limits import FRAME_BYTES, INTEGER_MAX, RELAY_ADDRESSES, Limits

Value = str | int | bool | tuple[str, ...] | None

AUTO: Final = "auto"
"""Registration that follows from the address."""

PORT_MAX: Final = 65_535
NAME_MAX: Final = 64
FRAME_BYTES_MAX: Final = 1024 * 1024
PROXIES_MAX: Final = 64


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
    ADDRESSES = auto()
    NETWORKS = auto()


@dataclass(frozen=True, slots=True)
class ConfigKey:
    """Key of the configuration, as the annotation of its field.

    Attributes:
        meaning: What it decides, for people.
        least: Smallest number.
        most: Largest number; for a text, how many characters; for a list, how many entries.
        option: What gives it on the command line, or None.
        at_start: Whether it is looked at when the relay starts and not when it reloads.
        section: Its table in the file.
        name: Its name there.
        default: Its value where nobody decides: milliseconds for a duration, bytes for a size; None for none.
        kind: What its value is.
        choices: All values of a choice.
    """

    meaning: str
    least: int = 0
    most: int = INTEGER_MAX
    option: str | None = None
    at_start: bool = False
    section: str = ""
    name: str = ""
    default: Value = None
    kind: ConfigKind = ConfigKind.TEXT
    choices: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Section and name, as ``relay.port``."""
        return f"{self.section}.{self.name}"

    @property
    def variable(self) -> str:
        """The variable of the environment that gives it."""
        return f"BABILU_{self.section}_{self.name}".upper()


@dataclass(frozen=True, slots=True)
class RelayTable:
    host: Annotated[str, ConfigKey("Address to listen on.", option="IP", at_start=True)] = "127.0.0.1"
    port: Annotated[int, ConfigKey("TCP port; 0 takes any free one.", 0, PORT_MAX, "PORT", at_start=True)] = 5050
    home: Annotated[
        Path | None,
        ConfigKey("Folder of the relay's state; `relay_PORT` where nothing is said.", option="--home", at_start=True),
    ] = None
    name: Annotated[str, ConfigKey("The relay's name, for people.", most=NAME_MAX, option="--name")] = "Babilu"
    public_host: Annotated[
        str | None, ConfigKey("Host that invitations name; the address where nothing is said.", option="--public-host")
    ] = None
    public_port: Annotated[
        int | None, ConfigKey("Port that invitations name; the relay's own where nothing is said.", 1, PORT_MAX)
    ] = None
    registration: Annotated[
        Literal["auto", "open", "invite"],
        ConfigKey(
            "Who may make an account; `auto` is `open` where only this machine or a private network comes.",
            option="--open, --invite-only",
        ),
    ] = AUTO


@dataclass(frozen=True, slots=True)
class TlsTable:
    certificate: Annotated[
        Path | None,
        ConfigKey(
            "PEM file with the certificate and those that signed it; the relay's own where nothing is said.",
            option="--tls-certificate",
        ),
    ] = None
    key: Annotated[
        Path | None,
        ConfigKey("PEM file with the certificate's key; in the same file where nothing is said.", option="--tls-key"),
    ] = None
    next: Annotated[
        Path | None,
        ConfigKey("PEM file with the certificate that will take this one's place; clients are told of it beforehand."),
    ] = None


@dataclass(frozen=True, slots=True)
class StorageTable:
    """``[storage]``: where accounts and mail are kept."""

    url: Annotated[
        str,
        ConfigKey(
            "PostgreSQL database that the nodes share, `postgresql://user@host/name`; a file in the relay's folder"
            " where nothing is said. The password belongs into `BABILU_STORAGE_URL` or `~/.pgpass`.",
            option="--storage", at_start=True,
        ),
    ] = ""  # fmt: skip
    lanes: Annotated[
        int, ConfigKey("Connections of a node that write letters; more where a sync takes over 5 ms.", 1, 4,
                       at_start=True)
    ] = 1  # fmt: skip
    pool: Annotated[int, ConfigKey("Connections of a node for all else.", 2, 32, at_start=True)] = 4
    gather_ms: Annotated[
        int, ConfigKey("How long a letter waits for others, so that there are fewer commits.", 0, 20, at_start=True)
    ] = 0
    timeout_ms: Annotated[int, ConfigKey("How long the database is waited for.", 500, 30_000, at_start=True)] = 4_000
    unsafe: Annotated[
        bool,
        ConfigKey("Whether a database may be used that can lose what it has said is stored, as those of tests do.",
                  at_start=True),
    ] = False  # fmt: skip


@dataclass(frozen=True, slots=True)
class BusTable:
    """``[bus]``: by what the nodes of a relay wake each other, where it has several."""

    url: Annotated[
        str,
        ConfigKey(
            "NATS server by which nodes wake each other, `nats://host:4222`; the storage's own notifications"
            " where nothing is said.",
            option="--bus", at_start=True,
        ),
    ] = ""  # fmt: skip
    credentials: Annotated[
        Path | None,
        ConfigKey(
            "File by which the NATS server knows a node: credentials (`.creds`), or the seed of an nkey. It is read"
            " anew for each connection.",
            option="--bus-credentials", at_start=True,
        ),
    ] = None  # fmt: skip
    letter_bytes: Annotated[
        int,
        ConfigKey("Longest envelope that goes along with the hint that it was stored.", 0, 64 * 1024, at_start=True),
    ] = 8 * 1024


@dataclass(frozen=True, slots=True)
class ClusterTable:
    name: Annotated[
        str, ConfigKey("The relay's name on a NATS server that others use too.", most=NAME_MAX, at_start=True)
    ] = "babilu"
    node: Annotated[
        str,
        ConfigKey("This node's name, for people; the machine's where nothing is said.", most=NAME_MAX, at_start=True),
    ] = ""
    node_key: Annotated[
        Path | None,
        ConfigKey(
            "File with the relay's key, which `babilu admin node-key` wrote at its first node.",
            option="--node-key", at_start=True,
        ),
    ] = None  # fmt: skip
    also: Annotated[
        tuple[str, ...],
        ConfigKey("Other addresses of the relay, HOST:PORT: clients try them where the first one fails.",
                  most=RELAY_ADDRESSES),
    ] = ()  # fmt: skip
    proxies: Annotated[
        tuple[str, ...],
        ConfigKey("Networks of balancers that pass connections on: their PROXY header says who connects.",
                  most=PROXIES_MAX),
    ] = ()  # fmt: skip


@dataclass(frozen=True, slots=True)
class LogTable:
    """``[log]``: where a relay logs, how much and in which form; file None for standard error."""

    level: Annotated[LogLevel, ConfigKey("How much is logged.", option="--log-level")] = LogLevel.WARNING
    file: Annotated[
        Path | None, ConfigKey("Log to this file, which rotates, and not to standard error.", option="--log-file")
    ] = None
    format: Annotated[LogFormat, ConfigKey("How a line of the log is written.", option="--log-format")] = LogFormat.TEXT


@dataclass(frozen=True, slots=True)
class MetricsTable:
    port: Annotated[
        int | None,
        ConfigKey(
            "Loopback port of metrics and health; off where nothing is said.",
            most=PORT_MAX, option="--metrics-port", at_start=True,
        ),
    ] = None  # fmt: skip


@dataclass(frozen=True, slots=True)
class ConfigTables:
    """The whole file: a table for each field, a key for each field of the table."""

    relay: RelayTable = field(default_factory=RelayTable)
    tls: TlsTable = field(default_factory=TlsTable)
    storage: StorageTable = field(default_factory=StorageTable)
    bus: BusTable = field(default_factory=BusTable)
    cluster: ClusterTable = field(default_factory=ClusterTable)
    log: LogTable = field(default_factory=LogTable)
    metrics: MetricsTable = field(default_factory=MetricsTable)
    limits: Limits = field(default_factory=Limits)


_BOUNDS: Final = {"frame_bytes": (FRAME_BYTES, FRAME_BYTES_MAX), "prekeys_low": (0, INTEGER_MAX)}
_LIMIT_OPTIONS: Final = {"max_users": "MAX_USERS", "limit_loopback": "--limit-loopback"}


@cache
def keys() -> dict[str, ConfigKey]:
    """Give all keys by their paths, in the order in which people read them."""
    return {key.path: key for section in sections() for key in _keys_of(section)}


def sections() -> tuple[str, ...]:
    """Give the names of all tables of the file."""
    return tuple(table.name for table in fields(ConfigTables))


def _keys_of(section: str) -> Iterator[ConfigKey]:
    table = getattr(ConfigTables(), section)
    hints = get_type_hints(type(table), include_extras=True)
    for each in fields(table):
        kind, key = get_args(hints[each.name]) or (hints[each.name], _limit(each.name))
        found, choices = _kind_and_choices(kind, each.name)
        default = getattr(table, each.name)
        yield replace(key, section=section, name=each.name, default=default, kind=found, choices=choices)


def _limit(name: str) -> ConfigKey:
    """Take what a limit means from the docstring of `Limits`."""
    meaning = re.search(rf"^\s+{name}: (.+(?:\n {{12}}\S.*)*)", Limits.__doc__ or "", re.MULTILINE)
    least, most = _BOUNDS.get(name, (1, INTEGER_MAX))
    return ConfigKey(re.sub(r"\s+", " ", meaning[1]) if meaning else "", least, most, _LIMIT_OPTIONS.get(name))


def _kind_and_choices(kind: Any, name: str) -> tuple[ConfigKind, tuple[str, ...]]:  # noqa: ANN401 -- a type
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return ConfigKind.CHOICE, tuple(member.value for member in kind)
    if get_origin(kind) is Literal:
        return ConfigKind.CHOICE, get_args(kind)
    if kind is bool:
        return ConfigKind.SWITCH, ()
    if get_origin(kind) is tuple:
        return ConfigKind.NETWORKS if name == "proxies" else ConfigKind.ADDRESSES, ()
    if kind in {int, int | None}:
        suffixes = {"_ms": ConfigKind.DURATION, "_bytes": ConfigKind.SIZE}
        return next((found for suffix, found in suffixes.items() if name.endswith(suffix)), ConfigKind.COUNT), ()
    return ConfigKind.TEXT if kind in {str, str | None} else ConfigKind.PATH, ()
