"""The relay's invitations, for those whose role shows them; who may see them may make and revoke them."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from babilu.desktop.bridge import QtBridge
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.presentation import invitations as i


class InvitationsModel(QObject):
    """Asks the relay for its invitations, and changes them.

    Args:
        bridge: The way to the client.
    """

    changed = Signal()

    def __init__(self, bridge: QtBridge) -> None:
        super().__init__()
        self._bridge = bridge
        self.open: tuple[i.ListedInvitation, ...] | None = None
        self.trouble: BabiluError | None = None

    @property
    def is_allowed(self) -> bool:
        """Whether the relay has told its invitations: to owner and moderators it does."""
        return self.open is not None

    def forget(self) -> None:
        """Know nothing again: another account is asked for from now on."""
        self.open = self.trouble = None
        self.changed.emit()

    def ask(self) -> None:
        """Ask for those that can still be used."""
        self._bridge.request(i.list_invitations(), self._take, self._refused)

    def make(
        self,
        uses: int,
        lifetime_ms: int | None,
        done: Callable[[i.MadeInvitation], None],
        failed: Callable[[BabiluError], None],
    ) -> None:
        """Make an invitation; whoever asks is the only one who is ever told its text."""

        def made(answer: str) -> None:
            try:
                invitation = i.read_invitation(answer)
            except BabiluError as error:
                failed(error)
            else:
                done(invitation)
            self.ask()

        self._bridge.request(i.invite(uses, lifetime_ms), made, failed)

    def revoke(self, number: int, failed: Callable[[BabiluError], None]) -> None:
        """Make an invitation unusable."""

        def refused(error: BabiluError) -> None:
            failed(error)
            self.ask()

        self._bridge.request(i.revoke(number), lambda _: self.ask(), refused)

    def _take(self, answer: str) -> None:
        try:
            self.open, self.trouble = i.read_invitations(answer), None
        except BabiluError as error:
            self._refused(error)
        else:
            self.changed.emit()

    def _refused(self, error: BabiluError) -> None:
        if error.code is ErrorCode.NOT_ALLOWED:
            self.open = None
        self.trouble = error
        self.changed.emit()
