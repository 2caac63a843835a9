"""A relay's configuration: the command line over the environment over the file over the defaults, each key by itself.

What is unknown or makes no sense is refused with a hint, all of it at once, and never passed over.
"""

import difflib
import errno
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Final, assert_never

import msgspec

from babilu.cli.config_keys import AUTO, ConfigKey, ConfigKind, ConfigTables, Value, keys, sections
from babilu.cli.quantities import DURATIONS, SIZES, parse, write
from babilu.identity.relay_addresses import parse_relay_address, show_relay_address
from babilu.kernel.limits import INTEGER_MAX
from babilu.local_paths import is_file_at, read_small
from babilu.presentation.strings import MisuseError
from babilu.relay.base.settings import ClusterSettings, Registration, RelaySettings, StorageSettings, TlsFiles

_PASSWORD: Final = re.compile(r"^([a-z]+://[^:/@]*):[^/@]*@")

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
class Configuration:
    """Values of all keys, and who decided each.

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

    def tables(self) -> ConfigTables:
        """Return all values, each as its field's type."""
        tables: dict[str, dict[str, Value]] = {section: {} for section in sections()}
        for path, key in keys().items():
            tables[key.section][key.name] = self.values[path]
        return msgspec.convert(tables, ConfigTables, dec_hook=lambda kind, value: kind(value))

    def home(self, beside: Callable[[], Path]) -> Path:
        """Return the relay's folder, by its port in ``beside`` where nothing is said."""
        relay = self.tables().relay
        return relay.home or beside() / f"relay_{relay.port}"

    def relay(self, beside: Callable[[], Path]) -> RelaySettings:
        """Return the settings of the relay.

        Args:
            beside: Tells where relays lie whose folder nobody chose.
        """
        tables = self.tables()
        relay, tls, storage = tables.relay, tables.tls, tables.storage
        bus, cluster = tables.bus, tables.cluster
        return RelaySettings(
            host=relay.host.removeprefix("[").removesuffix("]"),
            port=relay.port,
            home=self.home(beside),
            limits=tables.limits,
            registration=None if relay.registration == AUTO else Registration(relay.registration),
            name=relay.name,
            public_host=relay.public_host,
            public_port=relay.public_port,
            own_process=True,
            tls=None if tls.certificate is None else TlsFiles(tls.certificate, tls.key or tls.certificate),
            announced=tls.next,
            metrics_port=tables.metrics.port,
            storage=StorageSettings(
                storage.url, storage.lanes, storage.pool, storage.gather_ms, storage.timeout_ms, storage.unsafe
            ),
            cluster=ClusterSettings(cluster.name, cluster.node, bus.url, bus.credentials, bus.letter_bytes),
            node_key=cluster.node_key,
            also=cluster.also,
            proxies=tuple(map(ip_network, cluster.proxies)),
        )


def find_file(chosen: Path | None, environment: Mapping[str, str], folders: Sequence[Path]) -> Path | None:
    """Find the configuration file: the one that is named, else the first `babilu.toml` in ``folders``.

    Raises:
        UsageError: The one that is named is not there.
    """
    named = chosen or (Path(environment[FILE_VARIABLE]) if environment.get(FILE_VARIABLE) else None)
    if named is not None:
        if not is_file_at(named):
            raise MisuseError("no_configuration", file=named)
        return named
    return next((folder / FILE_NAME for folder in folders if is_file_at(folder / FILE_NAME)), None)


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
        return tomllib.loads(read_small(file, FILE_BYTES_MAX).decode("utf-8-sig"))
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise MisuseError("configuration_large", file=file) from error
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
    ConfigKind.ADDRESSES: "key_addresses",
    ConfigKind.NETWORKS: "key_networks",
}
"""Which sentence says what a key takes."""

_UNITS: Final = {ConfigKind.DURATION: DURATIONS, ConfigKind.SIZE: SIZES}


