"""What a client keeps when the relay's answer to an account action was lost on the way."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from babilu.api import commands, events
from babilu.crypto.secret import Passphrase
from babilu.engine.transport.account_requests import AccountClient, is_refusal
from babilu.kernel.errors import AccountError, BabiluError, ErrorCode, LinkError
from babilu.net.relay_connection import ConnectionLostError
from tests.integration.engine.party import Party, account
from tests.integration.engine.relays import House, running_relay

LOST = [
    LinkError(ErrorCode.UNAVAILABLE, "The relay does not answer."),
    LinkError(ErrorCode.SHUTTING_DOWN, "The relay ends."),
    LinkError(ErrorCode.CLOSED, "The client is closed."),
]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with running_relay(tmp_path / "relay") as house:
        yield house


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


def test_a_changed_password_opens_the_profile_also_when_the_answer_was_lost(
    tmp_path: Path, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, new = tmp_path / "home", Passphrase("another password")
    carol = Party(home, account("carol", house.address))
    monkeypatch.setattr(AccountClient, "change_password", losing(AccountClient.change_password, LOST[1]))
    with pytest.raises(BabiluError) as lost:
        carol.ask(commands.ChangePassword(account("carol", house.address).passphrase, new))
    assert lost.value is LOST[1]
    carol.ask(commands.CheckPassphrase(new))
    carol.close()


def test_only_what_the_relay_has_answered_is_a_refusal() -> None:
    assert is_refusal(AccountError(ErrorCode.WRONG_CREDENTIALS, "No."))
    assert is_refusal(LinkError(ErrorCode.RATE_LIMITED, "Not now."))
    assert [is_refusal(error) for error in LOST] == [False, False, False]
    assert not is_refusal(ConnectionLostError(AccountError(ErrorCode.NOT_ALLOWED, "Told and closed.")))
