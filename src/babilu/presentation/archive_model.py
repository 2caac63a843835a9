"""Backups as faces show and make them: how old the last one is, a code that is typed back, what a file is."""

from collections.abc import Callable
from typing import Final

from babilu.api import commands as c
from babilu.api.credentials import Passphrase
from babilu.api.views import ArchiveFindingsView, ArchiveStatusView, ArchiveView
from babilu.kernel.errors import BabiluError
from babilu.presentation.archive_words import is_overdue
from babilu.presentation.client_bridge import ClientBridge

REMINDED: Final = "backup.reminded"
"""Under which the profile keeps that its owner was reminded once."""


class ArchiveModel:
    """Reads how backups stand, makes and examines them.

    Args:
        bridge: The way to the client.
        changed: Called when something else is to be shown.

    Attributes:
        status: How they stand, once it is known.
        words: The recovery code of the backup that is being made; None before and after that.
        made: The backup that was made last.
        findings: What was found in the file that was examined last.
        error: What went wrong last, or None.
        is_busy: Whether something is being made or examined.
    """

    def __init__(self, bridge: ClientBridge, changed: Callable[[], None]) -> None:
        self._bridge = bridge
        self._changed = changed
        self.status: ArchiveStatusView | None = None
        self.words: str | None = None
        self.made: ArchiveView | None = None
        self.findings: ArchiveFindingsView | None = None
        self.error: BabiluError | None = None
        self.is_busy = False

    def read(self) -> None:
        """Read how they stand."""
        self._bridge.request(c.ArchiveStatus(), self._stands, self._failed)

    def begin(self) -> None:
        """Have a recovery code made, to be written down and typed back."""

        def take(words: str) -> None:
            self.words, self.made, self.findings, self.error = words, None, None, None
            self._changed()

        self._bridge.request(c.NewRecoveryCode(), take, self._failed)

    def create(self, path: str) -> None:
        """Make a backup that opens with the code that was typed back."""
        if self.words is None or self.is_busy:
            return

        def done(made: ArchiveView) -> None:
            self.is_busy, self.made, self.words = False, made, None
            self.read()
            self._changed()

        self._work(c.CreateArchive(path, Passphrase(self.words)), done)

    def keep(self, folder: str | None) -> None:
        """Have a backup made every day into a folder, opened by the code that was typed back; None ends that."""
        if self.is_busy or (folder is not None and self.words is None):
            return

        def done(status: ArchiveStatusView) -> None:
            self.is_busy, self.words = False, None
            self._stands(status)

        code = None if self.words is None or folder is None else Passphrase(self.words)
        self._work(c.KeepArchives(folder, code), done)

    def examine(self, path: str, words: str) -> None:
        """Read a backup to its end."""

        def done(findings: ArchiveFindingsView) -> None:
            self.is_busy, self.findings = False, findings
            self._changed()

        self.findings = self.made = None
        if words.strip() and not self.is_busy:
            self._work(c.ExamineArchive(path, Passphrase(" ".join(words.split()))), done)

    def stop(self) -> None:
        """Tell nobody any more: nobody looks, and no code is kept in sight."""
        self._changed = lambda: None
        self.words = None

    def _work(self, command: "c.Command[object]", done: Callable[..., None]) -> None:
        self.is_busy, self.error = True, None
        self._changed()
        self._bridge.request(command, done, self._failed)

    def _stands(self, status: ArchiveStatusView) -> None:
        self.status = status
        self._changed()

    def _failed(self, error: BabiluError) -> None:
        self.is_busy, self.error = False, error
        self._changed()


def remind_once(bridge: ClientBridge, now: int, remind: Callable[[], object]) -> None:
    """Remind whoever has something to lose and no backup, once in the life of a profile.

    Args:
        bridge: The way to the client.
        now: Unix milliseconds.
        remind: Called where it is time to.
    """

    def ignore(_: BabiluError) -> None:
        """Another time will do."""

    def stored(_: None) -> None:
        remind()

    def was_reminded(value: str | None) -> None:
        if value is None:
            bridge.request(c.StoreValue(REMINDED, "1"), stored, ignore)

    def stands(status: ArchiveStatusView) -> None:
        if is_overdue(status, now):
            bridge.request(c.ReadValue(REMINDED), was_reminded, ignore)

    bridge.request(c.ArchiveStatus(), stands, ignore)
