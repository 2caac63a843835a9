"""Joining groups by links: the admins whom a link names are looked up, and all of them are asked by one commit."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Final

from babilu.api import events
from babilu.engine.commands.contacts import ContactResolver, find_conversation
from babilu.engine.commands.effect_runner import EffectRunner
from babilu.engine.conversation.effects import GiveHint, Tell
from babilu.engine.conversation.groups import acts
from babilu.engine.conversation.groups.group_turn import GroupTurn
from babilu.engine.conversation.groups.joining import ask_to_join
from babilu.engine.conversation.jobs import Ask
from babilu.engine.conversation.wakeups import Wake
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.places import Place
from babilu.engine.runtime.threads import settle
from babilu.identity.join_link import ADMINS_OF_LINK, JoinLink
from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode, LinkError, UsageError
from babilu.kernel.ids import SHORT_ID_BYTES
from babilu.store.contact_records import ContactRecord

_TO_JOIN: Final = "groups.to_join"
"""Setting: the link by which a newcomer wants to join."""


@dataclass(slots=True)
class _AdminSearch:
    """Admins who are looked up one after the other, and why the last of them could not be found."""

    link: JoinLink
    names: list[str]
    future: "Future[None]"
    found: list[ContactRecord] = field(default_factory=list)
    refusal: BabiluError | None = None


class JoinCommands:
    """Asks to be let into groups, and decides about those who ask.

    Args:
        base: The profile and the ports.
        effect_runner: The rest of the client.
        resolver: Makes contacts of names.
    """

    def __init__(self, base: ClientContext, effect_runner: EffectRunner, resolver: ContactResolver) -> None:
        self._base = base
        self._effect_runner = effect_runner
        self._resolver = resolver
        self._joining = False

    def join(self, text: str, request_id: str | None, future: "Future[None]") -> None:
        """Ask those whom a link names to be let in.

        Raises:
            UsageError: It is no link, or of another relay.
            DeliveryError: ``expired``; ``conflict``: one is in already.
        """
        link = JoinLink.decode(text)
        if self._effect_runner.targets.relay is None or link.relay_key != self._base.own.relay:
            raise UsageError("This link is for people of another relay than this profile's.")
        if link.expires_at <= self._base.clock.now_ms():
            raise DeliveryError(ErrorCode.EXPIRED, "This link has expired: ask for another one.")
        invited = self._invited(link)
        if invited is not None:

            def accept(turn: GroupTurn) -> None:
                acts.accept(turn)

            self._effect_runner.targets.conversations.ask(invited, Ask(accept, future, request_id))
            return
        names = [name for name in link.admins if name != self._base.own.account]
        self._find(_AdminSearch(link, names, future))

    def note(self, text: str) -> None:
        """Keep a link by which a newcomer wants to join as soon as somebody can be asked."""
        with self._base.database.write() as unit:
            unit.settings.set(_TO_JOIN, text.encode())

    def join_noted(self) -> None:
        """Ask those whom the link names that is kept, if one is; it stays until they are asked, or cannot be."""
        with self._base.database.read() as unit:
            noted = unit.settings.get(_TO_JOIN)
        if noted is None or self._joining:
            return
        self._joining = True
        asked: Future[None] = Future()
        asked.add_done_callback(self._noted_ended)
        try:
            self.join(noted.decode(), None, asked)
        except BabiluError as error:
            asked.set_exception(error)

    def _noted_ended(self, asked: "Future[None]") -> None:
        self._joining = False
        error = asked.exception()
        if isinstance(error, LinkError):
            # The next time that the relay is there it is tried again.
            return
        with self._base.database.write() as unit:
            unit.settings.delete(_TO_JOIN)
        if isinstance(error, BabiluError) and error.code not in {ErrorCode.CONFLICT, ErrorCode.CLOSED}:
            text = f"The group of the link could not be joined: {error.text}"
            self._effect_runner.run([Tell(events.Warned(ErrorCode.NOT_JOINED.value, text, fatal=False))])

    def _invited(self, link: JoinLink) -> Place | None:
        """Return the group of a link where somebody has added oneself by now and only a yes is missing."""
        with self._base.database.read() as unit:
            group = unit.groups.by_id(link.group)
            if group is None or group.own_role is None:
                return None
            if group.accepted:
                raise DeliveryError(ErrorCode.CONFLICT, "You are in this group already.")
            return find_conversation(unit, link.group.hex())

    def _find(self, search: _AdminSearch) -> None:
        """Look up the next admin; who cannot be found keeps nobody from being asked."""
        if len(search.found) == ADMINS_OF_LINK or not search.names:
            settle(search.future, lambda: self._ask(search))
            return
        name, missed = search.names.pop(0), Future[Any]()
        missed.add_done_callback(lambda ended: self._missed(search, ended))
        try:
            self._resolver.with_contact(f"{name}@", missed, lambda contact: self._go_on(search, contact))
        except BabiluError as error:
            missed.set_exception(error)

    def _go_on(self, search: _AdminSearch, contact: ContactRecord) -> None:
        search.found.append(contact)
        self._find(search)

    def _missed(self, search: _AdminSearch, ended: "Future[Any]") -> None:
        error = ended.exception()
        search.refusal = error if isinstance(error, BabiluError) else None
        if search.refusal is not None and search.refusal.code is ErrorCode.CLOSED:
            search.future.set_exception(search.refusal)
        else:
            self._find(search)

    def _ask(self, search: _AdminSearch) -> None:
        asked = [contact for contact in search.found if not contact.blocked]
        if not asked:
            nobody = DeliveryError(ErrorCode.NOT_FOUND, "Nobody whom this link names can be asked.")
            raise search.refusal or nobody
        now = self._base.clock.now_ms()
        with self._base.database.write() as unit:
            for contact in asked:
                salt = self._base.randomness.token(SHORT_ID_BYTES)
                ask_to_join(unit, self._base.own, contact, salt, search.link, now)
        self._effect_runner.run(_wakes(asked))

    def decide(
        self, request: str, act: Callable[[GroupTurn], object], request_id: str | None, future: "Future[Any]"
    ) -> bool:
        """Decide about somebody who waits to be let into a group; False where nobody does under that id."""
        with self._base.database.read() as unit:
            waiting = unit.group_links.request(request)
            group = None if waiting is None else unit.groups.by_log(waiting.log)
            if group is None:
                return False
            place = find_conversation(unit, group.id.hex())
        self._effect_runner.targets.conversations.ask(place, Ask(act, future, request_id))
        return True


def _wakes(contacts: Iterable[ContactRecord]) -> list[GiveHint]:
    return [GiveHint(contact, Wake()) for contact in contacts]
