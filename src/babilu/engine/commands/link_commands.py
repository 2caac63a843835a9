"""Links into groups: made and taken back in the group's turn, and at the relay where they bring an invitation to it."""

import json
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import msgspec

from babilu.api import commands as ask_for
from babilu.api import events
from babilu.api.group_views import GroupLinkView, GroupView
from babilu.engine.commands.effect_runner import EffectRunner
from babilu.engine.conversation.effects import Tell
from babilu.engine.conversation.groups import joining
from babilu.engine.conversation.groups.group_turn import GroupTurn
from babilu.engine.conversation.groups.joining import HOUR_MS, RelayInvitation
from babilu.engine.conversation.jobs import Ask
from babilu.engine.runtime.places import Place
from babilu.identity.invitation import Invitation
from babilu.kernel.errors import BabiluError, ErrorCode, ProtocolError, UsageError
from babilu.kernel.limits import GROUP_MEMBERS

GiveOrder = Callable[[ask_for.Administer, "Future[str]"], None]
"""Gives the relay an order of administration; the future ends with its answer."""


class _MadeAtRelay(msgspec.Struct):
    """The relay's answer to the order for an invitation."""

    invitation: int
    text: str


_made = msgspec.json.Decoder(_MadeAtRelay)


class LinkCommands:
    """Makes links into groups, and takes them back.

    Args:
        effect_runner: The rest of the client.
        give_order: Gives the relay orders of administration.
    """

    def __init__(self, effect_runner: EffectRunner, give_order: GiveOrder) -> None:
        self._effect_runner = effect_runner
        self._give_order = give_order

    def make(self, command: ask_for.MakeGroupLink, place: Place, future: "Future[GroupLinkView]") -> None:
        """Make a link; one that brings an invitation to the relay is made once the relay has made that.

        Raises:
            UsageError: A number is outside its bounds.
        """
        joining.check_numbers(command.uses, command.hours)
        if not command.newcomers:
            self._post(place, lambda turn: self._made(turn, command, None), command.request_id, future)
            return
        allowed: Future[None] = Future()
        allowed.add_done_callback(lambda ended: self._invite(command, place, ended, future))
        # Nobody is invited to the relay for a link that cannot be.
        self._post(place, joining.check_admin, None, allowed)

    def _made(
        self, turn: GroupTurn, command: ask_for.MakeGroupLink, invitation: RelayInvitation | None
    ) -> GroupLinkView:
        return joining.make_link(turn, command.uses, command.hours, invitation, approval=command.approval)

    def _invite(
        self,
        command: ask_for.MakeGroupLink,
        place: Place,
        allowed: "Future[None]",
        future: "Future[GroupLinkView]",
    ) -> None:
        if _passed_on(allowed, future):
            return
        order = {"do": "invite", "uses": command.uses or GROUP_MEMBERS, "lifetime_ms": command.hours * HOUR_MS}
        answered: Future[str] = Future()
        answered.add_done_callback(lambda ended: self._invited(command, place, ended, future))
        self._order(order, answered)

    def _invited(
        self, command: ask_for.MakeGroupLink, place: Place, answered: "Future[str]", future: "Future[GroupLinkView]"
    ) -> None:
        if _passed_on(answered, future):
            return
        try:
            made = _made.decode(answered.result())
            invitation = RelayInvitation(made.invitation, Invitation.decode(made.text).token)
        except (msgspec.MsgspecError, UsageError):
            future.set_exception(ProtocolError(ErrorCode.MALFORMED, "The relay's answer could not be understood."))
            return
        linked: Future[GroupLinkView] = Future()
        linked.add_done_callback(lambda ended: self._linked(invitation, ended, future))
        self._post(place, lambda turn: self._made(turn, command, invitation), command.request_id, linked)

    def _linked(
        self, invitation: RelayInvitation, linked: "Future[GroupLinkView]", future: "Future[GroupLinkView]"
    ) -> None:
        if _passed_on(linked, future):
            self._take_back(invitation.number)
        else:
            future.set_result(linked.result())

    def revoke(self, command: ask_for.RevokeGroupLink, place: Place, future: "Future[GroupView]") -> None:
        """Take a link back, and the invitation to the relay that it brings."""

        def revoke(turn: GroupTurn) -> tuple[GroupView, int | None]:
            return joining.revoke_link(turn, command.link)

        revoked: Future[tuple[GroupView, int | None]] = Future()
        revoked.add_done_callback(lambda ended: self._revoked(ended, future))
        self._post(place, revoke, command.request_id, revoked)

    def _revoked(self, revoked: "Future[tuple[GroupView, int | None]]", future: "Future[GroupView]") -> None:
        if _passed_on(revoked, future):
            return
        view, number = revoked.result()
        if number is not None:
            self._take_back(number)
        future.set_result(view)

    def _take_back(self, number: int) -> None:
        answered: Future[str] = Future()
        answered.add_done_callback(lambda ended: self._taken_back(number, ended))
        self._order({"do": "revoke", "invitation": number}, answered)

    def _taken_back(self, number: int, answered: "Future[str]") -> None:
        error = answered.exception()
        if isinstance(error, BabiluError) and error.code is not ErrorCode.NOT_FOUND:
            text = f"Invitation {number} of the relay, which a link into a group brought, was not revoked: {error.text}"
            self._effect_runner.run([Tell(events.Warned(ErrorCode.NOT_REVOKED.value, text, fatal=False))])

    def _order(self, order: dict[str, object], answered: "Future[str]") -> None:
        try:
            self._give_order(ask_for.Administer(json.dumps(order)), answered)
        except BabiluError as error:
            answered.set_exception(error)

    def _post(
        self, place: Place, act: Callable[[GroupTurn], object], request_id: str | None, future: "Future[Any]"
    ) -> None:
        self._effect_runner.targets.conversations.ask(place, Ask(act, future, request_id))


def _passed_on(ended: "Future[Any]", future: "Future[Any]") -> bool:
    """Let a command fail by what a step towards it has failed by; tells whether it has."""
    error = ended.exception()
    if error is not None:
        future.set_exception(error)
    return error is not None
