"""Groups in the full screen: started, read, changed and left by the keyboard alone."""

from pathlib import Path

import pytest

from babilu.api import commands as c
from babilu.api.group_views import GroupChangeView
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import identity_of
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.limits import TITLE_CHARACTERS
from babilu.kernel.states import GroupAdders, GroupChangeKind, GroupRole, MessageKind, MessageState, Trust
from babilu.terminal.app.dialogs import groups
from babilu.terminal.app.themes import Ink, ink_of
from tests.unit.terminal.app.stage import NARROW, WIDE, Stage, on_stage

PICNIC = "#picnic"


def town() -> FakeClient:
    client = FakeClient(accounts=["dave"])
    client.add_contact("bob", trust=Trust.VERIFIED)
    client.add_contact("carol")
    client.add_contact("mallory")
    client.request(c.Block("mallory")).result()
    return client


def own(client: FakeClient) -> None:
    """Begin a group of one's own, with bob as an admin and dave, who is no contact."""
    client.groups.begin("Picnic", "bob", "carol", "dave", admins=("bob",), topic="Who brings what")


def of_bob(client: FakeClient) -> None:
    """Begin a group of bob's in which one is a member."""
    client.groups.begin("Picnic", "carol", "dave", by="bob")


async def choose(stage: Stage, words: str, *more: str) -> None:
    """Find something in the palette and do it."""
    await stage.press("ctrl+p", *words, "enter", *more)


def inner(stage: Stage) -> list[str]:
    """Give what the frame of a sheet holds, row by row."""
    return [row.partition("│")[2].rpartition("│")[0].strip() for row in stage.rows() if row.count("│") >= 2]


# Starting and adding.


async def test_a_group_is_started_with_title_and_people_by_keys_alone(tmp_path: Path) -> None:
    client = town()
    async with on_stage(client, tmp_path) as stage:
        await stage.press("ctrl+g", *"Picnic", "enter")
        assert stage.shows("Enter starts the group with 0 people besides you.")
        assert "mallory" not in "\n".join(inner(stage))
        await stage.press(*"car")
        assert stage.shows("Enter adds carol.")
        await stage.press("enter", *"dave", "enter", "enter")
        assert c.StartGroup("Picnic", ("carol", "dave")) in client.commands
        assert stage.app.client_model.current == PICNIC
        assert stage.app.screen is stage.main
        assert stage.shows("You started the group.")


async def test_who_has_the_cursor_is_added_and_not_the_first_one(tmp_path: Path) -> None:
    client = town()
    async with on_stage(client, tmp_path) as stage:
        await stage.press("ctrl+g", *"Picnic", "tab", "o", "down", "tab", "enter")
        started = next(each for each in client.commands if isinstance(each, c.StartGroup))
        assert started.members == ("carol",)


async def test_who_was_added_last_is_taken_back_where_no_letter_is_left(tmp_path: Path) -> None:
    client = town()
    async with on_stage(client, tmp_path) as stage:
        await stage.press("ctrl+g", *"Picnic", "tab", *"bob", "tab", *"carol", "enter")
        assert stage.shows("bob, carol")
        await stage.press("x", "backspace")
        assert stage.shows("bob, carol")
        await stage.press("backspace")
        assert not stage.shows("bob, carol")
        await stage.press("enter")
        assert c.StartGroup("Picnic", ("bob",)) in client.commands


async def test_a_group_without_a_title_or_with_somebody_unknown_stays_to_be_mended(tmp_path: Path) -> None:
    client = town()
    async with on_stage(client, tmp_path) as stage:
        await stage.press("ctrl+g", "enter", "enter")
        assert stage.shows("A group needs a title.")
        await stage.press("up", *"Picnic", "down", *"nemo", "enter", "enter")
        assert stage.shows("The relay knows no account of that name.")
        await stage.press("backspace", *"bob", "enter", "enter")
        assert c.StartGroup("Picnic", ("bob",)) in client.commands
        assert stage.app.client_model.current == PICNIC


