"""A file is shown as a picture by its sides and its name, and one looks from one to the next through messages."""

from dataclasses import replace

import pytest

from babilu.api.views import FileView, MessageView
from babilu.kernel.states import FileState
from babilu.presentation.pictures import is_on_disk, is_picture, neighbour, others_of, pictures_of
from tests.unit.presentation.pages import message

PHOTO = FileView(0, "photo.jpg", 1_000, "image/jpeg", FileState.OFFERED, 0, width=40, height=30)


def bringing(number: int, *names: str) -> MessageView:
    return replace(message(number), files=tuple(replace(PHOTO, index=at, name=name) for at, name in enumerate(names)))


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        (PHOTO, True),
        (replace(PHOTO, name="PHOTO.JPEG", type=""), True),
        (replace(PHOTO, width=None), False),
        (replace(PHOTO, height=None), False),
        (replace(PHOTO, name="photo.jpg.exe"), False),
        (replace(PHOTO, name="photo"), False),
        (replace(PHOTO, name="photo.svg"), False),
        (replace(PHOTO, duration=3_000), False),
    ],
)
def test_a_picture_has_sides_and_the_name_of_one(file: FileView, shown: bool) -> None:
    assert is_picture(file) is shown


def test_files_are_parted_into_pictures_and_others_and_a_message_that_is_gone_has_none() -> None:
    both = bringing(1, "a.jpg", "b.pdf", "c.png")
    assert [file.name for file in pictures_of(both)] == ["a.jpg", "c.png"]
    assert [file.name for file in others_of(both)] == ["b.pdf"]
    assert pictures_of(replace(both, deleted=True)) == ()


def test_an_own_file_is_on_the_disk_from_its_beginning_and_anothers_once_it_came() -> None:
    theirs, own = message(1), message(2, outgoing=True)
    assert not is_on_disk(theirs, PHOTO)
    assert not is_on_disk(theirs, replace(PHOTO, state=FileState.PAUSED))
    assert is_on_disk(theirs, replace(PHOTO, state=FileState.HERE))
    assert is_on_disk(own, replace(PHOTO, state=FileState.FAILED))
    assert not is_on_disk(own, replace(PHOTO, state=FileState.FREED))


def test_one_goes_through_the_pictures_of_a_message_and_on_to_the_next_one() -> None:
    first, words, second = bringing(1, "a.jpg", "notes.txt", "b.jpg"), message(2), bringing(3, "c.jpg", "d.jpg")
    loaded = [first, words, second]
    forth, at = ["a.jpg"], (first, 0)
    while (found := neighbour(loaded, *at, 1)) is not None:
        forth.append(found[1].name)
        at = (found[0], found[1].index)
    back = [forth[-1]]
    while (found := neighbour(loaded, *at, -1)) is not None:
        back.append(found[1].name)
        at = (found[0], found[1].index)
    assert forth == back[::-1] == ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]


def test_the_message_one_looks_at_need_not_be_loaded_any_more() -> None:
    gone = bringing(5, "e.jpg")
    found = neighbour([bringing(1, "a.jpg"), bringing(3, "c.jpg")], gone, 0, -1)
    assert found is not None
    assert found[1].name == "c.jpg"
    assert neighbour([bringing(1, "a.jpg")], gone, 0, 1) is None
