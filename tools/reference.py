"""Writes the pages of the documentation that follow from the code: run it after a command or a key has changed.

A test compares the pages with what this would write.
"""

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from babilu.cli.app import build  # noqa: E402 -- the path comes first
from babilu.cli.config_keys import Kind, keys, sections  # noqa: E402
from babilu.cli.configuration import shown  # noqa: E402

MADE = "<!-- Made by tools/reference.py from the code: change it there. -->"

WIDTH = 120

KINDS = {
    Kind.TEXT: "text",
    Kind.PATH: "path",
    Kind.COUNT: "number",
    Kind.DURATION: "duration",
    Kind.SIZE: "size",
    Kind.SWITCH: "true or false",
}

CONFIGURATION = f"""# Configuration of a relay

{MADE}

Each key is decided by itself: the command line wins over the environment, that over `babilu.toml`, that over the
default. `babilu config show` tells every value and who decided it; `babilu config check` tells everything that is to
be mended. Unknown keys, tables and variables are refused with the nearest known name.

The file is the one that `--config FILE` or `BABILU_CONFIG` names, else `babilu.toml` in the folder that `--home`
names, else `babilu.toml` beside `main.py` (for the installed program in the user's data folder). Paths in it are
relative to it.

    [relay]
    host = "0.0.0.0"
    name = "Kitchen"
    registration = "invite"

    [limits]
    max_users = 200
    mail_kept_ms = "14 days"
    mailbox_bytes = "50 MiB"

Durations are milliseconds, or texts with a unit: ms, s, min, h, days. Sizes are bytes, or texts in KiB, MiB or GiB.
A running relay reads all of it anew at SIGHUP, without dropping a connection; the keys marked with * are followed by
a new start alone. The window of pushed mail (`push_messages`, `push_bytes`) holds for connections from then on.
"""


def configuration() -> str:
    """Write the page of all keys."""
    parts = [CONFIGURATION]
    for section in sections():
        rows = [
            f"| `{key.name}`{'*' if key.at_start else ''} | {KINDS.get(key.kind) or ', '.join(key.choices)} "
            f"| {shown(key, key.default) or 'none'} | {f'`{key.option}`' if key.option else ''} | {key.meaning} |"
            for key in keys().values()
            if key.section == section
        ]
        variables = f"Variables: `BABILU_{section.upper()}_` and the key in capitals."
        head = ["| key | takes | default | option | meaning |", "| --- | --- | --- | --- | --- |"]
        parts.append("\n".join([f"## [{section}]", "", variables, "", *head, *rows, ""]))
    return "\n".join(parts)


def commands() -> str:
    """Write the page of all commands."""
    from typer.main import get_command

    head = (
        f"# Commands\n\n{MADE}\n\nFrom a clone, `python3 main.py` takes the place of `babilu`. "
        "Every command explains itself with `--help`.\n"
    )
    return "\n".join([head, *_pages(get_command(build()), ("babilu",))])


def _pages(command: Any, name: tuple[str, ...]) -> Iterator[str]:  # noqa: ANN401 -- typer keeps the type private
    children = getattr(command, "commands", {})
    if len(name) > 1:
        yield f"{'#' * min(len(name), 4)} {' '.join(name)}\n"
        yield f"{_help(command)}\n"
        if not children:
            yield "\n".join(_usage(command, name))
    for child in children:
        yield from _pages(children[child], (*name, child))


def _help(command: Any) -> str:  # noqa: ANN401
    return "\n\n".join(textwrap.fill(part, WIDTH) for part in (command.help or "").split("\n\n"))


def _usage(command: Any, name: tuple[str, ...]) -> Iterator[str]:  # noqa: ANN401
    context = command.make_context(name[-1], [], resilient_parsing=True)
    pieces = [piece for piece in command.collect_usage_pieces(context) if piece]
    yield f"    {' '.join([*name, *pieces])}\n"
    rows = [record for parameter in command.params if (record := _record(parameter, context))]
    if rows:
        yield "| | |"
        yield "| --- | --- |"
        yield from (f"| `{left}` | {right} |".replace("||", "|") for left, right in rows)
    yield ""


def _record(parameter: Any, context: Any) -> tuple[str, str] | None:  # noqa: ANN401
    record = parameter.get_help_record(context)
    if record is None:
        return None
    left, right = record
    return left.replace("|", "/"), " ".join(right.split()).replace("|", "/")


PAGES = {"docs/configuration.md": configuration, "docs/commands.md": commands}


def main() -> None:
    """Write all pages."""
    for place, write in PAGES.items():
        (ROOT / place).write_text(write(), encoding="utf-8")
        print(place)


if __name__ == "__main__":
    main()
