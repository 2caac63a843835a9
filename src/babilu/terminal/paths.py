"""Paths on a line: the words in front that name files, quoted or with backslashes as in a shell; the rest is text."""

import re
from pathlib import Path
from typing import Final

from babilu.local_paths import is_file_at, is_folder_at
from babilu.presentation.strings import MisuseError
from babilu.terminal.arguments import ArgumentKind
from babilu.terminal.command_spec import CommandSpec

_WORD: Final = re.compile(r"""\s*((?:[^\s"'\\]|\\.|"[^"]*"|'[^']*')+)""")
_LAST: Final = re.compile(r"""(?:[^\s\\]|\\.)*$""")
_SPECIAL: Final = re.compile(r"""([\s"'\\])""")

LISTED_AT_MOST: Final = 10_000
"""Entries of a folder that are looked at; the keyboard must not wait for a disk."""

OFFERED_AT_MOST: Final = 200

_PATHS: Final = frozenset({ArgumentKind.PATHS, ArgumentKind.FOLDER, ArgumentKind.PATH, ArgumentKind.NEW_PATH})
_PIECE: Final = re.compile(r"""\\(.)|"([^"]*)"|'([^']*)'|([^\\"']+)""")


def take_paths(line: str) -> tuple[list[str], str]:
    """Take the paths in front of a line.

    A word is a path where a file of that name is there. One that is written like a path and names no file is refused:
    what is meant as a file must not go out as a text.

    Args:
        line: The rest of a line.

    Returns:
        The paths, and the text behind them.

    Raises:
        MisuseError: There is no such file, it is a folder, or none is named: a text alone says first to whom it goes.
    """
    paths: list[str] = []
    while (found := _WORD.match(line)) is not None:
        path = Path(unquoted(found[1])).expanduser()
        if not is_file_at(path):
            if found[1].startswith(("/", "~", "./", "../", '"', "'")):
                raise MisuseError("folder" if is_folder_at(path) else "no_such_file", path=str(path))
            break
        paths.append(str(path))
        line = line[found.end() :]
    if not paths:
        raise MisuseError("send_on_line")
    return paths, line.strip()


def take_new_path(line: str) -> tuple[str, str]:
    """Take a path in front of a line at which nothing need be, and give what is behind it."""
    found = _WORD.match(line)
    if found is None:
        return line.strip(), ""
    return str(Path(unquoted(found[1])).expanduser()), line[found.end() :].strip()


def unquoted(word: str) -> str:
    """Give a word as a shell understands it."""
    return "".join(next(filter(None, piece.groups()), "") for piece in _PIECE.finditer(word))


def word_at_end(line: str) -> str:
    """Give the last word of a line as it is written, with the blanks that it escapes."""
    found = _LAST.search(line)
    return "" if found is None else found[0]


def completed_paths(word: str, *, folders_only: bool = False) -> list[str]:
    """Give what the beginning of a path can become: folders with a slash behind, hidden ones where a dot is written."""
    plain = unquoted(word)
    shown = word.rpartition("/")[0] + "/" if "/" in word else ""
    folder, _, beginning = plain.rpartition("/")
    place = Path(f"{folder}/" if "/" in plain else ".").expanduser()
    try:
        found = sorted(place.iterdir(), key=lambda path: path.name)[:LISTED_AT_MOST]
    except OSError:
        return []
    paths = []
    for path in found:
        hidden = path.name.startswith(".") and not beginning.startswith(".")
        if hidden or not path.name.startswith(beginning):
            continue
        if is_folder_at(path):
            paths.append(f"{shown}{_escaped(path.name)}/")
        elif not folders_only:
            paths.append(f"{shown}{_escaped(path.name)} ")
    return paths[:OFFERED_AT_MOST]


def path_kind(form: CommandSpec | None, place: int) -> ArgumentKind | None:
    """Tell whether the word at a place after a command is a path, and of what."""
    fields = [field for field in form.fields if field.has_place] if form is not None else []
    if place < 0 or not fields:
        return None
    kind = fields[min(place, len(fields) - 1)].kind
    if fields[0].kind is ArgumentKind.PATHS:
        # Several may follow one another, and where they end only the files can tell.
        kind = ArgumentKind.PATHS
    return kind if kind in _PATHS else None


def _escaped(name: str) -> str:
    return _SPECIAL.sub(r"\\\1", name)
