"""What a `FakeClient` makes of people: who is known, trusted, let in and directly connected; used in one thread."""

from collections.abc import Container
from dataclasses import replace
from typing import Any

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import (
    NOTES_LABEL,
    Address,
    ContactLinkView,
    ContactView,
    LinkState,
    PeerState,
    PendingNumberView,
    RequestView,
    SafetyNumberView,
)
from babilu.bot.fake_profile import (
    OWN_IDENTITY,
    FakeConversation,
    FakeProfile,
    conversation_with,
    key_of,
)
from babilu.kernel.errors import DeliveryError, ErrorCode, LinkError, TrustError, UsageError
from babilu.kernel.states import MessageKind, Route, Trust

OWN_DIGITS = "12345" * 6
CALLER = Address("127.0.0.1", 40112)
PEER = Address("127.0.0.1", 5052)
SAFETY_NUMBER = "12345" * 12
QR = bytes(range(71))
"""As long as a real one."""
PENDING_NUMBER = "67890" * 12


class FakePeople:
    """The people of a profile.

    Args:
        profile: What the client has.
        accounts: Names that the relay knows besides the contacts, as `key_of` writes them; None where it knows all.
    """

    def __init__(self, profile: FakeProfile, accounts: Container[str] | None) -> None:
        self.profile = profile
        self.requests: dict[str, RequestView] = {}
        self._accounts = accounts

    def answer(self, command: c.Command[Any]) -> object:
        """Answer a command about people."""
        match command:
            case c.OwnLink():
                name = self.profile.name
                return ContactLinkView(f"babilu://127.0.0.1:5050/@{name}#kiCr", name, OWN_IDENTITY)
            case c.AddByLink(text):
                name = text.partition("/@")[2].partition("#")[0]
                if not name:
                    raise UsageError("This is no contact link.")
                return self.profile.change(replace(self.reach(name).contact, accepted=True))
            case c.Rename(name, to):
                return self._rename(name, to)
            case c.Verify(name):
                return self._verify(self.reach(name).contact)
            case c.MarkVerified(name, verified):
                trust = Trust.VERIFIED if verified else Trust.FIRST_USE
                return self._change(name, trust=trust)
            case c.TrustIdentity(name):
                return self._trust(self.profile.known(name).contact)
            case c.RejectIdentity(name):
                return self._settle_claim(self.profile.known(name).contact)
            case c.Block(name):
                return self.profile.change(replace(self.reach(name).contact, blocked=True, picture=None))
            case c.Unblock(name):
                return self._change(name, blocked=False)
            case c.AllowDirect(name, allowed):
                return self._change(name, direct_allowed=allowed)
            case _:
                return self._about_calls(command)

    def _about_calls(self, command: c.Command[Any]) -> object:
        match command:
            case c.Requests():
                return tuple(self.requests.values())
            case c.Accept(request):
                return self._accept(request)
            case c.Decline(request):
                self._take_request(request)
            case c.Call(address, _):
                self.profile.tell(e.CallPending(address, OWN_DIGITS))
            case c.HangUp(name):
                self.disconnect(name)
            case _:
                raise UsageError("A client in memory has no such command.", ErrorCode.UNSUPPORTED)
        return None

    def _change(self, name: str, **members: Any) -> ContactView:  # noqa: ANN401 -- members of the view
        return self.profile.change(replace(self.profile.known(name).contact, **members))

    def reach(self, name: str) -> FakeConversation:
        """Find a contact or, by the relay, an account that becomes one."""
        if key_of(name) == NOTES_LABEL:
            return self.profile.begin_notes()
        if self.profile.key_named(name) in self.profile.conversations:
            return self.profile.known(name)
        if name.startswith("#"):
            raise DeliveryError(ErrorCode.NOT_FOUND, "There is no group of that name.")
        self.check_exists(name)
        return self.profile.conversation(name)

    def check_exists(self, name: str) -> None:
        """Refuse a name that neither is a contact's nor known to the relay; nobody becomes a contact by it."""
        if self.profile.key_named(name) in self.profile.conversations:
            return
        if self.profile.link.state is LinkState.OFFLINE:
            raise LinkError(ErrorCode.UNAVAILABLE, "The relay cannot be asked for that name now.")
        if self._accounts is not None and key_of(name) not in self._accounts:
            raise DeliveryError(ErrorCode.NOT_FOUND, "The relay knows no account of that name.")

    def _verify(self, contact: ContactView) -> SafetyNumberView:
        claimed = contact.pending
        pending = None if claimed is None else PendingNumberView(claimed, PENDING_NUMBER, QR[::-1])
        return SafetyNumberView(contact.name, contact.identity, SAFETY_NUMBER, QR, contact.trust, pending)

    def check_believed(self, command: c.Command[Any]) -> None:
        """Refuse what is meant for somebody else than its name means here."""
        match command:
            case c.TrustIdentity(name, identity) | c.RejectIdentity(name, identity):
                contact = self.profile.known(name).contact
                meant = contact.pending or contact.identity
                number = PENDING_NUMBER if contact.pending else SAFETY_NUMBER
                digits = command.digits if isinstance(command, c.TrustIdentity) else None
            case c.Accept(request, identity) | c.Decline(request, identity):
                found = [each for each in self.requests.values() if request in {each.id, each.name}]
                meant = found[0].identity if found else self.profile.known(request).contact.identity
                number, digits = SAFETY_NUMBER, None
            case c.Send(name, _, identity) | c.Block(name, identity) | c.Unblock(name, identity):
                if self.profile.key_named(name) not in self.profile.conversations:
                    return
                meant, number, digits = self.profile.known(name).contact.identity, SAFETY_NUMBER, None
            case c.MarkVerified(name, _, identity, digits):
                meant, number = self.profile.known(name).contact.identity, SAFETY_NUMBER
            case _:
                return
        if identity not in {None, meant} or digits not in {None, number}:
            raise TrustError(ErrorCode.MISMATCH, "That name means somebody else now.")

    def _trust(self, contact: ContactView) -> ContactView:
        if contact.pending is None:
            return contact
        conversation = self.profile.conversation(contact.name)
        conversation.id = conversation_with(contact.pending)
        conversation.messages = [replace(each, conversation_id=conversation.id) for each in conversation.messages]
        line = replace(
            self.profile.make(contact.name, "", outgoing=False, route=None), unread=False, kind=MessageKind.KEY_CHANGED
        )
        conversation.messages.append(line)
        self.profile.tell(e.LineAdded(line))
        return self.profile.change(
            replace(contact, identity=contact.pending, trust=Trust.FIRST_USE, was_verified=False, pending=None)
        )

    def _settle_claim(self, contact: ContactView) -> ContactView:
        """Put a claimed identity away: the known one is as trusted as before."""
        trust = Trust.VERIFIED if contact.was_verified else Trust.FIRST_USE
        return self.profile.change(replace(contact, trust=trust, was_verified=False, pending=None))

    def _rename(self, name: str, to: str) -> ContactView:
        conversation = self.profile.known(name)
        if key_of(to) in self.profile.conversations:
            raise DeliveryError(ErrorCode.CONFLICT, "Somebody else has that name.")
        before = conversation.contact.name
        del self.profile.conversations[key_of(before)]
        conversation.messages = [
            replace(m, conversation=to, sender=self.profile.name if m.outgoing else to) for m in conversation.messages
        ]
        self.profile.conversations[key_of(to)] = conversation
        renamed = replace(conversation.contact, name=to)
        self.profile.tell(e.ContactRenamed(before, conversation.id, renamed))
        return self.profile.change(renamed)

    def _take_request(self, request: str) -> RequestView:
        for view in tuple(self.requests.values()):
            if view.id == request or key_of(view.name) == key_of(request):
                del self.requests[view.id]
                self.profile.tell(e.RequestClosed(view.id))
                return view
        raise DeliveryError(ErrorCode.NOT_FOUND, "There is no such conversation request.")

    def _accept(self, request: str) -> ContactView:
        if key_of(request) in self.profile.conversations:
            return self.profile.change(replace(self.profile.known(request).contact, accepted=True))
        view = self._take_request(request)
        self.profile.change(replace(self.profile.conversation(view.name).contact, accepted=True, direct_allowed=True))
        self.connect(view.name, view.address, incoming=True)
        return self.profile.conversation(view.name).contact

    def connect(self, name: str, address: Address | None, *, incoming: bool) -> None:
        """Let a direct connection with a contact stand."""
        contact = self.profile.conversation(name).contact
        self.profile.change(replace(contact, connected=True, address=address))
        address = address or PEER
        self.profile.threads.add(f"conversation-{contact.name}")
        self.profile.tell(
            e.PeerChanged(contact.name, PeerState.CONNECTED, Route.DIRECT, address, SAFETY_NUMBER, incoming)
        )

    def disconnect(self, name: str) -> None:
        """Let a direct connection end."""
        contact = self.profile.known(name).contact
        address = contact.address or PEER
        self.profile.change(replace(contact, connected=False))
        self.profile.threads.discard(f"conversation-{contact.name}")
        self.profile.tell(e.PeerChanged(contact.name, PeerState.DISCONNECTED, Route.DIRECT, address, "", incoming=True))
