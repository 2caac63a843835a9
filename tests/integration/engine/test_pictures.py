"""Pictures between two clients and a relay: made anew before they leave, kept by wish, and decoded elsewhere."""

import contextlib
import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from babilu.api import commands as c
from babilu.api import events, views
from babilu.engine.commands.picture_commands import WAITING_MAX
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.limits import SHOWN_SIDE, Limits
from babilu.kernel.states import FileState, PictureDetail
from babilu.media.decoder import PictureDecoder
from tests.integration.engine.party import Party, account
from tests.integration.engine.relays import House, running_relay
from tests.unit.media.corpus import PICTURES, REFUSED, SECRET, SIZE

GPS = "jpeg-exif-gps"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with running_relay(tmp_path / "relay", Limits(file_bytes=4_000_000)) as house:
        yield house


@pytest.fixture
def pair(tmp_path: Path, house: House) -> Iterator[tuple[Party, Party]]:
    with contextlib.ExitStack() as stack:

        def opened(name: str) -> Party:
            party = Party(tmp_path / name, account(name, house.address))
            stack.callback(party.close)
            party.until_online()
            return party

        alice, bob = opened("alice"), opened("bob")
        yield alice, bob


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, bytes], Path]:
    def write(name: str, body: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(body)
        return path

    return write


Written = Callable[[str, bytes], Path]


def sent(party: Party, *paths: Path, as_files: bool = False) -> views.MessageView:
    return party.ask(c.Send("bob", "", files=tuple(map(str, paths)), as_files=as_files))


def fetched(party: Party, message: views.MessageView, into: Path, index: int = 0) -> bytes:
    into.mkdir(exist_ok=True)
    path = party.ask(c.FetchFile(message.id, index, str(into))).path
    assert path is not None
    return Path(path).read_bytes()


def test_a_photo_arrives_without_the_place_where_it_was_taken(
    pair: tuple[Party, Party], written: Written, tmp_path: Path
) -> None:
    alice, bob = pair
    source = PICTURES[GPS]()
    assert SECRET in source
    sent(alice, written("holiday.JPEG", source), written("scan.dat", source))
    message = bob.hear(events.MessageArrived).message
    for file, name in zip(message.files, ("holiday.JPEG", "scan.dat.jpg"), strict=True):
        assert (file.name, file.type, file.width, file.height) == (name, "image/jpeg", *SIZE)
        assert file.preview is not None
        assert (file.preview.width, file.preview.height) == (32, 21)
        body = fetched(bob, message, tmp_path / "into", file.index)
        assert SECRET not in body
        assert b"Exif" not in body
        with Image.open(io.BytesIO(body)) as image:
            assert image.size == SIZE


def test_as_a_file_every_byte_arrives_and_a_preview_that_says_nothing(
    pair: tuple[Party, Party], written: Written, tmp_path: Path
) -> None:
    alice, bob = pair
    source = PICTURES["jpeg-orientation-6"]()
    sent(alice, written("holiday.jpg", source), as_files=True)
    message = bob.hear(events.MessageArrived).message
    (file,) = message.files
    assert (file.width, file.height) == SIZE[::-1]
    assert file.preview is not None
    assert file.preview.width < file.preview.height
    assert fetched(bob, message, tmp_path / "into") == source


@pytest.mark.parametrize("name", ["jpeg-truncated", "tiff", "gif-10000-frames"])
def test_a_picture_that_cannot_be_made_anew_does_not_leave(
    name: str, pair: tuple[Party, Party], written: Written, tmp_path: Path
) -> None:
    alice, bob = pair
    paths = (written("first.jpg", PICTURES[GPS]()), written("x.jpg", REFUSED[name]()))
    with pytest.raises(BabiluError) as refused:
        sent(alice, *paths)
    assert refused.value.code is ErrorCode.CANNOT_CLEAN
    assert "as a file" in refused.value.text
    # Nothing of the first one is left.
    assert not list((tmp_path / "alice").glob("*.files/*"))
    sent(alice, *paths, as_files=True)
    message = bob.hear(events.MessageArrived).message
    assert fetched(bob, message, tmp_path / "into", 1) == REFUSED[name]()


def test_files_are_looked_into_before_they_are_sent(pair: tuple[Party, Party], written: Written) -> None:
    alice, _ = pair
    paths = [written("a.txt", PICTURES[GPS]()), written("b.jpg", b"no picture"), written("c.tif", REFUSED["tiff"]())]
    first, second, third = alice.ask(c.InspectFiles(tuple(map(str, paths))))
    assert (first.picture, first.width, first.height, first.error) == (True, *SIZE, None)
    assert PictureDetail.PLACE in first.details
    assert first.preview is not None
    assert second == views.InspectedFileView(str(paths[1]), 10)
    assert (third.picture, third.error) == (True, "cannot_clean")
    with pytest.raises(BabiluError) as refused:
        alice.ask(c.InspectFiles((str(paths[0].parent / "nothing"),)))
    assert refused.value.code is ErrorCode.USAGE


def test_a_picture_is_decoded_once_it_is_here(pair: tuple[Party, Party], written: Written, tmp_path: Path) -> None:
    alice, bob = pair
    own = sent(alice, written("a.png", PICTURES["png-alpha"]()))
    message = bob.hear(events.MessageArrived).message
    with pytest.raises(BabiluError) as refused:
        bob.ask(c.GetPicture(message.id))
    assert refused.value.code is ErrorCode.NOT_FOUND
    fetched(bob, message, tmp_path / "into")
    for party, whose in ((bob, message), (alice, own)):
        shown = party.ask(c.GetPicture(whose.id, side=48))
        assert (shown.width, shown.height, len(shown.pixels)) == (48, 32, 4 * 48 * 32)
        assert party.ask(c.GetPicture(whose.id, side=48)) == shown
    for side in (0, SHOWN_SIDE + 1):
        with pytest.raises(BabiluError) as refused:
            bob.ask(c.GetPicture(message.id, side=side))
        assert refused.value.code is ErrorCode.USAGE
    with pytest.raises(BabiluError) as refused:
        bob.ask(c.GetPicture(message.id, 1))
    assert refused.value.code is ErrorCode.NOT_FOUND


def test_what_cannot_be_decoded_cannot_be_shown_and_is_saved_all_the_same(
    pair: tuple[Party, Party], written: Written, tmp_path: Path
) -> None:
    alice, bob = pair
    bombs = ("png-64000-squared", "jpeg-truncated", "tiff")
    sent(alice, *(written(f"{name}.jpg", REFUSED[name]()) for name in bombs), as_files=True)
    message = bob.hear(events.MessageArrived).message
    for index, name in enumerate(bombs):
        assert fetched(bob, message, tmp_path / "into", index) == REFUSED[name]()
        with pytest.raises(BabiluError) as refused:
            bob.ask(c.GetPicture(message.id, index))
        assert refused.value.code is ErrorCode.CANNOT_SHOW


def test_a_deleted_picture_is_not_shown_from_memory(
    pair: tuple[Party, Party], written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, _ = pair
    message = sent(alice, written("a.png", PICTURES["png-alpha"]()))
    alice.ask(c.GetPicture(message.id, side=16))
    decoded: list[int] = []
    monkeypatch.setattr(PictureDecoder, "show", lambda *given: decoded.append(len(given)))
    # Out of memory while it is there, and nowhere once it is not.
    alice.ask(c.GetPicture(message.id, side=16))
    assert not decoded
    alice.ask(c.DeleteMessage(message.id))
    with pytest.raises(BabiluError):
        alice.ask(c.GetPicture(message.id, side=16))
    cache = alice.engine._pictures._cache
    alice.until(lambda: not cache._pictures, "nothing of it in memory")


def test_notes_to_oneself_are_no_other_way(pair: tuple[Party, Party], written: Written) -> None:
    alice, _ = pair
    message = alice.ask(c.Send(views.NOTES_LABEL, "", files=(str(written("a.jpg", PICTURES[GPS]())),)))
    (file,) = message.files
    assert (file.width, file.type, file.state) == (SIZE[0], "image/jpeg", FileState.SENT)
    (seen,) = alice.home.glob("*.files/*")
    assert seen.stat().st_size < len(PICTURES[GPS]()) + 4_096


def test_of_pictures_to_decode_so_many_wait_and_no_more(
    pair: tuple[Party, Party], written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, _ = pair
    message = sent(alice, written("a.png", PICTURES["png-alpha"]()))
    go_on = threading.Event()
    monkeypatch.setattr(PictureDecoder, "show", lambda *_: go_on.wait(30) and None)
    try:
        asked = [alice.client.request(c.GetPicture(message.id, side=1 + number)) for number in range(WAITING_MAX + 1)]
        # Commands are done in turn: once this one is answered, those before it have found a place or none.
        alice.ask(c.SetReceipts())
        assert [number for number, future in enumerate(asked) if future.done()] == [WAITING_MAX]
        refused = asked[-1].exception(0)
        assert isinstance(refused, BabiluError)
        assert refused.code is ErrorCode.BUSY
        # Whoever no longer wants one cancels it, and is not waited for.
        assert asked[-2].cancel()
    finally:
        go_on.set()
    codes = [asked[number].exception(30) for number in range(WAITING_MAX - 1)]
    assert {error.code for error in codes if isinstance(error, BabiluError)} == {ErrorCode.CANNOT_SHOW}
    assert len(codes) == WAITING_MAX - 1


def test_a_forwarded_picture_says_nothing_either(pair: tuple[Party, Party], written: Written, tmp_path: Path) -> None:
    """Bob forwards to himself what alice has sent as files."""
    alice, bob = pair
    clean = PICTURES["jpeg-plain"]()
    bodies = {"gps.jpg": PICTURES[GPS](), "clean.jpg": clean, "big.png": PICTURES["png-larger-than-sent"]()}
    sent(alice, *(written(name, body) for name, body in bodies.items()), as_files=True)
    message = bob.hear(events.MessageArrived).message
    for index, body in enumerate(bodies.values()):
        assert fetched(bob, message, tmp_path / "first", index) == body
    (forwarded,) = bob.ask(c.Forward(message.id, (views.NOTES_LABEL,)))
    note = bob.ask(c.MessageInfo(forwarded)).message
    gps, same, large = (fetched(bob, note, tmp_path / "second", index) for index in range(3))
    assert SECRET not in gps
    # What contains nothing is not made worse each time.
    assert same == clean
    with Image.open(io.BytesIO(large)) as image:
        assert max(image.size) == SHOWN_SIDE
    assert [(file.width, file.height) for file in note.files[:2]] == [SIZE, SIZE]
    (kept,) = bob.ask(c.Forward(message.id, (views.NOTES_LABEL,), as_files=True))
    note = bob.ask(c.MessageInfo(kept)).message
    assert fetched(bob, note, tmp_path / "third", 0) == bodies["gps.jpg"]


def test_a_picture_that_cannot_be_made_anew_is_forwarded_as_a_file_alone(
    pair: tuple[Party, Party], written: Written, tmp_path: Path
) -> None:
    alice, bob = pair
    sent(alice, written("a.tif", REFUSED["tiff"]()), as_files=True)
    message = bob.hear(events.MessageArrived).message
    fetched(bob, message, tmp_path / "into")
    with pytest.raises(BabiluError) as refused:
        bob.ask(c.Forward(message.id, (views.NOTES_LABEL,)))
    assert refused.value.code is ErrorCode.CANNOT_CLEAN
    (kept,) = bob.ask(c.Forward(message.id, (views.NOTES_LABEL,), as_files=True))
    assert fetched(bob, bob.ask(c.MessageInfo(kept)).message, tmp_path / "kept") == REFUSED["tiff"]()


def test_a_picture_that_is_sent_later_is_made_anew_when_it_is_chosen(
    pair: tuple[Party, Party], written: Written, tmp_path: Path
) -> None:
    alice, bob = pair
    path = written("later.jpg", PICTURES[GPS]())
    waiting = alice.ask(c.Schedule("bob", "", alice.engine._base.clock.now_ms() + 3_600_000, files=(str(path),)))
    path.unlink()
    alice.ask(c.SendNow(waiting.number))
    message = bob.hear(events.MessageArrived).message
    assert SECRET not in fetched(bob, message, tmp_path / "into")
