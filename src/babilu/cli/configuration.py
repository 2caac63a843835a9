"""A relay's configuration: the command line over the environment over the file over the defaults, each key by itself.

What is unknown or makes no sense is refused with a hint, all of it at once, and never passed over.
"""

import difflib
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn, assert_never

from babilu.cli.config_keys import AUTO, ConfigKey, ConfigKind, Value, keys, sections
from babilu.cli.options import LogFormat, LogLevel
from babilu.cli.quantities import DURATIONS, SIZES, parse, write
from babilu.kernel.limits import INTEGER_MAX, Limits
from babilu.presentation.strings import MisuseError
from babilu.relay.base.settings import Registration, RelaySettings, TlsFiles

FILE_NAME: Final = "babilu.toml"
FILE_VARIABLE: Final = "BABILU_CONFIG"
FILE_BYTES_MAX: Final = 1024 * 1024

COMMAND_LINE: Final = "command line"
DEFAULT: Final = "default"

_SWITCH: Final = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}


class ConfigurationError(MisuseError):
    """The configuration cannot be used.

    Args:
        problems: Each thing to mend.
    """

    def __init__(self, problems: Sequence[MisuseError]) -> None:
        first, *more = problems
        if more:
            super().__init__("configuration_more", problem=first, count=len(more))
        else:
            super().__init__(first.key.removeprefix("misuse."), **first.fields)
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class LogSettings:
    """Where a relay logs, how much and in which form; file None for standard error."""

    level: LogLevel
    file: Path | None
    form: LogFormat


@dataclass(frozen=True, slots=True)
class Configuration:
    """What was decided, and where.

    Attributes:
        values: The value of every key by its path.
        origins: Who decided it: `DEFAULT`, a file, a variable or `COMMAND_LINE`.
        problems: What is to be mended before a relay can start.
        file: The file that was read, or None.
    """

    values: Mapping[str, Value]
    origins: Mapping[str, str]
    problems: tuple[MisuseError, ...]
    file: Path | None

    def check(self) -> "Configuration":
        """Return this where there is nothing to mend.

        Raises:
            ConfigurationError: There is.
        """
        if self.problems:
            raise ConfigurationError(self.problems)
        return self

    def text(self, path: str) -> str | None:
        """Return the value of a key that is a text."""
        value = self.values[path]
        return None if value is None else str(value)

    def number(self, path: str) -> int | None:
        """Return the value of a key that is a number."""
        value = self.values[path]
        return None if value is None else int(value)

    def folder(self, path: str) -> Path | None:
        """Return the value of a key that is a path."""
        value = self.values[path]
        return None if value is None else Path(str(value))

    def limits(self) -> Limits:
        """Return what clients may spend."""
        given = {key.name: self.values[key.path] for key in keys().values() if key.section == "limits"}
        return Limits(**given)  # type: ignore[arg-type]  # each value was read as its field's type

    def log(self) -> LogSettings:
        """Return where to log."""
        level, form = LogLevel(str(self.values["log.level"])), LogFormat(str(self.values["log.format"]))
        return LogSettings(level, self.folder("log.file"), form)

    def home(self, beside: Callable[[], Path]) -> Path:
        """Return the relay's folder, by its port in ``beside`` where nothing is said."""
        return self.folder("relay.home") or beside() / f"relay_{self.number('relay.port')}"

    def relay(self, beside: Callable[[], Path]) -> RelaySettings:
        """Return what the relay is told.

        Args:
            beside: Tells where relays lie whose folder nobody chose.
        """
        registration = str(self.values["relay.registration"])
        certificate = self.folder("tls.certificate")
        return RelaySettings(
            host=str(self.text("relay.host")).removeprefix("[").removesuffix("]"),
            port=self.number("relay.port") or 0,
            home=self.home(beside),
            limits=self.limits(),
            registration=None if registration == AUTO else Registration(registration),
            name=self.text("relay.name") or "",
            public_host=self.text("relay.public_host"),
            public_port=self.number("relay.public_port"),
            own_process=True,
            tls=None if certificate is None else TlsFiles(certificate, self.folder("tls.key") or certificate),
            announced=self.folder("tls.next"),
            metrics_port=self.number("metrics.port"),
        )


def find_file(chosen: Path | None, environment: Mapping[str, str], folders: Sequence[Path]) -> Path | None:
    """Find the configuration file: the one that is named, else the first `babilu.toml` in ``folders``.

    Raises:
        UsageError: The one that is named is not there.
    """
    named = chosen or (Path(environment[FILE_VARIABLE]) if environment.get(FILE_VARIABLE) else None)
    if named is not None:
        if not _is_file(named):
            raise MisuseError("no_configuration", file=named)
        return named
    return next((folder / FILE_NAME for folder in folders if _is_file(folder / FILE_NAME)), None)


def _is_file(path: Path) -> bool:
    """Tell whether there is a file, as far as this user can see."""
    try:
        return path.is_file()
    except OSError:
        return False


def read_configuration(
    file: Path | None, environment: Mapping[str, str], given: Mapping[str, Value], folder: Path
) -> Configuration:
    """Put a configuration together.

    Args:
        file: A TOML file, or None.
        environment: Variables, of which those are read that have a section's name after ``BABILU_``.
        given: What the command line says, by the paths of keys; its values are checked already.
        folder: What paths outside the file are relative to; those in it are relative to its own folder.

    Raises:
        UsageError: The file cannot be read at all.
    """
    values: dict[str, Value] = {path: key.default for path, key in keys().items()}
    origins = dict.fromkeys(values, DEFAULT)
    problems: list[MisuseError] = []
    for path, written, origin in (*_of_file(file, problems), *_of_environment(environment, problems)):
        key = keys()[path]
        try:
            value = _value(key, written, origin)
        except MisuseError as error:
            problems.append(error)
            continue
        if key.kind is ConfigKind.PATH:
            base = file.resolve().parent if file is not None and origin == str(file) else folder
            value = str(base / Path(str(value)).expanduser())
        values[path], origins[path] = value, origin
    for path, value in given.items():
        values[path], origins[path] = value, COMMAND_LINE
    problems += _contradictions(values)
    return Configuration(values, origins, tuple(problems), file)


