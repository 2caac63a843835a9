"""A profile that is being opened can be given up, and leaves nothing behind."""

import socket
from pathlib import Path

import pytest

from babilu.api.client import RelayProfile
from babilu.api.credentials import Passphrase
from babilu.api.views import Address
from babilu.host.opening import HostingFactory
from babilu.kernel.errors import ErrorCode, LinkError
from babilu.system import SystemClock, SystemRandomness

WAIT_S = 20.0


def test_an_opening_that_waits_for_a_silent_relay_is_given_up_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = Address("127.0.0.1", silent.getsockname()[1])
        opening = HostingFactory(tmp_path, SystemClock(), SystemRandomness()).open(
            RelayProfile(address, "alice", Passphrase("correct horse"))
        )
        with silent.accept()[0]:
            opening.cancel()
            with pytest.raises(LinkError) as refusal:
                opening.result(WAIT_S)
    assert refusal.value.code is ErrorCode.CLOSED
    assert not list(tmp_path.rglob("*.db"))
