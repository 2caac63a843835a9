"""Draws curves as one plain SVG file: a small panel for each, with axes from zero, so that what is flat looks flat."""

from html import escape
from pathlib import Path

from bench.growth import Curves, Points

WIDTH, HEIGHT = 420, 240
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 34, 36
COLUMNS = 2
HEADROOM = 1.25
TICKS = 4
INK, LINE, GRID = "#444", "#2a6fbb", "#ddd"


def plot(curves: Curves, file: Path) -> None:
    """Write the curves into a file."""
    rows = -(-len(curves) // COLUMNS)
    panels = [
        _panel(title, points, WIDTH * (place % COLUMNS), HEIGHT * (place // COLUMNS))
        for place, (title, points) in enumerate(curves.items())
    ]
    width, height = WIDTH * COLUMNS, HEIGHT * rows
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' font-family="sans-serif" font-size="11" fill="{INK}">\n<rect width="100%" height="100%" fill="white"/>\n'
    )
    file.write_text(head + "\n".join(panels) + "\n</svg>\n", encoding="utf-8")


def _panel(title: str, points: Points, left: int, top: int) -> str:
    most_x = max((x for x, _ in points), default=1.0) or 1.0
    most_y = (max((y for _, y in points), default=1.0) or 1.0) * HEADROOM
    inner_width, inner_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def at(x: float, y: float) -> tuple[float, float]:
        return LEFT + x / most_x * inner_width, HEIGHT - BOTTOM - y / most_y * inner_height

    parts = [f'<g transform="translate({left} {top})">', f'<text x="{LEFT}" y="18">{escape(title)}</text>']
    for tick in range(TICKS + 1):
        x, y = at(most_x * tick / TICKS, most_y * tick / TICKS)
        parts += [
            f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{GRID}"/>',
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_short(most_y * tick / TICKS)}</text>',
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{_short(most_x * tick / TICKS)}</text>',
        ]
    places = [at(x, y) for x, y in points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    parts.append(f'<polyline points="{path}" fill="none" stroke="{LINE}" stroke-width="2"/>')
    parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{LINE}"/>' for x, y in places]
    return "\n".join([*parts, "</g>"])


def _short(number: float) -> str:
    if number >= 1_000_000:
        return f"{number / 1_000_000:g}M"
    return f"{number / 1_000:g}k" if number >= 10_000 else f"{number:.3g}"
