"""Files that are to be sent: they stand above the field with name and size, and can be taken out until then."""

import os
import stat
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QMimeData, QSignalBlocker, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QFrame, QWidget
from typing_extensions import override

from babilu.api.events import FileTransfer
from babilu.api.views import InspectedFileView
from babilu.desktop.language import countable, size_words, translate
from babilu.desktop.models.file_words import file_name
from babilu.desktop.models.picture_words import contents_words
from babilu.desktop.models.timer_words import timer_name
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import ElidedLabel, IconButton, PlainLabel, column, retranslates, row
from babilu.desktop.widgets.controls import Switch
from babilu.desktop.widgets.thumbnail import Thumbnail
from babilu.kernel.limits import FILES_OF_MESSAGE
from babilu.presentation.pictures import SHOWN_ENDINGS

DROPPED_AT_MOST: Final = 1_000
"""Paths of one drop or paste that are looked at."""


@dataclass(frozen=True, slots=True)
class ChosenFile:
    """A file that is to be sent.

    Attributes:
        path: Its whole path.
        size: Its bytes when it was chosen.
        as_file: Whether it keeps every byte where it is a picture.
    """

    path: str
    size: int
    as_file: bool = False

    def exceeds(self, most: int | None) -> bool:
        """Tell whether it is larger than a relay takes, as far as that is known: a picture is made smaller."""
        if most is None or self.size <= most:
            return False
        seems_picture = self.path.rpartition(".")[2].casefold() in SHOWN_ENDINGS
        return most == 0 or self.as_file or not seems_picture


class FileChip(QFrame):
    """One file that is to be sent, with a button that takes it out.

    Args:
        theme: Fonts and colours.
        file: The file.
    """

    def __init__(self, theme: Theme, file: ChosenFile) -> None:
        super().__init__()
        self.file = file
        self.setObjectName("inset")
        self.found: InspectedFileView | None = None
        self.words = ElidedLabel(theme, lambda t: t.fonts.small)
        # One line each: ten files must leave room for what is written. What weighs most stands first.
        self.contents = ElidedLabel(theme, lambda t: t.fonts.small, "muted")
        self.contents.hide()
        self.remove_button = IconButton(theme, "close")
        self.thumbnail = Thumbnail(theme)
        across = row(self, m.SMALL, (m.MEDIUM, 1, m.TINY, 1))
        across.addWidget(self.thumbnail)
        words = column(spacing=0)
        words.addWidget(self.words)
        words.addWidget(self.contents)
        across.addLayout(words, 1)
        across.addWidget(self.remove_button)
        self.retranslate()

    @property
    def is_picture(self) -> bool:
        """Whether it is known to be a picture."""
        return self.found is not None and self.found.picture

    @property
    def is_stuck(self) -> bool:
        """Whether it is a picture that can be sent only as a file, and is not to be."""
        return self.found is not None and self.found.error is not None and not self.file.as_file

    def learn(self, found: InspectedFileView) -> None:
        """Hear what the file is."""
        self.found = found
        self.thumbnail.show_preview(found.preview)
        self.retranslate()

    def keep_bytes(self, *, as_file: bool) -> None:
        """Let a picture keep every byte, or not."""
        self.file = replace(self.file, as_file=as_file)
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        name = file_name(Path(self.file.path).name)
        self.words.say(f"{name} · {size_words(self.file.size)}")
        said = "" if self.found is None else contents_words(self.found, as_file=self.file.as_file)
        self.contents.tone("danger" if self.file.as_file or self.is_stuck else "muted")
        self.contents.say(said)
        self.contents.setToolTip(said)
        self.contents.setVisible(bool(said))
        self.remove_button.call_it(translate("Attachments", "Do not send {0}").format(name))


