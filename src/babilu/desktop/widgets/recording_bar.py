"""Above where one writes: the voice note that is being recorded, or waits to be sent."""

from collections import deque
from typing import Final

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget
from typing_extensions import override

from babilu.api.events import PlayingChanged
from babilu.api.views import RecordingView
from babilu.desktop.language import translate
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import IconButton, PlainLabel, retranslates, row
from babilu.desktop.widgets.toast import announce
from babilu.desktop.widgets.voice_row import REST, paint_wave
from babilu.kernel.states import PlayingState, RecordingState
from babilu.presentation.voice_notes import clock_of_ms

LEVELS: Final = 64
"""So many of the last loudnesses are shown while one speaks."""

WAVE_HEIGHT: Final = 28
LEAST_WAVE: Final = 40


class Wave(QWidget):
    """Bars of a recording: the last of what is heard, or all of what waits."""

    sought = Signal(float)
    """Which part was pressed, 0 to 1."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._levels: deque[int] = deque(maxlen=LEVELS)
        self._peaks = b""
        self._done = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)

    def hear(self, level: int) -> None:
        """Show how loud it is now, behind what was heard before."""
        self._levels.append(level)
        self._peaks, self._done = bytes(LEVELS - len(self._levels)) + bytes(self._levels), 1.0
        self.update()

    def show_peaks(self, peaks: bytes, done: float) -> None:
        """Show a whole recording, and how much of it was played."""
        self._levels.clear()
        self._peaks, self._done = peaks, done
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(self._theme.scaled(LEAST_WAVE), self._theme.scaled(WAVE_HEIGHT))

    @override
    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.sought.emit(event.position().x() / max(self.width(), 1))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        colours = self._theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shades = QColor(colours.accent), self._theme.colour(colours.text, REST)
        paint_wave(painter, self._theme, QRectF(self.rect()), self._peaks, shades, self._done)
        painter.end()


class RecordingBar(QFrame):
    """Shows the recording of a conversation, and what can be done with it."""

    discarded = Signal()
    stopped = Signal()
    played = Signal()
    sent = Signal()
    left = Signal()
    """Escape was pressed: a recording ends, and one that waits is thrown away."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.recording: RecordingView | None = None
        self._playing = False
        self.setObjectName("inset")
        self.discard_button = IconButton(theme, "delete", lambda t: t.colours.danger)
        self.stop_button = IconButton(theme, "stop")
        self.send_button = IconButton(theme, "send", lambda t: t.colours.on_accent)
        self.send_button.setProperty("kind", "send")
        self.time = PlainLabel(theme, lambda t: t.fonts.strong)
        self.wave = Wave(theme)
        across = row(self, m.SMALL, (m.TINY, m.TINY, m.TINY, m.TINY))
        across.addWidget(self.discard_button)
        across.addWidget(self.time)
        across.addWidget(self.wave, 1)
        across.addWidget(self.stop_button)
        across.addWidget(self.send_button)
        self.discard_button.clicked.connect(self.discarded)
        self.stop_button.clicked.connect(self._press_middle)
        self.send_button.clicked.connect(self.sent)
        self.retranslate()
        self.hide()

    @property
    def is_recording(self) -> bool:
        """Whether a microphone is heard."""
        return self.recording is not None and self.recording.state is RecordingState.RECORDING

    def show_recording(self, recording: RecordingView | None, playing: PlayingChanged | None) -> None:
        """Show the recording of the open conversation, or none."""
        before, self.recording = self.recording, recording
        self._playing = playing is not None and playing.state is PlayingState.PLAYING
        self.setVisible(recording is not None)
        if recording is None:
            return
        length = clock_of_ms(recording.duration)
        if self.is_recording:
            self.wave.hear(recording.level)
            self.time.setText(length)
        else:
            done = 0.0 if playing is None else playing.position / max(recording.duration, 1)
            self.wave.show_peaks(recording.peaks, min(done, 1.0))
            self.time.setText(length if playing is None else f"{clock_of_ms(playing.position)} / {length}")
        self.time.tone("danger" if self.is_recording else "")
        self.time.setMinimumWidth(self.time.sizeHint().width())
        if before is None or before.state is not recording.state:
            announce(self, self._sentence(recording))
        self._say_middle()

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.setAccessibleName(translate("Voice", "Voice note"))
        self.discard_button.call_it(translate("Voice", "Throw the voice note away"))
        self.send_button.call_it(translate("Voice", "Send the voice note"), "Return")
        self._say_middle()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if retranslates(event):
            self.retranslate()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)

    def _press_middle(self) -> None:
        (self.stopped if self.is_recording else self.played).emit()

    def _say_middle(self) -> None:
        if self.is_recording:
            self.stop_button.show_icon("stop")
            self.stop_button.call_it(translate("Voice", "End the recording"), "Esc")
        elif self._playing:
            self.stop_button.show_icon("pause")
            self.stop_button.call_it(translate("Voice", "Stop playing"))
        else:
            self.stop_button.show_icon("play")
            self.stop_button.call_it(translate("Voice", "Listen to it"))

    def _sentence(self, recording: RecordingView) -> str:
        if recording.state is RecordingState.RECORDING:
            return translate("Voice", "A voice note is being recorded")
        length = clock_of_ms(recording.duration)
        return translate("Voice", "A voice note of {0} waits to be sent").format(length)
