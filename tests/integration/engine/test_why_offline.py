"""A profile that is known, whose relay cannot be reached: what is told says why, and so does a call to nobody."""

import socket
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from babilu.api import commands, events
from babilu.api.client import DirectProfile, RelayProfile
from babilu.api.views import Address, LinkState
from babilu.crypto.secret import Passphrase
from babilu.kernel.errors import Reason
from babilu.kernel.limits import Limits
from babilu.net import racing
from tests.integration.engine.party import Party, account, relayed
from tests.integration.engine.relays import running_relay

LIMITS = Limits(tls_ms=2_000)


class Machines:
    """What stands at the relay's address, now that the relay is gone."""

    def __init__(self, address: Address, monkeypatch: pytest.MonkeyPatch, stack: ExitStack) -> None:
        self._address = address
        self._monkeypatch = monkeypatch
        self._stack = stack

    def nobody(self) -> None:
        pass

    def no_name(self) -> None:
        async def unknown(_host: str, _port: int) -> list[racing.Target]:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")

        self._monkeypatch.setattr(racing, "resolve", unknown)

    def somebody_silent(self) -> None:
        silent = socket.create_server((self._address.host, self._address.port))
        self._stack.enter_context(closing(silent))


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (Machines.nobody, Reason.REFUSED),
        (Machines.no_name, Reason.NAME_UNKNOWN),
        (Machines.somebody_silent, Reason.SILENT),
    ],
)
def test_a_known_profile_tells_why_it_is_offline_and_why_a_call_failed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stack: ExitStack,
    what: Callable[[Machines], None],
    reason: Reason,
) -> None:
    with running_relay(tmp_path / "relay") as house:
        with relayed(tmp_path, house.address, "alice"):
            pass
        address = house.address
    what(Machines(address, monkeypatch, stack))

    def party(profile: RelayProfile | DirectProfile) -> Party:
        opened = Party(tmp_path, profile, LIMITS)
        stack.callback(opened.close)
        return opened

    alice = party(account("alice", address))
    told = alice.hear(events.LinkChanged, lambda event: event.state is LinkState.OFFLINE)
    assert (told.code, told.reason) == ("unavailable", reason)
    status = alice.ask(commands.Status())
    if status.link is LinkState.OFFLINE:
        assert (status.link_code, status.link_reason) == ("unavailable", reason)
    carol = party(DirectProfile("carol", Passphrase("passphrase of carol")))
    carol.ask(commands.Call(address))
    failed = carol.hear(events.CallFailed)
    assert (failed.code, failed.reason) == ("unavailable", reason)


def test_a_connection_that_is_cut_is_told_as_ended(tmp_path: Path) -> None:
    with running_relay(tmp_path / "relay") as house, relayed(tmp_path, house.address, "alice") as (alice,):
        session = alice.engine._effect_runner.targets.relay
        assert session is not None
        assert session._connection is not None
        alice.engine._loop.call(session._connection._channel.transport.abort)
        told = alice.hear(events.LinkChanged, lambda event: event.state is LinkState.OFFLINE)
        assert (told.code, told.reason) == ("unavailable", Reason.ENDED)
        alice.until_online()
