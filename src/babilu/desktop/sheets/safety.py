"""Comparing safety numbers: by eye, by pasting the other person's digits, or by opening a picture of their code."""

from enum import Enum, unique
from typing import Final, assert_never

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QClipboard, QColor, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget
from typing_extensions import override

from babilu.api import commands as c
from babilu.api.views import SafetyNumberView, Trust
from babilu.desktop.bridge import Bridge
from babilu.desktop.codes import CodeOutcome, can_read_pictures, read_code
from babilu.desktop.language import translate
from babilu.desktop.plain import grouped, only_digits, person
from babilu.desktop.sentences import sentence_for
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, PlainLabel, column, row
from babilu.desktop.widgets.sheet import Sheet

CODE: Final = 196
DIGITS: Final = 60
PREFIX: Final = 7
HALF: Final = 32


FAILED: Final = frozenset({"different", "incomplete", "own", "copied", "foreign"})
"""Comparisons after which nobody can say that the numbers are the same; the field can be emptied."""


@unique
class Comparison(Enum):
    """What a comparison showed."""

    EQUAL = "equal"
    DIFFERENT = "different"
    INCOMPLETE = "incomplete"
    OWN = "own"
    COPIED = "copied"
    FOREIGN = "foreign"


def compare_digits(pasted: str, digits: str) -> Comparison:
    """Compare what was typed or pasted with the safety number."""
    given = only_digits(pasted)
    if len(given) < DIGITS:
        return Comparison.INCOMPLETE
    return Comparison.EQUAL if given == digits else Comparison.DIFFERENT


def is_copied_here(digits: str) -> bool:
    """Tell whether what the clipboard holds was copied in this very program: then it shows only what is seen here."""
    clipboard = QGuiApplication.clipboard()
    own = []
    if clipboard.ownsClipboard():
        own.append(clipboard.text())
    if clipboard.ownsSelection():
        own.append(clipboard.text(QClipboard.Mode.Selection))
    return any(only_digits(text) == digits for text in own)


def compare_code(scanned: bytes, own: bytes) -> Comparison:
    """Compare what the other person's screen shows with what it must show.

    Both codes have a prefix and two halves of 32 bytes; the other person's has the halves the other way round.
    """
    if len(own) != PREFIX + 2 * HALF or len(scanned) != len(own) or scanned[:PREFIX] != own[:PREFIX]:
        return Comparison.FOREIGN
    if scanned == own[:PREFIX] + own[PREFIX + HALF :] + own[PREFIX : PREFIX + HALF]:
        return Comparison.EQUAL
    return Comparison.OWN if scanned == own else Comparison.DIFFERENT


