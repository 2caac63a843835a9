"""What bots do in groups, rehearsed."""

import asyncio
from collections.abc import Callable

import pytest

from babilu.api import commands as c
from babilu.api.group_views import GroupInvitationView
from babilu.api.views import MessageView
from babilu.bot.bot import BaseBot
from babilu.bot.handlers import Limit
from babilu.bot.testing import BotTest

Begin = Callable[[BaseBot], BotTest]


def nothing() -> object:
    raise AssertionError("a rehearsed bot opens no client")


def make(*, limit: Limit | None = None, joins_groups: bool = True) -> BaseBot:
    bot = BaseBot(nothing, limit=limit, joins_groups=joins_groups)  # type: ignore[arg-type]  # it opens nothing

    @bot.group
    def echo(message: MessageView, words: str) -> str:
        return f"{message.sender}: {words}"

    return bot


def test_a_bot_answers_in_a_group_what_mentions_it_and_nothing_else(babilu_bot: Begin) -> None:
    stage = babilu_bot(make())
    picnic = stage.adds("alice", "Picnic", "carol")
    assert stage.says_in(picnic, "carol", "who brings tea?") == []
    assert stage.says_in(picnic, "carol", "@bot who brings tea?") == ["carol: who brings tea?"]
    assert stage.says_in(picnic, "alice", "@bot, and milk?") == ["alice: and milk?"]
    assert stage.says_in(picnic, "alice", "ask @bot then") == ["alice: ask @bot then"]
    assert stage.says_in(picnic, "alice", "@alice is not meant, nor @bots") == []
    assert stage.says_in(picnic, "alice", "@all be there") == []


def test_an_answer_in_a_group_is_a_reply_to_what_it_answers(babilu_bot: Begin) -> None:
    stage = babilu_bot(make())
    picnic = stage.adds("alice", "Picnic")
    stage.says_in(picnic, "alice", "@bot hi")
    asked, answer = (message for message in stage.client.messages(picnic) if message.text)
    assert answer.reply_to is not None
    assert answer.reply_to.id == asked.id


def test_what_people_say_to_a_bot_alone_is_for_other_handlers(babilu_bot: Begin) -> None:
    bot = make()

    @bot.message
    def listen(message: MessageView) -> str:
        return f"alone: {message.text}"

    stage = babilu_bot(bot)
    picnic = stage.adds("alice", "Picnic")
    assert stage.says("alice", "@bot hi") == ["alone: @bot hi"]
    assert stage.says_in(picnic, "alice", "@bot hi") == ["alice: hi"]
    assert stage.says_in(picnic, "alice", "hi") == []


def test_a_command_in_a_group_begins_with_the_mention(babilu_bot: Begin) -> None:
    bot = make()

    @bot.command("add")
    async def add(message: MessageView, words: str) -> str:
        """Add numbers."""
        del message
        await asyncio.sleep(0)
        return str(sum(map(int, words.split())))

    stage = babilu_bot(bot)
    picnic = stage.adds("alice", "Picnic")
    assert stage.says_in(picnic, "alice", "@bot /add 1 2") == ["3"]
    assert stage.says_in(picnic, "alice", "@bot /help") == ["/add: Add numbers."]
    assert stage.says_in(picnic, "alice", "/add 1 2") == []


def test_what_is_not_for_the_bot_uses_up_nothing_of_its_limit(babilu_bot: Begin) -> None:
    stage = babilu_bot(make(limit=Limit(1, 60)))
    picnic = stage.adds("alice", "Picnic")
    for _ in range(5):
        assert stage.says_in(picnic, "alice", "chatter") == []
    assert stage.says_in(picnic, "alice", "@bot one") == ["alice: one"]
    assert stage.says_in(picnic, "alice", "@bot two") == []


def test_a_bot_joins_every_group_only_where_it_was_told_to(babilu_bot: Begin) -> None:
    stage = babilu_bot(make(joins_groups=False))
    stage.adds("alice", "Picnic")
    assert len(stage.client.request(c.GroupInvitations()).result(10)) == 1
    assert not stage.client.groups.view("#picnic").accepted


@pytest.mark.parametrize(("decision", "left"), [(True, 0), (False, 0), (None, 1)])
def test_a_handler_decides_on_invitations(babilu_bot: Begin, decision: bool | None, left: int) -> None:
    bot = make(joins_groups=False)
    asked: list[tuple[str, str, int]] = []

    @bot.invitation
    def decide(invitation: GroupInvitationView) -> bool | None:
        asked.append((invitation.by, invitation.title, invitation.members))
        return decision

    stage = babilu_bot(bot)
    picnic = stage.adds("alice", "Picnic", "carol")
    stage.says("alice", "and?")
    assert asked == [("alice", "Picnic", 3)]
    assert len(stage.client.request(c.GroupInvitations()).result(10)) == left
    shown = {view.label: view.accepted for view in stage.client.request(c.Conversations()).result(10)}
    assert shown.get(picnic) is (None if decision is False else decision is True)


def test_an_answer_that_a_group_does_not_take_harms_nothing(babilu_bot: Begin) -> None:
    stage = babilu_bot(make())
    news = stage.adds("alice", "News")
    stage.client.groups.act("alice", c.ChangeGroup(news, everybody_posts=False))
    assert stage.says_in(news, "alice", "@bot hi") == []
    stage.client.groups.act("alice", c.ChangeGroup(news, everybody_posts=True))
    assert stage.says_in(news, "alice", "@bot hi") == ["alice: hi"]
