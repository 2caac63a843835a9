"""People nearby, over real multicast on the loopback interface."""

import uuid
from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from babilu.api.views import Address
from babilu.desktop.discovery import MOST, SERVICE, Discovery, Nearby
from babilu.desktop.sheets.connection import ConnectionSheet
from babilu.desktop.widgets.basics import Button, PlainLabel
from tests.unit.desktop.desktop_under_test import DesktopUnderTest

zeroconf = pytest.importorskip("zeroconf")
Opened = Callable[..., DesktopUnderTest]
HERE = ["127.0.0.1"]


@pytest.fixture
def seeking(qtbot: QtBot) -> Iterator[Discovery]:
    assert qtbot is not None
    made = Discovery(HERE)
    made.start("alice", None)
    yield made
    made.close()


def test_who_listens_is_found_by_whoever_seeks_and_gone_when_they_leave(qtbot: QtBot, seeking: Discovery) -> None:
    bob = Nearby(f"bob {uuid.uuid4()}", Address("127.0.0.1", 5051))
    told = Discovery(HERE)
    told.start(bob.name, bob.address)
    qtbot.waitUntil(lambda: bob in seeking.nearby)
    assert bob not in told.nearby
    told.close()
    qtbot.waitUntil(lambda: bob not in seeking.nearby)


def test_a_name_of_any_length_can_be_told(qtbot: QtBot, seeking: Discovery) -> None:
    name = f"{uuid.uuid4()} and many more words " * 20
    told = Discovery(HERE)
    told.start(name, Address("127.0.0.1", 5052))
    qtbot.waitUntil(lambda: any(name.startswith(each.name) for each in seeking.nearby))
    told.close()


def test_a_flood_of_claims_is_bounded_and_what_was_sought_before_counts_no_more(qtbot: QtBot) -> None:
    assert qtbot is not None
    discovery = Discovery(HERE)
    for number in range(2 * MOST):
        discovery._take(0, f"{number}.{SERVICE}", Nearby(f"m{number}", Address("192.0.2.1", number)))
    assert len(discovery.nearby) == MOST
    discovery.start("alice", None)
    discovery._take(0, f"late.{SERVICE}", Nearby("late", Address("192.0.2.1", 1)))
    assert discovery.nearby == ()
    discovery.close()


def test_somebody_nearby_is_called_from_the_sheet(opened: Opened) -> None:
    desktop = opened()
    desktop.window.navigator.connection()
    sheet = desktop.sheet(ConnectionSheet)
    desktop.app.discovery._take(0, f"x.{SERVICE}", Nearby("<b>bob</b>", Address("192.0.2.7", 5051)))
    wanted: list[object] = []
    sheet.call_wanted.connect(wanted.append)
    assert any(label.text().startswith("<b>bob</b>") for label in sheet.findChildren(PlainLabel))
    (call,) = (each for each in sheet.findChildren(Button) if each.accessibleName() == "Call 192.0.2.7:5051")
    call.click()
    assert wanted == [Address("192.0.2.7", 5051)]


def test_the_switch_seeks_and_stops(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    desktop = opened()
    sought: list[tuple[str, Address | None] | None] = []
    monkeypatch.setattr(desktop.app.discovery, "start", lambda name, at: sought.append((name, at)))
    monkeypatch.setattr(desktop.app.discovery, "stop", lambda: sought.append(None))
    desktop.app.preferences.change(discover=True)
    desktop.app.preferences.change(discover=False)
    assert sought == [("alice", None), None]
