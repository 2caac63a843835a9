"""Writes the manual pages in share/man from the pages that `--help` and docs/commands.md are written from.

Run it through `tools/reference.py`; a test compares the files with what this would write.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from babilu.cli.app import build
from babilu.cli.config_keys import ConfigKey, keys, sections
from babilu.cli.configuration import shown
from babilu.cli.help import HelpPage, walk

FOLDER: Final = Path("share/man")
MADE: Final = '.\\" Made by tools/reference.py from the code: change it there.'

FILE_FORMAT: Final = """\
Each key is decided by itself: the command line wins over the environment, that over the file, that over the default.
.P
Durations are milliseconds, or texts with a unit: ms, s, min, h, days. Sizes are bytes, or texts in KiB, MiB or GiB.
A running relay reads the file anew at SIGHUP; keys marked with * need a new start."""


def manual_pages() -> dict[str, str]:
    """Return every manual page by its place below the project."""
    pages = list(walk(build()))
    texts = {str(FOLDER / "man1" / f"{name_of(page)}.1"): command_page(page, pages) for page in pages}
    texts[str(FOLDER / "man5" / "babilu.toml.5")] = configuration_page()
    return texts


def name_of(page: HelpPage) -> str:
    """Return the name of a command's page: its words with dashes between them, as git has it."""
    return "-".join(page.words)


def command_page(page: HelpPage, pages: Iterable[HelpPage]) -> str:
    """Write the page of one command, in the order of man-pages(7)."""
    first, *others = page.paragraphs
    lines = [*head(name_of(page), 1), ".SH NAME", f"{escaped(name_of(page))} \\- {escaped(first.rstrip('.'))}"]
    lines += [".SH SYNOPSIS", f".B {escaped(' '.join(page.words))}", escaped(page.usage)]
    lines += [".SH DESCRIPTION", escaped(first)]
    for paragraph in others:
        lines += [".P", escaped(paragraph)]
    for title, rows in (("ARGUMENTS", page.arguments), ("OPTIONS", page.options), ("COMMANDS", page.children)):
        if rows:
            lines.append(f".SH {title}")
        for left, right in rows:
            lines += [".TP", f".B {escaped(left)}", escaped(right)]
    near = [each for each in pages if each.words[:-1] == page.words]
    if len(page.words) > 1:
        near.insert(0, next(each for each in pages if each.words == page.words[:-1]))
    see = [f".BR {escaped(name_of(each))} (1)" for each in near]
    lines += [".SH SEE ALSO", ",\n".join([*see, ".BR babilu.toml (5)"])]
    return "\n".join([*lines, ""])


def configuration_page() -> str:
    """Write the page of the configuration file."""
    lines = [*head("babilu.toml", 5), ".SH NAME", "babilu.toml \\- configuration of a Babilu relay"]
    lines += [".SH DESCRIPTION", FILE_FORMAT]
    for section in sections():
        lines.append(f".SS [{escaped(section)}]")
        lines += [line for key in keys().values() if key.section == section for line in described(key)]
    return "\n".join([*lines, ".SH SEE ALSO", ".BR babilu-start (1),", ".BR babilu-config (1)", ""])


def described(key: ConfigKey) -> list[str]:
    """Write what there is to say about one key."""
    default = shown(key, key.default)
    words = f"{key.meaning}. Default: {default}." if default else f"{key.meaning}."
    return [".TP", f".B {escaped(key.name)}{'*' if key.at_start else ''}", escaped(words.replace("..", "."))]


def head(name: str, section: int) -> list[str]:
    """Write the head of a page."""
    return [MADE, f'.TH {escaped(name.upper())} {section} "" Babilu "Babilu manual"', ".nh", ".ad l"]


def escaped(text: str) -> str:
    """Write a text so that roff takes none of it for a request of its own."""
    plain = " ".join(text.split()).replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").replace("'", "\\(aq")
    return f"\\&{plain}" if plain.startswith(".") else plain
