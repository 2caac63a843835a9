"""Commands about backups, each in a thread that may take its time."""

from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any

from babilu.api import commands as ask_for
from babilu.api import views
from babilu.archive.header import Opener
from babilu.archive.reader import ArchiveFindings, findings_of
from babilu.archive.recovery_code import new_code, read_code
from babilu.crypto.secret import Passphrase
from babilu.engine.archives.daily import ArchiveKeeper, shown_counts
from babilu.engine.archives.making import NewArchive
from babilu.engine.runtime.threads import Worker, busy, settle
from babilu.kernel.errors import ArchiveError, ErrorCode
from babilu.kernel.ports import Randomness
from babilu.kernel.states import ArchiveKeyKind, ArchiveVerdict

ArchiveCommand = (
    ask_for.NewRecoveryCode
    | ask_for.CreateArchive
    | ask_for.ExamineArchive
    | ask_for.ArchiveStatus
    | ask_for.KeepArchives
)
"""Commands about backups."""

_VERDICTS = {
    ErrorCode.WRONG_CODE: ArchiveVerdict.WRONG_CODE,
    ErrorCode.ARCHIVE_DAMAGED: ArchiveVerdict.DAMAGED,
    ErrorCode.ARCHIVE_TOO_NEW: ArchiveVerdict.TOO_NEW,
}


class ArchiveCommands:
    """Does commands about backups, one after the other.

    Args:
        keeper: Makes them.
        randomness: For recovery codes.
    """

    def __init__(self, keeper: ArchiveKeeper, randomness: Randomness) -> None:
        self._keeper = keeper
        self._randomness = randomness
        self._worker = Worker("babilu-archives")

    def start(self) -> None:
        """Start the thread."""
        self._worker.start()

    def look(self) -> None:
        """Make the backup of the day, where it is time to."""
        self._worker.post(self._keeper.look)

    def stop(self) -> None:
        """End what is under way, and the thread."""
        self._keeper.stop()
        self._worker.stop()

    def do(self, command: ArchiveCommand, future: "Future[Any]") -> None:
        """Do a command in the thread for it.

        Raises:
            LinkError: ``busy``.
        """
        match command:
            case ask_for.NewRecoveryCode():
                settle(future, lambda: " ".join(new_code(self._randomness)))
            case ask_for.ArchiveStatus():
                # It waits for no backup that is under way.
                settle(future, self._keeper.status)
            case ask_for.CreateArchive():
                self._post(future, partial(self._create, command))
            case ask_for.ExamineArchive(path, secret, kind):
                self._post(future, lambda: examined(Path(path), opener_of(secret, kind)))
            case ask_for.KeepArchives():
                self._post(future, partial(self._keep, command))

    def _post(self, future: "Future[Any]", act: Any) -> None:  # noqa: ANN401 -- what a command answers
        if not self._worker.post(partial(settle, future, act)):
            raise busy()

    def _create(self, command: ask_for.CreateArchive) -> views.ArchiveView:
        opener = opener_of(command.secret, command.kind)
        wanted = NewArchive(Path(command.path), opener, command.files, command.disappearing)
        return self._keeper.make(wanted, rehearse=command.rehearse)

    def _keep(self, command: ask_for.KeepArchives) -> views.ArchiveStatusView:
        folder = None if command.folder is None else Path(command.folder)
        key = None if command.code is None else read_code(command.code.reveal().decode())
        self._keeper.keep(folder, key)
        if command.first:
            self._keeper.look()
        else:
            self.look()
        return self._keeper.status()


def opener_of(secret: Passphrase, kind: ArchiveKeyKind) -> Opener:
    """Give what opens an archive.

    Raises:
        UsageError: The words are no recovery code.
    """
    return secret if kind is ArchiveKeyKind.PASSPHRASE else read_code(secret.reveal().decode())


def examined(path: Path, opener: Opener) -> views.ArchiveFindingsView:
    """Read an archive to its end; what is wrong with it is the answer.

    Raises:
        UsageError: There is no such file.
    """
    try:
        return shown_findings(findings_of(path, opener))
    except ArchiveError as error:
        return views.ArchiveFindingsView(_VERDICTS[error.code], damaged_at=0 if _is_damage(error) else None)


def verdict_of(error: ArchiveError) -> ArchiveVerdict:
    """Tell what an error says of an archive."""
    return _VERDICTS[error.code]


def shown_findings(found: ArchiveFindings) -> views.ArchiveFindingsView:
    """Show what was found."""
    summary = found.summary
    return views.ArchiveFindingsView(
        verdict=found.verdict,
        damaged_at=found.damaged_at,
        readable=found.readable,
        counts=None if found.counts is None else shown_counts(found.counts),
        sha256=None if found.sha256 is None else found.sha256.hex(),
        name=None if summary is None else summary.name,
        relay=None if summary is None or summary.relay is None else views.Address(*summary.relay),
        made_at=None if summary is None else summary.made_at,
        newest_at=None if summary is None else summary.newest_at,
        list_version=None if summary is None else summary.list_version,
    )


def _is_damage(error: ArchiveError) -> bool:
    return error.code is ErrorCode.ARCHIVE_DAMAGED
