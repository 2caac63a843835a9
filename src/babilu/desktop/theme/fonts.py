"""One text size rules: every font is a multiple of it, and every list of families names a colour-emoji font."""

from dataclasses import dataclass
from typing import Final

from PySide6.QtGui import QFont, QFontDatabase

BASE_PIXELS: Final = 14.0
EMOJI: Final = ("Noto Color Emoji", "Apple Color Emoji", "Segoe UI Emoji")
UNCHOSEN: Final = frozenset({"", "Sans Serif", "Sans", "DejaVu Sans", "MS Shell Dlg 2"})
"""Families that a system names when nobody has chosen one."""

PREFERRED: Final = ("Inter", "Noto Sans", "Cantarell", "Ubuntu", "DejaVu Sans")
FALLBACKS: Final = ("Noto Sans", "Noto Sans CJK SC", "Noto Sans Arabic", "Noto Sans Hebrew")


@dataclass(frozen=True, slots=True)
class Fonts:
    """The fonts of one text size.

    Attributes:
        body: Ordinary text.
        strong: Names and titles in rows.
        small: Previews and hints.
        tiny: Times, marks and badges.
        title: Headings of pages and sheets.
        large: The greeting of a page.
        emoji: Messages of nothing but a few emoji.
        digits: Safety numbers, of one width.
        code: Code, of one width.
    """

    body: QFont
    strong: QFont
    small: QFont
    tiny: QFont
    title: QFont
    large: QFont
    emoji: QFont
    digits: QFont
    code: QFont


def fonts_of(percent: int) -> Fonts:
    """Make the fonts for a text size in percent of the usual one."""
    families = text_families()

    def font(factor: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        made = QFont(families)
        made.setPixelSize(round(BASE_PIXELS * factor * percent / 100))
        made.setWeight(weight)
        return made

    digits = font(1.2, QFont.Weight.Medium)
    digits.setFamilies([*mono_families(), *EMOJI])
    digits.setStyleHint(QFont.StyleHint.Monospace)
    code = font(1.0)
    code.setFamilies([*mono_families(), *families])
    code.setStyleHint(QFont.StyleHint.Monospace)
    return Fonts(
        body=font(1.0),
        strong=font(1.0, QFont.Weight.DemiBold),
        small=font(13 / 14),
        tiny=font(11.5 / 14),
        title=font(17 / 14, QFont.Weight.DemiBold),
        large=font(25 / 14, QFont.Weight.Bold),
        emoji=font(34 / 14),
        digits=digits,
        code=code,
    )


def text_families() -> list[str]:
    """Name the system's family, or a good one where the system has no choice of its own, and families for emoji."""
    chosen = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()
    known = set(QFontDatabase.families())
    first: list[str] = [chosen]
    if chosen in UNCHOSEN:
        first = [str(family) for family in PREFERRED if family in known][:1] or [chosen]
    return list(dict.fromkeys([*first, *FALLBACKS, *EMOJI]))


def mono_families() -> list[str]:
    """Name the system's family of one width, and others that are often there."""
    fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
    return list(dict.fromkeys([fixed, "Noto Sans Mono", "DejaVu Sans Mono", "Menlo", "Consolas"]))
