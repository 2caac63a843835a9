"""A picture of oneself reaches accepted contacts, now and later, and nobody else; it says nothing but what it shows."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from babilu.api import commands as c
from babilu.api import events
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.limits import PROFILE_PICTURE_BYTES
from tests.integration.engine.conversation.test_departed_devices import put_back
from tests.integration.engine.party import Party, relayed
from tests.integration.engine.relays import running_relay


@pytest.fixture
def picture(tmp_path: Path) -> Callable[..., str]:
    def make(colour: str, size: tuple[int, int] = (640, 400)) -> str:
        path = tmp_path / f"{colour}.png"
        Image.new("RGB", size, colour).save(path)
        return str(path)

    return make


def befriend(one: Party, other: Party) -> None:
    one.send(other.name, "hello")
    other.hear(events.MessageArrived)
    other.send(one.name, "hello yourself")
    one.hear(events.MessageArrived)


def shown(party: Party, name: str) -> bytes | None:
    return {each.name: each.picture for each in party.ask(c.Contacts())}.get(name)


def colour_of(party: Party, name: str | None) -> tuple[int, int, int, int, int]:
    view = party.ask(c.GetProfilePicture(name))
    middle = 4 * (view.width * (view.height // 2) + view.width // 2)
    red, green, blue = (round(each / 85) for each in view.pixels[middle : middle + 3])
    return view.width, view.height, red, green, blue


def refusal(party: Party, command: c.Command[object]) -> ErrorCode:
    with pytest.raises(BabiluError) as refused:
        party.ask(command)
    return refused.value.code


def test_it_reaches_friends_now_and_later_and_is_taken_away(
    opened: Callable[..., Party], picture: Callable[..., str]
) -> None:
    alice, bob = opened("alice"), opened("bob")
    befriend(alice, bob)
    alice.ask(c.SetProfilePicture(picture("red")))
    assert alice.hear(events.OwnPictureChanged).picture == alice.ask(c.Status()).picture is not None
    assert colour_of(alice, None) == (256, 256, 3, 0, 0)
    bob.until(lambda: shown(bob, "alice") is not None, "the picture")
    first = shown(bob, "alice")
    assert first == alice.ask(c.Status()).picture
    assert colour_of(bob, "alice") == (256, 256, 3, 0, 0)
    alice.ask(c.SetProfilePicture(picture("blue", (100, 300))))
    bob.until(lambda: shown(bob, "alice") not in {None, first}, "another picture")
    assert colour_of(bob, "alice") == (100, 100, 0, 0, 3)
    assert refusal(alice, c.GetProfilePicture("bob")) is ErrorCode.NOT_FOUND
    alice.ask(c.SetProfilePicture(None))
    bob.until(lambda: shown(bob, "alice") is None, "no picture")
    assert refusal(bob, c.GetProfilePicture("alice")) is ErrorCode.NOT_FOUND
    page = bob.ask(c.History("alice"))
    assert [message.text for message in page.messages] == ["hello", "hello yourself"]
    assert [each.unread for each in bob.ask(c.Conversations()) if each.label == "alice"] == [1]


def test_a_stranger_gets_it_once_they_are_accepted_and_shows_theirs_only_then(
    opened: Callable[..., Party], picture: Callable[..., str]
) -> None:
    alice, bob = opened("alice"), opened("bob")
    for party, colour in ((alice, "red"), (bob, "blue")):
        party.ask(c.SetProfilePicture(picture(colour)))
    alice.send("bob", "who are you?")
    bob.hear(events.MessageArrived)
    bob.until(lambda: kept(bob) == 1, "alice's picture, which is not shown yet")
    assert (shown(bob, "alice"), kept(alice)) == (None, 0)
    bob.ask(c.Accept("alice"))
    assert colour_of(bob, "alice") == (256, 256, 3, 0, 0)
    alice.until(lambda: shown(alice, "bob") is not None, "bob's picture")
    assert colour_of(alice, "bob") == (256, 256, 0, 0, 3)


def test_who_is_blocked_gets_no_newer_one_and_theirs_goes(
    opened: Callable[..., Party], picture: Callable[..., str]
) -> None:
    alice, bob = opened("alice"), opened("bob")
    befriend(alice, bob)
    alice.ask(c.SetProfilePicture(picture("red")))
    bob.ask(c.SetProfilePicture(picture("blue")))
    alice.until(lambda: shown(alice, "bob") is not None, "bob's picture")
    bob.until(lambda: shown(bob, "alice") is not None, "alice's picture")
    before = shown(bob, "alice")
    alice.ask(c.Block("bob"))
    assert (shown(alice, "bob"), kept(alice)) == (None, 0)
    alice.ask(c.SetProfilePicture(picture("green")))
    alice.ask(c.SetProfilePicture(None))
    assert shown(bob, "alice") == before
    alice.ask(c.SetProfilePicture(picture("green")))
    alice.ask(c.Unblock("bob"))
    bob.until(lambda: shown(bob, "alice") not in {None, before}, "the present picture")


def test_it_is_small_says_nothing_else_and_is_changed_so_often_a_day(
    opened: Callable[..., Party], tmp_path: Path, picture: Callable[..., str]
) -> None:
    alice = opened("alice")
    noise = tmp_path / "noise.jpg"
    exif = Image.Exif()
    exif[0x010F] = "the maker of the camera"
    Image.effect_noise((2_000, 1_500), 120).convert("RGB").save(noise, quality=95, exif=exif)
    alice.ask(c.SetProfilePicture(str(noise)))
    with alice.engine._base.database.read() as unit:
        own = unit.pictures.own()
    assert own is not None
    assert own.picture is not None
    assert len(own.picture) <= PROFILE_PICTURE_BYTES
    assert b"camera" not in own.picture
    assert refusal(alice, c.SetProfilePicture(str(tmp_path / "none.png"))) is ErrorCode.USAGE
    text = tmp_path / "text.png"
    text.write_text("no picture")
    assert refusal(alice, c.SetProfilePicture(str(text))) is ErrorCode.CANNOT_SHOW
    for _ in range(19):
        alice.ask(c.SetProfilePicture(None))
    assert refusal(alice, c.SetProfilePicture(picture("red"))) is ErrorCode.RATE_LIMITED


def kept(party: Party) -> int:
    with party.engine._base.database.read() as unit:
        return unit.statements.number("SELECT count(*) FROM contact_picture")


def test_who_was_blocked_and_never_accepted_is_not_shown_it(
    opened: Callable[..., Party], picture: Callable[..., str]
) -> None:
    alice, bob = opened("alice"), opened("bob")
    bob.ask(c.SetProfilePicture(picture("blue")))
    alice.send("bob", "who are you?")
    bob.hear(events.MessageArrived)
    bob.ask(c.Block("alice"))
    bob.ask(c.Unblock("alice"))
    with bob.engine._base.database.read() as unit:
        assert unit.statements.number("SELECT count(*) FROM own_picture_given") == 0
        assert unit.statements.number("SELECT count(*) FROM own_action") == 0


def test_a_device_that_somebody_begins_later_gets_it_too(tmp_path: Path, picture: Callable[..., str]) -> None:
    home, copy = tmp_path / "homes", tmp_path / "copy"
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path / "away", house.address, "alice") as (alice,),
    ):
        with relayed(home, house.address, "bob") as (bob,):
            befriend(alice, bob)
            bob.settle("alice")
        shutil.copytree(home, copy)
        with relayed(home, house.address, "bob") as (bob,):
            alice.ask(c.SetProfilePicture(picture("red")))
            bob.until(lambda: shown(bob, "alice") is not None, "the picture")
            bob.settle("alice")
        alice.settle("bob")
        # An old copy goes on as a new device, and knows nothing of the picture.
        put_back(home, copy)
        with relayed(home, house.address, "bob") as (bob,):
            assert shown(bob, "alice") is None
            bob.send("alice", "here I am again")
            alice.until_arrived("bob", ["hello yourself", "here I am again"])
            bob.until(lambda: shown(bob, "alice") == alice.ask(c.Status()).picture, "the picture once more")