async def test_people_are_added_who_are_not_in_yet(tmp_path: Path) -> None:
    client = town()
    client.groups.begin("Picnic", "bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.open(PICNIC)
        await choose(stage, "add people to this")
        assert "bob" not in inner(stage)
        await stage.press("enter")
        assert stage.shows("Choose somebody first.")
        await stage.press(*"carol", "enter", "enter")
        assert c.AddToGroup(PICNIC, ("carol",)) in client.commands
        assert stage.shows("You added carol.")
        assert stage.shows("1 person was added to Picnic.")


# Reading.


async def test_a_group_stands_in_the_list_by_its_title_and_with_who_spoke_last(tmp_path: Path) -> None:
    client = town()
    of_bob(client)
    client.receive(PICNIC, "bread and cheese", sender="carol")
    async with on_stage(client, tmp_path) as stage:
        rows = [row[:32] for row in stage.rows()]
        place = next(place for place, row in enumerate(rows) if "# Picnic" in row)
        assert "carol: bread and cheese" in rows[place + 1]
        await stage.open(PICNIC)
        assert "Picnic  ·  4 members" in stage.rows()[0]


async def test_everybody_has_a_colour_of_their_own_and_the_same_at_each_start(tmp_path: Path) -> None:
    client = town()
    of_bob(client)
    async with on_stage(client, tmp_path) as stage:
        await stage.open(PICNIC)
        for name in ("bob", "carol", "dave"):
            client.receive(PICNIC, f"I am {name}", sender=name)
        await stage.settle()
        inks = {
            block.message.sender: block.lead[-1][1].ink for block in stage.main.history._blocks if block.message.text
        }
        assert inks == {name: ink_of(name) for name in ("bob", "carol", "dave")}
        assert Ink.OTHER not in inks.values()


async def test_lines_say_what_changes_and_why_something_does_not_count(tmp_path: Path) -> None:
    client = town()
    own(client)
    async with on_stage(client, tmp_path) as stage:
        await stage.open(PICNIC)
        client.groups.act("bob", c.ChangeGroup(PICNIC, title="Feast"))
        client.groups.say(
            PICNIC, GroupChangeView(GroupChangeKind.REMOVED, "dave", "bob", counts=False, why_not="no_place")
        )
        await stage.settle()
        assert stage.shows("bob called the group “Feast”.")
        assert stage.shows("dave removed bob. This does not count:")
        assert "Feast" in stage.rows()[0]


async def test_what_an_admin_removed_names_the_admin(tmp_path: Path) -> None:
    client = town()
    own(client)
    async with on_stage(client, tmp_path) as stage:
        await stage.open(PICNIC)
        message = client.receive(PICNIC, "buy cheap pills", sender="dave")
        await stage.settle()
        client.groups.act("bob", c.DeleteMessage(message.id, message.conversation_id.hex(), for_all=True))
        await stage.settle()
        assert stage.shows("bob removed a message of dave")
        assert not stage.shows("cheap pills")


async def test_an_admin_removes_for_all_what_somebody_else_wrote_and_a_member_cannot(tmp_path: Path) -> None:
    for begin, offered in ((own, True), (of_bob, False)):
        client = town()
        begin(client)
        message = client.receive(PICNIC, "buy cheap pills", sender="dave")
        async with on_stage(client, tmp_path) as stage:
            await stage.open(PICNIC)
            await stage.press("escape", "d")
            assert stage.shows("Delete for all") is offered
            await stage.press("right", "right", "enter")
            assert (
                c.DeleteMessage(message.id, message.conversation_id.hex(), for_all=True) in client.commands
            ) is offered


async def test_the_newest_own_message_says_how_many_have_read_it_and_a_key_who(tmp_path: Path) -> None:
    client = town()
    own(client)
    async with on_stage(client, tmp_path) as stage:
        await stage.open(PICNIC)
        await stage.write("older")
        await stage.write("newer")
        older, newer = client.messages(PICNIC)[-2:]
        for message in (older, newer):
            client.groups.advance(message.id, "bob", MessageState.READ)
        client.groups.advance(newer.id, "carol", MessageState.DELIVERED)
        client.groups.advance(newer.id, "dave", MessageState.FAILED, ErrorCode.QUOTA)
        await stage.settle()
        assert stage.text().count("read by 1 of 3") == 1
        assert stage.shows("1 of 3 has not got it")
        await stage.press("escape", "i")
        rows = inner(stage)
        people = [row.split()[0] for row in rows if row.startswith(("bob", "carol", "dave"))]
        assert people == ["dave", "bob", "carol"]
        assert any(row.startswith("bob") and "read, today" in row for row in rows)


async def test_the_line_about_a_pin_leads_to_the_message(tmp_path: Path) -> None:
    client = town()
    own(client)
    first = client.receive(PICNIC, "the plan", sender="bob")
    client.receive(PICNIC, "and more", sender="carol")
    async with on_stage(client, tmp_path) as stage:
        await stage.open(PICNIC)
        client.groups.act("bob", c.PinMessage(first.id, True, PICNIC))
        await stage.settle()
        assert stage.shows("bob pinned a message.")
        await stage.press("escape", "enter")
        assert stage.main.history.selected is not None
        assert stage.main.history.selected.text == "the plan"


async def test_who_types_is_named(tmp_path: Path) -> None:
    client = town()
    of_bob(client)
    async with on_stage(client, tmp_path) as stage:
        await stage.open(PICNIC)
        client.type(PICNIC, sender="carol")
        await stage.settle()
        assert stage.text().count("carol is typing…") == 2
        client.type(PICNIC, sender="dave")
        await stage.settle()
        assert stage.text().count("2 people are typing…") == 2


# Writing.


async def test_members_are_offered_and_completed_after_an_at_sign(tmp_path: Path) -> None:
    client = town()
    of_bob(client)
    async with on_stage(client, tmp_path) as stage:
        await stage.open(PICNIC)
        await stage.press(*"so @")
        assert all(stage.shows(f"@{name}") for name in ("bob", "carol", "dave"))
        assert stage.shows("everybody in the group")
        assert not stage.shows("@alice")
        await stage.press("d", "tab", *"?", "enter")
        assert client.messages(PICNIC)[-1].text == "so @dave ?"
        assert [each.name for each in client.messages(PICNIC)[-1].mentions] == ["dave"]


async def test_a_text_that_goes_to_one_member_alone_says_so_before_it_is_sent(tmp_path: Path) -> None:
    client = town()
    of_bob(client)
    async with on_stage(client, tmp_path) as stage:
        await stage.open(PICNIC)
        await stage.press(*"@carol ")
        assert stage.shows("This goes to carol alone. Begin with @@ to mention.")
        stage.main.composer.fill("")
        await stage.press(*"@@car", "tab", *"hi", "enter")
        sent = client.messages(PICNIC)[-1]
        assert (sent.text, [each.name for each in sent.mentions]) == ("@carol hi", ["carol"])


async def test_the_field_says_why_one_cannot_write_and_keeps_what_was_tried(tmp_path: Path) -> None:
    client = town()
    of_bob(client)
    async with on_stage(client, tmp_path) as stage:
        await stage.open(PICNIC)
        client.groups.act("bob", c.ChangeGroup(PICNIC, everybody_posts=False))
        await stage.settle()
        assert stage.shows("Only admins post here")
        await stage.write("may I?")
        assert stage.shows("may I?")
        assert not any(isinstance(each, c.Send) for each in client.commands)
        stage.main.composer.fill("")
        client.groups.act("bob", c.RemoveFromGroup(PICNIC, ("alice",)))
        await stage.settle()
        assert stage.shows("You are no longer in this group")
        assert stage.shows("no longer in it")


async def test_keys_for_what_one_may_not_do_are_not_shown_and_say_why(tmp_path: Path) -> None:
    client = town()
    of_bob(client)
    client.receive(PICNIC, "look", sender="carol")
    async with on_stage(client, tmp_path) as stage:
        await stage.open(PICNIC)
        await stage.press("escape")
        assert "r reply" in stage.rows()[-1]
        assert "p pin" not in stage.rows()[-1]
        await stage.press("p")
        assert stage.shows("Only admins of this group may do that.")
        client.groups.act("bob", c.RemoveFromGroup(PICNIC, ("alice",)))
        await stage.settle()
        assert "r reply" not in stage.rows()[-1]
        await stage.press("r")
        assert stage.main.composer.errand is None
        assert not any(isinstance(each, c.PinMessage) for each in client.commands)


async def test_a_title_takes_no_more_characters_than_a_group_can_have(tmp_path: Path) -> None:
    client = town()
    async with on_stage(client, tmp_path) as stage:
        await stage.press("ctrl+g", *("x" * 70), "enter", "enter")
        assert c.StartGroup("x" * TITLE_CHARACTERS) in client.commands


async def test_nothing_is_forwarded_to_where_one_may_not_write(tmp_path: Path) -> None:
    client = town()
    of_bob(client)
    client.groups.act("bob", c.ChangeGroup(PICNIC, everybody_posts=False))
    client.receive("carol", "forward me")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("carol")
        await stage.press("escape", "f")
        assert not any(row.endswith("Picnic") for row in inner(stage))


# What a group is.


async def test_a_key_shows_what_a_group_is_and_what_one_may_do(tmp_path: Path) -> None:
    client = town()
    own(client)
    async with on_stage(client, tmp_path) as stage:
        await stage.open(PICNIC)
        await stage.press("f2")
        for words in ("Who brings what", "owner", "4 members", "only admins", "#picnic", "Settings", "Links"):
            assert stage.shows(words), words
        await stage.press("right", "right", "right", "enter", *"everybody add", "enter")
        assert c.ChangeGroup(PICNIC, everybody_adds=True) in client.commands
        assert stage.shows("You let everybody add people.")


async def test_one_is_asked_with_whom_a_group_goes_on_the_most_senior_first(tmp_path: Path) -> None:
    client = town()
    of_bob(client)
    async with on_stage(client, tmp_path) as stage:
        await stage.open(PICNIC)
        client.groups.split(PICNIC, "bob", "carol")
        await stage.settle()
        await stage.press("f2")
        assert "Follow bob" in "\n".join(inner(stage))
        await stage.press("enter")
        assert c.FollowGroup(PICNIC, "bob") in client.commands
        await stage.press("escape", "f2")
        assert not stage.shows("Follow bob")


async def test_a_member_is_offered_nothing_that_only_admins_do(tmp_path: Path) -> None:
    client = town()
    of_bob(client)
    async with on_stage(client, tmp_path) as stage:
        await stage.open(PICNIC)
        await stage.press("f2")
        assert not any(stage.shows(act) for act in ("Add people", "Links", "Settings", "newcomers"))
        await stage.press("escape", "ctrl+p", *"name this group")
        assert stage.shows("Nothing found.")


async def test_title_and_topic_are_changed_and_an_empty_title_is_refused(tmp_path: Path) -> None:
    client = town()
    own(client)
    async with on_stage(client, tmp_path) as stage:
        await stage.open(PICNIC)
        await choose(stage, "name this group", "ctrl+u", "enter")
        assert stage.shows("A group needs a title.")
        await stage.press(*"Feast", "enter")
        assert c.ChangeGroup(PICNIC, title="Feast") in client.commands
        await choose(stage, "what this group is about", "ctrl+u", *"Sunday", "enter")
        assert c.ChangeGroup(PICNIC, topic="Sunday") in client.commands
        assert "Feast  ·  4 members  ·  Sunday" in stage.rows()[0]


async def test_newcomers_are_given_what_one_says(tmp_path: Path) -> None:
    client = town()
    own(client)
    async with on_stage(client, tmp_path) as stage:
        await stage.open(PICNIC)
        await choose(stage, "what newcomers are given")
        assert any("nothing from before" in row and row.endswith("✓") for row in inner(stage))
        await stage.press(*"100", "enter")
        assert any(row.startswith("30 days") and row.endswith("✓") for row in inner(stage))
        await stage.press(*"7 d", "enter")
        assert c.ChangeGroup(PICNIC, history=100, history_days=7) in client.commands
        assert stage.shows("You give whoever you let in: up to 100 messages, 7 days old at most.")
        await stage.press("f2")
        assert stage.shows("up to 100 messages, 7 days old at most")
        await stage.press("escape")
        await choose(stage, "what newcomers are given", *"nothing", "enter")
        assert c.ChangeGroup(PICNIC, history=0, history_days=None) in client.commands
        await stage.press("escape", *"/newcomers 20", "enter")
        assert stage.shows("You give whoever you let in: up to 20 messages, 7 days old at most.")


async def test_what_does_not_count_can_be_listed_with_its_reason(tmp_path: Path) -> None:
    client = town()
    own(client)
    client.groups.say(PICNIC, GroupChangeView(GroupChangeKind.REMOVED, "dave", "bob", counts=False, why_not="no_place"))
    async with on_stage(client, tmp_path) as stage:
        await stage.open(PICNIC)
        await choose(stage, "what counts")
        rows = inner(stage)
        assert rows[0].startswith("What counts in Picnic")
        assert any(row.startswith("✗") for row in rows)
        assert any("dave removed bob. This does not count:" in row for row in rows)
        assert any("You started the group." in row for row in rows)


async def test_a_long_log_goes_on_with_what_is_older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "ENTRIES", 2)
    client = town()
    own(client)
    for title in ("Feast", "Party"):
        client.groups.act("bob", c.ChangeGroup(PICNIC, title=title))
    async with on_stage(client, tmp_path) as stage:
        await stage.open(PICNIC)
        await choose(stage, "what counts")
        assert "You started the group." not in "\n".join(inner(stage))
        await stage.press("right", "enter")
        assert "You started the group." in "\n".join(inner(stage))
        assert not stage.shows("Older")


