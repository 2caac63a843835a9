"""The suite runs against a client in this process and against one that is attached over the local socket."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from babilu.api.client import ChatClient, DirectProfile
from babilu.bot.fake_client import FakeClient
from babilu.host.opening import HostingFactory
from babilu.system import SystemClock, SystemRandomness
from tests.fakes.sockets import PASSPHRASE, Host
from tests.quick_passwords import quick_passwords

OPEN_S = 30.0

Bind = Callable[[FakeClient], ChatClient]


@pytest.fixture(params=["in this process", "over the socket"])
def bind(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bind]:
    """Gives the binding under test of a client that the test plays the world for."""
    with ExitStack() as stack:

        def attached(fake: FakeClient) -> ChatClient:
            return stack.enter_context(Host(fake, tmp_path)).attach()

        yield attached if request.param == "over the socket" else lambda fake: fake


@pytest.fixture
def world() -> Iterator[FakeClient]:
    made = FakeClient(accounts=["carol"])
    yield made
    made.close()


@pytest.fixture
def client(bind: Bind, world: FakeClient) -> ChatClient:
    return bind(world)


@pytest.fixture(scope="module", params=["in this process", "over the socket"])
def real(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatClient]:
    """A real engine behind the binding; the tests of a module share it, as opening one derives keys."""
    home = tmp_path_factory.mktemp("profile")
    profile = DirectProfile("alice", PASSPHRASE)
    factory = HostingFactory(home, SystemClock(), SystemRandomness())
    with quick_passwords(), ExitStack() as stack:
        host = factory.open(profile).result(OPEN_S)
        stack.callback(host.close)
        if request.param == "in this process":
            yield host
        else:
            attached = factory.open(profile).result(OPEN_S)
            stack.callback(attached.close)
            yield attached
