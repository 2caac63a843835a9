"""Every colour has one name and four values; text keeps a contrast of at least 4.5:1 on what it stands on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum, unique
from functools import cache
from typing import Final

from rich.style import Style
from textual.theme import BUILTIN_THEMES, Theme

from babilu.presentation.person_hues import hue_of


@unique
class TerminalLook(StrEnum):
    """A complete set of colours."""

    DARK = "dark"
    LIGHT = "light"
    CONTRAST_DARK = "contrast-dark"
    CONTRAST_LIGHT = "contrast-light"
    PLAIN = "plain"


OFFERED = (TerminalLook.DARK, TerminalLook.LIGHT, TerminalLook.CONTRAST_DARK, TerminalLook.CONTRAST_LIGHT)
"""What one can choose; `TerminalLook.PLAIN` is for terminals that are to show no colour at all."""


@unique
class Ink(StrEnum):
    """What a piece of text means."""

    TEXT = "text"
    STRONG = "strong"
    FAINT = "faint"
    OWN = "own"
    OTHER = "other"
    RULE = "rule"
    UNREAD = "unread"
    BADGE = "badge"
    QUIET_BADGE = "quiet_badge"
    GOOD = "good"
    READ = "read"
    WARNING = "warning"
    BAD = "bad"
    GRAVE = "grave"
    KEY = "key"
    CHOSEN = "chosen"
    CODE = "code"
    VERBATIM = "verbatim"
    MENTION = "mention"
    MENTIONED = "mentioned"
    QUOTED = "quoted"
    REACTION = "reaction"
    CHOSEN_REACTION = "chosen_reaction"
    PERSON_RED = "person_red"
    PERSON_AMBER = "person_amber"
    PERSON_GREEN = "person_green"
    PERSON_TEAL = "person_teal"
    PERSON_BLUE = "person_blue"
    PERSON_INDIGO = "person_indigo"
    PERSON_VIOLET = "person_violet"
    PERSON_PINK = "person_pink"


PEOPLE: Final = (
    Ink.PERSON_RED,
    Ink.PERSON_AMBER,
    Ink.PERSON_GREEN,
    Ink.PERSON_TEAL,
    Ink.PERSON_BLUE,
    Ink.PERSON_INDIGO,
    Ink.PERSON_VIOLET,
    Ink.PERSON_PINK,
)
"""The inks of names where several people talk, by their hues."""


def ink_of(name: str) -> Ink:
    """Give the ink of somebody's name where several people talk."""
    return PEOPLE[hue_of(name)]


@dataclass(frozen=True, slots=True)
class TerminalColours:
    """Colours as ``#rrggbb``, named by what they are for.

    Attributes:
        canvas: Behind the messages.
        side: Behind the list.
        bar: Behind headers and the status line.
        raised: Behind sheets.
        text: Ordinary text.
        faint: Secondary text.
        outline: Frames and rules.
        chosen: Behind the row or message with the cursor.
        accent: Own name, focus, what is pressed.
        on_accent: Text on it.
        other: Names of others.
        good: Verified, connected.
        read: The mark of a message that was read.
        warning: What waits for attention.
        bad: What failed or is dangerous, as text.
        on_bad: Text on it.
        alarm: Behind the banner of a changed identity.
        on_alarm: Text on it.
        notice: Behind any other banner.
        on_notice: Text on it.
        quiet: Behind the count of a muted conversation.
        on_quiet: Text on it.
    """

    canvas: str
    side: str
    bar: str
    raised: str
    text: str
    faint: str
    outline: str
    chosen: str
    accent: str
    on_accent: str
    other: str
    good: str
    read: str
    warning: str
    bad: str
    on_bad: str
    alarm: str
    on_alarm: str
    notice: str
    on_notice: str
    quiet: str
    on_quiet: str


