"""A new password is typed twice, judged while it is typed, and not taken where a program guesses it in moments."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from babilu.desktop.language import translate
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import PlainLabel, column, row
from babilu.desktop.widgets.forms import FormField
from babilu.presentation.passwords import Strength, strength_of


class Repetition(QWidget):
    """A password, the field beside it in which a new one is typed once more, and how strong it is.

    Args:
        theme: Fonts and colours.
        password: The field in which it is typed first.
        known: Gives what everybody knows of the user, such as the name.
    """

    submitted = Signal()

    def __init__(self, theme: Theme, password: FormField, known: Callable[[], Sequence[str]]) -> None:
        super().__init__()
        self._password = password
        self._known = known
        self.strength = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.again = FormField(theme, secret=True)
        across = row(spacing=m.MEDIUM)
        across.addWidget(password, 1, Qt.AlignmentFlag.AlignTop)
        across.addWidget(self.again, 1, Qt.AlignmentFlag.AlignTop)
        stack = column(self, m.TINY)
        stack.addLayout(across)
        stack.addWidget(self.strength)
        self.again.submitted.connect(self.submitted)
        password.edit.textChanged.connect(lambda _: self.judge())
        self.judge()

    def ask_again(self, *, on: bool) -> None:
        """Ask for it twice and judge it, because it is a new one, or once."""
        self.again.setVisible(on)
        self.judge()

    def refuse(self) -> bool:
        """Say what is wrong with the new password beside its field; tell whether anything is."""
        strength = self.judge()
        if strength is Strength.EMPTY:
            self._password.refuse(translate("NewPassword", "Fill this in: it protects what is kept on this device."))
        elif not strength.is_enough:
            self._password.refuse(
                translate("NewPassword", "This is guessed in moments. Take several words that do not belong together.")
            )
        elif self.again.edit.text() != self._password.edit.text():
            self.again.refuse(translate("NewPassword", "The two are not the same."))
        else:
            return False
        return True

    def clear(self) -> None:
        """Forget what was typed."""
        self.again.edit.clear()
        self.again.conceal()

    def call_it(self, name: str) -> None:
        """Name the field."""
        self.again.call_it(name)
        self.judge()

    def judge(self) -> Strength:
        """Say how strong the password is."""
        typed = "" if self.again.isHidden() else self._password.edit.text()
        strength = strength_of(typed, self._known())
        text, tone = words_for(strength)
        self.strength.setText(text)
        self.strength.setVisible(bool(text) and not self.again.isHidden())
        self.strength.tone(tone)
        return strength


def words_for(strength: Strength) -> tuple[str, str]:
    """Say how strong a password is, and in which tone."""
    return {
        Strength.EMPTY: ("", "muted"),
        Strength.WEAK: (translate("NewPassword", "Weak: guessed in moments"), "danger"),
        Strength.FAIR: (translate("NewPassword", "Fair: one more word makes it better"), "muted"),
        Strength.GOOD: (translate("NewPassword", "Good"), "positive"),
        Strength.STRONG: (translate("NewPassword", "Strong"), "positive"),
    }[strength]
