"""Logging: one line for each record, whatever is in it, and never on standard output.

They hold no content, no names of others and no addresses: that is the duty of whoever logs. Here every value is made
harmless, and tracebacks are kept from people who did not ask for them.
"""

import logging
import logging.handlers
import os
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from babilu.cli.options import LogFormat, LogLevel
from babilu.presentation.json_line import json_line
from babilu.presentation.plain_text import escaped
from babilu.presentation.strings import MisuseError

FILE_BYTES = 5 * 1024 * 1024
"""Size at which a log file is put aside and a new one begun."""

FILES_KEPT = 5
"""Files that were put aside and are kept."""

FILE_MODE = 0o600

RECORDS_HELD = 200
"""Records that wait for standard error while something is drawn there; older ones are dropped."""


class OneLine(logging.Formatter):
    """Writes a record as one line: time, level, logger, message, and what was raised where it is asked for.

    Args:
        with_traceback: Whether to write tracebacks.
    """

    def __init__(self, *, with_traceback: bool) -> None:
        super().__init__()
        self._with_traceback = with_traceback

    def format(self, record: logging.LogRecord) -> str:
        parts = [time_of(record), record.levelname, record.name, record.getMessage()]
        if self._with_traceback and record.exc_info:
            parts.append(self.formatException(record.exc_info))
        return "".join(map(escaped, " ".join(parts)))


class JsonLine(logging.Formatter):
    """Writes a record as one JSON object.

    Args:
        with_traceback: Whether to write tracebacks.
    """

    def __init__(self, *, with_traceback: bool) -> None:
        super().__init__()
        self._with_traceback = with_traceback

    def format(self, record: logging.LogRecord) -> str:
        members = {
            "time": time_of(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "thread": record.threadName,
            "message": record.getMessage(),
        }
        if self._with_traceback and record.exc_info:
            members["exception"] = self.formatException(record.exc_info)
        return json_line(members)


class StandardErrorHandler(logging.StreamHandler[TextIO]):
    """Writes to what is standard error at the time: a prompt on the terminal puts something else in its place."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record where standard error leads now."""
        self.stream = sys.stderr
        super().emit(record)


class HoldingHandler(logging.Handler):
    """Keeps the newest records for later."""

    def __init__(self) -> None:
        super().__init__()
        self.records: deque[logging.LogRecord] = deque(maxlen=RECORDS_HELD)

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


class PrivateRotatingFileHandler(logging.handlers.RotatingFileHandler):
    """Keeps its files from others' eyes."""

    def _open(self) -> Any:  # noqa: ANN401 -- the base class names a private class
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, FILE_MODE)
        return os.fdopen(descriptor, self.mode, encoding=self.encoding, errors=self.errors)


def set_up_logging(level: LogLevel, file: Path | None, form: LogFormat) -> None:
    """Send all records of this process to a file, or else to standard error.

    Raises:
        UsageError: The file cannot be written.
    """
    with_traceback = file is not None or level is LogLevel.DEBUG
    formatter: logging.Formatter
    match form:
        case LogFormat.TEXT:
            formatter = OneLine(with_traceback=with_traceback)
        case LogFormat.JSON:
            formatter = JsonLine(with_traceback=with_traceback)
    handler = StandardErrorHandler() if file is None else _file_handler(file)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    for former in tuple(root.handlers):
        root.removeHandler(former)
        former.close()
    root.addHandler(handler)
    root.setLevel(level.value.upper())
    logging.captureWarnings(True)
    # A record that cannot be written must not put a traceback before people.
    logging.raiseExceptions = False


@contextmanager
def held_back() -> Iterator[None]:
    """Keep records from standard error while something is drawn on the terminal; they are written afterwards."""
    root = logging.getLogger()
    written = [handler for handler in root.handlers if isinstance(handler, StandardErrorHandler)]
    held = HoldingHandler()
    for handler in written:
        root.removeHandler(handler)
    root.addHandler(held)
    try:
        yield
    finally:
        root.removeHandler(held)
        for handler in written:
            root.addHandler(handler)
            for record in held.records:
                handler.handle(record)


def time_of(record: logging.LogRecord) -> str:
    """Write a record's time as RFC 3339 does, in UTC."""
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _file_handler(file: Path) -> logging.Handler:
    try:
        return PrivateRotatingFileHandler(
            file, maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8", errors="backslashreplace"
        )
    except OSError as error:
        raise MisuseError("log_file", reason=error.strerror) from error
