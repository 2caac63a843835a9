"""What a client keeps when the relay's answer to an account action was lost on the way."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from babilu.api import commands, events
from babilu.crypto.secret import Passphrase
from babilu.engine.transport.account_requests import AccountClient, is_refusal
from babilu.kernel.errors import AccountError, BabiluError, ErrorCode, LinkError
from babilu.net.relay_connection import ConnectionLostError
from babilu.relay.services.accounts import Accounts
from babilu.relay.transport.connection import Connection
from babilu.wire.client_frames import ChangePasswordFrame
from babilu.wire.relay_frames import Ok
from tests.integration.engine.cables import Cable, cable
from tests.integration.engine.party import Party, account
from tests.integration.engine.relays import House, running_relay

OLD, NEW = Passphrase("password of carol"), Passphrase("another password")

LOST = [
    LinkError(ErrorCode.UNAVAILABLE, "The relay does not answer."),
    LinkError(ErrorCode.SHUTTING_DOWN, "The relay ends."),
    LinkError(ErrorCode.CLOSED, "The client is closed."),
]


def losing(action: Callable[..., None], error: BabiluError) -> Callable[..., None]:
    """Do an action, and lose its answer."""

    def act(*arguments: Any) -> None:
        action(*arguments)
        raise error

    return act


def refusing(code: ErrorCode) -> Callable[..., None]:
    def act(*_: object) -> None:
        raise AccountError(code, "No.")

    return act


def files(home: Path) -> list[str]:
    return sorted(path.suffix for path in home.iterdir()) if home.is_dir() else []


@contextlib.contextmanager
def opened(home: Path, line: Cable) -> Iterator[Party]:
    """Open the profile of carol, by her old password."""
    with contextlib.closing(Party(home, account("carol", line.address))) as carol:
        yield carol


def opening(party: Party) -> list[Passphrase]:
    """Tell which passwords open a profile."""
    found = []
    for passphrase in (OLD, NEW):
        with contextlib.suppress(AccountError):
            party.ask(commands.CheckPassphrase(passphrase))
            found.append(passphrase)
    return found


def attempt(home: Path, house: House) -> ErrorCode:
    with pytest.raises(BabiluError) as refused:
        Party(home, account("carol", house.address))
    return refused.value.code


def test_a_registration_whose_answer_was_lost_is_taken_up_again_whatever_was_refused_in_between(
    tmp_path: Path, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    with monkeypatch.context() as once:
        once.setattr(AccountClient, "register", losing(AccountClient.register, LOST[0]))
        assert attempt(home, house) is ErrorCode.UNAVAILABLE
    house.stop()
    assert attempt(home, house) is ErrorCode.UNAVAILABLE
    house.start()
    with monkeypatch.context() as once:
        once.setattr(AccountClient, "check_device", refusing(ErrorCode.SERVER_FULL))
        assert attempt(home, house) is ErrorCode.SERVER_FULL
    carol = Party(home, account("carol", house.address))
    carol.until_online()
    assert len(carol.of(events.Registered)) == 1
    carol.close()


def test_a_registration_that_was_refused_leaves_nothing(
    tmp_path: Path, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AccountClient, "register", refusing(ErrorCode.NAME_REFUSED))
    assert attempt(tmp_path / "home", house) is ErrorCode.NAME_REFUSED
    assert files(tmp_path / "home") == []


@pytest.fixture
def severing(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """Functions that are called, each once, when a relay has changed a password and not said so yet."""
    once: list[Callable[[], None]] = []
    change = Accounts.change_password

    async def change_and_sever(self: Accounts, connection: Connection, frame: ChangePasswordFrame) -> Ok:
        answer = await change(self, connection, frame)
        if once:
            await asyncio.to_thread(once.pop())
        return answer

    monkeypatch.setattr(Accounts, "change_password", change_and_sever)
    return once


def test_a_change_of_password_whose_answer_is_lost_is_found_out_at_once(
    severing: list[Callable[[], None]], tmp_path: Path
) -> None:
    with running_relay(tmp_path / "relay") as house, cable(house.address) as line, opened(tmp_path, line) as carol:
        # Whoever asks again at once finds the line whole: cut and mended, it would be closed for a moment.
        severing.append(line.sever)
        carol.ask(commands.ChangePassword(OLD, NEW))
        assert opening(carol) == [NEW]


def test_a_change_of_password_whose_answer_is_lost_is_done_by_the_same_again(
    severing: list[Callable[[], None]], tmp_path: Path
) -> None:
    with running_relay(tmp_path / "relay") as house, cable(house.address) as line:
        with opened(tmp_path, line) as carol:
            severing.append(line.cut)
            with pytest.raises(BabiluError) as lost:
                carol.ask(commands.ChangePassword(OLD, NEW))
            assert lost.value.code is ErrorCode.UNAVAILABLE
        line.mend()
        with opened(tmp_path, line) as carol:
            carol.ask(commands.ChangePassword(OLD, NEW))
            assert opening(carol) == [NEW]


def test_only_what_the_relay_has_answered_is_a_refusal() -> None:
    assert is_refusal(AccountError(ErrorCode.WRONG_CREDENTIALS, "No."))
    assert is_refusal(LinkError(ErrorCode.RATE_LIMITED, "Not now."))
    assert [is_refusal(error) for error in LOST] == [False, False, False]
    assert not is_refusal(ConnectionLostError(AccountError(ErrorCode.NOT_ALLOWED, "Told and closed.")))
