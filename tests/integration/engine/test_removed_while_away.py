"""A device that was removed while its connection was gone: it locks itself once it meets the relay again."""

from pathlib import Path

from babilu.api import commands, events
from tests.integration.engine.cables import cable
from tests.integration.engine.party import account, relayed
from tests.integration.engine.relays import running_relay
from tests.integration.engine.test_linking import both_say_yes, id_of, new_device, password_of


def test_a_device_that_stays_open_locks_itself_as_soon_as_it_learns_of_the_list(tmp_path: Path) -> None:
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path / "homes", house.address, "alice") as (phone,),
        cable(house.address) as wire,
        new_device(tmp_path / "laptop", account("alice", wire.address)) as laptop,
    ):
        both_say_yes(phone, laptop, commands.LinkApprove)
        laptop.until_online()
        wire.cut()
        laptop.until_offline()
        phone.ask(commands.RemoveDevice(id_of(laptop), password_of(phone)))
        wire.mend()
        laptop.ask(commands.TryNow())
        assert laptop.hear(events.Warned, lambda each: each.fatal).code == "device_removed"
