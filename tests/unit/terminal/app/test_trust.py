"""Who somebody is, is never in doubt: requests, safety numbers, changed identities, blocks, and text that pretends."""

import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import Address
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import claimed_identity_of, conversation_of, conversation_with
from babilu.kernel.states import Trust
from tests.unit.terminal.app.stage import WIDE, on_stage

HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x07\x9b31m",
    "\u202egnirts\u2066\u200f left",
    "[red]not red[/red] [@click=app.leave()]click[/] [link=http://x]y[/link]",
    "e" + "\u0301" * 300,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1ea\U0001f1f8 \u2764\ufe0f \U0001f44d\U0001f3fd 1\ufe0f\u20e3",
    "王" * 200 + "\u3164\u1160",
    "\ud800 half",
    "שלום עולם " * 20,
    "\n" * 500,
    "\t" * 50,
)
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066\u2067]")


async def test_nothing_that_others_write_steers_the_terminal(tmp_path: Path) -> None:
    client = FakeClient()
    for number, text in enumerate(HOSTILE):
        client.receive(f"{text[:24].split(chr(10))[0]}{number}", text)
        client.receive("all", text)
    async with on_stage(client, tmp_path) as stage:
        await stage.open("all")
        client.ask_for_conversation(HOSTILE[0])
        client.tell(e.NoticeArrived(HOSTILE[0] + HOSTILE[2]))
        client.tell(e.Warned("odd", HOSTILE[1], fatal=False))
        client.tell(e.OutsiderWrote(HOSTILE[0], conversation_of("odd"), HOSTILE[1]))
        client.tell(e.CallFailed(Address("192.0.2.7", 1), "odd", HOSTILE[2], None))
        await stage.settle()
        screens = [stage.app.screen._compositor.render_strips()]
        for keys in (*[["pagedown"]] * 6, ["f2"], ["escape", "ctrl+k"], ["escape", "ctrl+n"], ["escape"]):
            await stage.press(*keys)
            screens.append(stage.app.screen._compositor.render_strips())
        await stage.press("escape", *["up"] * 6, "enter", "right", "right", "enter")
        screens.append(stage.app.screen._compositor.render_strips())
    seen = "\n".join(strip.text for strips in screens for strip in strips)
    assert STEERING.search(seen) is None
    assert all(cell_len(strip.text) == WIDE[0] for strips in screens for strip in strips)
    assert "\\x1b[2J\\x1b]0;owned\\x07" in seen
    assert "[red]not red[/red] [@" in seen
    assert "red[/red] [@click=app.leave()]click[/]" in seen
    clicks = {
        segment.style.meta.get("@click")
        for strips in screens
        for strip in strips
        for segment in strip
        if segment.style and segment.style.meta
    }
    assert "app.leave()" not in clicks


async def test_a_strangers_request_is_shown_with_its_number_and_decided_on(tmp_path: Path) -> None:
    client = FakeClient()
    async with on_stage(client, tmp_path) as stage:
        client.ask_for_conversation("eve")
        client.ask_for_conversation("frank")
        await stage.settle()
        assert stage.shows("asks for a conversation")
        await stage.press("ctrl+n")
        assert stage.shows("eve at 127.0.0.1:40112 asks for a conversation")
        assert stage.shows("12345  12345  12345  12345")
        await stage.press("right", "enter")
        assert client.contact("eve").accepted
        assert stage.app.client_model.current == "eve"
        assert stage.shows("directly connected")
        await stage.press("ctrl+n", "left", "enter")
        assert any(isinstance(command, c.Decline) for command in client.commands)
        assert "frank" not in stage.text().replace("frank asks for a conversation.", "")


