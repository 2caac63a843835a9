"""Reduces Unicode's annotations of emoji (CLDR) to the names and words by which Babilu finds them, one file a language.

Run it as `python3 tools/emoji_names.py FOLDER`, where the folder is the unpacked npm package cldr-annotations-full; the
files lie in `src/babilu/presentation/data` and change with that version alone. The present ones are of 48.2.0
(`cldr-annotations-full-48.2.0.tgz`, SHA-256 28576e51225deb51e3ddd734b0f824a0079682cb5d8c27faa9f68149317a14d1).
"""

import json
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src")]

from babilu.kernel.reactions import is_reaction  # noqa: E402 -- the path comes first
from babilu.presentation.strings import LANGUAGES  # noqa: E402

DATA = ROOT / "src" / "babilu" / "presentation" / "data"
HEAD = """\
# Each line: an emoji, its name, and more words for it, parted by tabs; the words by blanks.
# From the annotations of CLDR {version} ({language}), reduced by tools/emoji_names.py. (c) Unicode, Inc.: see
# UNICODE-LICENSE.txt.
"""
FIRST_PICTURE = "\u2100"
"""Before it are letters' signs; CLDR names them, and operators, too, which nobody looks for among emoji."""


def main(arguments: list[str]) -> int:
    """Write a file for each language, and the licence."""
    (folder,) = map(Path, arguments)
    version = read_json(folder / "package.json")["version"]
    for language in LANGUAGES:
        annotations = read_json(folder / "annotations" / language / "annotations.json")["annotations"]["annotations"]
        lines = HEAD.format(version=version, language=language) + "".join(f"{line}\n" for line in reduced(annotations))
        (DATA / f"emoji_{language}.txt").write_text(lines, encoding="utf-8", newline="\n")
    licence = (folder / "LICENSE").read_text(encoding="utf-8")
    (DATA / "UNICODE-LICENSE.txt").write_text(licence, encoding="utf-8", newline="\n")
    return 0


def read_json(path: Path) -> Any:  # noqa: ANN401 -- whatever JSON can hold
    """Read a file of JSON."""
    return json.loads(path.read_text(encoding="utf-8"))


def reduced(annotations: dict[str, dict[str, list[str]]]) -> Iterator[str]:
    """Give a line for each emoji, in the order of their characters; what the name says already is no further word."""
    for emoji, given in sorted(annotations.items()):
        if is_reaction(emoji) and emoji[0] >= FIRST_PICTURE and unicodedata.category(emoji[0]) in {"So", "Sk"}:
            name = given["tts"][0]
            words = dict.fromkeys(word for each in given.get("default", ()) for word in each.split())
            more = (word for word in words if word not in name.split())
            yield f"{emoji}\t{name}\t{' '.join(more)}"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
