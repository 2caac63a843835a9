"""Paths on a line: what names a file is one, what is written like a path and names none is refused."""

from pathlib import Path

import pytest

from babilu.presentation.strings import MisuseError
from babilu.terminal.paths import completed_paths, take_paths, unquoted, word_at_end


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("a.txt", "b c.txt", "it's.txt", ".hidden"):
        (tmp_path / name).write_text("x")
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "one.jpg").write_text("x")
    return tmp_path


@pytest.mark.parametrize(
    ("line", "paths", "text"),
    [
        ("a.txt", ["a.txt"], ""),
        ("a.txt look at this", ["a.txt"], "look at this"),
        ("a.txt pictures/one.jpg", ["a.txt", "pictures/one.jpg"], ""),
        ("b\\ c.txt it\\'s.txt fine", ["b c.txt", "it's.txt"], "fine"),
        ('"b c.txt" hello', ["b c.txt"], "hello"),
        ("a.txt hello a.txt", ["a.txt"], "hello a.txt"),
        ("a.txt pictures are fine", ["a.txt"], "pictures are fine"),
    ],
)
def test_words_that_name_files_are_paths_and_the_rest_is_text(line: str, paths: list[str], text: str) -> None:
    assert take_paths(line) == (paths, text)


def test_a_home_folder_is_written_short(folder: Path) -> None:
    assert take_paths("~/a.txt") == ([str(folder / "a.txt")], "")


@pytest.mark.parametrize(
    "line", ["/nowhere.txt", "~/nowhere", "./nowhere", "../nowhere", "'no where'", "a.txt ./nowhere"]
)
def test_what_is_written_like_a_path_and_names_no_file_is_refused(line: str) -> None:
    with pytest.raises(MisuseError) as misuse:
        take_paths(line)
    assert misuse.value.key == "misuse.no_such_file"


@pytest.mark.parametrize("line", ["./inside", "a.txt ./inside", "'./inside'"])
def test_a_folder_is_refused_as_one(folder: Path, line: str) -> None:
    (folder / "inside").mkdir()
    with pytest.raises(MisuseError) as misuse:
        take_paths(line)
    assert misuse.value.key == "misuse.folder"


@pytest.mark.parametrize("line", ["", "hello", "bob hi", "pictures"])
def test_a_text_alone_is_no_file(line: str) -> None:
    with pytest.raises(MisuseError) as misuse:
        take_paths(line)
    assert misuse.value.key == "misuse.send_on_line"


@pytest.mark.parametrize(
    ("word", "plain"),
    [("a\\ b", "a b"), ('"a b"c', "a bc"), ("'a \"b'", 'a "b'), ("a", "a"), ("\\\\", "\\"), ("''", "")],
)
def test_a_word_is_understood_as_by_a_shell(word: str, plain: str) -> None:
    assert unquoted(word) == plain


def test_the_last_word_keeps_the_blanks_that_it_escapes() -> None:
    assert word_at_end("/send b\\ c") == "b\\ c"
    assert word_at_end("/send ") == ""


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("", ["a.txt ", "b\\ c.txt ", "it\\'s.txt ", "pictures/"]),
        ("pic", ["pictures/"]),
        ("pictures/", ["pictures/one.jpg "]),
        (".h", [".hidden "]),
        ("b\\ ", ["b\\ c.txt "]),
        ("~/pic", ["~/pictures/"]),
        ("nowhere/", []),
    ],
)
def test_paths_are_completed(word: str, found: list[str]) -> None:
    assert completed_paths(word) == found


def test_where_a_folder_is_wanted_only_folders_are_offered() -> None:
    assert completed_paths("", folders_only=True) == ["pictures/"]