async def test_a_changed_identity_stops_sending_until_it_is_approved(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob", trust=Trust.VERIFIED)
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        client.change_identity("bob")
        await stage.settle()
        assert stage.shows("whom you have VERIFIED, is said to have another identity")
        assert stage.shows("F4 Compare the safety number")
        await stage.write("secret")
        assert client.messages("bob") == ()
        assert stage.main.composer.text == "secret"
        assert stage.shows("is sent through the relay until")
        await stage.press("f4")
        assert stage.shows("12345  12345  12345  12345")
        assert stage.shows("67890  67890  67890  67890")
        await stage.press("escape", "f5")
        assert stage.shows("Approve the new identity of bob?")
        await stage.press("enter")
        assert client.contact("bob").trust is Trust.CHANGED
        await stage.press("f5", "right", "enter")
        assert client.contact("bob").trust is Trust.FIRST_USE
        assert client.contact("bob").identity == claimed_identity_of("bob")
        assert stage.shows("bob's key changed on")
        await stage.press("enter")
        assert client.messages("bob")[-1].text == "secret"
        bob = conversation_with(claimed_identity_of("bob")).hex()
        assert c.Send(bob, "secret", claimed_identity_of("bob")) in client.commands


async def test_a_claimed_identity_is_rejected_in_the_banner_and_beside_the_numbers(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob", trust=Trust.VERIFIED)
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        for keys in (["f6"], ["f4", "right", "enter"]):
            client.change_identity("bob")
            await stage.settle()
            await stage.press(*keys)
            assert client.contact("bob").trust is Trust.VERIFIED
            assert c.RejectIdentity("bob", claimed_identity_of("bob")) in client.commands
            client.commands.clear()


async def test_what_the_numbers_were_of_is_what_is_approved(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        client.change_identity("bob")
        await stage.settle()
        await stage.press("f4", "escape")
        client.change_identity("bob", b"a third one")
        await stage.settle()
        await stage.press("f5", "right", "enter")
        assert c.TrustIdentity("bob", claimed_identity_of("bob")) in client.commands
        assert client.contact("bob").trust is Trust.CHANGED
        assert stage.shows("That name means somebody else now.")


async def test_numbers_are_compared_and_people_are_blocked(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.write("/verify")
        assert stage.shows("Safety number with bob, not")
        assert stage.shows("█")
        await stage.press("right", "enter")
        assert client.contact("bob").trust is Trust.VERIFIED
        assert stage.shows("✓ verified")
        await stage.press("f2", "shift+tab", "enter", "right", "enter")
        assert client.contact("bob").blocked
        assert stage.shows("You have blocked bob")
        await stage.write("anything")
        assert client.messages("bob") == ()
        await stage.press("f4")
        assert not client.contact("bob").blocked


async def test_direct_conversations_are_called_and_hung_up(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob", address=Address("192.0.2.7", 5051))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("f2", "right", "enter", "enter")
        assert c.Call(Address("192.0.2.7", 5051), "bob") in client.commands
        client.connect_peer("bob")
        await stage.settle()
        assert stage.shows("⇄ directly connected (127.0.0.1:5052)")
        await stage.press("f2", "right", "enter")
        assert not client.contact("bob").connected


async def test_one_who_calls_without_an_address_of_their_own_is_connected_without_one(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        client.connect_peer("bob", None)
        await stage.settle()
        assert stage.shows("⇄ directly connected")
        await stage.press("f2")
        assert stage.shows("now                 directly connected")
        assert not stage.shows("None")


@pytest.mark.parametrize(("incoming", "opened"), [(False, "bob"), (True, "")])
async def test_a_call_that_is_taken_opens_the_conversation_where_none_is_open(
    tmp_path: Path, incoming: bool, opened: str
) -> None:
    client = FakeClient()
    async with on_stage(client, tmp_path) as stage:
        await stage.press(*"Hello")
        client.connect_peer("bob", incoming=incoming)
        await stage.settle()
        assert stage.app.client_model.current == opened
        assert stage.shows("Hello")
        client.connect_peer("carol", incoming=False)
        await stage.settle()
        assert stage.app.client_model.current == (opened or "carol")


async def test_missing_messages_are_told_above_the_others(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        client.tell(e.GapNoticed("bob", 1, 2, conversation_of("bob")))
        await stage.settle()
        assert stage.shows("2 messages of bob are missing")
