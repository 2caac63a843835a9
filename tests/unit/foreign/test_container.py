"""Archives of somebody else: what they say of themselves is not believed, and nothing leads out of them."""

import struct
import zipfile
from pathlib import Path

import pytest

from babilu.foreign import container
from babilu.foreign.container import lines_of, open_container
from babilu.kernel.errors import ErrorCode, LinkError, UsageError
from tests.unit.foreign.chats import a_zip


def code_of(error: pytest.ExceptionInfo[UsageError]) -> ErrorCode:
    return error.value.code


def test_a_file_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        open_container(tmp_path / "x.zip")
    assert code_of(error) is ErrorCode.NOT_FOUND


@pytest.mark.parametrize("cut", [10, 30, 60])
def test_an_archive_that_is_cut_is_damaged(tmp_path: Path, cut: int) -> None:
    path = a_zip(tmp_path, {"_chat.txt": "hello"})
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(UsageError) as error:
        open_container(path)
    assert code_of(error) is ErrorCode.NOT_AN_EXPORT


def test_a_member_whose_bytes_were_changed_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("_chat.txt", "a" * 100)
    path.write_bytes(path.read_bytes().replace(b"a" * 100, b"a" * 99 + b"b"))
    opened = open_container(path)
    with pytest.raises(UsageError) as error:
        list(lines_of(opened.open("_chat.txt"), 1_000))
    assert code_of(error) is ErrorCode.NOT_AN_EXPORT
    opened.close()


def test_a_directory_has_a_largest_size_before_it_is_read(tmp_path: Path) -> None:
    path = a_zip(tmp_path, {"_chat.txt": "hello"})
    content = bytearray(path.read_bytes())
    at = content.rfind(b"PK\x05\x06")
    struct.pack_into("<I", content, at + 12, container.DIRECTORY_BYTES + 1)
    path.write_bytes(content)
    with pytest.raises(UsageError) as error:
        open_container(path)
    assert code_of(error) is ErrorCode.EXPORT_TOO_LARGE


def test_a_bomb_ends_at_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "TEXT_FILE_BYTES", 1_000_000)
    opened = open_container(a_zip(tmp_path, {"_chat.txt": "a line\n" * 1_000_000}))
    with pytest.raises(UsageError) as error:
        for _ in lines_of(opened.open("_chat.txt"), 1_000):
            pass
    assert code_of(error) is ErrorCode.EXPORT_TOO_LARGE
    opened.close()


@pytest.mark.parametrize("member", ["../secret", "/etc/passwd", "a/../../secret", "link", "folder", "", "a\\b", "a\0b"])
def test_nothing_beside_a_text_is_read_but_plain_files_of_its_folder(tmp_path: Path, member: str) -> None:
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    inside = tmp_path / "chat"
    (inside / "folder").mkdir(parents=True)
    (inside / "_chat.txt").write_text("hello", encoding="utf-8")
    (inside / "photo.jpg").write_text("x", encoding="utf-8")
    (inside / "link").symlink_to(tmp_path / "secret")
    opened = open_container(inside / "_chat.txt")
    assert opened.size("photo.jpg") == 1
    assert opened.size(member) is None
    with pytest.raises(UsageError):
        opened.open(member)


def test_a_member_without_a_name_is_nothing(tmp_path: Path) -> None:
    path = a_zip(tmp_path, {"x": "hello"})
    content = bytearray(path.read_bytes())
    at = content.rfind(b"PK\x01\x02")
    struct.pack_into("<HHH", content, at + 28, 0, 1, 0)
    path.write_bytes(content)
    opened = open_container(path)
    assert opened.texts() == []
    opened.close()


def test_nothing_more_is_read_when_nobody_waits_for_it(tmp_path: Path) -> None:
    opened = open_container(a_zip(tmp_path, {"_chat.txt": "a line\n" * 1_000_000}))
    read: list[str] = []
    lines = lines_of(opened.open("_chat.txt"), 1_000, lambda: bool(read))
    with pytest.raises(LinkError) as error:
        read.extend(iter(lambda: next(lines), None))
    assert error.value.code is ErrorCode.CLOSED
    opened.close()


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    path = a_zip(tmp_path, {"_chat.txt": "hello"})
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.rfind(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    opened = open_container(path)
    with pytest.raises(UsageError) as error:
        opened.open("_chat.txt")
    assert code_of(error) is ErrorCode.NOT_AN_EXPORT
    opened.close()