class Code(QWidget):
    """A QR code, dark on white whatever the theme, because cameras need it so."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[tuple[int, ...], ...] = ()
        self.setFixedSize(CODE, CODE)

    def encode(self, payload: bytes) -> None:
        """Show some bytes."""
        import segno  # takes longer to load than the first page does to paint

        made = segno.make(payload, mode="byte", error="m", micro=False)
        self._rows = tuple(tuple(line) for line in made.matrix)
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(CODE, CODE)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#ffffff"))
        painter.drawRoundedRect(self.rect(), 12, 12)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        size = (CODE - 24) // max(1, len(self._rows))
        start = (CODE - size * len(self._rows)) / 2
        for y, line in enumerate(self._rows):
            for x, dark in enumerate(line):
                if dark:
                    painter.fillRect(QRectF(start + x * size, start + y * size, size, size), QColor("#0b1f18"))
        painter.end()


class SafetySheet(Sheet):
    """Shows the safety number with a contact, and records that it was compared."""

    def __init__(self, theme: Theme, bridge: Bridge, name: str) -> None:
        super().__init__(theme, 560)
        self._bridge = bridge
        self._name = name
        self._view: SafetyNumberView | None = None
        self._outcome: Comparison | CodeOutcome | None = None
        self._before = 0
        self.text = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.code = Code()
        self.digits = PlainLabel(theme, lambda t: t.fonts.digits)
        self.digits.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.digits.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.state = PlainLabel(theme, lambda t: t.fonts.strong, wraps=True)
        self.field = QLineEdit()
        self.field.setAcceptDrops(False)
        self.open_button = Button()
        self.outcome = PlainLabel(theme, lambda t: t.fonts.strong, wraps=True)
        self.verified_button = Button("primary")
        self.copy_button = Button("quiet")
        middle = row(spacing=m.WIDE)
        middle.addWidget(self.code)
        right = QWidget()
        stack = column(right, m.SMALL)
        stack.addStretch(1)
        stack.addWidget(self.digits)
        stack.addWidget(self.copy_button, 0, Qt.AlignmentFlag.AlignLeft)
        stack.addWidget(self.state)
        stack.addStretch(1)
        middle.addWidget(right, 1)
        compare = row(spacing=m.SMALL)
        compare.addWidget(self.field, 1)
        compare.addWidget(self.open_button)
        self.body.addWidget(self.text)
        self.body.addLayout(middle)
        self.body.addLayout(compare)
        self.body.addWidget(self.outcome)
        last = row()
        last.addStretch(1)
        last.addWidget(self.verified_button)
        self.body.addLayout(last)
        self.open_button.setVisible(can_read_pictures())
        self.field.textChanged.connect(self._typed)
        self.field.returnPressed.connect(self._entered)
        self.open_button.clicked.connect(self._open_picture)
        self.copy_button.clicked.connect(self._copy)
        self.verified_button.clicked.connect(self._record)
        self.code.hide()
        bridge.request(c.Verify(name), self._take, lambda error: self.outcome.setText(sentence_for(error)))

    @override
    def first_focus(self) -> QWidget:
        return self.field

    @override
    def retranslate(self) -> None:
        super().retranslate()
        name = person(self._name)
        self.title.setText(translate("Safety", "Safety number with {0}").format(name))
        self.text.setText(
            translate(
                "Safety",
                "When both of you see the same sixty digits, nobody is in between. Compare them by another way: "
                "face to face, or on the telephone.",
            )
        )
        self.field.setPlaceholderText(translate("Safety", "Paste the digits that {0} sees").format(name))
        self.field.setAccessibleName(translate("Safety", "Digits to compare"))
        self.open_button.setText(translate("Safety", "Open a picture…"))
        self.copy_button.setText(translate("Safety", "Copy the digits"))
        self.code.setAccessibleName(translate("Safety", "The safety number as a QR code"))
        self._say()

    def compare_picture(self, path: str) -> None:
        """Compare with a picture of the other person's code; it is read in a process of its own."""
        self._bridge.work(lambda: read_code(path), self._read)

    def _take(self, view: SafetyNumberView) -> None:
        self._view = view
        self.digits.setText(grouped(view.digits))
        self.digits.setAccessibleName(" ".join(view.digits[i : i + 5] for i in range(0, len(view.digits), 5)))
        self.code.encode(view.qr)
        self.code.show()
        self._typed(self.field.text())

    def _typed(self, text: str) -> None:
        before, self._before = self._before, len(only_digits(text))
        self._outcome = compare_digits(text, self._view.digits) if self._view and text.strip() else None
        at_once = self._before - before > 1
        if self._outcome is Comparison.EQUAL and self._view and at_once and is_copied_here(self._view.digits):
            self._outcome = Comparison.COPIED
        self._say()

    def _read(self, read: bytes | CodeOutcome) -> None:
        if isinstance(read, CodeOutcome):
            self._outcome = read
        elif self._view is not None:
            self._outcome = compare_code(read, self._view.qr)
        self._say()

    def _open_picture(self) -> None:
        title = translate("Safety", "Open a picture of the code")
        path, _ = QFileDialog.getOpenFileName(self, title, "", "PNG, JPEG, WebP (*.png *.jpg *.jpeg *.webp)")
        if path:
            self.compare_picture(path)

    def _copy(self) -> None:
        if self._view is not None:
            QGuiApplication.clipboard().setText(self._view.digits)

    def _entered(self) -> None:
        """Enter after the right digits records that they are the same."""
        if self._outcome is Comparison.EQUAL and self._view is not None and self._view.trust is Trust.FIRST_USE:
            self._record()

    def _record(self) -> None:
        if self._view is not None:
            verified = self._view.trust is not Trust.VERIFIED
            self._bridge.request(c.MarkVerified(self._name, verified), lambda _: self.close_sheet())

    def _say(self) -> None:
        view = self._view
        verified = view is not None and view.trust is Trust.VERIFIED
        failed = self._outcome is not None and self._outcome.value in FAILED
        self.verified_button.setEnabled(
            view is not None and view.trust is not Trust.CHANGED and (verified or not failed)
        )
        self.verified_button.look("" if verified else "primary")
        self.verified_button.setText(
            translate("Safety", "Take the verification back")
            if verified
            else translate("Safety", "They are the same: mark as verified")
        )
        self.state.setText(_trust_words(view.trust) if view else "")
        self.state.tone("positive" if verified else "danger" if view and view.trust is Trust.CHANGED else "muted")
        text, tone = outcome_words(self._outcome)
        self.outcome.setText(text.format(person(self._name)))
        self.outcome.tone(tone)
        self.outcome.setVisible(bool(text))


def _trust_words(trust: Trust) -> str:
    match trust:
        case Trust.VERIFIED:
            return translate("Safety", "Verified")
        case Trust.CHANGED:
            return translate("Safety", "The identity has changed: approve it first")
        case Trust.FIRST_USE:
            return translate("Safety", "Not verified yet")
        case _:
            assert_never(trust)


def outcome_words(outcome: Comparison | CodeOutcome | None) -> tuple[str, str]:
    """Say what a comparison showed, and in which tone."""
    match outcome:
        case None:
            return "", "muted"
        case Comparison.EQUAL:
            return translate("Safety", "The same. Nobody is in between."), "positive"
        case Comparison.DIFFERENT:
            return translate(
                "Safety", "Not the same. Somebody may be in between: do not mark it as verified."
            ), "danger"
        case Comparison.INCOMPLETE:
            return translate("Safety", "Sixty digits are needed."), "muted"
        case Comparison.OWN:
            return translate(
                "Safety", "This is your own code. Open a picture of the one on the other screen."
            ), "danger"
        case Comparison.COPIED:
            return translate(
                "Safety", "These digits were copied from this window: that compares nothing. Get them from {0}."
            ), "danger"
        case Comparison.FOREIGN:
            return translate("Safety", "This code is no safety number."), "danger"
        case CodeOutcome.NO_PICTURE:
            return translate("Safety", "This file is no PNG, JPEG or WebP picture that can be read."), "danger"
        case CodeOutcome.NO_CODE:
            return translate("Safety", "There is no code to be seen in this picture."), "danger"
        case _:
            assert_never(outcome)