COLOURS: Mapping[TerminalLook, TerminalColours] = {
    TerminalLook.DARK: TerminalColours(
        canvas="#101816",
        side="#161f1c",
        bar="#1c2824",
        raised="#1d2925",
        text="#e6efeb",
        faint="#93a69d",
        outline="#3a4a43",
        chosen="#22463a",
        accent="#4fd0a6",
        on_accent="#03231a",
        other="#8fc7ff",
        good="#4fd0a6",
        read="#7df0c6",
        warning="#f2c866",
        bad="#ff8b90",
        on_bad="#2c0508",
        alarm="#7d1f2b",
        on_alarm="#ffffff",
        notice="#3d3212",
        on_notice="#ffe4a3",
        quiet="#4b5c55",
        on_quiet="#ffffff",
    ),
    TerminalLook.LIGHT: TerminalColours(
        canvas="#ffffff",
        side="#f1f6f4",
        bar="#e2ece8",
        raised="#ffffff",
        text="#10201a",
        faint="#566760",
        outline="#b3c4bd",
        chosen="#cfeadf",
        accent="#08704f",
        on_accent="#ffffff",
        other="#0a569f",
        good="#07694f",
        read="#07694f",
        warning="#7a5200",
        bad="#b3202e",
        on_bad="#ffffff",
        alarm="#b3202e",
        on_alarm="#ffffff",
        notice="#fff1cf",
        on_notice="#5c4100",
        quiet="#5f706a",
        on_quiet="#ffffff",
    ),
    TerminalLook.CONTRAST_DARK: TerminalColours(
        canvas="#000000",
        side="#000000",
        bar="#1b1b1b",
        raised="#000000",
        text="#ffffff",
        faint="#e2e2e2",
        outline="#ffffff",
        chosen="#004a35",
        accent="#5cf0bf",
        on_accent="#000000",
        other="#9ad5ff",
        good="#5cf0bf",
        read="#ffe14d",
        warning="#ffe14d",
        bad="#ffa3a8",
        on_bad="#000000",
        alarm="#ffe14d",
        on_alarm="#000000",
        notice="#1b1b1b",
        on_notice="#ffffff",
        quiet="#cfcfcf",
        on_quiet="#000000",
    ),
    TerminalLook.CONTRAST_LIGHT: TerminalColours(
        canvas="#ffffff",
        side="#ffffff",
        bar="#e4e4e4",
        raised="#ffffff",
        text="#000000",
        faint="#262626",
        outline="#000000",
        chosen="#bfe6d6",
        accent="#00452f",
        on_accent="#ffffff",
        other="#003175",
        good="#00452f",
        read="#003d8f",
        warning="#5c3b00",
        bad="#930010",
        on_bad="#ffffff",
        alarm="#930010",
        on_alarm="#ffffff",
        notice="#ffe08a",
        on_notice="#000000",
        quiet="#3a3a3a",
        on_quiet="#ffffff",
    ),
}

HUES_OF: Mapping[TerminalLook, tuple[str, ...]] = {
    TerminalLook.DARK: ("#ff9a7a", "#e9b44c", "#8fd47f", "#5fd3ea", "#8fc7ff", "#b3b8ff", "#d9a8f5", "#ff9cc4"),
    TerminalLook.LIGHT: ("#a8361b", "#7a4e00", "#2b6a22", "#006078", "#0a569f", "#4048b0", "#75359f", "#a02463"),
    TerminalLook.CONTRAST_DARK: (
        "#ffb199",
        "#ffd36e",
        "#a6ec96",
        "#7fe6ff",
        "#9ad5ff",
        "#c7caff",
        "#e8c2ff",
        "#ffb5d6",
    ),
    TerminalLook.CONTRAST_LIGHT: (
        "#7d1f0a",
        "#5c3b00",
        "#14480f",
        "#004a5c",
        "#003175",
        "#2a2f86",
        "#531f78",
        "#78123f",
    ),
}
"""Colours of people, by their hues."""

COLOURS_OF_PLAIN = TerminalColours(**{field.name: "ansi_default" for field in fields(TerminalColours)})


def colours_of(look: TerminalLook) -> TerminalColours:
    return COLOURS_OF_PLAIN if look is TerminalLook.PLAIN else COLOURS[look]


def behind_pictures(look: TerminalLook) -> tuple[int, int, int]:
    """Give red, green and blue of what sheets have behind pictures; black where the terminal has its own colours."""
    value = colours_of(look).raised.removeprefix("#")
    return (0, 0, 0) if len(value) != 6 else (int(value[:2], 16), int(value[2:4], 16), int(value[4:], 16))


