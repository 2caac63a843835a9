"""What one gives to whom one lets into a group, of what was written before: how many messages, and how old."""

from collections.abc import Callable

from babilu.api import commands as c
from babilu.api.group_views import GroupView
from babilu.presentation.newcomer_history import (
    USUAL_DAYS,
    day_choices,
    days_text,
    message_choices,
    messages_text,
    newcomers_text,
)
from babilu.terminal.app.dialogs.dialogs import Dialogs
from babilu.terminal.app.sheets import titled


class NewcomerDialogs(Dialogs):
    """Choosers about newcomers of groups."""

    def choose(self, group: GroupView) -> None:
        """Let the person choose how many messages newcomers are given, and then how old these may be."""

        def offer(messages: int) -> tuple[str, Callable[[], object]]:
            then = self._choose_days if messages else self._give
            return messages_text(messages, self._say), lambda: then(group, messages)

        self._choose(
            titled(self._say("app.group.do.newcomers")),
            [*map(offer, message_choices(group.history))],
            now=messages_text(group.history, self._say),
        )

    def _choose_days(self, group: GroupView, messages: int) -> None:
        def offer(days: int) -> tuple[str, Callable[[], object]]:
            return days_text(days, self._say), lambda: self._give(group, messages, days)

        self._choose(
            titled(self._say("app.group.newcomers_days")),
            [*map(offer, day_choices(group.history_days))],
            now=days_text(group.history_days or USUAL_DAYS, self._say),
        )

    def _give(self, group: GroupView, messages: int, days: int | None = None) -> None:
        def done(now: GroupView) -> None:
            self._client_model.groups.keep(now)
            given = newcomers_text(now.history, now.history_days, self._say)
            self._host.say_so(self._say("did.newcomers", what=given))

        self._client_model.ask(c.ChangeGroup(group.conversation, history=messages, history_days=days), done)
