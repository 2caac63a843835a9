"""Backups as they are shown: what is in one, what is wrong with one, and how old the last good one is."""

from dataclasses import dataclass

from babilu.api.connection_views import Address
from babilu.kernel.states import ArchiveVerdict


@dataclass(frozen=True, slots=True)
class ArchiveCountsView:
    """How much a backup holds.

    Attributes:
        people: People who are known.
        conversations: Conversations, notes to oneself included.
        messages: Messages, and lines about what happened between them.
        entries: Entries of groups' logs.
        files: Files that are in it.
    """

    people: int = 0
    conversations: int = 0
    messages: int = 0
    entries: int = 0
    files: int = 0


@dataclass(frozen=True, slots=True)
class ArchiveView:
    """A backup that was made, and read back by another process.

    Attributes:
        path: The file.
        size: Bytes.
        counts: How much is in it.
        sha256: Hash of its contents, 64 hexadecimal digits.
        made_at: Unix milliseconds.
        took_ms: How long it took to write it.
        rehearsed_ms: How long it took to read it back; None where that was not asked for.
    """

    path: str
    size: int
    counts: ArchiveCountsView
    sha256: str
    made_at: int
    took_ms: int
    rehearsed_ms: int | None


@dataclass(frozen=True, slots=True)
class ArchiveFindingsView:
    """What reading a backup to its end has shown.

    Attributes:
        verdict: What is to be said of it.
        damaged_at: Of a damaged one: offset of the first byte that is not as it was written.
        readable: How many messages can be read.
        counts: How much was written into it; None where that cannot be read.
        sha256: Hash of its contents, 64 hexadecimal digits; None where not all of them can be read.
        name: Whose it is; None where that cannot be read.
        relay: Their relay; None without one.
        made_at: When it was made (Unix milliseconds).
        newest_at: When its newest message was sent.
        list_version: Version of the own device list that is in it.
    """

    verdict: ArchiveVerdict
    damaged_at: int | None = None
    readable: int = 0
    counts: ArchiveCountsView | None = None
    sha256: str | None = None
    name: str | None = None
    relay: Address | None = None
    made_at: int | None = None
    newest_at: int | None = None
    list_version: int | None = None


@dataclass(frozen=True, slots=True)
class ArchiveStatusView:
    """How the daily backups stand.

    Attributes:
        folder: Where they are kept; None where there are none.
        last: The last good backup of any kind; None where there was none since this profile was made.
        kept: How many daily ones lie in the folder.
        error: Stable code of why the last try failed; None where it did not.
        failed_at: When it did (Unix milliseconds).
        since: Since when the profile has something to lose: when it was made.
    """

    folder: str | None
    last: ArchiveView | None
    kept: int
    error: str | None
    failed_at: int | None
    since: int
