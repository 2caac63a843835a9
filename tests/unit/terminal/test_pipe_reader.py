import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest

from babilu.terminal import pipe_reader
from babilu.terminal.output import OutputLostError
from babilu.terminal.pipe_reader import PipeReader

Pipe = tuple[int, TextIO]


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    reading, writing = os.pipe()
    stream = os.fdopen(writing, "w")
    yield reading, stream
    stream.close()


def write(stream: TextIO, text: str) -> None:
    stream.write(text)
    stream.flush()


def test_what_is_written_is_waited_for_until_it_is_read(pipe: Pipe) -> None:
    reading, stream = pipe
    write(stream, "one")
    reader = threading.Timer(0.05, os.read, (reading, 100))
    reader.start()
    PipeReader(stream).wait()
    assert pipe_reader.unread(stream.fileno()) == 0
    reader.join()
    os.close(reading)


def test_a_reader_that_ends_and_leaves_something_is_noticed(pipe: Pipe) -> None:
    reading, stream = pipe
    write(stream, "one")
    os.close(reading)
    with pytest.raises(OutputLostError):
        PipeReader(stream).wait()


def test_somebody_who_lets_the_pipe_fill_is_waited_for_once(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipe_reader, "PATIENCE_S", 0.0)
    reading, stream = pipe
    write(stream, "one")
    reader = PipeReader(stream)
    reader.wait()
    monkeypatch.setattr(pipe_reader, "PATIENCE_S", 3_600.0)
    reader.wait()
    os.close(reading)


def test_a_file_is_waited_for_by_nobody(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w", encoding="utf-8") as file:
        write(file, "one")
        PipeReader(file).wait()
    PipeReader(None).wait()