class OutgoingFiles(QWidget):
    """The files that are to be sent with what is written."""

    changed = Signal()
    """Files were chosen or taken out."""

    refused = Signal(str)
    """A sentence: something cannot be sent."""

    unknown = Signal(str)
    """The path of a file that was chosen: what is it? `learn` takes the answer."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._pictures: tempfile.TemporaryDirectory[str] | None = None
        self._made = 0
        self.chips: list[FileChip] = []
        self.dialog: QFileDialog | None = None
        self.largest: int | None = None
        self._kept_ms: int | None = None
        self.bytes_switch = Switch(theme)
        self.bytes_switch.hide()
        self.bytes_switch.toggled.connect(self._keep_bytes)
        self.rule = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        outer = column(self, m.TINY)
        self._lines = column(spacing=m.TINY)
        outer.addLayout(self._lines)
        outer.addWidget(self.bytes_switch)
        outer.addWidget(self.rule)
        self.hide()
        self.retranslate()

    def follow_rule(self, largest: int | None, kept_ms: int | None) -> None:
        """Show what the relay says of files, as far as it is known: the largest one, and how long it stores them."""
        if (largest, kept_ms) != (self.largest, self._kept_ms):
            self.largest, self._kept_ms = largest, kept_ms
            self._say_rule()
            self.changed.emit()

    @property
    def chosen(self) -> tuple[ChosenFile, ...]:
        """The files in order."""
        return tuple(chip.file for chip in self.chips)

    @property
    def stuck(self) -> ChosenFile | None:
        """The first picture that can be sent only as a file, and is not to be."""
        return next((chip.file for chip in self.chips if chip.is_stuck), None)

    def learn(self, found: InspectedFileView) -> None:
        """Hear what a file is that was chosen."""
        before = self.stuck
        for chip in self.chips:
            if chip.file.path == found.path:
                chip.learn(found)
        self._show_switch()
        if self.stuck != before:
            self.changed.emit()

    def _keep_bytes(self, as_file: bool) -> None:
        for chip in self.chips:
            chip.keep_bytes(as_file=as_file)
        self.changed.emit()

    def _show_switch(self) -> None:
        """Offer every byte where there is a picture; what was chosen before it is known counts for it, too."""
        with QSignalBlocker(self.bytes_switch):
            self.bytes_switch.setChecked(any(chip.file.as_file for chip in self.chips))
        self.bytes_switch.setVisible(any(chip.is_picture for chip in self.chips))

    def show_files(self, files: Sequence[ChosenFile]) -> None:
        """Show files in place of those that are there."""
        for chip in self.chips:
            self._lines.removeWidget(chip)
            chip.deleteLater()
        self.chips = []
        self.bytes_switch.setChecked(False)
        for file in files:
            self._put(file)
        self._tell()

    def add(self, paths: Iterable[str]) -> None:
        """Take files in; what cannot be sent is refused with a sentence."""
        folders, missing, over = 0, 0, 0
        large: ChosenFile | None = None
        known = {chip.file.path for chip in self.chips}
        for path in paths:
            try:
                found = Path(path).stat()
            except (OSError, ValueError):
                missing += 1
                continue
            if stat.S_ISDIR(found.st_mode):
                folders += 1
            elif not stat.S_ISREG(found.st_mode) or not os.access(path, os.R_OK):
                missing += 1
            elif path in known:
                continue
            elif ChosenFile(path, found.st_size).exceeds(self.largest):
                large = ChosenFile(path, found.st_size)
            elif len(self.chips) >= FILES_OF_MESSAGE:
                over += 1
            else:
                known.add(path)
                self._put(ChosenFile(path, found.st_size))
        self._tell()
        if large is not None and self.largest is not None:
            self.refused.emit(too_large(large, self.largest))
            return
        for count, sentence in ((folders, folders_refused()), (missing, unreadable(missing)), (over, too_many())):
            if count:
                self.refused.emit(sentence)
                return

    def take(self, data: QMimeData) -> bool:
        """Take files, or else a picture, from what is dropped or pasted; tells whether there were any."""
        paths = [url.toLocalFile() for url in data.urls()[:DROPPED_AT_MOST] if url.isLocalFile()]
        if paths:
            self.add(paths)
            return True
        if data.hasImage() and not data.hasText():
            return self._add_picture(QImage(data.imageData()))
        return False

    def choose(self) -> None:
        """Let the user choose files."""
        self.leave()
        dialog = self.dialog = QFileDialog(self.window(), translate("Attachments", "Files to send"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(self.add)
        dialog.finished.connect(self._chose)
        dialog.open()

    def leave(self) -> None:
        """Let nothing more be chosen."""
        if self.dialog is not None:
            self.dialog.reject()

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        for chip in self.chips:
            chip.retranslate()
        self.bytes_switch.setText(translate("Attachments", "Send pictures as files, with all that they contain"))
        self._say_rule()
        self._name()

    def _say_rule(self) -> None:
        self.rule.setText(rule_words(self.largest, self._kept_ms) if self.chips else "")
        self.rule.setVisible(bool(self.rule.text()))

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if retranslates(event):
            self.retranslate()

    def release(self, files: Iterable[ChosenFile]) -> None:
        """Delete the pictures of the clipboard among files that are sealed, or that will not be sent."""
        for file in files:
            if self._pictures is not None and Path(file.path).parent == Path(self._pictures.name):
                Path(file.path).unlink(missing_ok=True)

    def close(self) -> bool:
        """Delete all pictures of the clipboard, and let nothing more be chosen."""
        self.leave()
        if self._pictures is not None:
            self._pictures.cleanup()
            self._pictures = None
        return super().close()

    def _chose(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None

    def _add_picture(self, picture: QImage) -> bool:
        """Write a picture of the clipboard into a file of its own, which only this user can read."""
        if picture.isNull():
            return False
        if self._pictures is None:
            self._pictures = tempfile.TemporaryDirectory(prefix="babilu-")
        self._made += 1
        path = Path(self._pictures.name) / f"{translate('Attachments', 'picture')}-{self._made}.png"
        if not picture.save(str(path)):
            self.refused.emit(translate("Attachments", "This picture could not be taken."))
            return True
        self.add([str(path)])
        return True

    def _put(self, file: ChosenFile) -> None:
        chip = FileChip(self._theme, replace(file, as_file=file.as_file or self.bytes_switch.isChecked()))
        chip.remove_button.clicked.connect(lambda: self._remove(chip))
        self.chips.append(chip)
        self._lines.addWidget(chip)
        self.unknown.emit(file.path)

    def _remove(self, chip: FileChip) -> None:
        self.chips.remove(chip)
        self.release((chip.file,))
        self._lines.removeWidget(chip)
        chip.hide()
        chip.deleteLater()
        self._tell()

    def _tell(self) -> None:
        self.setVisible(bool(self.chips))
        self._show_switch()
        self._say_rule()
        self._name()
        self.changed.emit()

    def _name(self) -> None:
        self.setAccessibleName(translate("Attachments", "%n file(s) to send", None, countable(len(self.chips))))


def folders_refused() -> str:
    """Say that a folder cannot be sent."""
    return translate("Attachments", "A folder cannot be sent: choose the files in it, or pack it into one file.")


def unreadable(count: int) -> str:
    """Say that files cannot be read."""
    return translate("Attachments", "%n file(s) cannot be read.", None, countable(count))


def too_many() -> str:
    """Say that a message brings only so many files."""
    return translate("Attachments", "A message brings at most %n file(s).", None, FILES_OF_MESSAGE)


def too_large(file: ChosenFile, most: int) -> str:
    """Say that a file is larger than the relay takes."""
    if not most:
        return translate("Attachments", "This relay takes no files.")
    name, size = file_name(Path(file.path).name), size_words(file.size)
    return translate("Attachments", "{0} has {1}; this relay takes at most {2}.").format(name, size, size_words(most))


def rule_words(largest: int | None, kept_ms: int | None) -> str:
    """Say which files the relay takes and how long it stores them; empty where that is not known."""
    if largest is None:
        return ""
    if not largest:
        return translate("Attachments", "This relay takes no files.")
    size, time = size_words(largest), timer_name((kept_ms or 0) // 1_000)
    return translate("Attachments", "Up to {0} each. The relay stores them for {1}, where it has room.").format(
        size, time
    )


def sealing(transfer: FileTransfer) -> str:
    """Say how far the files of a message are encrypted, before it is sent."""
    percent = transfer.done * 100 // transfer.total if transfer.total else 0
    return translate("Attachments", "Encrypting file {0}: {1} %").format(transfer.index + 1, percent)
