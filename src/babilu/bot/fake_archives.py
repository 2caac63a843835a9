"""What a `FakeClient` does about backups: it writes none, and says what one that was made would say."""

from typing import Final

from babilu.api import commands as c
from babilu.api.views import ArchiveCountsView, ArchiveFindingsView, ArchiveStatusView, ArchiveView
from babilu.bot.fake_profile import START_MS, FakeProfile
from babilu.kernel.errors import UsageError
from babilu.kernel.states import ArchiveVerdict

FAKE_CODE: Final = " ".join(["abandon"] * 23 + ["art"])
"""The recovery code of 32 zeros."""

ArchiveOrder = c.NewRecoveryCode | c.CreateArchive | c.ExamineArchive | c.ArchiveStatus | c.KeepArchives


class FakeArchives:
    """Backups that were made.

    Args:
        profile: What the client has.

    Attributes:
        since: Since when there is something to lose.
        code: The recovery code of whatever is made.
    """

    def __init__(self, profile: FakeProfile) -> None:
        self._profile = profile
        self._made: dict[str, tuple[str, ArchiveView]] = {}
        self._last: ArchiveView | None = None
        self._folder: str | None = None
        # Nothing to lose yet, so that nobody is reminded; a test says since when there is.
        self.since = 2**53
        self.code = FAKE_CODE

    def answer(self, command: ArchiveOrder) -> object:
        """Answer a command about backups."""
        match command:
            case c.NewRecoveryCode():
                return self.code
            case c.CreateArchive():
                return self._create(command)
            case c.ExamineArchive(path, secret):
                return self._examine(path, secret.reveal().decode())
            case c.KeepArchives(folder):
                self._folder = folder
        kept = 0 if self._folder is None else 1
        return ArchiveStatusView(self._folder, self._last, kept, None, None, self.since)

    def _create(self, command: c.CreateArchive) -> ArchiveView:
        if command.path in self._made:
            raise UsageError(f"There is a file {command.path} already.")
        everything = self._profile.conversations.values()
        counts = ArchiveCountsView(len(everything), len(everything), sum(len(each.messages) for each in everything))
        made = ArchiveView(command.path, 66_340, counts, "ab" * 32, START_MS, 900, 800)
        self._made[command.path] = command.secret.reveal().decode(), made
        self._last = made
        return made

    def _examine(self, path: str, secret: str) -> ArchiveFindingsView:
        known = self._made.get(path)
        if known is None:
            raise UsageError(f"The archive {path} cannot be read: No such file or directory.")
        if known[0] != secret:
            return ArchiveFindingsView(ArchiveVerdict.WRONG_CODE)
        made = known[1]
        return ArchiveFindingsView(
            ArchiveVerdict.GOOD, None, made.counts.messages, made.counts, made.sha256, "alice", None, made.made_at
        )
