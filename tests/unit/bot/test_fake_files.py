"""Pictures of the client in memory: a face can be built with them."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from babilu.api import commands as c
from babilu.api.views import FileView, InspectedFileView, PreviewView
from babilu.bot.fake_client import FakeClient
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.limits import SHOWN_SIDE
from babilu.kernel.states import FileState, PictureDetail

R = TypeVar("R")
RED_BLUE = PreviewView(2, 1, b"\xff\x00\x00\x00\x00\xff")


@pytest.fixture
def client() -> Iterator[FakeClient]:
    made = FakeClient()
    made.add_contact("bob")
    yield made
    made.close()


def ask(client: FakeClient, command: c.Command[R]) -> R:
    return client.request(command).result(10)


def picture(state: FileState = FileState.HERE) -> FileView:
    return FileView(0, "a.jpg", 9, "image/jpeg", state, 0, width=400, height=200, preview=RED_BLUE)


def test_a_picture_that_is_here_is_drawn_by_its_preview(client: FakeClient) -> None:
    message = client.receive("bob", "", files=(picture(),)).id
    shown = ask(client, c.GetPicture(message, side=4))
    assert (shown.width, shown.height) == (4, 2)
    row = b"\xff\x00\x00\xff" * 2 + b"\x00\x00\xff\xff" * 2
    assert shown.pixels == row * 2
    assert (ask(client, c.GetPicture(message)).width) == 400


@pytest.mark.parametrize(
    ("file", "side", "code"),
    [
        (picture(FileState.OFFERED), 4, ErrorCode.NOT_FOUND),
        (FileView(0, "a.pdf", 9, "", FileState.HERE, 0), 4, ErrorCode.CANNOT_SHOW),
        (picture(), 0, ErrorCode.USAGE),
        (picture(), SHOWN_SIDE + 1, ErrorCode.USAGE),
    ],
)
def test_what_a_client_would_not_show_is_refused(
    client: FakeClient, file: FileView, side: int, code: ErrorCode
) -> None:
    message = client.receive("bob", "", files=(file,)).id
    with pytest.raises(BabiluError) as refused:
        ask(client, c.GetPicture(message, side=side))
    assert refused.value.code is code


def test_a_file_is_what_the_test_says_of_it_and_sent_so(client: FakeClient, tmp_path: Path) -> None:
    for name in ("a.jpg", "b.pdf"):
        (tmp_path / name).write_bytes(b"12345")
    found = InspectedFileView("", 0, True, 400, 200, (PictureDetail.PLACE,), RED_BLUE)
    client.know_picture("a.jpg", found)
    paths = (str(tmp_path / "a.jpg"), str(tmp_path / "b.pdf"))
    first, second = ask(client, c.InspectFiles(paths))
    assert (first.path, first.size, first.details) == (paths[0], 5, (PictureDetail.PLACE,))
    assert second == InspectedFileView(paths[1], 5)
    sent = ask(client, c.Send("bob", "", files=paths)).files
    assert [(file.width, file.height, file.preview) for file in sent] == [(400, 200, RED_BLUE), (None, None, None)]


def test_a_picture_that_cannot_be_made_anew_goes_as_a_file_alone(client: FakeClient, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"12345")
    client.know_picture("a.jpg", InspectedFileView("", 0, picture=True, error=ErrorCode.CANNOT_CLEAN.value))
    with pytest.raises(BabiluError) as refused:
        ask(client, c.Send("bob", "", files=(str(path),)))
    assert refused.value.code is ErrorCode.CANNOT_CLEAN
    assert ask(client, c.Send("bob", "", files=(str(path),), as_files=True)).files[0].name == "a.jpg"