def _value(key: ConfigKey, written: object, origin: str) -> Value:
    """Read a value; the error of one that cannot be says what the key takes."""
    as_text = origin.startswith("BABILU_")
    match key.kind:
        case ConfigKind.TEXT | ConfigKind.PATH:
            if isinstance(written, str) and 0 < len(written) <= key.most and written.isprintable():
                return written
        case ConfigKind.CHOICE:
            if isinstance(written, str) and written in key.choices:
                return written
        case ConfigKind.SWITCH:
            value = _SWITCH.get(str(written).lower()) if as_text else written
            if isinstance(value, bool):
                return value
        case ConfigKind.COUNT | ConfigKind.DURATION | ConfigKind.SIZE:
            units = _UNITS.get(key.kind, {} if as_text else None)
            number = parse(written, units) if isinstance(written, str) and units is not None else written
            if isinstance(number, int) and not isinstance(number, bool):
                return _within(key, number, units, origin)
        case ConfigKind.ADDRESSES | ConfigKind.NETWORKS:
            entries = _entries(written, as_text=as_text)
            if entries is not None and len(entries) <= key.most:
                return tuple(_entry(key, entry, origin) for entry in entries)
        case _:
            assert_never(key.kind)
    sentence = "key_short_text" if key.kind is ConfigKind.TEXT and key.most != INTEGER_MAX else _TAKES[key.kind]
    raise MisuseError(
        sentence, where=origin, name=key.path, count=key.most, most=key.most, choices=", ".join(key.choices)
    )


def _entries(written: object, *, as_text: bool) -> tuple[str, ...] | None:
    """Read a list of texts, which a variable of the environment separates by commas; None for what is no list."""
    if as_text:
        return tuple(entry.strip() for entry in str(written).split(",") if entry.strip())
    if isinstance(written, list) and all(isinstance(entry, str) for entry in written):
        return tuple(dict.fromkeys(written))
    return None


def _entry(key: ConfigKey, written: str, origin: str) -> str:
    """Read an entry of a list, and write it in its usual form."""
    is_network = key.kind is ConfigKind.NETWORKS
    try:
        return _network(written) if is_network else show_relay_address(*parse_relay_address(written))
    except ValueError as error:
        sentence = "key_network" if is_network else "key_address"
        raise MisuseError(sentence, where=origin, name=key.path, text=written) from error


def _network(written: str) -> str:
    network = ip_network(written)
    if network.prefixlen == 0:
        raise ValueError("everybody would be believed")
    return str(network)


def _within(key: ConfigKey, value: int, units: Mapping[str, int] | None, origin: str) -> int:
    if not key.least <= value <= key.most:
        least, most = (write(bound, units) if units and bound else str(bound) for bound in (key.least, key.most))
        raise MisuseError(_beyond(key, value), where=origin, name=key.path, least=least, most=most)
    return value


def _beyond(key: ConfigKey, value: int) -> str:
    """Choose what is said of a number out of bounds: the largest that a relay can keep says nothing to people."""
    if key.most != INTEGER_MAX:
        return "key_range"
    return "key_least" if value < key.least else "key_too_large"


def _contradictions(values: Mapping[str, Value]) -> Iterator[MisuseError]:
    def number(path: str) -> int:
        value = values[path]
        return value if isinstance(value, int) else 0

    if values["tls.key"] is not None and values["tls.certificate"] is None:
        yield MisuseError("key_alone")
    if number("limits.silence_ms") <= number("limits.ping_ms"):
        yield MisuseError("silence_longer")


def shown(key: ConfigKey, value: Value) -> str:
    """Write a value as people read it; an empty text for none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and key.kind in _UNITS:
        return write(value, _UNITS[key.kind])
    if isinstance(value, tuple):
        return ", ".join(value)
    return "" if value is None else without_password(str(value))


def without_password(value: str) -> str:
    """Leave the password out of a URL."""
    return _PASSWORD.sub(r"\1:…@", value)
