"""Comparing safety numbers: by eye, by pasting the other person's digits, or by opening a picture of their code."""

from collections.abc import Callable
from enum import Enum, unique
from typing import Final, assert_never

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtGui import QClipboard, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget
from typing_extensions import override

from babilu.api import commands as c
from babilu.api.views import ContactView, PendingNumberView, SafetyNumberView
from babilu.desktop.bridge import QtBridge
from babilu.desktop.codes import CodeOutcome, can_read_pictures, read_code
from babilu.desktop.error_texts import sentence_for
from babilu.desktop.language import translate
from babilu.desktop.plain_text import grouped, only_digits, person
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, PlainLabel, Turning, column, row
from babilu.desktop.widgets.code import Code
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.states import Trust

DIGITS: Final = 60
PREFIX: Final = 7
HALF: Final = 32


FAILED: Final = frozenset({"different", "incomplete", "own", "copied", "foreign"})
"""Comparisons after which nobody can say that the numbers are the same; the field can be emptied."""


@unique
class ComparisonResult(Enum):
    """What a comparison showed."""

    EQUAL = "equal"
    DIFFERENT = "different"
    INCOMPLETE = "incomplete"
    OWN = "own"
    COPIED = "copied"
    FOREIGN = "foreign"
    KNOWN = "known"
    CLAIMED = "claimed"


EQUALS: Final = frozenset({ComparisonResult.EQUAL, ComparisonResult.KNOWN, ComparisonResult.CLAIMED})
"""Comparisons that found one of the numbers shown."""


def compare_digits(pasted: str, digits: str) -> ComparisonResult:
    """Compare what was typed or pasted with the safety number."""
    given = only_digits(pasted)
    if len(given) < DIGITS:
        return ComparisonResult.INCOMPLETE
    return ComparisonResult.EQUAL if given == digits else ComparisonResult.DIFFERENT


def is_copied_here(digits: str) -> bool:
    """Tell whether what the clipboard holds was copied in this very program: then it shows only what is seen here."""
    clipboard = QGuiApplication.clipboard()
    own = []
    if clipboard.ownsClipboard():
        own.append(clipboard.text())
    if clipboard.ownsSelection():
        own.append(clipboard.text(QClipboard.Mode.Selection))
    return any(only_digits(text) == digits for text in own)


def compare_code(scanned: bytes, own: bytes) -> ComparisonResult:
    """Compare what the other person's screen shows with what it must show.

    Both codes have a prefix and two halves of 32 bytes; the other person's has the halves the other way round.
    """
    if len(own) != PREFIX + 2 * HALF or len(scanned) != len(own) or scanned[:PREFIX] != own[:PREFIX]:
        return ComparisonResult.FOREIGN
    if scanned == own[:PREFIX] + own[PREFIX + HALF :] + own[PREFIX : PREFIX + HALF]:
        return ComparisonResult.EQUAL
    return ComparisonResult.OWN if scanned == own else ComparisonResult.DIFFERENT


