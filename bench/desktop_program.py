"""The desktop program as people start it, with a stop-watch: a line when it is painted, and one when a profile is open.

Its arguments are those of `main.py`. A measurement starts it and notes when the lines come.
"""

import sys

from PySide6.QtCore import QEvent, QObject, QTimer

from babilu.cli import main
from babilu.desktop.app import DesktopApp

LOOK_MS = 10


class Watch(QObject):
    """Looks at a window from outside."""

    def __init__(self, app: DesktopApp) -> None:
        super().__init__(app)
        self._app = app
        self._painted = False
        app.window.first.title.installEventFilter(self)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(LOOK_MS)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 -- Qt's name
        """Notice the first painting."""
        if event.type() is QEvent.Type.Paint and not self._painted:
            self._painted = True
            print("painted", flush=True)
        return super().eventFilter(watched, event)

    def _look(self) -> None:
        if self._app.window.can_lock and self._app.client_model.overview.name:
            self._timer.stop()
            print("open", flush=True)


def watched() -> int:
    """Run the program with somebody looking."""
    start = DesktopApp.start

    def start_watched(app: DesktopApp) -> None:
        Watch(app)
        start(app)

    DesktopApp.start = start_watched  # type: ignore[method-assign, assignment]
    return main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(watched())
