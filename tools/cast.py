"""Records the cast of the README: a relay, two people, and the attacks, as an animated picture (SVG).

Everything that is shown was printed by the real program in this very run; only pauses are shortened. Run it through
`python3 main.py screenshots`, or alone.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final, Self

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from tests.e2e.processes import surroundings  # noqa: E402 -- the path comes first

TARGET: Final = ROOT / "docs" / "images" / "cast.svg"
ROWS: Final = 24
COLUMNS: Final = 100
CHARACTER, LINE, MARGIN, BAR = 8.4, 20, 18, 34
KEY_S, LINE_S, THINK_S, READ_S = 0.045, 0.12, 0.8, 2.2
DEADLINE_S: Final = 300.0
PORT: Final = "5050"
HELD: Final = re.compile(r"held|All|\d+ of \d+")
"""How the lines begin that say that something held."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of the terminal: when it appears, its text and kind, and for typed ones how long the typing takes."""

    at: float
    text: str
    kind: str = "out"
    typed_s: float = 0.0


class Script:
    """What the cast shows, with its own time."""

    def __init__(self) -> None:
        self.lines: list[Shown] = []
        self.now = 0.6

    def comment(self, text: str) -> None:
        """Say something between two scenes."""
        if self.lines:
            self.lines.append(Shown(self.now, ""))
        self.lines.append(Shown(self.now, f"# {text}", "note"))
        self.now += THINK_S

    def types(self, text: str, prompt: str = "$ ") -> None:
        """Type a line."""
        took = len(text) * KEY_S
        self.lines.append(Shown(self.now, prompt + text, "typed", took))
        self.now += took + THINK_S

    def prints(self, lines: Sequence[str], pause: float = READ_S) -> None:
        """Show what a program printed."""
        for line in lines:
            for part in wrapped(line):
                self.lines.append(Shown(self.now, part))
                self.now += LINE_S
        self.now += pause


def wrapped(line: str) -> Iterator[str]:
    """Cut a line at the terminal's width."""
    while True:
        yield line[:COLUMNS]
        line = line[COLUMNS:]
        if not line:
            return


class Program:
    """One process of the program in a pipe: lines go in and come out."""

    def __init__(self, *arguments: str) -> None:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "main.py"), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=surroundings({"LANGUAGE": "en", "COLUMNS": str(COLUMNS), "TZ": "UTC"}),
        )
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a pipe is missing")
        self._process, self._into, self._out = process, process.stdin, process.stdout

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.communicate(timeout=DEADLINE_S)

    def says(self, last: str) -> list[str]:
        """Read lines up to one that holds a text."""
        lines = []
        for line in self._out:
            lines.append(line.rstrip("\n"))
            if last in line:
                return lines
        raise RuntimeError(f"never said: {last}; but {lines}")

    def hears(self, line: str) -> None:
        """Write a line to it."""
        self._into.write(line + "\n")
        self._into.flush()


def record(folder: Path) -> Script:
    """Play the story."""
    script = Script()
    script.comment("A relay, on a machine of yours. It is the whole server.")
    start = ("start", "127.0.0.1", PORT, "100")
    script.types(f"python3 main.py {' '.join(start)}")
    with Program(*start, "--home", str(folder / "relay")) as relay:
        script.prints(relay.says("To chat:"))
        script.comment("Alice, in another terminal. Bob has joined the same way.")
        connect = ("connect", "127.0.0.1", PORT)
        words = ("--line", "--home", str(folder))
        with Program(*connect, "bob", "battery staple", *words) as bob:
            bob.says("Connected to the relay.")
            script.types(f"python3 main.py {' '.join(connect)} alice 'correct horse' --line")
            with Program(*connect, "alice", "correct horse", *words) as alice:
                script.prints([line for line in alice.says("Connected to the relay.") if "command line" not in line])
                for text, answer in (("See you at eight?", "Yes! I bring the soup."),):
                    script.types(f"@bob {text}", "")
                    alice.hears(f"@bob {text}")
                    script.prints(alice.says("delivered"), THINK_S)
                    bob.says(text)
                    bob.hears(f"@alice {answer}")
                    script.prints(alice.says(answer))
    script.comment("Could whoever runs the relay have read that? Try it.")
    script.types("python3 main.py doctor --attack")
    attack = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "doctor", "--attack"],
        capture_output=True,
        text=True,
        check=False,
        env=surroundings({"LANGUAGE": "en", "COLUMNS": str(COLUMNS)}),
        timeout=DEADLINE_S,
    )
    if attack.returncode:
        raise RuntimeError(attack.stdout + attack.stderr)
    lines = attack.stdout.rstrip("\n").split("\n")
    for number, line in enumerate(lines):
        # Each attack and what was seen of it stand together.
        script.prints([line], 0.0 if line.startswith(" ") or not line else 0.35 * (number > 0))
    script.now += READ_S
    return script


