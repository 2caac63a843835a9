import unicodedata
from pathlib import Path

import pytest

from babilu.identity.unicode_tables import UNKNOWN, prototypes, script
from tools import unicode_tables as tool

CONFUSABLES = """\
\ufeff# confusables.txt
# Version: 99.0.0
0430 ;\t0061 ;\tMA\t# CYRILLIC SMALL LETTER A to LATIN SMALL LETTER A\t#
FF41 ;\t0061 ;\tMA\t# a comment
006D ;\t0072 006E ;\tMA\t# m to rn
"""
SCRIPTS = """\
# Scripts-99.0.0.txt
0061..007A    ; Latin # L&  [26]
0430          ; Cyrillic # L&
0431..044F    ; Cyrillic # L&
"""


@pytest.mark.parametrize(
    ("character", "name"),
    [
        ("\0", "Common"),
        ("a", "Latin"),
        ("\u0434", "Cyrillic"),
        ("\u7530", "Han"),
        ("\u0301", "Inherited"),
        ("\u0378", UNKNOWN),
        ("\U0010ffff", UNKNOWN),
    ],
)
def test_each_character_has_its_script(character: str, name: str) -> None:
    assert script(character) == name


def test_every_letter_that_python_knows_has_a_script() -> None:
    letters = (chr(code) for code in range(0x11_0000) if unicodedata.category(chr(code)) in {"Ll", "Lu", "Lo"})

    assert [hex(ord(letter)) for letter in letters if script(letter) == UNKNOWN] == []


def test_prototypes_are_the_published_ones() -> None:
    table = prototypes()

    assert len(table) > 6_000
    assert (table["m"], table["0"], table["\u0430"]) == ("rn", "O", "a")
    assert "a" not in table


def test_the_tool_reduces_unicode_s_files_to_what_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "DATA", tmp_path)
    for name, text in (("c", CONFUSABLES), ("s", SCRIPTS)):
        (tmp_path / name).write_text(text, encoding="utf-8")

    assert tool.main([str(tmp_path / "c"), str(tmp_path / "s")]) == 0

    assert (tmp_path / "confusables.txt").read_text().splitlines()[2:] == ["0061 0430 FF41", "0072+006E 006D"]
    assert (tmp_path / "scripts.txt").read_text().splitlines()[2:] == ["0061 007A Latin", "0430 044F Cyrillic"]
    assert "of Unicode 99.0.0" in (tmp_path / "scripts.txt").read_text()


def test_the_tool_takes_no_files_of_two_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "DATA", tmp_path)
    for name, text in (("c", CONFUSABLES), ("s", SCRIPTS.replace("99.0.0", "98.0.0"))):
        (tmp_path / name).write_text(text, encoding="utf-8")

    assert tool.main([str(tmp_path / "c"), str(tmp_path / "s")]) == 1
    assert not (tmp_path / "scripts.txt").exists()


def test_both_tables_are_of_one_version_and_carry_their_licence() -> None:
    heads = [(tool.DATA / name).read_text().splitlines()[1] for name in ("confusables.txt", "scripts.txt")]

    assert [head.partition(" of ")[2].partition(",")[0] for head in heads] == ["Unicode 17.0.0"] * 2
    assert "UNICODE LICENSE V3" in (tool.DATA / "UNICODE-LICENSE.txt").read_text()
