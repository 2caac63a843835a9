import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.presentation.strings import MisuseError
from babilu.terminal.interruption import Interrupted, Interruption
from babilu.terminal.source import LINE_BYTES, StreamSource


@pytest.fixture
def interruption() -> Iterator[Interruption]:
    with Interruption() as interruption:
        yield interruption


@pytest.fixture
def file(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path / "input", os.O_RDWR | os.O_CREAT)
    yield descriptor
    os.close(descriptor)


def source(file: int, raw: bytes, encoding: str = "utf-8") -> StreamSource:
    os.write(file, raw)
    os.lseek(file, 0, os.SEEK_SET)
    return StreamSource(file, encoding)


def test_lines_come_without_their_ends_and_the_last_needs_none(file: int, interruption: Interruption) -> None:
    lines = source(file, "uno\r\ndos\n\ntrés".encode())
    assert [lines.read("", interruption) for _ in range(6)] == ["uno", "dos", "", "trés", None, None]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_byte_order_mark_is_no_part_of_the_first_line(file: int, interruption: Interruption, encoding: str) -> None:
    lines = source(file, b"\xef\xbb\xbf{}\n\xef\xbb\xbfx", encoding)
    assert lines.read("", interruption) == "{}"
    assert lines.read("", interruption) == b"\xef\xbb\xbfx".decode(encoding)


def test_a_line_in_another_encoding_is_a_mistake_and_the_next_one_comes(file: int, interruption: Interruption) -> None:
    lines = source(file, b"\xff\xfe\nnext\n")
    with pytest.raises(MisuseError, match="not written in utf-8"):
        lines.read("", interruption)
    assert lines.read("", interruption) == "next"
    assert lines.read("", interruption) is None


@pytest.mark.parametrize("size", [LINE_BYTES + 1, 3 * LINE_BYTES])
def test_a_line_that_is_too_long_is_a_mistake_and_the_next_one_comes(
    file: int, interruption: Interruption, size: int
) -> None:
    lines = source(file, b"x" * size + b"\nnext\n" + b"y" * size)
    with pytest.raises(MisuseError, match="bytes long"):
        lines.read("", interruption)
    assert lines.read("", interruption) == "next"
    with pytest.raises(MisuseError, match="bytes long"):
        lines.read("", interruption)
    assert lines.read("", interruption) is None


def test_lines_come_as_soon_as_they_are_written_whole(interruption: Interruption) -> None:
    reading, writing = os.pipe()
    lines = StreamSource(reading, "utf-8")
    writer = threading.Thread(target=lambda: [os.write(writing, part) for part in (b"o", b"ne\ntw", b"o\n")])
    writer.start()
    assert [lines.read("", interruption) for _ in range(2)] == ["one", "two"]
    writer.join()
    os.close(writing)
    assert lines.read("", interruption) is None
    os.close(reading)


def test_a_folder_has_no_lines(tmp_path: Path, interruption: Interruption) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    assert StreamSource(folder, "utf-8").read("", interruption) is None
    os.close(folder)


def test_a_stream_cannot_be_asked_for_secrets(file: int) -> None:
    with pytest.raises(MisuseError, match="no terminal"):
        source(file, b"").ask_secret("Password")


@pytest.mark.parametrize("attempt", range(30))
def test_reading_ends_at_a_signal_whenever_it_comes(interruption: Interruption, attempt: int) -> None:
    reading, writing = os.pipe()
    lines = StreamSource(reading, "utf-8")
    # At the moment when the main thread gives way to enter its system call.
    waker = threading.Thread(target=interruption.wake) if attempt % 2 else threading.Timer(0.001, interruption.wake)
    waker.start()
    with pytest.raises(Interrupted), interruption.waiting(lines.interrupt):
        lines.read("", interruption)
    waker.join()
    os.close(writing)
    os.close(reading)


def test_a_signal_that_came_before_the_wait_ends_it_and_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Interruption() as interruption:
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(Interrupted), interruption.waiting(lambda: None):
            pytest.fail("not reached")
    assert signal.getsignal(signal.SIGTERM) is before