class SafetySheet(ModalSheet):
    """Shows the safety number with a contact, and records that it was compared."""

    def __init__(self, theme: Theme, bridge: QtBridge, name: str) -> None:
        super().__init__(theme, 560)
        self._bridge = bridge
        self._name = name
        self._view: SafetyNumberView | None = None
        self._outcome: ComparisonResult | CodeOutcome | None = None
        self._before = 0
        self.text = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.code = Code(theme)
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
        self.claim = PlainLabel(theme, lambda t: t.fonts.strong, "danger", wraps=True)
        self.claimed_digits = PlainLabel(theme, lambda t: t.fonts.digits)
        self.reject_button = Button("primary")
        self.trust_button = Button("quietdanger")
        self.copy_button = Button("quiet")
        middle = Turning(lambda: self.code.width() + m.WIDE + self.digits.sizeHint().width(), m.WIDE)
        middle.parts.addWidget(self.code, 0, Qt.AlignmentFlag.AlignHCenter)
        right = QWidget()
        stack = column(right, m.SMALL)
        stack.addStretch(1)
        stack.addWidget(self.digits)
        stack.addWidget(self.copy_button, 0, Qt.AlignmentFlag.AlignLeft)
        stack.addWidget(self.state)
        stack.addStretch(1)
        middle.parts.addWidget(right, 1)
        compare = row(spacing=m.SMALL)
        compare.addWidget(self.field, 1)
        compare.addWidget(self.open_button)
        self.body.addWidget(self.text)
        self.body.addWidget(middle)
        self.body.addWidget(self.claim)
        self.body.addWidget(self.claimed_digits)
        self.body.addLayout(compare)
        self.body.addWidget(self.outcome)
        last = row()
        last.addStretch(1)
        for button in (self.trust_button, self.reject_button, self.verified_button):
            last.addWidget(button)
        self.body.addLayout(last)
        self.open_button.setVisible(can_read_pictures())
        self.field.textChanged.connect(self._typed)
        self.field.returnPressed.connect(self._entered)
        self.open_button.clicked.connect(self._open_picture)
        self.copy_button.clicked.connect(self._copy)
        self.verified_button.clicked.connect(self._record)
        self.reject_button.clicked.connect(self._reject)
        self.trust_button.clicked.connect(self._trust)
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
        self.reject_button.setText(translate("Safety", "Reject the new one"))
        self.trust_button.setText(translate("Safety", "Approve the new one"))
        self.claim.setText(
            translate(
                "Safety",
                "{0} is said to have a new key. Its number is this one. Approve it only where {0} sees the same; "
                "where they see the number above, somebody else has the new key: reject it.",
            ).format(name)
        )
        self.copy_button.setText(translate("Safety", "Copy the digits"))
        self.code.setAccessibleName(translate("Safety", "The safety number as a QR code"))
        self._say()

    def compare_picture(self, path: str) -> None:
        """Compare with a picture of the other person's code; it is read in a process of its own."""
        self._bridge.work(lambda: read_code(path), self._read)

    def _take(self, view: SafetyNumberView, said: str = "") -> None:
        self._view = view
        if said:
            # What was compared belongs to another key: it is to be compared anew.
            self.field.clear()
        self.digits.setText(grouped(view.digits))
        self.digits.setAccessibleName(" ".join(view.digits[i : i + 5] for i in range(0, len(view.digits), 5)))
        self.code.encode(view.qr)
        self.code.show()
        if view.pending is not None:
            self.claimed_digits.setText(grouped(view.pending.digits))
        self._typed(self.field.text())
        if said:
            self.outcome.setText(said)
            self.outcome.tone("danger")
            self.outcome.show()

    def _typed(self, text: str) -> None:
        before, self._before = self._before, len(only_digits(text))
        self._outcome = self._compare(lambda number: compare_digits(text, number.digits)) if text.strip() else None
        at_once = self._before - before > 1
        if self._outcome in EQUALS and at_once and is_copied_here(only_digits(text)):
            self._outcome = ComparisonResult.COPIED
        self._say()

    def _compare(
        self, by: Callable[[SafetyNumberView | PendingNumberView], ComparisonResult]
    ) -> ComparisonResult | None:
        """Compare with the number of the key in force, and with that of a claimed one."""
        if self._view is None:
            return None
        outcome = by(self._view)
        pending = self._view.pending
        if outcome is ComparisonResult.EQUAL:
            return ComparisonResult.KNOWN if pending is not None else outcome
        return ComparisonResult.CLAIMED if pending is not None and by(pending) is ComparisonResult.EQUAL else outcome

    def _read(self, read: bytes | CodeOutcome) -> None:
        if isinstance(read, CodeOutcome):
            self._outcome = read
        else:
            self._outcome = self._compare(lambda number: compare_code(read, number.qr))
        self._say()

    def _open_picture(self) -> None:
        title = translate("Safety", "Open a picture of the code")
        pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        path, _ = QFileDialog.getOpenFileName(self, title, pictures, "PNG, JPEG, WebP (*.png *.jpg *.jpeg *.webp)")
        if path:
            self.compare_picture(path)

    def _copy(self) -> None:
        if self._view is not None:
            QGuiApplication.clipboard().setText(self._view.digits)

    def _entered(self) -> None:
        """Enter after the right digits records that they are the same."""
        if self._outcome is ComparisonResult.EQUAL and self._view is not None and self._view.trust is Trust.FIRST_USE:
            self._record()

    def _record(self) -> None:
        if self._view is not None:
            verified = self._view.trust is not Trust.VERIFIED
            self._do(c.MarkVerified(self._name, verified, self._view.identity, self._view.digits))

    def _reject(self) -> None:
        if self._view is not None and self._view.pending is not None:
            self._do(c.RejectIdentity(self._name, self._view.pending.identity))

    def _trust(self) -> None:
        if self._view is not None and self._view.pending is not None:
            self._do(c.TrustIdentity(self._name, self._view.pending.identity, self._view.pending.digits))

    def _do(self, command: c.Command[ContactView]) -> None:
        self._bridge.request(command, lambda _: self.close_sheet(), self._failed)

    def _failed(self, error: BabiluError) -> None:
        """Say why nothing was done, and show what is to be compared now."""
        if error.code is ErrorCode.MISMATCH:
            self._bridge.request(c.Verify(self._name), lambda view: self._take(view, sentence_for(error)))
        self.outcome.setText(sentence_for(error))
        self.outcome.setVisible(True)

    def _say(self) -> None:
        view = self._view
        pending = view is not None and view.pending is not None
        for widget in (self.claim, self.claimed_digits, self.reject_button, self.trust_button):
            widget.setVisible(pending)
        failed = self._outcome is not None and self._outcome.value in FAILED
        self.trust_button.setEnabled(self._outcome is not ComparisonResult.KNOWN and not failed)
        self.verified_button.setVisible(not pending)
        verified = view is not None and view.trust is Trust.VERIFIED
        self.verified_button.setEnabled(view is not None and not pending and (verified or not failed))
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
            return translate("Safety", "As you know them")
        case Trust.FIRST_USE:
            return translate("Safety", "Not verified yet")
        case _:
            assert_never(trust)