async def test_whoever_leaves_is_told_who_goes_on(tmp_path: Path) -> None:
    client = town()
    own(client)
    async with on_stage(client, tmp_path) as stage:
        await stage.open(PICNIC)
        await choose(stage, "leave this group")
        assert stage.shows("bob goes on as owner.")
        await stage.press("enter")
        assert c.QuitGroup(PICNIC) not in client.commands
        await choose(stage, "leave this group", "right", "enter")
        assert c.QuitGroup(PICNIC) in client.commands
        assert stage.shows("You are no longer in this group")
        assert any("# Picnic" in row for row in stage.rows())


async def test_one_says_who_may_add_one(tmp_path: Path) -> None:
    client = town()
    async with on_stage(client, tmp_path) as stage:
        await choose(stage, "who may add")
        assert any("Everybody" in row and row.endswith("✓") for row in inner(stage))
        await stage.press(*"nobody", "enter")
        assert c.WhoMayAdd(GroupAdders.NOBODY) in client.commands
        assert stage.shows("Nobody may add you to groups from now on.")


# Members.


async def test_members_are_listed_with_roles_and_found_by_typing(tmp_path: Path) -> None:
    client = town()
    own(client)
    async with on_stage(client, tmp_path, size=NARROW) as stage:
        await stage.open(PICNIC)
        await stage.press("f2", "enter")
        rows = inner(stage)
        assert any("alice" in row and "You" in row and row.endswith("owner") for row in rows)
        assert any("bob" in row and row.endswith("admin") for row in rows)
        await stage.press(*"zz")
        assert stage.shows("Nobody of that name is in the group.")
        await stage.press("ctrl+u", *"dav", "enter")
        assert stage.shows("no, known from this group alone")


