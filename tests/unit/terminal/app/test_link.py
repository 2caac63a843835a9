"""What is wrong with the link to the relay stands in sight, with its way out."""

from pathlib import Path

import pytest

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import Address
from babilu.bot.fake_client import FakeClient
from babilu.kernel.errors import ErrorCode, Reason
from babilu.presentation.strings import Strings
from tests.unit.terminal.app.stage import NARROW, WIDE, on_stage

CHANGED = (ErrorCode.CERTIFICATE_CHANGED, "The relay shows another certificate than before.", 15_000)


@pytest.mark.parametrize("size", [WIDE, (80, 24), NARROW])
async def test_another_certificate_is_a_banner_with_a_field_for_its_fingerprint(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    client = FakeClient()
    client.add_contact("bob")
    async with on_stage(client, tmp_path, size=size) as stage:
        await stage.open("bob")
        client.go_offline(*CHANGED, refused=True)
        await stage.settle()
        assert stage.shows("another certificate")
        assert stage.main.query_one("#trouble").has_class("urgent")
        await stage.press("f7")
        assert stage.shows("Fingerprint (SHA-256)")
        await stage.press(*"abc", "enter")
        assert stage.shows("64 digits")
        await stage.press(*["backspace"] * 3, *"ab" * 32, "enter")
        assert c.TrustCertificate(b"\xab" * 32) in client.commands
        assert not stage.shows("Fingerprint (SHA-256)")
        client.go_online()
        await stage.settle()
        assert not stage.shows("another certificate")


async def test_another_address_at_which_the_relay_is_connected_is_in_sight(tmp_path: Path) -> None:
    client = FakeClient()
    async with on_stage(client, tmp_path) as stage:
        client.go_online(Address("chat2.example.org", 443))
        await stage.settle()
        assert stage.shows("connected to 127.0.0.1:5050 at chat2.example.org:443")
        await stage.press("f3")
        assert stage.shows("connected at")


async def test_a_banner_about_the_link_is_there_for_a_client_that_begins_without_one(tmp_path: Path) -> None:
    client = FakeClient()
    client.go_offline(*CHANGED, refused=True)
    async with on_stage(client, tmp_path) as stage:
        assert stage.shows("another certificate")


async def test_an_older_copy_of_a_profile_is_told_to_be_opened_again_and_not_to_try(tmp_path: Path) -> None:
    client = FakeClient()
    async with on_stage(client, tmp_path) as stage:
        client.go_offline(ErrorCode.ROLLED_BACK, "The numbers are out of bounds.", None, refused=True)
        await stage.settle()
        assert stage.shows("an older copy of itself. Open it again")
        assert not stage.shows("F8 Try now")
        assert not stage.shows("out of bounds")


async def test_who_was_replaced_may_come_back_by_a_key(tmp_path: Path) -> None:
    client = FakeClient()
    async with on_stage(client, tmp_path) as stage:
        client.go_offline(ErrorCode.REPLACED, "The account is used by another program.", None, refused=True)
        await stage.settle()
        assert stage.shows("The account is used by another program.")
        assert stage.shows("F7 Use the account here again")
        await stage.press("f7")
        assert c.TryNow() in client.commands


@pytest.mark.parametrize(
    ("code", "reason"),
    [(ErrorCode.SERVER_FULL, "offline: the relay is full"), (ErrorCode.UNAVAILABLE, "offline: no answer")],
)
async def test_an_offline_says_why_beside_it_and_is_tried_now_by_a_key(
    tmp_path: Path, code: ErrorCode, reason: str
) -> None:
    client = FakeClient()
    async with on_stage(client, tmp_path) as stage:
        client.go_offline(code, "It is so.", 58_000)
        await stage.settle()
        line = stage.rows()[-2]
        assert reason in line
        assert "58 s" in line
        await stage.press("f8")
        assert client.commands.count(c.TryNow()) == 1
        client.go_offline(code, "It is so.", 58_000)
        await stage.settle()
        await stage.press("f3")
        assert stage.shows("It is so.")
        await stage.press("right", "enter")
        assert client.commands.count(c.TryNow()) == 2
        client.go_offline(code, "It is so.", 58_000)
        await stage.write("/try-now")
        assert client.commands.count(c.TryNow()) == 3
        assert stage.shows("Trying to reach the relay.")


async def test_a_device_that_the_relay_does_not_know_is_told_the_option_that_helps(tmp_path: Path) -> None:
    client = FakeClient()
    async with on_stage(client, tmp_path) as stage:
        client.go_offline(ErrorCode.DEVICE_UNKNOWN, "This device is unknown.", 15_000, refused=True)
        await stage.settle()
        assert stage.shows("--start-over")


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.PROFILE])
@pytest.mark.parametrize("language", ["en", "es"])
async def test_the_line_at_the_bottom_says_each_reason_in_the_language_of_the_person(
    tmp_path: Path, reason: Reason, language: str
) -> None:
    client, say, code = FakeClient(), Strings(language), ErrorCode.UNAVAILABLE
    async with on_stage(client, tmp_path, language=language) as stage:
        client.go_offline(code, "No.", 30_000, reason=reason)
        await stage.settle()
        assert stage.shows(say("app.offline_why_retry", reason=say.briefly(code.value, reason), seconds=30))
        client.go_offline(code, "No.", 0, reason=reason)
        await stage.settle()
        assert stage.shows(say("app.offline_why_now", reason=say.briefly(code.value, reason)))
        assert stage.app.client_model.status.reason == say.problem(code.value, "No.", reason)
        there = Address("127.0.0.1", 5051)
        client.tell(e.CallFailed(there, code.value, "No.", 1_000, reason))
        await stage.settle()
        assert say.problem(code.value, "No.", reason) in stage.app.client_model.status.call_text(
            stage.app.client_model.status.calls[str(there)]
        )
