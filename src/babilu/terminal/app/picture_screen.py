"""A picture over the whole screen, two pixels to a cell; what can be done with it stands below."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget
from typing_extensions import override

from babilu.kernel.ids import MessageId
from babilu.presentation.picture_look import PictureLook
from babilu.presentation.pictures import sides_of
from babilu.presentation.rasters import Raster, fitted, flattened, raster_of
from babilu.terminal.app.half_blocks import pixel_rows
from babilu.terminal.app.pages import Act, ActBar
from babilu.terminal.app.spans import Brush, Line, Span, pixel_span
from babilu.terminal.app.themes import Ink, TerminalLook, behind_pictures
from babilu.terminal.app.top_bar import Bar


@dataclass(frozen=True, slots=True)
class PictureWords:
    """What is said of a picture.

    Attributes:
        title: Its name, and which one of its message it is.
        about: Who sent it, when, its sides and size.
        state: Why it is not seen sharply, or what becomes of it; or empty.
    """

    title: str
    about: str
    state: str


class PixelArea(Widget):
    """Draws a picture in the middle of its room."""

    def __init__(self) -> None:
        super().__init__(classes="pixels")
        self._brush = Brush(self)
        self._raster: Raster | None = None

    def show(self, raster: Raster | None) -> None:
        """Draw another picture, or none."""
        if raster is not self._raster:
            self._raster = raster
            self.refresh()

    @override
    def render_line(self, y: int) -> Strip:
        width, height = self.size
        line: Line = ()
        if self._raster is not None and width and height:
            rows = pixel_rows(self._raster, width, height)
            number = y - (height - len(rows)) // 2
            if 0 <= number < len(rows):
                line = (Span(" " * ((width - rows[number].width) // 2)), pixel_span(rows[number]))
        return self._brush.strip(line, width)


class PictureScreen(ModalScreen[None]):
    """Shows a picture, and leads to those before and after it.

    Args:
        look: The picture.
        words: Says what is to be said of it now.
        acts: Gives what can be done with it now.
        left: Called at the end with the message of the picture that was seen last.
        coloured: Whether the terminal has colours to draw it with.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,v", "close", show=False),
        Binding("left,shift+tab,h", "turn(-1)", show=False),
        Binding("right,tab,l", "turn(1)", show=False),
        Binding("enter", "press", show=False),
        Binding("pageup,up,k,p", "step(-1)", show=False),
        Binding("pagedown,down,j,n,space", "step(1)", show=False),
    ]

    def __init__(
        self,
        look: PictureLook,
        words: Callable[[], PictureWords],
        acts: Callable[[], Sequence[Act]],
        left: Callable[[MessageId], None],
        *,
        coloured: bool,
    ) -> None:
        super().__init__()
        self.picture_look = look
        self._words = words
        self._acts = acts
        self._left = left
        self._coloured = coloured
        self._area = PixelArea()
        self._title, self._about, self._state = Bar(classes="title"), Bar(classes="hint"), Bar(classes="hint")
        self._bar = ActBar(())
        self._drawn: tuple[object, Raster | None] = (None, None)

    @override
    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet picture"):
            yield self._title
            yield self._area
            yield self._state
            yield self._about
            yield self._bar

    def on_mount(self) -> None:
        """Show the picture, and follow it from now on."""
        self.picture_look.changed = self._changed
        self.renew()

    def on_unmount(self) -> None:
        """Look no more."""
        self.picture_look.leave()
        self._left(self.picture_look.message.id)

    def on_resize(self, _event: events.Resize) -> None:
        """Have as many pixels as there is room for."""
        self.call_after_refresh(self._need)

    def renew(self) -> None:
        """Say and draw everything as it is now."""
        words = self._words()
        self._title.show(((Span(words.title, Ink.STRONG),), (Span("Esc", Ink.FAINT),)))
        self._about.show(((Span(words.about, Ink.FAINT),), ()))
        ink = Ink.BAD if self.picture_look.error is not None else Ink.TEXT
        self._state.show(((Span(words.state, ink),), ()))
        self._bar.show(self._acts())
        self._area.show(self._raster())
        self.call_after_refresh(self._need)

    def action_close(self) -> None:
        self.dismiss(None)

    def action_turn(self, steps: int) -> None:
        """Choose another act."""
        self._bar.turn(steps)

    def action_press(self) -> None:
        """Do the act that is chosen."""
        self.action_do(self._bar.chosen)

    def action_do(self, place: int) -> None:
        """Do an act; the picture stays."""
        acts = self._acts()
        if place < len(acts):
            acts[place].do()

    def action_step(self, steps: int) -> None:
        """Go to the picture before or after this one."""
        self.picture_look.step(steps)

    def _changed(self, _anew: bool) -> None:
        self.renew()

    def _need(self) -> None:
        file = self.picture_look.file
        room = self._area.size
        if self._coloured and file is not None and room.width and room.height:
            self.picture_look.need(max(fitted(*sides_of(file), room.width, 2 * room.height)))

    def _raster(self) -> Raster | None:
        """Give the sharpest pixels there are, on the colour of the sheet."""
        look = self.picture_look
        if not self._coloured or look.file is None:
            return None
        sharp, preview = look.picture, look.file.preview
        source = sharp or preview
        if source is not self._drawn[0]:
            raster = None if preview is None else raster_of(preview)
            self._drawn = (
                source,
                raster if sharp is None else flattened(sharp, behind_pictures(TerminalLook(self.app.theme))),
            )
        return self._drawn[1]
