"""Options that several commands share, each declared once."""

from enum import StrEnum, unique
from typing import Final, NamedTuple

from babilu.cli.parameters import (
    PORT_MAX,
    FilePath,
    FolderPath,
    Number,
    OneOf,
    Seconds,
    argument,
    flag,
    option,
    together,
)
from babilu.presentation.strings import LANGUAGES

WAIT_SENT_SECONDS: Final = 60
"""How long to wait where nobody says how long."""


@unique
class LogLevel(StrEnum):
    """How much is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@unique
class LogFormat(StrEnum):
    """How a line of the log is written."""

    TEXT = "text"
    JSON = "json"


class OptionKey(NamedTuple):
    """Key of a relay's configuration that an option gives.

    Attributes:
        path: The key.
        value: What a flag stands for; None where the option's own value is meant.
    """

    path: str
    value: str | None = None


home_option: Final = option("--home", metavar="DIR", type=FolderPath())
json_option: Final = flag("--json", "as_json", about="json")
line_option: Final = flag("--line")
language_option: Final = option("--lang", type=OneOf(LANGUAGES))
config_option: Final = option("--config", metavar="FILE", type=FilePath())
password_file_option: Final = option("--password-file", metavar="FILE", type=FilePath())
listen_option: Final = option("--listen", metavar="IP:PORT")
wait_sent_option: Final = option(
    "--wait-sent",
    metavar="[=SECONDS]",
    type=Seconds(),
    bare=str(WAIT_SENT_SECONDS),
    fields={"count": WAIT_SENT_SECONDS},
)
device_options: Final = together(option("--device-name", metavar="NAME"), flag("--companion"))
"""What a new device is called, and what it may do."""
profile_option: Final = option("--profile", metavar="PROFILE")
log_options: Final = together(
    option("--log-level", type=OneOf(LogLevel, LogLevel), default=LogLevel.WARNING.value),
    option("--log-file", metavar="FILE", type=FilePath()),
    option("--log-format", type=OneOf(LogFormat, LogFormat), default=LogFormat.TEXT.value),
)
relay_port_argument: Final = argument(
    "port", about="relay_port", metavar="PORT", type=Number(0, PORT_MAX), default=None
)
account_options: Final = together(profile_option, home_option, password_file_option, json_option, language_option)
"""What every command takes that asks one thing of a profile."""
relay_or_profile: Final = together(
    relay_port_argument,
    home_option,
    config_option,
    profile_option,
    password_file_option,
    json_option,
    language_option,
)
"""What a command takes that is about a relay of this machine, or about the client of a profile."""