async def test_the_list_of_members_follows_who_is_in(tmp_path: Path) -> None:
    client = town()
    own(client)
    async with on_stage(client, tmp_path) as stage:
        await stage.open(PICNIC)
        await choose(stage, "members of")
        await stage.press("down", "down")
        client.groups.act("bob", c.RemoveFromGroup(PICNIC, ("dave",)))
        await stage.settle()
        rows = inner(stage)
        assert rows[0].startswith("3 members  Picnic")
        assert not any("dave" in row for row in rows)
        await stage.press("enter")
        assert inner(stage)[0].startswith("carol")


async def test_a_member_has_a_safety_number_and_is_written_to_alone(tmp_path: Path) -> None:
    client = town()
    own(client)
    async with on_stage(client, tmp_path) as stage:
        await stage.open(PICNIC)
        await choose(stage, "members of", *"dave", "enter")
        assert stage.shows("12345  12345")
        await stage.press("enter")
        assert stage.app.client_model.current == "dave"
        await stage.write("between us")
        assert ("dave", "between us") in client.sent


async def test_a_member_is_appointed_and_removed_after_a_question(tmp_path: Path) -> None:
    client = town()
    own(client)
    async with on_stage(client, tmp_path) as stage:
        await stage.open(PICNIC)
        await choose(stage, "members of", *"dave", "enter", "right", "right", "enter")
        assert stage.shows("Make dave an admin?")
        await stage.press("right", "enter")
        assert c.SetRole(PICNIC, "dave", GroupRole.ADMIN) in client.commands
        assert stage.shows("You made dave an admin.")
        await choose(stage, "members of", *"carol", "enter", "right", "right", "right", "enter")
        assert stage.shows("Remove carol from Picnic?")
        await stage.press("enter")
        assert c.RemoveFromGroup(PICNIC, ("carol",)) not in client.commands
        await choose(stage, "members of", *"carol", "enter", "right", "right", "right", "enter", "right", "enter")
        assert c.RemoveFromGroup(PICNIC, ("carol",)) in client.commands
        assert stage.shows("You removed carol.")


