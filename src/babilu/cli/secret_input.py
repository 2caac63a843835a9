"""Sources of a password: the command line, a file, the environment, or a person who is asked without echo."""

import getpass
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from babilu.crypto.secret import Passphrase
from babilu.presentation.passwords import strength_of
from babilu.presentation.strings import MisuseError, Strings
from babilu.terminal.output import Output

VARIABLE = "BABILU_PASSWORD"
FILE_CHARACTERS = 8192
"""Longest first line that is read of a password file: longer than any password."""

TERMINAL = "/dev/tty"


TRIES: Final = 3
"""Times that somebody may choose a new password before the command gives up."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a new password is for.

    Attributes:
        told: What is said before it is asked for: that something new is made.
        known: What everybody knows of its user, such as the name: it makes a password no stronger.
    """

    told: str
    known: tuple[str, ...]


def find_password(
    given: str | None,
    file: Path | None,
    question: str,
    say: Strings,
    people: Output,
    new: Chosen | None = None,
) -> Passphrase:
    """Find the password.

    Args:
        given: What the command line says, or None.
        file: File whose first line it is, or None.
        question: What a person is asked, when nothing else gives it.
        say: The person's language.
        people: Where hints go.
        new: What it is for, where it is chosen now: it is typed twice then, and one that is easy to guess is not
            taken from a person, nor without a word from a program.

    Raises:
        UsageError: There is no password, or it cannot be one.
    """
    if given is not None:
        people.line(say("hint.password_visible"))
    written = given
    if written is None and file is not None:
        written = first_line(file)
    if written is None:
        written = os.environ.get(VARIABLE)
    if written is not None:
        found = Passphrase(written)
        if new is not None and not strength_of(written, new.known).is_enough:
            people.line(say("hint.password_weak"))
        return found
    if not can_ask():
        raise MisuseError("password_missing")
    try:
        if new is not None:
            return choose_password(question, say, people, new)
        return Passphrase(getpass.getpass(f"{question}: "))
    except EOFError:
        raise MisuseError("nothing_given") from None


def choose_password(question: str, say: Strings, people: Output, new: Chosen) -> Passphrase:
    """Let a person choose a password: typed twice, and not one that a program guesses in moments.

    Raises:
        UsageError: They did not succeed.
    """
    people.line(new.told)
    for _ in range(TRIES):
        first = getpass.getpass(f"{question}: ")
        if not strength_of(first, new.known).is_enough:
            people.line(say("hint.password_weak"))
        elif getpass.getpass(f"{say('ask.again')}: ") == first:
            return Passphrase(first)
        else:
            people.line(say("misuse.passwords_differ"))
    raise MisuseError("password_not_chosen")


def find_user(given: str | None, say: Strings) -> str:
    """Find the name of the account; a person at the terminal is asked.

    Raises:
        UsageError: There is none.
    """
    if given is not None:
        return given
    if not sys.stdin or not sys.stdin.isatty():
        raise MisuseError("user_missing")
    sys.stderr.write(f"{say('ask.user')}: ")
    sys.stderr.flush()
    name = sys.stdin.readline().strip()
    if not name:
        raise MisuseError("nothing_given")
    return name


def confirm(question: str, say: Strings) -> bool:
    """Ask a person at the terminal whether something is meant; anything but a yes is a no."""
    sys.stderr.write(f"{question} [{say('ask.yes_or_no')}] ")
    sys.stderr.flush()
    answer = sys.stdin.readline().strip().lower() if sys.stdin else ""
    return answer in say("ask.yes").split()


def can_ask() -> bool:
    """Tell whether there is a terminal to ask at, whatever standard input is."""
    if sys.platform == "win32":
        return bool(sys.stdin and sys.stdin.isatty())
    try:
        os.close(os.open(TERMINAL, os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def first_line(file: Path) -> str:
    """Read the first line of a password file; the mark that editors of Windows put before it is no part of it.

    Raises:
        UsageError: It cannot be read.
    """
    try:
        with file.open(encoding="utf-8-sig") as stream:
            return stream.readline(FILE_CHARACTERS).rstrip("\r\n")
    except UnicodeDecodeError:
        raise MisuseError("password_file", reason="UTF-8") from None
    except OSError as error:
        raise MisuseError("password_file", reason=error.strerror) from error