@cache
def inks_of(look: TerminalLook) -> Mapping[Ink, Style]:
    """Give what each ink adds to the style of what it stands on."""
    if look is TerminalLook.PLAIN:
        marked, strong = Style(reverse=True), Style(bold=True)
        return {
            **dict.fromkeys(Ink, Style()),
            **dict.fromkeys((Ink.CHOSEN, Ink.BADGE, Ink.QUIET_BADGE, Ink.GRAVE, Ink.CHOSEN_REACTION), marked),
            **dict.fromkeys((Ink.STRONG, Ink.OWN, Ink.OTHER, Ink.UNREAD, Ink.READ, Ink.WARNING, Ink.BAD), strong),
            **dict.fromkeys((Ink.MENTION, Ink.MENTIONED, Ink.KEY, *PEOPLE), strong),
            Ink.FAINT: Style(dim=True),
            Ink.RULE: Style(dim=True),
        }
    c = colours_of(look)
    return {
        Ink.TEXT: Style(),
        Ink.STRONG: Style(bold=True),
        Ink.FAINT: Style(color=c.faint),
        Ink.OWN: Style(color=c.accent, bold=True),
        Ink.OTHER: Style(color=c.other, bold=True),
        Ink.RULE: Style(color=c.outline),
        Ink.UNREAD: Style(color=c.accent, bold=True),
        # Not bold: with 16 colours a terminal shows bold black as grey.
        Ink.BADGE: Style(color=c.on_accent, bgcolor=c.accent),
        Ink.QUIET_BADGE: Style(color=c.on_quiet, bgcolor=c.quiet),
        Ink.GOOD: Style(color=c.good),
        Ink.READ: Style(color=c.read, bold=True),
        Ink.WARNING: Style(color=c.warning),
        Ink.BAD: Style(color=c.bad, bold=True),
        Ink.GRAVE: Style(color=c.on_bad, bgcolor=c.bad),
        Ink.KEY: Style(color=c.accent),
        Ink.CHOSEN: Style(bgcolor=c.chosen),
        Ink.CODE: Style(color="#ffffff", bgcolor="#000000"),
        Ink.VERBATIM: Style(color=c.text, bgcolor=c.bar),
        Ink.MENTION: Style(color=c.accent, bold=True),
        Ink.MENTIONED: Style(color=c.warning, bold=True),
        Ink.QUOTED: Style(color=c.other),
        Ink.REACTION: Style(color=c.text, bgcolor=c.bar),
        Ink.CHOSEN_REACTION: Style(color=c.on_accent, bgcolor=c.accent),
        **{ink: Style(color=hue, bold=True) for ink, hue in zip(PEOPLE, HUES_OF[look], strict=True)},
    }


def theme_of(look: TerminalLook) -> Theme:
    """Give the theme of a look, with each colour as a variable of its name."""
    colours = colours_of(look)
    plain = dict(BUILTIN_THEMES["ansi-dark"].variables) if look is TerminalLook.PLAIN else {}
    return Theme(
        name=look.value,
        primary=colours.accent,
        secondary=colours.other,
        accent=colours.accent,
        warning=colours.warning,
        error=colours.bad,
        success=colours.good,
        foreground=colours.text,
        background=colours.canvas,
        surface=colours.side,
        panel=colours.bar,
        boost=colours.bar,
        dark=look in {TerminalLook.DARK, TerminalLook.CONTRAST_DARK, TerminalLook.PLAIN},
        ansi=look is TerminalLook.PLAIN,
        variables={
            **plain,
            **{f"b-{name.replace('_', '-')}": value for name, value in asdict(colours).items()},
            "scrollbar": colours.outline,
            "scrollbar-hover": colours.faint,
            "scrollbar-active": colours.accent,
            "scrollbar-background": colours.canvas,
            "scrollbar-background-hover": colours.canvas,
            "scrollbar-background-active": colours.canvas,
            "input-selection-background": colours.chosen,
        },
    )


def look_for(environment: Mapping[str, str]) -> TerminalLook:
    """Choose colours where nobody has: terminals with eight colours need contrast, some tell that they are light."""
    if environment.get("TERM") in {"linux", "vt100", "vt220"}:
        return TerminalLook.CONTRAST_DARK
    behind = environment.get("COLORFGBG", "").rpartition(";")[2]
    return TerminalLook.LIGHT if behind in {"7", "15"} else TerminalLook.DARK
