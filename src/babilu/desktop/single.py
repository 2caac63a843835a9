"""One window for a folder of profiles: a second start raises the first one's window and leaves."""

import hashlib
import os
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

RAISE: Final = b"raise\n"
WAIT_MS: Final = 1_000

ADDRESS_BYTES: Final = 100
"""Longest path of a socket that every system takes."""

_OTHERS_WRITE: Final = 0o022


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
    places = (Path(os.environ.get("XDG_RUNTIME_DIR") or folder), folder, Path.home())
    return str(next((place for place in places if _is_own(place, name)), folder) / name)


def _is_own(place: Path, name: str) -> bool:
    """Tell whether nobody else can make a name in a folder, and the system takes the path of one there."""
    try:
        found = place.stat()
    except OSError:
        return False
    return (
        found.st_uid == os.getuid()
        and not found.st_mode & _OTHERS_WRITE
        and len(os.fsencode(place / name)) <= ADDRESS_BYTES
    )
