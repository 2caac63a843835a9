"""The language in force: its sentences, its dates and its direction change at run time, everywhere at once."""

from collections.abc import Callable
from datetime import date
from importlib.resources import as_file, files
from typing import Final

from PySide6.QtCore import QCoreApplication, QDateTime, QLibraryInfo, QLocale, QTranslator
from PySide6.QtGui import QKeySequence

from babilu.presentation.sizes import size_text
from babilu.presentation.strings import ENGLISH, LANGUAGES, supported

translate: Final[Callable[..., str]] = QCoreApplication.translate
"""``translate(context, text)``: linguist tools know it by this name."""


def countable(number: int) -> int:
    """Give a number that a sentence can hold, whatever others count: Qt's sentences hold no larger one."""
    return min(number, 2**31 - 1)


SYSTEM: Final = "system"
"""The choice of whatever language the system speaks; others are keys of `LANGUAGES`."""

CHOICES: Final = (SYSTEM, *LANGUAGES)
"""What the user can choose."""


class Language:
    """The translators in force.

    Args:
        application: What they are installed in.
        choice: What the user chose.
    """

    def __init__(self, application: QCoreApplication, choice: str) -> None:
        self._application = application
        self._translators: list[QTranslator] = []
        self.code = ""
        self.choose(choice)

    def close(self) -> None:
        """Speak as if there had never been a language."""
        for translator in self._translators:
            self._application.removeTranslator(translator)
        self._translators.clear()
        self.code = ""
        QLocale.setDefault(QLocale.system())

    def choose(self, choice: str) -> None:
        """Change the language at once; every widget is told by a LanguageChange event."""
        code = code_of(choice)
        if code == self.code:
            return
        self.code = code
        QLocale.setDefault(QLocale.system() if QLocale.system().name().startswith(code) else QLocale(code))
        old, self._translators = self._translators, []
        for data in (_qt_sentences(code), _own_sentences(code)):
            if data is not None:
                self._application.installTranslator(data)
                self._translators.append(data)
        for translator in old:
            self._application.removeTranslator(translator)


def code_of(choice: str) -> str:
    """Name the language that a choice means; the system's is the first of its list that Babilu speaks."""
    if choice in LANGUAGES:
        return choice
    return next(filter(None, map(supported, QLocale.system().uiLanguages())), ENGLISH)


def spoken() -> str:
    """Name the language in force."""
    return supported(QLocale().name()) or ENGLISH


def _own_sentences(code: str) -> QTranslator | None:
    translator = QTranslator()
    with as_file(files("babilu.desktop.data").joinpath(f"babilu_{code}.qm")) as path:
        return translator if translator.load(str(path)) else None


def _qt_sentences(code: str) -> QTranslator | None:
    translator = QTranslator()
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    return translator if code != ENGLISH and translator.load(f"qtbase_{code}", folder) else None


def key_names(keys: str) -> str:
    """Write keys as this system and this language do: ``Ctrl+End``, ``Ctrl+Fin``."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def size_words(octets: int) -> str:
    """Write a size with the sign for decimals that the language has."""
    return size_text(octets, QLocale().decimalPoint())


def clock_time(at_ms: int) -> str:
    """Write the local time of day of a Unix time in milliseconds."""
    return QLocale().toString(_local(at_ms).time(), QLocale.FormatType.ShortFormat)


def full_time(at_ms: int) -> str:
    """Write local date and time in full."""
    local, form = _local(at_ms), QLocale.FormatType
    return f"{QLocale().toString(local.date(), form.LongFormat)}, {QLocale().toString(local.time(), form.ShortFormat)}"


def day_number(at_ms: int) -> int:
    """Number the local day of a Unix time in milliseconds; what others claim is kept between the years 1 and 9999."""
    return date.fromtimestamp(min(max(at_ms, FIRST_MS), LAST_MS) / 1000).toordinal()  # noqa: DTZ012 -- local on purpose


def day_name(at_ms: int, now_ms: int) -> str:
    """Name a local day: today, yesterday, a weekday, or its date."""
    days = day_number(now_ms) - day_number(at_ms)
    day = _local(at_ms).date()
    if days == 0:
        return translate("Days", "Today")
    if days == 1:
        return translate("Days", "Yesterday")
    if 1 < days < 7:
        return QLocale().dayName(day.dayOfWeek()).capitalize()
    pattern = translate("Days", "MMMM d") if _same_year(at_ms, now_ms) else translate("Days", "MMMM d, yyyy")
    return QLocale().toString(day, pattern)


def short_day(at_ms: int, now_ms: int) -> str:
    """Write when something was for a list: the time today, the weekday this week, else the date."""
    days = day_number(now_ms) - day_number(at_ms)
    if days == 0:
        return clock_time(at_ms)
    day = _local(at_ms).date()
    if 0 < days < 7:
        return QLocale().dayName(day.dayOfWeek(), QLocale.FormatType.ShortFormat)
    pattern = translate("Days", "MMM d") if _same_year(at_ms, now_ms) else translate("Days", "M/d/yy")
    return QLocale().toString(day, pattern)


def _same_year(at_ms: int, now_ms: int) -> bool:
    return _local(at_ms).date().year() == _local(now_ms).date().year()


FIRST_MS: Final = -62_135_596_800_000
LAST_MS: Final = 253_402_214_400_000


def _local(at_ms: int) -> QDateTime:
    """Give the local time; what others claim is kept between the years 1 and 9999."""
    return QDateTime.fromMSecsSinceEpoch(min(max(at_ms, FIRST_MS), LAST_MS))