async def test_whoever_is_out_by_a_new_key_is_let_in_from_the_line_that_says_so(tmp_path: Path) -> None:
    client = town()
    own(client)
    line = client.receive(PICNIC, "", sender="carol")
    client.shape(line.id, kind=MessageKind.KEY_CHANGED, unread=False)
    async with on_stage(client, tmp_path) as stage:
        await stage.open(PICNIC)
        assert stage.shows("carol's key changed on")
        assert stage.shows("Until an admin")
        await stage.press("escape", "enter")
        assert not stage.shows("let the new carol in?")
        await stage.press("escape")
        client.groups.act("alice", c.RemoveFromGroup(PICNIC, ("carol",)))
        await stage.settle()
        stage.main.history.select(line.id)
        await stage.press("enter")
        assert stage.shows("carol's key changed: let the new carol in?")
        await stage.press("right", "enter")
        assert c.AddToGroup(PICNIC, ("carol",)) in client.commands


# Getting in.


async def test_a_group_that_one_was_added_to_waits_for_a_decision_and_shows_no_text(tmp_path: Path) -> None:
    client = town()
    async with on_stage(client, tmp_path) as stage:
        client.groups.begin("Chess", "carol", by="bob", accepted=False)
        client.receive("#chess", "a secret", sender="bob")
        await stage.settle()
        assert "? Chess" in stage.rows()[1]
        assert not stage.shows("a secret")
        await stage.press("ctrl+n")
        assert stage.shows("bob added you to “Chess”, which has 3 members.")
        await stage.press("right", "enter")
        assert stage.app.client_model.current == "#chess"
        assert stage.shows("Chess  ·  3 members")
        assert not any(row.startswith(" ? Chess") for row in stage.rows())


