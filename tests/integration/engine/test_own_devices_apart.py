"""Own devices without a relay that were changed apart from each other: neither change is lost once they meet."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from babilu.api import commands, events
from babilu.api.client import LinkWish
from babilu.api.views import Address
from babilu.engine.commands import own_list_merging
from babilu.kernel.errors import ErrorCode
from tests.integration.engine.party import LOOPBACK, Party
from tests.integration.engine.test_linking import id_of, password_of
from tests.integration.engine.test_own_devices_direct import at_home, linked, shows


def opened(stack: ExitStack, closed: Party, listen: Address = LOOPBACK) -> Party:
    """Open a profile again that was closed."""
    again = Party(closed.home, replace(closed.profile, link=None, listen=listen))
    stack.callback(again.close)
    return again


def until_named(party: Party, *devices: str) -> None:
    party.until(lambda: {each.device for each in party.ask(commands.Devices())} == set(devices), f"{devices}")


class Apart:
    """Three devices, of which two were changed while neither heard of the other.

    The phone has removed the tablet, and the laptop has linked a watch, later. The phone is closed.
    """

    def __init__(self, folder: Path, stack: ExitStack, phone: Party) -> None:
        self.stack = stack
        self.phone_port = phone.address
        laptop = linked(stack, phone, folder / "laptop")
        # What was asked before is no answer to what is asked next.
        phone.told.clear()
        self.tablet = linked(stack, phone, folder / "tablet", LinkWish("Tablet"))
        shows(laptop, "#notes", "a note")
        shows(self.tablet, "#notes", "a note")
        self.devices, self.gone = [id_of(phone), id_of(laptop)], id_of(self.tablet)
        until_named(laptop, *self.devices, self.gone)
        laptop.close()
        self.tablet.close()
        phone.ask(commands.RemoveDevice("Tablet", password_of(phone)))
        phone.close()
        self.phone = phone
        self.laptop = opened(stack, laptop)
        self.watch = linked(stack, self.laptop, folder / "watch", LinkWish("Watch"))
        shows(self.watch, "#notes", "a note")
        self.devices.append(id_of(self.watch))

    def meet(self) -> Party:
        """Open the phone, and have it call the laptop, whose own calls may be far between by now."""
        phone = opened(self.stack, self.phone, self.phone_port)
        phone.ask(commands.Call(self.laptop.address))
        return phone


def test_a_device_that_one_links_and_one_that_another_removes_at_once_both_count(tmp_path: Path) -> None:
    with at_home(tmp_path) as (begun, bob, stack):
        apart = Apart(tmp_path, stack, begun)
        phone = apart.meet()
        for each in (phone, apart.laptop, apart.watch):
            until_named(each, *apart.devices)
        phone.send("#notes", "to all who are left")
        shows(apart.watch, "#notes", "a note", "to all who are left")
        # The friend has heard of one list and the other.
        phone.ask(commands.Call(bob.address))
        phone.send("bob", "it is me")
        bob.until_arrived("alice", ["first", "it is me"])
        assert bob.of(events.AlarmRaised) == []
        again = opened(stack, apart.tablet)
        assert again.hear(events.Warned).code == ErrorCode.DEVICE_REMOVED


def test_where_no_password_is_at_hand_the_user_is_told_and_the_next_start_merges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with at_home(tmp_path) as (begun, _, stack):
        monkeypatch.setattr(own_list_merging, "PASSWORD_MS", 0)
        apart = Apart(tmp_path, stack, begun)
        phone = apart.meet()
        for each in (phone, apart.laptop):
            warned = each.hear(events.Warned)
            assert (warned.code, warned.fatal) == (ErrorCode.DEVICES_UNMERGED, False)
        # Until then the later list is in force.
        until_named(phone, *apart.devices, apart.gone)
        monkeypatch.undo()
        phone.close()
        phone = opened(stack, phone, apart.phone_port)
        for each in (phone, apart.laptop, apart.watch):
            until_named(each, *apart.devices)


def test_a_change_with_the_password_merges_what_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with at_home(tmp_path) as (begun, _, stack):
        monkeypatch.setattr(own_list_merging, "PASSWORD_MS", 0)
        apart = Apart(tmp_path, stack, begun)
        phone = apart.meet()
        phone.hear(events.Warned)
        apart.laptop.ask(commands.RemoveDevice("Watch", password_of(phone)))
        until_named(phone, *apart.devices[:2])
        until_named(apart.laptop, *apart.devices[:2])
        assert apart.watch.hear(events.Warned, lambda each: each.fatal).code == ErrorCode.DEVICE_REMOVED
