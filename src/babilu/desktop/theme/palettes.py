"""Every colour has one name and four values; text keeps a contrast of at least 4.5:1 on what it stands on."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import StrEnum, unique

from PySide6.QtGui import QColor, QPalette


@unique
class Look(StrEnum):
    """A complete set of colours."""

    LIGHT = "light"
    DARK = "dark"
    CONTRAST_LIGHT = "contrast_light"
    CONTRAST_DARK = "contrast_dark"


@dataclass(frozen=True, slots=True)
class Colours:
    """Colours as ``#rrggbb``, named by what they are for.

    Attributes:
        window: Behind lists, headers and forms.
        raised: Sheets, menus and tool tips.
        field: Behind what one types into.
        canvas: Behind the messages.
        pattern: Drawing on the canvas, hardly to be seen.
        text: Ordinary text.
        muted: Secondary text.
        border: Lines between areas.
        outline: Frame of controls.
        hover: Under the pointer.
        selected: The chosen row.
        accent: What is pressed, chosen or counted.
        accent_hover: The same under the pointer.
        on_accent: Text on it.
        accent_text: Accent as text on the window.
        bubble_in: Messages of others.
        hues: Names of people on these, in the order of `babilu.presentation.person_hues`.
        bubble_out: Own messages.
        on_bubble_out: Text of own messages.
        meta_in: Time in messages of others.
        meta_out: Time and state in own messages.
        read: The mark of a message that was read.
        link: Links in messages of others.
        link_out: Links in own messages.
        highlight: Behind what a search found.
        badge_muted: Count of unread messages of a muted conversation.
        on_badge_muted: Text on it.
        danger: What failed or destroys, as text on the window.
        danger_fill: What destroys, as a button.
        on_danger: Text on it.
        warning_fill: Banner that asks for attention.
        on_warning: Text on it.
        positive: Verified, online.
        scrim: Between a sheet and the window, with its opacity in ``scrim_alpha``.
        scrim_alpha: 0 to 255.
        focus: The ring around what has the focus.
        veil: Behind what is written on a picture.
        on_veil: Text on it.
    """

    window: str
    raised: str
    field: str
    canvas: str
    pattern: str
    text: str
    muted: str
    border: str
    outline: str
    hover: str
    selected: str
    accent: str
    accent_hover: str
    on_accent: str
    accent_text: str
    bubble_in: str
    hues: tuple[str, ...]
    bubble_out: str
    on_bubble_out: str
    meta_in: str
    meta_out: str
    read: str
    link: str
    link_out: str
    highlight: str
    badge_muted: str
    on_badge_muted: str
    danger: str
    danger_fill: str
    on_danger: str
    warning_fill: str
    on_warning: str
    positive: str
    scrim: str
    scrim_alpha: int
    focus: str
    veil: str
    on_veil: str

    def named(self) -> Iterator[tuple[str, str]]:
        """Yield each colour with its name."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, str):
                yield field.name, value


LIGHT = Colours(
    window="#ffffff",
    raised="#ffffff",
    field="#f1f5f3",
    canvas="#e6eeea",
    pattern="#dbe6e1",
    text="#10201a",
    muted="#5a6b64",
    border="#e3eae7",
    outline="#c9d5d0",
    hover="#f1f6f4",
    selected="#dcf1e8",
    accent="#0b7d60",
    accent_hover="#096a52",
    on_accent="#ffffff",
    accent_text="#0a7358",
    bubble_in="#ffffff",
    hues=("#b8381d", "#8a5400", "#2a7a2e", "#07716a", "#1a68ad", "#4d54b8", "#8440b0", "#ad2f70"),
    bubble_out="#d2f2df",
    on_bubble_out="#0c2219",
    meta_in="#64756e",
    meta_out="#2f6d52",
    read="#0a58c2",
    link="#0a62b8",
    link_out="#0a569f",
    highlight="#ffe38a",
    badge_muted="#66776f",
    on_badge_muted="#ffffff",
    danger="#c02a37",
    danger_fill="#c42f3c",
    on_danger="#ffffff",
    warning_fill="#fff1cf",
    on_warning="#5c4100",
    positive="#0a7f5f",
    scrim="#0b1a15",
    scrim_alpha=110,
    focus="#0b7d60",
    veil="#0b1411",
    on_veil="#ffffff",
)

