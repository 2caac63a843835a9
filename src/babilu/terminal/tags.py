"""Request ids of a session: each holds the tag of its order, so that an event brings back whose it is.

A client tells what a command changes before it answers. While an order is under way, its events are therefore held
back, and follow its answer, but for those of what is gone; what the answer has said is not said again. Nothing is
remembered of an order that was answered: its id says all that later events need.
"""

import itertools
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from babilu.api import commands as c
from babilu.api import events as e
from babilu.kernel.states import RecordingState
from babilu.presentation.json_line import json_line
from babilu.terminal.ordered_command import OrderedCommand, Tag

SESSION_BYTES = 8
"""Of what tells this session's requests from those of other faces of the profile, whose events come here, too."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """An event, and the tag of the order that caused it or None."""

    event: e.Event
    tag: Tag | None = None


def _always(_: Any) -> bool:  # noqa: ANN401 -- an event of the type that it stands beside
    return True


def _is_new(event: e.ScheduledChanged) -> bool:
    return not event.gone and not event.scheduled.overdue


def _has_begun(event: e.RecordingChanged) -> bool:
    return event.recording.state is RecordingState.RECORDING and not event.recording.duration


_AT_ONCE = (
    e.MessageDeleted,
    e.ConversationCleared,
    e.RequestClosed,
    e.GroupInvitationClosed,
    e.JoinRequestClosed,
)
"""What is said before the answer."""

ANSWERED_BY_GROUP: Final = (
    c.StartGroup,
    c.AddToGroup,
    c.RemoveFromGroup,
    c.SetRole,
    c.FollowGroup,
    c.ChangeGroup,
    c.Accept,
    c.RevokeGroupLink,
)
"""Commands whose answer is the group as it is after all that they change."""

_SAID_BY_ANSWER: dict[str, tuple[type[e.CausedEvent], Callable[[Any], bool]]] = {
    kind.__name__: (event, says)
    for kind, event, says in (
        (c.Send, e.MessageQueued, _always),
        (c.SendNow, e.MessageQueued, _always),
        (c.Retry, e.MessageQueued, _always),
        (c.EditMessage, e.MessageEdited, _always),
        (c.SetReactions, e.ReactionsChanged, _always),
        (c.PinMessage, e.MessagePinned, _always),
        (c.SetTimer, e.TimerChanged, _always),
        (c.SetReceipts, e.ReceiptsChanged, _always),
        (c.StartRecording, e.RecordingChanged, _has_begun),
        (c.StopRecording, e.RecordingChanged, _always),
        (c.Schedule, e.ScheduledChanged, _is_new),
        (c.Listen, e.ListeningChanged, _always),
        (c.StopListening, e.ListeningChanged, _always),
    )
} | {kind.__name__: (e.GroupChanged, _always) for kind in ANSWERED_BY_GROUP}
"""By the command's name: the event that says what its answer says, as far as it does."""


class RequestTags:
    """The requests of one session."""

    def __init__(self) -> None:
        self._session = secrets.token_hex(SESSION_BYTES)
        self._mark = json_line({"session": self._session}).removesuffix("}")
        self._numbers = itertools.count(1)
        self._under_way: dict[str, list[Tagged]] = {}

    def begin(self, order: OrderedCommand) -> str:
        """Give the request id of an order that is about to be carried out."""
        number, command = next(self._numbers), type(order.action).__name__
        request_id = json_line({"session": self._session, "number": number, "command": command, "tag": order.tag})
        self._under_way[request_id] = []
        return request_id

    def end(self, request_id: str, *, failed: bool = False) -> list[Tagged]:
        """Give what was held back for an order whose answer, or failure, has been shown."""
        held = self._under_way.pop(request_id)
        return held if failed else [each for each in held if not self._is_said(request_id, each.event)]

    def told(self, event: e.Event) -> list[Tagged]:
        """Take an event; give what is to be shown now."""
        request_id = event.request_id if isinstance(event, e.CausedEvent) else None
        if request_id is None or not request_id.startswith(self._mark):
            return [Tagged(event)]
        tagged = Tagged(event, json.loads(request_id)["tag"])
        if request_id in self._under_way and not isinstance(event, _AT_ONCE):
            self._under_way[request_id].append(tagged)
            return []
        return [] if self._is_said(request_id, event) else [tagged]

    @staticmethod
    def _is_said(request_id: str, event: e.Event) -> bool:
        """Tell whether the answer to a request says what an event of it says."""
        kind, says = _SAID_BY_ANSWER.get(json.loads(request_id)["command"], (type(None), _always))
        return isinstance(event, kind) and says(event)