def _of_file(file: Path | None, problems: list[MisuseError]) -> Iterator[tuple[str, object, str]]:
    if file is None:
        return
    for section, table in _tables(file).items():
        if section not in sections():
            problems.append(_unknown("table", section, sections(), file=file))
        elif not isinstance(table, dict):
            problems.append(MisuseError("above_keys", file=file, name=section))
        else:
            names = [key.name for key in keys().values() if key.section == section]
            for name, written in table.items():
                if name in names:
                    yield f"{section}.{name}", written, str(file)
                else:
                    problems.append(_unknown("key", name, names, file=file, section=section))


def _tables(file: Path) -> dict[str, object]:
    try:
        if file.stat().st_size > FILE_BYTES_MAX:
            raise MisuseError("configuration_large", file=file)
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise MisuseError("configuration_unreadable", file=file, reason=error.strerror) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MisuseError("configuration_no_toml", file=file, reason=error) from error


def _of_environment(environment: Mapping[str, str], problems: list[MisuseError]) -> Iterator[tuple[str, object, str]]:
    known = {key.variable: path for path, key in keys().items()}
    prefixes = tuple(f"BABILU_{section}_".upper() for section in sections())
    for variable, written in sorted(environment.items()):
        if variable in known:
            yield known[variable], written, variable
        elif variable.startswith(prefixes):
            problems.append(_unknown("variable", variable, tuple(known)))


def _unknown(
    what: str, name: str, known: Sequence[str], *, file: Path | None = None, section: str | None = None
) -> MisuseError:
    """Say that there is no table, key or variable of a name, and which one may be meant."""
    full = name if section is None else f"{section}.{name}"
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if close:
        return MisuseError(f"near_{what}", file=file, name=full, near=close[0])
    return MisuseError(f"no_{what}", file=file, name=full)


_TAKES: Final = {
    ConfigKind.TEXT: "key_text",
    ConfigKind.PATH: "key_text",
    ConfigKind.CHOICE: "key_choice",
    ConfigKind.SWITCH: "key_switch",
    ConfigKind.COUNT: "key_count",
    ConfigKind.DURATION: "key_duration",
    ConfigKind.SIZE: "key_size",
}
"""Which sentence says what a key takes."""


def _value(key: ConfigKey, written: object, origin: str) -> Value:
    """Read a value; the error of one that cannot be says what the key takes."""
    as_text = origin.startswith("BABILU_")
    value: object
    match key.kind:
        case ConfigKind.TEXT | ConfigKind.PATH:
            value = (
                written if isinstance(written, str) and 0 < len(written) <= key.most and written.isprintable() else None
            )
        case ConfigKind.CHOICE:
            value = written if written in key.choices else None
        case ConfigKind.SWITCH:
            value = _SWITCH.get(str(written).lower()) if as_text else written
            return value if isinstance(value, bool) else _refuse(key, origin)
        case ConfigKind.COUNT:
            return _number(key, written, {} if as_text else None, origin)
        case ConfigKind.DURATION:
            return _number(key, written, DURATIONS, origin)
        case ConfigKind.SIZE:
            return _number(key, written, SIZES, origin)
        case _:
            assert_never(key.kind)
    return _refuse(key, origin) if value is None else str(value)


def _number(key: ConfigKey, written: object, units: Mapping[str, int] | None, origin: str) -> int:
    value = parse(written, units) if isinstance(written, str) and units is not None else written
    if not isinstance(value, int) or isinstance(value, bool):
        _refuse(key, origin)
    if not key.least <= value <= key.most:
        raise MisuseError(
            _beyond(key, value), where=origin, name=key.path, least=_said(key.least, units), most=_said(key.most, units)
        )
    return value


def _beyond(key: ConfigKey, value: int) -> str:
    """Choose what is said of a number out of bounds: the largest that a relay can keep says nothing to people."""
    if key.most != INTEGER_MAX:
        return "key_range"
    return "key_least" if value < key.least else "key_too_large"


def _said(bound: int, units: Mapping[str, int] | None) -> str:
    return write(bound, units) if units and bound else str(bound)


def _refuse(key: ConfigKey, origin: str) -> NoReturn:
    sentence = "key_short_text" if key.kind is ConfigKind.TEXT and key.most != INTEGER_MAX else _TAKES[key.kind]
    raise MisuseError(sentence, where=origin, name=key.path, count=key.most, choices=", ".join(key.choices))


def _contradictions(values: Mapping[str, Value]) -> Iterator[MisuseError]:
    def number(path: str) -> int:
        return int(values[path] or 0)

    if values["tls.key"] is not None and values["tls.certificate"] is None:
        yield MisuseError("key_alone")
    if number("limits.silence_ms") <= number("limits.ping_ms"):
        yield MisuseError("silence_longer")


def shown(key: ConfigKey, value: Value) -> str:
    """Write a value as people read it; an empty text for none."""
    if value is None:
        return ""
    match key.kind:
        case ConfigKind.DURATION:
            return write(int(value), DURATIONS)
        case ConfigKind.SIZE:
            return write(int(value), SIZES)
        case ConfigKind.SWITCH:
            return "true" if value else "false"
        case _:
            return str(value)