def draw(script: Script) -> str:
    """Draw the cast: lines appear one by one, and the screen moves up when it is full."""
    width, height = COLUMNS * CHARACTER + 2 * MARGIN, ROWS * LINE + BAR + MARGIN
    total = script.now
    moves = [(shown.at, number - ROWS + 1) for number, shown in enumerate(script.lines) if number >= ROWS]
    frames = ["0%{transform:translateY(0)}"]
    before = 0
    for at, rows in moves:
        share = 100 * at / total
        frames.append(f"{share:.3f}%{{transform:translateY({-before * LINE}px)}}")
        frames.append(f"{min(share + 0.01, 100):.3f}%{{transform:translateY({-rows * LINE}px)}}")
        before = rows
    frames.append(f"100%{{transform:translateY({-before * LINE}px)}}")
    style = (
        "text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre;"
        "fill:#dfe9e4}.note{fill:#7f9a8f}.typed{fill:#8fe3b0}.good{fill:#8fe3b0}"
        ".l{opacity:0;animation:s .01s linear forwards}@keyframes s{to{opacity:1}}"
        ".c{animation-name:t;animation-fill-mode:both}@keyframes t{from{width:0}}"
        f".m{{animation:m {total:.1f}s linear forwards}}@keyframes m{{{''.join(frames)}}}"
        "@media (prefers-reduced-motion:reduce){.l,.c,.m{animation-duration:.01s;animation-delay:0s!important}}"
    )
    drawn = []
    clips = []
    for number, shown in enumerate(script.lines):
        if not shown.text:
            continue
        top = (number + 1) * LINE
        kind = "good" if shown.kind == "out" and HELD.match(shown.text) else shown.kind
        clip = ""
        if shown.typed_s:
            long = len(shown.text) * CHARACTER + 4
            clips.append(
                f'<clipPath id="k{number}"><rect class="c" y="{top - LINE + 3}" width="{long:.0f}" height="{LINE + 2}" '
                f'style="animation-duration:{shown.typed_s:.2f}s;animation-delay:{shown.at:.2f}s;'
                f'animation-timing-function:steps({len(shown.text)})"/></clipPath>'
            )
            clip = f' clip-path="url(#k{number})"'
        drawn.append(
            f'<g{clip}><text class="l {kind}" y="{top}" textLength="{len(shown.text) * CHARACTER:.1f}" '
            f'style="animation-delay:{shown.at:.2f}s">{escape(shown.text)}</text></g>'
        )
    dots = "".join(f'<circle cx="{20 + 20 * n}" cy="17" r="6" fill="#33443d"/>' for n in range(3))
    size = f'width="{width:.0f}" height="{height}"'
    label = "A relay is started, two people chat, and each attack comes to nothing"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" viewBox="0 0 {width:.0f} {height}" {size} '
        f'role="img" aria-label="{label}"><style>{style}</style><defs>{"".join(clips)}'
        f'<clipPath id="screen"><rect width="{width:.0f}" height="{ROWS * LINE + 8}"/></clipPath></defs>'
        f'<rect {size} rx="10" fill="#101816"/>{dots}<g transform="translate({MARGIN} {BAR})" clip-path="url(#screen)">'
        f'<g class="m">{"".join(drawn)}</g></g></svg>\n'
    )


def main() -> int:
    """Record and draw."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.monotonic()
        script = record(Path(folder))
        TARGET.write_text(draw(script), encoding="utf-8")
    print(f"{TARGET.relative_to(ROOT)}: {script.now:.0f} s of film, recorded in {time.monotonic() - begun:.0f} s")
    return 0


if __name__ == "__main__":
    os.environ.setdefault("TZ", "UTC")
    sys.exit(main())