async def test_declining_leaves_nothing_in_the_list(tmp_path: Path) -> None:
    client = town()
    client.groups.begin("Chess", "carol", by="bob", accepted=False)
    async with on_stage(client, tmp_path) as stage:
        await stage.press("ctrl+n", "right", "right", "enter")
        assert not stage.shows("Chess")


async def test_a_link_is_made_shown_as_a_code_and_revoked(tmp_path: Path) -> None:
    client = town()
    own(client)
    async with on_stage(client, tmp_path, size=(100, 40)) as stage:
        await stage.open(PICNIC)
        await choose(stage, "links to this", "enter", *"500", "enter", "enter")
        assert c.MakeGroupLink(PICNIC, 500) not in client.commands
        assert stage.shows("128")
        await stage.press("shift+tab", "ctrl+u", *"5", "enter", "enter")
        assert c.MakeGroupLink(PICNIC, 5, approval=False, hours=168) in client.commands
        assert stage.shows("babilu://")
        await stage.press("right", "enter")
        assert stage.shows("▄▄▄▄")
        await stage.press("escape")
        await choose(stage, "links to this", *"more may", "enter", "right", "right", "right", "enter", "right", "enter")
        assert stage.shows("The link was revoked.")
        await choose(stage, "links to this", *"you let")
        assert not stage.shows("more may join")


async def test_a_link_that_brings_an_account_is_offered_to_those_alone_who_may_invite(tmp_path: Path) -> None:
    for may in (True, False):
        client = town()
        own(client)
        if not may:
            client.fail_next(c.Administer, BabiluError(ErrorCode.NOT_ALLOWED, "That is for the relay's owner."))
        async with on_stage(client, tmp_path) as stage:
            await stage.open(PICNIC)
            await choose(stage, "links to this")
            assert stage.shows("brings an account at the relay") is may
            await stage.press(*"account", "enter")
            if may:
                await stage.press(*"9", "enter", "enter")
                assert c.MakeGroupLink(PICNIC, 9, newcomers=True) in client.commands
                assert stage.shows("9 more may join, with an account at the relay")


