"""One window for a folder of profiles: a second start raises the first one's window and leaves."""

import hashlib
import os
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

RAISE: Final = b"raise\n"
WAIT_MS: Final = 1_000


class SingleInstance(QObject):
    """Finds out whether this is the first window for a folder.

    Args:
        folder: Where the profiles lie.
    """

    raised = Signal()

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._name = name_for(folder)
        self._server = QLocalServer()
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._answer)

    def is_first(self) -> bool:
        """Become the first one, or raise the one that is; a name that a crash left behind is taken over."""
        if self._raise_other():
            return False
        if self._server.listen(self._name):
            return True
        if self._raise_other():
            return False
        QLocalServer.removeServer(self._name)
        self._server.listen(self._name)
        return True

    def close(self) -> None:
        """Let another start be the first."""
        self._server.close()

    def _raise_other(self) -> bool:
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(WAIT_MS):
            return False
        socket.write(RAISE)
        socket.waitForBytesWritten(WAIT_MS)
        socket.disconnectFromServer()
        return True

    def _answer(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnected.connect(socket.deleteLater)
            self.raised.emit()


def name_for(folder: Path) -> str:
    """Name the socket for a folder of profiles where nobody but this user can make one.

    A name in the folder that all users share could be taken by somebody else, who would keep the window from opening.
    """
    name = f"babilu-{hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:24]}"
    if not hasattr(os, "getuid"):
        # Names of pipes on Windows belong to whoever is logged in.
        return name
    # Qt gives none that another user owns or can write to.
    own = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.RuntimeLocation)
    return str((Path(own) if own else folder) / name)
