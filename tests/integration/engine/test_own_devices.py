"""Several devices of one person at a real relay."""

from pathlib import Path

from babilu.identity.device_list import verify_device_list
from tests.integration.engine.own_devices import open_another_device
from tests.integration.engine.party import relayed
from tests.integration.engine.relays import running_relay


def test_a_second_device_of_a_person_logs_in_by_its_own_keys_and_gets_what_is_sent_to_them(tmp_path: Path) -> None:
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path / "homes", house.address, "alice", "bob") as (alice, bob),
    ):
        laptop = open_another_device(alice, tmp_path / "laptop")
        try:
            own, other = alice.engine._base.own, laptop.engine._base.own
            devices = {entry.device for entry in verify_device_list(own.device_list).devices}
            assert devices == {own.device, other.device}

            bob.send("alice", "to all of you")

            alice.until_arrived("bob", ["to all of you"])
            laptop.until_arrived("bob", ["to all of you"])
        finally:
            laptop.close()
