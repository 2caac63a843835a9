"""How far own messages of groups have come, for each person they go to; used in one thread at a time."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from babilu.api.group_views import AudienceView, GroupView, PersonReceiptView
from babilu.api.views import MessageView
from babilu.bot.fake_profile import FakeProfile, key_of
from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import MessageId
from babilu.kernel.states import MessageState

LEAST: Final = (MessageState.QUEUED, MessageState.HELD, MessageState.DELIVERED, MessageState.READ)
"""States of an own message, the least first."""


class FakeAudiences:
    """The audiences of own messages of groups.

    Args:
        profile: What the client has.
    """

    def __init__(self, profile: FakeProfile) -> None:
        self.profile = profile
        self._receipts: dict[MessageId, dict[str, PersonReceiptView]] = {}

    def __contains__(self, message: MessageId) -> bool:
        """Tell whether a message is an own one of a group."""
        return message in self._receipts

    def address(self, message: MessageView, group: GroupView) -> MessageView:
        """Give an own message its audience: everybody who is in now."""
        others = [each for each in group.members if not each.own]
        self._receipts[message.id] = {
            key_of(each.name): PersonReceiptView(each.name, each.identity, MessageState.QUEUED) for each in others
        }
        return replace(message, audience=self._audience(message.id))

    def advance(
        self, message: MessageId, names: Iterable[str] | None, state: MessageState, error: ErrorCode | None = None
    ) -> None:
        """Let an own message come further for some people, or for all of them (None)."""
        people = self._receipts[message]
        for key in tuple(people) if names is None else map(key_of, names):
            now = self.profile.tick()
            delivered_at = people[key].delivered_at or (now if state in LEAST[2:] else None)
            read_at = now if state is MessageState.READ else None
            code = None if error is None else error.value
            people[key] = replace(people[key], state=state, delivered_at=delivered_at, read_at=read_at, error=code)
        reached = [each.state for each in people.values() if each.state is not MessageState.FAILED]
        nobody = state if not people else MessageState.FAILED
        least = min(reached, key=LEAST.index, default=nobody)
        told = error if least is MessageState.FAILED else None
        self.profile.advance(message, least, told, self._audience(message))

    def people_of(self, message: MessageId) -> tuple[PersonReceiptView, ...]:
        """Tell how far an own message has come for each person."""
        return tuple(self._receipts.get(message, {}).values())

    def _audience(self, message: MessageId) -> AudienceView:
        states = [each.state for each in self._receipts[message].values()]
        has_it = sum(state in LEAST[2:] for state in states)
        return AudienceView(len(states), has_it, states.count(MessageState.READ), states.count(MessageState.FAILED))
