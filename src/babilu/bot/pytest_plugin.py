"""Plugin of pytest for people who write bots: the fixture `babilu_bot` runs a bot without a network.

def test_echo(babilu_bot):
stage = babilu_bot(bot)
assert stage.says("alice", "hi") == ["hi"]
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from babilu.bot.bot import BaseBot
from babilu.bot.testing import BotTest


@pytest.fixture
def babilu_bot() -> Iterator[Callable[[BaseBot], BotTest]]:
    """Factory of rehearsals: each one ends with the test."""
    with ExitStack() as stack:

        def begin(bot: BaseBot) -> BotTest:
            rehearsal = BotTest(bot)
            stack.callback(rehearsal.end)
            return rehearsal

        yield begin
