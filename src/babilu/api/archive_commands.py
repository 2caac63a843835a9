"""Commands about backups of one's own: made, compared, kept daily."""

from dataclasses import dataclass

from babilu.api.archive_views import ArchiveFindingsView, ArchiveStatusView, ArchiveView
from babilu.api.command import Command
from babilu.crypto.secret import Passphrase
from babilu.kernel.states import ArchiveKeyKind


@dataclass(frozen=True, slots=True)
class NewRecoveryCode(Command[str]):
    """Make a recovery code: 24 words with spaces between them, which nothing keeps. Have them typed back."""


@dataclass(frozen=True, slots=True)
class CreateArchive(Command[ArchiveView]):
    """Make a backup: one file, read back by another process before it counts.

    Attributes:
        path: The file to make; there is none of that name yet.
        secret: The words of a recovery code, or a passphrase.
        kind: Which of the two.
        files: Whether files of messages that are here go into it.
        disappearing: Whether messages go into it that disappear and are not over.
        rehearse: Whether it is read back.

    Raises:
        UsageError: The words are no code, or the file cannot be made there.
        ArchiveError: ``archive_damaged``: it does not come back as it was; it is deleted.
        ProfileError: ``disk_full``, ``not_allowed``, ``unavailable``.
    """

    path: str
    secret: Passphrase
    kind: ArchiveKeyKind = ArchiveKeyKind.CODE
    files: bool = True
    disappearing: bool = False
    rehearse: bool = True


@dataclass(frozen=True, slots=True)
class ExamineArchive(Command[ArchiveFindingsView]):
    """Read a backup to its end; what is wrong with it is the answer, and no error.

    Raises:
        UsageError: The words are no code, or the file cannot be read.
    """

    path: str
    secret: Passphrase
    kind: ArchiveKeyKind = ArchiveKeyKind.CODE


@dataclass(frozen=True, slots=True)
class ArchiveStatus(Command[ArchiveStatusView]):
    """Show how the daily backups stand, and how old the last good one is."""


@dataclass(frozen=True, slots=True)
class KeepArchives(Command[ArchiveStatusView]):
    """Make a backup every day into a folder, by itself; seven daily and four weekly ones stay there.

    The profile keeps what the code opens them with, and never the code.

    Attributes:
        folder: Where to; None makes none any more, and deletes none.
        code: The words of a recovery code.
        first: Whether the answer waits for the first one, for a program that ends with it.

    Raises:
        UsageError: The words are no code, or there is no such folder.
    """

    folder: str | None
    code: Passphrase | None = None
    first: bool = False