DARK = Colours(
    window="#161f1c",
    raised="#1d2824",
    field="#222f2a",
    canvas="#0d1412",
    pattern="#141e1b",
    text="#e9f1ee",
    muted="#a3b6ad",
    border="#243029",
    outline="#3a4a43",
    hover="#1d2925",
    selected="#214437",
    accent="#35c497",
    accent_hover="#4fd6ab",
    on_accent="#03231a",
    accent_text="#4fd0a6",
    bubble_in="#202c28",
    hues=("#ff9a80", "#f0b84d", "#86d982", "#5fd6c8", "#85c3ff", "#b0b8ff", "#d9a8f5", "#ff9ac4"),
    bubble_out="#17604a",
    on_bubble_out="#eefaf5",
    meta_in="#93a69e",
    meta_out="#b4dccb",
    read="#8fd3ff",
    link="#7cc0ff",
    link_out="#b9e3ff",
    highlight="#806a10",
    badge_muted="#4b5c55",
    on_badge_muted="#ffffff",
    danger="#ff8b90",
    danger_fill="#c93a46",
    on_danger="#ffffff",
    warning_fill="#4a3a10",
    on_warning="#ffe4a3",
    positive="#4fd0a6",
    scrim="#000000",
    scrim_alpha=150,
    focus="#4fd0a6",
    veil="#0b1411",
    on_veil="#ffffff",
)

CONTRAST_LIGHT = Colours(
    window="#ffffff",
    raised="#ffffff",
    field="#ffffff",
    canvas="#ffffff",
    pattern="#ffffff",
    text="#000000",
    muted="#262626",
    border="#000000",
    outline="#000000",
    hover="#e4e4e4",
    selected="#bfe6d6",
    accent="#00452f",
    accent_hover="#00301f",
    on_accent="#ffffff",
    accent_text="#00452f",
    bubble_in="#f0f0f0",
    hues=("#8a1f08", "#5c3800", "#10500f", "#00504a", "#0a4680", "#2f3490", "#5f1f8a", "#800f4c"),
    bubble_out="#c7ecdc",
    on_bubble_out="#000000",
    meta_in="#262626",
    meta_out="#0c2b20",
    read="#003d8f",
    link="#003d8f",
    link_out="#003175",
    highlight="#ffd000",
    badge_muted="#3a3a3a",
    on_badge_muted="#ffffff",
    danger="#930010",
    danger_fill="#930010",
    on_danger="#ffffff",
    warning_fill="#ffe08a",
    on_warning="#000000",
    positive="#00452f",
    scrim="#000000",
    scrim_alpha=170,
    focus="#003d8f",
    veil="#0b1411",
    on_veil="#ffffff",
)

CONTRAST_DARK = Colours(
    window="#000000",
    raised="#0a0a0a",
    field="#000000",
    canvas="#000000",
    pattern="#000000",
    text="#ffffff",
    muted="#e2e2e2",
    border="#ffffff",
    outline="#ffffff",
    hover="#2b2b2b",
    selected="#003f2e",
    accent="#5cf0bf",
    accent_hover="#94ffdb",
    on_accent="#000000",
    accent_text="#5cf0bf",
    bubble_in="#1b1b1b",
    hues=("#ffb3a0", "#ffd070", "#a0f09c", "#80f0e0", "#a8d8ff", "#c8ccff", "#ecc4ff", "#ffb8d8"),
    bubble_out="#003f2e",
    on_bubble_out="#ffffff",
    meta_in="#e2e2e2",
    meta_out="#d4ffef",
    read="#ffe14d",
    link="#8fd0ff",
    link_out="#b9e3ff",
    highlight="#7a5c00",
    badge_muted="#cfcfcf",
    on_badge_muted="#000000",
    danger="#ff9aa0",
    danger_fill="#ff9aa0",
    on_danger="#000000",
    warning_fill="#ffe14d",
    on_warning="#000000",
    positive="#5cf0bf",
    scrim="#000000",
    scrim_alpha=200,
    focus="#ffe14d",
    veil="#0b1411",
    on_veil="#ffffff",
)


def colours_of(look: Look) -> Colours:
    return {
        Look.LIGHT: LIGHT,
        Look.DARK: DARK,
        Look.CONTRAST_LIGHT: CONTRAST_LIGHT,
        Look.CONTRAST_DARK: CONTRAST_DARK,
    }[look]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, success criterion 1.4.3)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def palette_of(colours: Colours) -> QPalette:
    """Give the palette for what Qt paints by itself; every role is set, because Qt would guess the others."""
    role = QPalette.ColorRole
    values = {
        role.WindowText: colours.text,
        role.Button: colours.field,
        role.Light: colours.raised,
        role.Midlight: colours.hover,
        role.Dark: colours.outline,
        role.Mid: colours.border,
        role.Text: colours.text,
        role.BrightText: colours.on_accent,
        role.ButtonText: colours.text,
        role.Base: colours.window,
        role.Window: colours.window,
        role.Shadow: colours.scrim,
        role.Highlight: colours.accent,
        role.HighlightedText: colours.on_accent,
        role.Link: colours.link,
        role.LinkVisited: colours.link,
        role.AlternateBase: colours.field,
        role.ToolTipBase: colours.raised,
        role.ToolTipText: colours.text,
        role.PlaceholderText: colours.muted,
        role.Accent: colours.accent,
    }
    palette = QPalette()
    for each, value in values.items():
        palette.setColor(each, QColor(value))
    for each in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, each, QColor(colours.muted))
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(colours.border))
    return palette
