"""File names of others: whatever they say, what is saved is one harmless part of a path."""

from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babilu.kernel.file_names import NAME_BYTES, numbered, safe_file_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("photo.jpg", "photo.jpg"),
        ("Årsmöte 2026.pdf", "Årsmöte 2026.pdf"),
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("C:\\Windows\\system.ini", "system.ini"),
        ("C:evil", "C_evil"),
        ("file.txt:stream", "file.txt_stream"),
        ("a\x00b", "a\\x00b".replace("\\", "_")),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("Com1.tar.gz", "_Com1.tar.gz"),
        ("console.txt", "console.txt"),
        (".bashrc", "_.bashrc"),
        ("-rf", "_-rf"),
        ("~user", "_~user"),
        ("..", "file"),
        (".", "file"),
        ("", "file"),
        ("   ", "file"),
        ("a/", "file"),
        ("name. . .", "name"),
        ("photo\u202egpj.exe", "photo_u202egpj.exe"),
        ("a\nb", "a_nb"),
    ],
)
def test_a_name_becomes_one_safe_part(name: str, safe: str) -> None:
    assert safe_file_name(name) == safe


def test_a_long_name_keeps_its_ending() -> None:
    safe = safe_file_name("ñ" * 300 + ".tar.gz")
    assert safe.endswith(".gz")
    assert len(safe.encode("utf-8")) <= NAME_BYTES


def test_a_long_ending_is_none() -> None:
    assert len(safe_file_name("a." + "b" * 300).encode("utf-8")) <= NAME_BYTES


@given(st.text())
def test_no_name_leaves_its_folder(name: str) -> None:
    safe = safe_file_name(name)
    assert PurePosixPath(safe).name == safe == PureWindowsPath(safe).name
    assert Path("/folder", safe).resolve().parent == Path("/folder")
    assert safe_file_name(safe) == safe
    assert len(safe.encode("utf-8")) <= NAME_BYTES + 1


@pytest.mark.parametrize(
    ("name", "second"), [("photo.jpg", "photo (2).jpg"), ("notes", "notes (2)"), ("a.tar.gz", "a.tar (2).gz")]
)
def test_a_name_that_is_taken_gets_a_number(name: str, second: str) -> None:
    assert numbered(name, 2) == second
