"""SIGTERM, SIGINT and SIGHUP reach Qt at once: Python notes them, a pipe wakes the loop, and the slot runs there."""

import os
import signal
from types import FrameType
from typing import Final

from PySide6.QtCore import QObject, QSocketNotifier, Signal

ENDING: Final = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name))
CHUNK: Final = 4096


class ProcessSignals(QObject):
    """Tells when the process is asked to end."""

    ended = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        self._before = {number: signal.signal(number, self._note) for number in ENDING}
        self._wakeup = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        self._watcher = QSocketNotifier(self._reader, QSocketNotifier.Type.Read)
        self._watcher.activated.connect(self._woken)
        self._noted = False

    def close(self) -> None:
        """Give the signals back to whoever had them."""
        self._watcher.setEnabled(False)
        signal.set_wakeup_fd(self._wakeup)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self._reader)
        os.close(self._writer)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._noted = True

    def _woken(self) -> None:
        os.read(self._reader, CHUNK)
        if self._noted:
            self._noted = False
            self.ended.emit()