def outcome_words(outcome: ComparisonResult | CodeOutcome | None) -> tuple[str, str]:
    """Say what a comparison showed, and in which tone."""
    match outcome:
        case None:
            return "", "muted"
        case ComparisonResult.EQUAL:
            return translate("Safety", "The same. Nobody is in between."), "positive"
        case ComparisonResult.KNOWN:
            return translate("Safety", "The number of the key that you know: the new one is somebody else's."), "danger"
        case ComparisonResult.CLAIMED:
            return translate("Safety", "The number of the new key: it is theirs."), "positive"
        case ComparisonResult.DIFFERENT:
            return translate(
                "Safety", "Not the same. Somebody may be in between: do not mark it as verified."
            ), "danger"
        case ComparisonResult.INCOMPLETE:
            return translate("Safety", "Sixty digits are needed."), "muted"
        case ComparisonResult.OWN:
            return translate(
                "Safety", "This is your own code. Open a picture of the one on the other screen."
            ), "danger"
        case ComparisonResult.COPIED:
            return translate(
                "Safety", "These digits were copied from this window: that compares nothing. Get them from {0}."
            ), "danger"
        case ComparisonResult.FOREIGN:
            return translate("Safety", "This code is not a safety number."), "danger"
        case CodeOutcome.NO_PICTURE:
            return translate("Safety", "This file is no PNG, JPEG or WebP picture that can be read."), "danger"
        case CodeOutcome.NO_CODE:
            return translate("Safety", "There is no code to be seen in this picture."), "danger"
        case _:
            assert_never(outcome)
