"""Backups in words, the same for the line mode and the full screen."""

from collections.abc import Callable, Iterator
from typing import Final

from babilu.api.views import ArchiveFindingsView, ArchiveStatusView
from babilu.kernel.errors import ErrorCode
from babilu.kernel.limits import DAY_MS
from babilu.kernel.states import ArchiveVerdict
from babilu.presentation.strings import Strings

HOUR_MS: Final = 60 * 60 * 1000
CODE_COLUMNS: Final = 4


def status_words(say: Strings, status: ArchiveStatusView, now: int, when: Callable[[int], str]) -> Iterator[str]:
    """Say how old the last good backup is, and whether one is made every day.

    Args:
        say: The person's language.
        status: How they stand.
        now: Unix milliseconds.
        when: Writes a time.
    """
    last = status.last
    if last is None:
        yield say("backup.none")
    else:
        age = max(0, now - last.made_at) // HOUR_MS
        yield say("backup.last", made=when(last.made_at), count=age, path=last.path)
    if status.folder is not None:
        yield say("backup.daily", folder=status.folder, count=status.kept)
    if status.error is not None and status.failed_at is not None:
        yield say("backup.failed", at=when(status.failed_at), why=why_failed(say, status.error))


def findings_words(say: Strings, found: ArchiveFindingsView, when: Callable[[int], str]) -> Iterator[str]:
    """Say what reading a backup has shown.

    Args:
        say: The person's language.
        found: What it was.
        when: Writes a time.
    """
    match found.verdict:
        case ArchiveVerdict.GOOD:
            yield say("backup.good")
            yield from about_words(say, found, when)
        case ArchiveVerdict.DAMAGED if found.counts is not None:
            count = found.counts.messages
            yield say("backup.damaged", at=found.damaged_at, readable=found.readable, count=count)
        case ArchiveVerdict.DAMAGED:
            yield say("backup.unreadable")
        case ArchiveVerdict.WRONG_CODE | ArchiveVerdict.TOO_NEW:
            yield say(f"backup.{found.verdict.value}")


def about_words(say: Strings, found: ArchiveFindingsView, when: Callable[[int], str]) -> Iterator[str]:
    """Say of what a backup is, from when, and up to what; nothing where that cannot be read."""
    counts = found.counts
    if counts is None or found.made_at is None:
        return
    name = found.name if found.relay is None else f"{found.name}@{found.relay}"
    yield say("backup.of", name=name, made=when(found.made_at), people=counts.people, count=counts.messages)
    if found.newest_at is not None:
        yield say("backup.newest", at=when(found.newest_at), version=found.list_version)


def why_failed(say: Strings, code: str) -> str:
    """Say why a daily backup could not be made: a code that others share is said of a folder and its disk."""
    keys = (f"backup.why.{code}", f"error.{code}", f"error.{ErrorCode.INTERNAL.value}")
    return next(say(key) for key in keys if key in say)


def is_overdue(status: ArchiveStatusView, now: int) -> bool:
    """Tell whether one is to be reminded: a day has passed since there was something to lose, and nothing keeps it."""
    return status.last is None and status.folder is None and now - status.since >= DAY_MS


def code_rows(words: str) -> list[str]:
    """Write the words of a recovery code in numbered rows."""
    numbered = [f"{number:2} {word:9}" for number, word in enumerate(words.split(), 1)]
    rows = -(-len(numbered) // CODE_COLUMNS)
    return ["".join(numbered[row::rows]).rstrip() for row in range(rows)]


def same_code(typed: str, words: str) -> bool:
    """Tell whether somebody has typed a code back: four letters of each word are enough."""
    given, meant = typed.lower().split(), words.split()
    return len(given) == len(meant) and all(
        word == right or (len(word) >= 4 and right.startswith(word)) for word, right in zip(given, meant, strict=True)
    )
