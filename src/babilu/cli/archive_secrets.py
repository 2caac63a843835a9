"""Secrets that open backups: a recovery code that is shown once and typed back, or what a file holds."""

import getpass
import os
from pathlib import Path
from typing import Final

import click

from babilu.archive.recovery_code import CODE_WORDS, new_code, read_code
from babilu.cli.secret_input import can_ask, first_line
from babilu.crypto.secret import Passphrase
from babilu.kernel.errors import UsageError
from babilu.kernel.states import ArchiveKeyKind
from babilu.local_paths import is_taken, read_small
from babilu.presentation.strings import MisuseError, Strings
from babilu.store.profile_files import FILE_MODE
from babilu.system import SystemRandomness

TRIES: Final = 3

CODE_BYTES_MAX: Final = 4096
"""Largest file of a recovery code, which has 24 words."""
"""Times that somebody may type a code back."""

_COLUMNS: Final = 6

ArchiveSecret = tuple[Passphrase, ArchiveKeyKind]
"""What opens a backup, as commands of the client take it."""


def new_secret(code_file: Path | None, passphrase_file: Path | None, say: Strings) -> ArchiveSecret:
    """Find what is to open a new backup: that of a file, or a new code, which a person types back.

    A file of a code that is not there is written.

    Raises:
        UsageError: There is nobody to ask, the file cannot be written, or the code was not typed back.
    """
    if passphrase_file is not None:
        return Passphrase(first_line(passphrase_file)), ArchiveKeyKind.PASSPHRASE
    if code_file is not None and is_taken(code_file):
        return _checked(_written(code_file)), ArchiveKeyKind.CODE
    words = new_code(SystemRandomness())
    if code_file is not None:
        _write(code_file, " ".join(words))
        click.echo(say("backup.code.written", path=code_file), err=True)
        return Passphrase(" ".join(words)), ArchiveKeyKind.CODE
    if not can_ask():
        raise MisuseError("backup_secret")
    _show_and_ask(words, say)
    return Passphrase(" ".join(words)), ArchiveKeyKind.CODE


def known_secret(code_file: Path | None, passphrase_file: Path | None, say: Strings) -> ArchiveSecret:
    """Find what opens a backup that is there.

    Raises:
        UsageError: There is nobody to ask, or the words are no code.
    """
    if passphrase_file is not None:
        return Passphrase(first_line(passphrase_file)), ArchiveKeyKind.PASSPHRASE
    if code_file is not None:
        return _checked(_written(code_file)), ArchiveKeyKind.CODE
    if not can_ask():
        raise MisuseError("backup_secret")
    return _checked(_typed(say("backup.code.ask", words=CODE_WORDS))), ArchiveKeyKind.CODE


def _show_and_ask(words: tuple[str, ...], say: Strings) -> None:
    click.echo(say("backup.code.shown", words=CODE_WORDS), err=True)
    for start in range(0, CODE_WORDS, _COLUMNS):
        row = enumerate(words[start : start + _COLUMNS], start + 1)
        click.echo("  ".join(f"{number:2} {word:8}" for number, word in row), err=True)
    for _ in range(TRIES):
        try:
            if read_code(_typed(say("backup.code.back"))) == read_code(" ".join(words)):
                return
        except UsageError as error:
            click.echo(say.error(error), err=True)
        click.echo(say("backup.code.differs"), err=True)
    raise MisuseError("backup_code_not_back")


def _typed(question: str) -> str:
    try:
        return getpass.getpass(f"{question}: ")
    except EOFError:
        raise MisuseError("nothing_given") from None


def _checked(words: str) -> Passphrase:
    read_code(words)
    return Passphrase(" ".join(words.split()))


def _written(file: Path) -> str:
    try:
        return read_small(file, CODE_BYTES_MAX).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "UTF-8"
        raise MisuseError("password_file", reason=reason) from None


def _write(file: Path, words: str) -> None:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), FILE_MODE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(words + "\n")
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise MisuseError("password_file", reason=error.strerror) from None
