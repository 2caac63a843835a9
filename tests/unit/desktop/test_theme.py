"""Every look is complete and can be read."""

import pytest
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QColor, QImage, QPainter, QPalette, qGray
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from babilu.desktop.models.messages import MessagesModel
from babilu.desktop.theme.fonts import EMOJI, fonts_of
from babilu.desktop.theme.icons import STROKES, svg
from babilu.desktop.theme.palettes import Look, colours_of, contrast, palette_of
from babilu.desktop.theme.theme import Theme, ThemeChoice
from babilu.desktop.widgets.avatar import DISCS
from babilu.desktop.widgets.message_delegate import MessageDelegate
from babilu.kernel.states import MessageState
from tests.unit.desktop.desktop_under_test import SteadyClock

READABLE = 4.5
PAIRS = (
    ("text", "window"),
    ("text", "raised"),
    ("text", "field"),
    ("text", "hover"),
    ("text", "selected"),
    ("muted", "window"),
    ("muted", "field"),
    ("muted", "hover"),
    ("muted", "selected"),
    ("muted", "canvas"),
    ("accent_text", "window"),
    ("accent_text", "canvas"),
    ("accent_text", "hover"),
    ("accent_text", "raised"),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("text", "bubble_in"),
    ("meta_in", "bubble_in"),
    ("on_bubble_out", "bubble_out"),
    ("meta_out", "bubble_out"),
    ("read", "bubble_out"),
    ("link", "bubble_in"),
    ("link_out", "bubble_out"),
    ("text", "highlight"),
    ("on_bubble_out", "highlight"),
    ("on_badge_muted", "badge_muted"),
    ("danger", "window"),
    ("danger", "raised"),
    ("danger", "selected"),
    ("on_danger", "danger_fill"),
    ("on_warning", "warning_fill"),
    ("positive", "window"),
    ("on_veil", "veil"),
)


@pytest.mark.parametrize("look", list(Look))
def test_text_can_be_read_on_what_it_stands_on(look: Look) -> None:
    colours = dict(colours_of(look).named())
    poor = {
        pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2)
        for pair in PAIRS
        if contrast(colours[pair[0]], colours[pair[1]]) < READABLE
    }
    assert poor == {}


@pytest.mark.parametrize("look", [Look.CONTRAST_LIGHT, Look.CONTRAST_DARK])
def test_high_contrast_is_higher(look: Look) -> None:
    colours = dict(colours_of(look).named())
    for text, back in (("text", "window"), ("muted", "window"), ("on_accent", "accent"), ("meta_in", "bubble_in")):
        assert contrast(colours[text], colours[back]) >= 7, (text, back)


def test_initials_can_be_read_on_every_disc() -> None:
    for disc in DISCS:
        assert all(contrast("#ffffff", end) >= 3 for end in disc)


@pytest.mark.parametrize("look", list(Look))
def test_every_role_of_the_palette_is_set(look: Look) -> None:
    palette = palette_of(colours_of(look))
    for role in QPalette.ColorRole:
        if role not in {QPalette.ColorRole.NoRole, QPalette.ColorRole.NColorRoles}:
            assert palette.isBrushSet(QPalette.ColorGroup.Active, role), role
            assert palette.color(role).alpha() == 255


def test_a_choice_applies_at_once(qapp: QApplication) -> None:
    theme = Theme(qapp, ThemeChoice.LIGHT, 100)
    changes = []
    theme.changed.connect(lambda: changes.append(theme.look))
    theme.choose(ThemeChoice.DARK, 100)
    theme.choose(ThemeChoice.DARK, 150)
    theme.choose(ThemeChoice.DARK, 150)
    assert changes == [Look.DARK, Look.DARK]
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(colours_of(Look.DARK).window)


@pytest.mark.usefixtures("qapp")
def test_every_font_names_a_colour_emoji_font() -> None:
    fonts = fonts_of(100)
    for font in (
        fonts.body,
        fonts.strong,
        fonts.small,
        fonts.tiny,
        fonts.title,
        fonts.large,
        fonts.emoji,
        fonts.digits,
    ):
        assert set(EMOJI) <= set(font.families())


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("name", sorted(STROKES))
def test_every_icon_is_a_drawing(name: str) -> None:
    assert QSvgRenderer(QByteArray(svg(name, "#000000"))).isValid()


@pytest.mark.parametrize("look", Look)
def test_delivered_and_read_can_be_told_apart_without_colours(qapp: QApplication, look: Look) -> None:
    theme = Theme(qapp, ThemeChoice(look.value), 100)
    delegate = MessageDelegate(MessagesModel(), theme, SteadyClock())
    drawn = []
    for state in (MessageState.HELD, MessageState.DELIVERED, MessageState.READ):
        image = QImage(24, 24, QImage.Format.Format_RGB32)
        image.fill(QColor(theme.colours.bubble_out))
        painter = QPainter(image)
        painter.translate(2, 12)
        delegate._paint_mark(painter, state, theme.colours.meta_out)
        painter.end()
        grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
        drawn.append(sum(abs(qGray(grey.pixel(x, y)) - qGray(grey.pixel(0, 0))) for x in range(24) for y in range(24)))
    held, delivered, read = drawn
    assert delivered > 1.3 * held
    assert read > 1.2 * delivered
