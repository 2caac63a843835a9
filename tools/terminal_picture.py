"""Takes pictures of the terminal client: real clients and a relay, one of them in a real terminal that tmux keeps.

What the terminal shows, text with its escape sequences, is painted cell by cell.
"""

import json
import os
import shlex
import sys
from pathlib import Path

from rich.ansi import AnsiDecoder
from rich.cells import get_character_cell_size
from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from tests.e2e.processes import JsonProcess, Processes, RelayProcess  # noqa: E402 -- the path comes first
from tests.e2e.tmux import Tmux  # noqa: E402

WIDE, NARROW = (100, 30), (60, 20)
LOOKS = (("dark", "en"), ("light", "es"))
PINNED = {"en": "pinned", "es": "fijado"}
FONTS = ("DejaVu Sans Mono", "Noto Sans Mono", "Noto Sans Mono CJK SC", "Noto Color Emoji")
PIXELS = 18
MARGIN = 10
HALVES = {"█": (0.0, 0.0), "▀": (0.0, -0.5), "▄": (0.5, 0.0)}
BEHIND = "#101816"
TEXT = "#e6efeb"


def cells(screen: str) -> list[list[tuple[str, Style]]]:
    """Give the characters of each line with their styles; what has no width belongs to the one before."""
    console = Console(color_system="truecolor", force_terminal=True, width=10_000)
    rows = []
    for text in AnsiDecoder().decode(screen):  # one decoder, because a style may go on in the next line
        row: list[tuple[str, Style]] = []
        for segment in text.render(console):
            _add(row, segment)
        rows.append(row)
    return rows


def _add(shown: list[tuple[str, Style]], segment: Segment) -> None:
    for character in segment.text.rstrip("\n"):
        if shown and get_character_cell_size(character) == 0:
            shown[-1] = (shown[-1][0] + character, shown[-1][1])
        else:
            shown.append((character, segment.style or Style()))


