"""Each event finds the tag of the order that caused it, and none overtakes the answer that introduces it.

The client tells events and answers orders in threads of its own, so that an event may come before the answer that tells
which order it belongs to. While such an order is under way, events that may be its are held back.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import Address, ContactView, MessageView, PeerState, ScheduledView
from babilu.kernel.ids import MessageId
from babilu.presentation.shown_people import name_key
from babilu.terminal.command_line import OrderedCommand, Tag
from babilu.terminal.echoes import EchoFilter

MESSAGES_KNOWN = 50_000
"""Own messages whose tags are remembered."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """An event, and the tag of the order that caused it or None."""

    event: e.Event
    tag: Tag | None = None


class TagTable:
    """What is under way, and what was held back for it."""

    def __init__(self) -> None:
        self._messages: OrderedDict[MessageId, Tag | None] = OrderedDict()
        self._forwarded: set[MessageId] = set()
        self._deleting: dict[MessageId, Tag | None] = {}
        self._clearing: dict[str, Tag] = {}
        self._scheduled: dict[int, Tag] = {}
        self._echoes = EchoFilter()
        self._sending = 0
        self._retrying: set[MessageId] = set()
        self._held: list[e.MessageQueued | e.MessageStateChanged] = []
        self._accepting = 0
        self._held_peers: list[e.PeerChanged] = []
        self._listening = 0
        self._held_listening: list[e.ListeningChanged] = []
        self._answered_listening: list[Address | None] = []
        self._addresses: dict[str, Tag] = {}
        self._names: dict[str, Tag] = {}
        self._requests: dict[str, Tag] = {}
        self._request_names: dict[str, str] = {}

    def started(self, order: OrderedCommand) -> None:
        """Take note of an order before the client is asked."""
        self._echoes.started(order.action)
        match order.action:
            case c.Send() | c.Forward() | c.SendNow():
                self._sending += 1
            case c.Accept(request) | c.Decline(request):
                self._accepting += isinstance(order.action, c.Accept)
                self._note(self._requests, name_key(request), order.tag)
            case c.Listen() | c.StopListening():
                self._listening += 1
            case c.Call(address):
                self._note(self._addresses, str(address), order.tag)
            case c.HangUp(name):
                self._note(self._names, name_key(name), order.tag)
                self._note(self._addresses, name, order.tag)
            case c.Retry(message):
                self._retrying.add(message)
                self._remember(message, order.tag)
            case c.DeleteMessage(message):
                self._deleting[message] = order.tag
            case c.ClearConversation(conversation):
                self._note(self._clearing, name_key(conversation), order.tag)
            case _:
                pass

    def introduce(self, order: OrderedCommand, answer: object) -> list[Tagged]:
        """Give the events that belong in front of an answer that is about to be shown."""
        return [Tagged(event, self._tag_of_scheduled(event)) for event in self._echoes.introduce(order.action, answer)]

    def answered(self, order: OrderedCommand, answer: object) -> list[Tagged]:
        """Take note of an order's answer, which has been shown; give what was held back for it."""
        match order.action:
            case c.Send() | c.SendNow():
                self._sending -= 1
                if isinstance(answer, MessageView):
                    self._remember(answer.id, order.tag)
                return list(self._release())
            case c.Forward() if isinstance(answer, tuple):
                self._sending -= 1
                for message in answer:
                    self._remember(message, order.tag)
                    self._forwarded.add(message)
                return list(self._release())
            case c.Schedule() if isinstance(answer, ScheduledView) and order.tag is not None:
                self._scheduled[answer.number] = order.tag
            case c.Retry(message):
                self._retrying.discard(message)
                if isinstance(answer, MessageView):
                    self._remember(answer.id, order.tag)
                return list(self._release())
            case c.Accept():
                self._accepting -= 1
                if isinstance(answer, ContactView):
                    self._note(self._names, name_key(answer.name), order.tag)
                return self._release_peers()
            case c.Listen() | c.StopListening():
                self._listening -= 1
                address = answer if isinstance(answer, Address) else None
                told = any(event.address == address for event in self._held_listening)
                self._held_listening.clear()
                self._answered_listening = [] if told else [address]
            case _:
                pass
        return self._end_echo(order)

    def failed(self, order: OrderedCommand) -> list[Tagged]:
        """Take note that an order failed; give what was held back for it."""
        match order.action:
            case c.Send() | c.Forward() | c.SendNow():
                self._sending -= 1
                return list(self._release())
            case c.Retry(message):
                self._retrying.discard(message)
                return list(self._release())
            case c.DeleteMessage(message):
                self._deleting.pop(message, None)
            case c.ClearConversation(conversation):
                self._clearing.pop(name_key(conversation), None)
            case c.Accept():
                self._accepting -= 1
                return self._release_peers()
            case c.Listen() | c.StopListening():
                self._listening -= 1
                held, self._held_listening = self._held_listening, []
                return [Tagged(event) for event in held]
            case c.Call(address):
                self._addresses.pop(str(address), None)
            case _:
                pass
        return self._end_echo(order)

    def told(self, event: e.Event) -> list[Tagged]:
        """Take an event; give what is to be shown now."""
        if not self._echoes.told(event):
            return []
        match event:
            case e.MessageQueued() | e.MessageStateChanged():
                self._held.append(event)
                return list(self._release())
            case e.PeerChanged():
                self._held_peers.append(event)
                return self._release_peers()
            case e.CallPending(address) | e.CallFailed(address):
                return [Tagged(event, self._addresses.get(str(address)))]
            case e.ListeningChanged():
                return self._listening_changed(event)
            case e.RequestArrived(request):
                self._request_names[request.id] = name_key(request.name)
                return [Tagged(event)]
            case e.RequestClosed(request_id):
                name = self._request_names.pop(request_id, "")
                return [Tagged(event, self._requests.pop(request_id, None) or self._requests.pop(name, None))]
            case e.MessageDeleted(message):
                known = self._messages.pop(message, None)
                return [Tagged(event, self._deleting.pop(message, known))]
            case e.ConversationCleared(conversation):
                return [Tagged(event, self._clearing.pop(name_key(conversation), None))]
            case _:
                return [Tagged(event, self._tag_of_scheduled(event))]

    def _end_echo(self, order: OrderedCommand) -> list[Tagged]:
        return [Tagged(event, self._tag_of_scheduled(event)) for event in self._echoes.ended(order.action)]

    def _tag_of_scheduled(self, event: e.Event) -> Tag | None:
        """Give the tag of the order by which a text was scheduled, also long after."""
        if not isinstance(event, e.ScheduledChanged):
            return None
        tag = self._scheduled.get(event.scheduled.number)
        if event.gone:
            self._scheduled.pop(event.scheduled.number, None)
        return tag

    @staticmethod
    def _note(tags: dict[str, Tag], key: str, tag: Tag | None) -> None:
        if tag is None:
            tags.pop(key, None)
        else:
            tags[key] = tag

    def _remember(self, message: MessageId, tag: Tag | None) -> None:
        self._messages[message] = tag
        if len(self._messages) > MESSAGES_KNOWN:
            self._messages.popitem(last=False)

    def _release(self) -> Iterator[Tagged]:
        """Let go the events of messages whose answers were shown, and all of them when no message is being sent."""
        held, self._held = self._held, []
        unknown: set[MessageId] = set()
        for event in held:
            message = event.message.id if isinstance(event, e.MessageQueued) else event.message
            known = message in self._messages
            if isinstance(event, e.MessageQueued):
                if known and message not in self._forwarded:
                    continue
                if not known:
                    unknown.add(message)
                self._forwarded.discard(message)
            if message in self._retrying or ((self._sending or self._retrying) and message in unknown):
                self._held.append(event)
            else:
                yield Tagged(event, self._messages.get(message))

    def _release_peers(self) -> list[Tagged]:
        if self._accepting:
            return []
        held, self._held_peers = self._held_peers, []
        return [Tagged(event, self._tag_of_peer(event)) for event in held]

    def _tag_of_peer(self, event: e.PeerChanged) -> Tag | None:
        tag = self._names.pop(name_key(event.name), None)
        address = str(event.address)
        called = None if event.incoming else self._addresses.get(address)
        if event.state is PeerState.DISCONNECTED:
            self._addresses.pop(address, None)
        return called if tag is None else tag

    def _listening_changed(self, event: e.ListeningChanged) -> list[Tagged]:
        """Leave out what an answer says: one that was shown, or one that is to come."""
        if self._listening:
            self._held_listening.append(event)
            return []
        if event.address in self._answered_listening:
            self._answered_listening = []
            return []
        return [Tagged(event)]
