"""Reduces Unicode's tables of look-alikes and scripts to what names need of them.

Run it as `python3 tools/unicode_tables.py confusables.txt Scripts.txt` with the files of one version of Unicode; the
tables lie in `src/babilu/identity/data` and change with that version alone. The present ones are of 17.0.0:
`confusables.txt` from the source of ICU 78.3 (`icu/source/data/unidata`), `Scripts.txt` from Debian's package
unicode-data 17.0.0-2.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "src" / "babilu" / "identity" / "data"
HEAD = """\
# {about}
# From {name} of Unicode {version}, reduced by tools/unicode_tables.py. (c) Unicode, Inc.: UNICODE-LICENSE.txt.
"""


def main(arguments: list[str]) -> int:
    """Write both tables; the two files must be of one version."""
    confusables, scripts = (Path(name).read_text(encoding="utf-8-sig") for name in arguments)
    version = version_of(confusables)
    if version_of(scripts) != version:
        sys.stderr.write("The two files are of different versions of Unicode.\n")
        return 1
    about = "Each line: a prototype, then the characters that look like it, all in hexadecimal."
    head = HEAD.format(about=about, name="confusables.txt", version=version)
    write("confusables.txt", head, look_alikes(confusables))
    about = "Each line: first and last character of a range in hexadecimal, and their script."
    write("scripts.txt", HEAD.format(about=about, name="Scripts.txt", version=version), ranges(scripts))
    return 0


def version_of(table: str) -> str:
    """Return the version that a table's head names."""
    found = re.search(r"^# (?:Version: |Scripts-)(\d+\.\d+\.\d+)", table, re.MULTILINE)
    if found is None:
        raise SystemExit("This is no table of Unicode's.")
    return found[1]


def look_alikes(table: str) -> Iterator[str]:
    """Group the sources by their prototype: two thirds of the size, and easier to compare."""
    sources: dict[str, list[str]] = defaultdict(list)
    for source, prototype, *_ in fields(table):
        sources[prototype].append(source)
    for prototype in sorted(sources):
        yield f"{'+'.join(prototype.split())} {' '.join(sorted(sources[prototype], key=lambda one: int(one, 16)))}"


def ranges(table: str) -> Iterator[str]:
    """Join neighbouring ranges of one script."""
    spans: list[tuple[int, int, str]] = []
    for extent, name, *_ in fields(table):
        start, _, end = extent.partition("..")
        spans.append((int(start, 16), int(end or start, 16), name))
    spans.sort()
    joined = [spans[0]]
    for first, last, script in spans[1:]:
        if script == joined[-1][2] and first == joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], last, script)
        else:
            joined.append((first, last, script))
    return (f"{first:04X} {last:04X} {script}" for first, last, script in joined)


def fields(table: str) -> Iterator[list[str]]:
    """Read the fields of each line, without its comment."""
    for line in table.splitlines():
        data = line.partition("#")[0].strip()
        if data:
            yield [field.strip() for field in data.split(";")]


def write(name: str, head: str, lines: Iterator[str]) -> None:
    """Write one table."""
    (DATA / name).write_text(head + "".join(f"{line}\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