def paint(screen: str, target: Path) -> None:
    """Paint a screen, as `tmux capture-pane -e -p` gives it, into a picture."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QRectF, Qt
    from PySide6.QtGui import QColor, QFont, QFontMetricsF, QGuiApplication, QImage, QPainter

    application = QGuiApplication.instance() or QGuiApplication([])
    font = QFont(list(FONTS))
    font.setPixelSize(PIXELS)
    metrics = QFontMetricsF(font)
    wide, high = metrics.horizontalAdvance("m"), float(round(PIXELS * 1.32))
    rows = cells(screen.rstrip("\n"))
    columns = max(sum(max(1, get_character_cell_size(c[0])) for c, _ in row) for row in rows)
    image = QImage(int(columns * wide) + 2 * MARGIN, int(len(rows) * high) + 2 * MARGIN, QImage.Format.Format_RGB32)
    image.fill(QColor(BEHIND))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    for number, row in enumerate(rows):
        column = 0
        for character, style in row:
            size = max(1, get_character_cell_size(character[0]))
            place = QRectF(MARGIN + column * wide, MARGIN + number * high, size * wide, high)
            colour, behind = _hex(style.color, TEXT), _hex(style.bgcolor, BEHIND)
            if style.reverse:
                colour, behind = behind, colour
            painter.fillRect(place.adjusted(0, 0, 0.6, 0.6), QColor(behind))
            font.setBold(bool(style.bold))
            font.setUnderline(bool(style.underline))
            painter.setFont(font)
            painter.setPen(QColor(colour))
            if character in HALVES:  # glyphs of fonts leave seams between them
                top, bottom = HALVES[character]
                painter.fillRect(place.adjusted(0, top * high, 0.6, bottom * high + 0.6), QColor(colour))
            else:
                painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, character)
            column += size
    painter.end()
    image.save(str(target))
    del application


def _hex(colour: Color | None, otherwise: str) -> str:
    if colour is None or colour.is_default:
        return otherwise
    return colour.get_truecolor().hex


def take(processes: Processes, folder: Path, target: Path) -> None:
    """Tell a small story, and take its pictures."""
    relay = processes.relay(home="terminal-relay")
    bob, carol = (processes.client(relay, name) for name in ("bob", "carol"))
    for look, language in LOOKS:
        home = folder / f"terminal-{look}"
        home.mkdir()
        (home / "terminal.json").write_text(json.dumps({"look": look}), encoding="ascii")
        name = "alice" if look == "dark" else "ana"
        with _terminal(relay, name, home, language) as terminal:
            tell(terminal, name, bob, carol)
            _shoot(terminal, target / f"terminal-chat-{look}-{language}.png")
            discuss(terminal, name, bob, PINNED[language])
            _shoot(terminal, target / f"terminal-contents-{look}-{language}.png")
            terminal.press("Escape")
            terminal.press("Escape")
            show_pictures(terminal, name, bob, folder, target, f"{look}-{language}")
            if look == "dark":
                terminal.type("/verify")
                terminal.press("Enter")
                terminal.see("▄▄▄▄▄")
                _shoot(terminal, target / "terminal-verify.png")
                terminal.press("Escape")
                terminal.resize(*NARROW)
                terminal.see("bob", gone=["Babilu", "▄▄▄▄▄"])
                _shoot(terminal, target / "terminal-narrow.png")
            terminal.press("C-q")
            terminal.see("ready-for-more>", gone=["Babilu"])


def tell(terminal: Tmux, name: str, bob: JsonProcess, carol: JsonProcess) -> None:
    """Let three people chat, and one of them write last."""
    terminal.see("●")
    lines = (("@carol Tea on Sunday?", carol), ("@bob See you at eight?", bob))
    for line, friend in lines:
        terminal.type(line)
        terminal.press("Enter")
        friend.take("message", text=line.partition(" ")[2])
        terminal.see(line.partition(" ")[2], "✓✓")
    bob.send(name, "Yes! At the corner of the market.\nI bring the maps, you bring the torch.")
    terminal.see("the torch")
    terminal.type("Agreed. And if it rains?")
    terminal.press("Enter")
    bob.take("message", text="Agreed. And if it rains?")
    bob.send(
        name, "Then we take the tram; it leaves at ten past eight from the other side of the square, and stops there."
    )
    terminal.see("Then we take the tram")
    terminal.type("/verified bob")
    terminal.press("Enter")
    terminal.see("✓ ", gone=["no longer"])
    terminal.type("Good. I look forward to it.")
    terminal.press("Enter")
    bob.take("message", text="Good. I look forward to it.")
    bob.do("read", name=name)
    carol.send(name, "With pleasure! Who else comes?")
    carol.send(name, "And shall I bring a cake?")
    terminal.see("And shall I", " 2 ", gone=["◷", "bob is verified.", "bob está verificado."])


def discuss(terminal: Tmux, name: str, bob: JsonProcess, pinned: str) -> None:
    """Let two people reply, react, edit and pin, and begin a reply."""
    terminal.type("*Nine* then, at the ||usual|| place?")
    terminal.press("Enter")
    asked = bob.take("message", text="*Nine* then, at the ||usual|| place?")["id"]
    bob.do("react", id=asked, emoji=["👍", "🎉"])
    terminal.see("👍 1")
    bob.do(
        "send",
        to=name,
        reply_to=asked,
        text=f"Yes, @{name}, with _these_:\n```\ntorch  1\nmaps   2\n```",
        mentions=[name],
    )
    terminal.see("maps   2")
    terminal.press("Up")
    terminal.type("!")
    terminal.press("Enter")
    bob.take("edited", id=asked)
    terminal.press("Escape")
    # What follows Escape at once would be a key with Alt.
    terminal.see("r re")
    terminal.type("p")
    bob.take("pinned")
    terminal.type("r")
    terminal.see("Esc l", pinned, gone=["◷"])


def show_pictures(terminal: Tmux, name: str, bob: JsonProcess, folder: Path, target: Path, look: str) -> None:
    """Let somebody send photos, and look at one of them."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QImage

    from tools.painted import painted

    paths = []
    for number, (width, height) in enumerate(((1600, 1200), (1600, 1000), (1200, 1600))):
        paths.append(str(folder / f"IMG_{4120 + number}.jpg"))
        painted(number, width, height).convertToFormat(QImage.Format.Format_RGB32).save(paths[-1])
    bob.do("send", to=name, text="From the walk on Sunday", files=paths)
    terminal.see("IMG_4122.jpg", "▀▀▀")
    terminal.press("Down")
    terminal.see(" v ")
    _shoot(terminal, target / f"terminal-pictures-{look}.png")
    terminal.type("v")
    terminal.see("[ ", "IMG_4120.jpg")
    terminal.press("Enter")
    terminal.see("[ ", gone=["[ Fetch ]", "[ Descargar ]", "[ Pause ]", "[ Pausar ]", "opening…", "abriendo…"])
    _shoot(terminal, target / f"terminal-picture-{look}.png")
    terminal.press("Escape")
    terminal.see(" v ", gone=["[ "])
    terminal.press("Escape")


def _terminal(relay: RelayProcess, name: str, home: Path, language: str) -> Tmux:
    variables = {"BABILU_PASSWORD": "correct horse", "COLORTERM": "truecolor"}
    terminal = Tmux(home, *WIDE, variables)
    words = ("connect", relay.host, relay.port, name, "--home", str(home), "--lang", language)
    terminal.command(shlex.join([sys.executable, str(ROOT / "main.py"), *words]))
    return terminal


def _shoot(terminal: Tmux, target: Path) -> None:
    paint(terminal.screen(colours=True), target)
