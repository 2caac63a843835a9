from pathlib import Path
from typing import Any, cast

from babilu.api.events import NoticeArrived
from babilu.engine.commands.notices import NOTICE_MS, NOTICES_AT_ONCE
from babilu.engine.commands.relay_callbacks import RelayCallbacks
from tests.unit.engine.homes import a_home


def test_an_operator_who_says_a_thousand_sentences_is_heard_a_few_times_and_again_in_time(tmp_path: Path) -> None:
    with a_home(tmp_path) as home:
        duties = RelayCallbacks(home.base, *cast("Any", (None,) * 6))

        def told_of(sentences: int) -> int:
            before = len(home.told)
            for number in range(sentences):
                duties.notice(f"sentence {number}")
            news = home.told[before:]
            assert all(isinstance(event, NoticeArrived) for event in news)
            return len(news)

        assert (told_of(1_000), told_of(1_000)) == (NOTICES_AT_ONCE, 0)
        home.clock.now += NOTICE_MS
        assert told_of(1_000) == 1
        home.clock.now += 100 * NOTICE_MS
        assert told_of(1_000) == NOTICES_AT_ONCE
