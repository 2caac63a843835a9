import json
import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.cli.log import FILE_BYTES, held_back, set_up_logging
from babilu.cli.options import LogFormat, LogLevel
from babilu.kernel.errors import UsageError

HOSTILE = "name\r\n2026-01-01 forged\x1b[2J\u2028\u202e%s"


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, raising = root.handlers[:], root.level, logging.raiseExceptions
    yield
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.raiseExceptions = raising
    logging.captureWarnings(False)


def log_something() -> None:
    logging.getLogger("babilu.test").warning("came: %s", HOSTILE)


def log_failure() -> None:
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        logging.getLogger("babilu.test").exception("failed")


@pytest.mark.parametrize("form", list(LogFormat))
def test_a_record_is_one_line_whatever_is_in_it(tmp_path: Path, form: LogFormat) -> None:
    file = tmp_path / "log"
    set_up_logging(LogLevel.INFO, file, form)
    log_something()
    log_failure()
    first, second = file.read_text(encoding="utf-8").splitlines()
    assert "forged" in first
    assert "ValueError" in second
    for line in (first, second):
        assert not set(line) & {"\r", "\x1b", "\u2028", "\u202e"}


def test_json_lines_have_time_level_logger_thread_and_message(tmp_path: Path) -> None:
    file = tmp_path / "log"
    set_up_logging(LogLevel.INFO, file, LogFormat.JSON)
    log_something()
    log_failure()
    first, second = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert first["message"] == f"came: {HOSTILE}"
    assert (first["level"], first["logger"], first["thread"]) == ("warning", "babilu.test", "MainThread")
    assert first["time"].endswith("+00:00")
    assert "Traceback" in second["exception"]


def test_standard_error_is_where_logs_go_without_a_file_and_standard_output_never(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logging(LogLevel.WARNING, None, LogFormat.TEXT)
    log_failure()
    logging.getLogger("babilu.test").info("not asked for")
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.endswith("ERROR babilu.test failed")


def test_who_asks_for_everything_gets_tracebacks_on_standard_error_too(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(LogLevel.DEBUG, None, LogFormat.TEXT)
    log_failure()
    (line,) = capsys.readouterr().err.splitlines()
    assert "Traceback" in line


def test_a_log_file_is_for_its_owner_alone_and_rotates(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_bytes(b"x" * (FILE_BYTES - 10))
    set_up_logging(LogLevel.INFO, file, LogFormat.TEXT)
    log_something()
    assert (tmp_path / "log.1").exists()
    assert file.stat().st_size < FILE_BYTES
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_setting_up_again_replaces_what_was_set_up(tmp_path: Path) -> None:
    set_up_logging(LogLevel.INFO, tmp_path / "one", LogFormat.TEXT)
    set_up_logging(LogLevel.INFO, tmp_path / "two", LogFormat.TEXT)
    log_something()
    assert (tmp_path / "one").read_text() == ""
    assert "forged" in (tmp_path / "two").read_text(encoding="utf-8")


def test_a_file_that_cannot_be_written_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="log file"):
        set_up_logging(LogLevel.INFO, tmp_path / "none" / "log", LogFormat.TEXT)


def test_records_wait_while_the_screen_is_drawn_on_and_are_written_afterwards(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logging(LogLevel.WARNING, None, LogFormat.TEXT)
    with held_back():
        log_something()
        assert capsys.readouterr().err == ""
    assert capsys.readouterr().err.count("babilu.test") == 1
    log_something()
    assert capsys.readouterr().err.count("babilu.test") == 1