async def test_a_code_is_seen_whole_or_it_is_said_how_large_it_is(tmp_path: Path) -> None:
    client = town()
    own(client)
    async with on_stage(client, tmp_path, size=(60, 17)) as stage:
        await stage.open(PICNIC)
        await stage.write("/link")
        await stage.press("right", "enter")
        assert stage.shows("The code needs a window of")
        assert not stage.shows("▄")
        await stage.pilot.resize_terminal(60, 24)
        await stage.settle()
        rows = stage.rows()
        assert sum("▄" in row or "▀" in row for row in rows) > 12
        assert "█" * 20 in rows[1]
        await stage.press("enter")
        assert stage.app.screen is stage.main


async def test_somebody_who_wants_in_by_a_link_is_let_in(tmp_path: Path) -> None:
    client = town()
    own(client)
    async with on_stage(client, tmp_path) as stage:
        request = client.groups.ask_to_join(PICNIC, "erin")
        await stage.settle()
        assert stage.shows("erin wants to join “Picnic”.")
        await stage.press("ctrl+n", "right", "enter")
        assert c.Accept(request.id, identity_of("erin")) in client.commands
        assert stage.shows("erin is in the group now.")
        assert not stage.shows("wants to join Picnic")


async def test_one_asks_to_join_by_a_link(tmp_path: Path) -> None:
    client = town()
    async with on_stage(client, tmp_path) as stage:
        await choose(stage, "join a group", *"nonsense", "enter")
        assert stage.shows("link")
        assert stage.app.screen is not stage.main
        await stage.press("ctrl+u", *"babilu://127.0.0.1:5050/+chess#01", "enter")
        assert c.JoinGroup("babilu://127.0.0.1:5050/+chess#01") in client.commands
        assert stage.shows("You asked to join.")
        assert stage.app.screen is stage.main


async def test_a_link_that_is_written_for_a_name_leads_to_a_group_or_to_somebody(tmp_path: Path) -> None:
    client = town()
    async with on_stage(client, tmp_path) as stage:
        await stage.press("ctrl+t", *"babilu://127.0.0.1:5050/+chess#01", "enter")
        assert c.JoinGroup("babilu://127.0.0.1:5050/+chess#01") in client.commands
        assert stage.app.screen is stage.main
        await stage.press("ctrl+t", *"babilu://127.0.0.1:5050/@dave#kiCr", "enter")
        assert stage.app.client_model.current == "dave"


async def test_a_group_is_found_by_a_later_title(tmp_path: Path) -> None:
    client = town()
    own(client)
    client.groups.act("bob", c.ChangeGroup(PICNIC, title="Feast"))
    async with on_stage(client, tmp_path, size=WIDE) as stage:
        await stage.press("ctrl+k", *"feast", "enter")
        assert stage.app.client_model.current == PICNIC


# Commands that are written.


async def test_a_label_in_front_of_a_text_sends_it_there_and_an_unknown_one_is_no_text(tmp_path: Path) -> None:
    client = town()
    of_bob(client)
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press(*"#pic", "tab", *"hello", "enter")
        assert client.messages(PICNIC)[-1].text == "hello"
        await stage.open("bob")
        await stage.write("#picnik hello")
        assert stage.shows("##")
        assert stage.main.composer.text == "#picnik hello"
        await stage.write("##1 of all")
        assert client.messages("bob")[-1].text == "#1 of all"


async def test_commands_of_groups_show_sheets_or_open_what_they_begin(tmp_path: Path) -> None:
    client = town()
    async with on_stage(client, tmp_path, size=(100, 40)) as stage:
        await stage.write("/group Picnic")
        assert stage.app.client_model.current == PICNIC
        shown = {
            "/members": "owner",
            "/group_log": "What counts in Picnic",
            "/links": "Make a link",
            "/link": "babilu://",
            "/leave": "Leave Picnic?",
            "/who_may_add": "Contacts whom you have accepted",
            "/invitations": "Nothing waits for your decision.",
        }
        for command, words in shown.items():
            await stage.write(command)
            assert stage.app.screen is not stage.main, command
            assert stage.shows(words), command
            await stage.press("escape")
        await stage.write("/add bob")
        assert stage.shows("You added bob.")
        client.groups.begin("Chess", by="bob", accepted=False)
        await stage.settle()
        await stage.write("/invitations")
        await stage.press("enter")
        assert stage.shows("bob added you to “Chess”, which has 2 members.")
