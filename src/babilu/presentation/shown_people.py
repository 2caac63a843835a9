"""Whom the names mean that a person writes: what was shown by a name is what a command with that name is about."""

import unicodedata
from dataclasses import replace
from typing import Any

from babilu.api import commands as c
from babilu.api.events import LinkAsked
from babilu.api.views import ContactView, RequestView, SafetyNumberView
from babilu.kernel.ids import IdentityKey


def name_key(name: str) -> str:
    """Write a name so that two spellings of it compare equal; the client has the last word on what a name is."""
    return unicodedata.normalize("NFKC", name).casefold()


class ShownPeople:
    """The identity keys of the people whom a user interface has shown."""

    def __init__(self) -> None:
        self._contacts: dict[str, IdentityKey] = {}
        self._claims: dict[str, IdentityKey] = {}
        self._compared: dict[str, IdentityKey] = {}
        self._requests: dict[str, IdentityKey] = {}
        self._asking: str | None = None

    def contact(self, contact: ContactView) -> None:
        """Take note of a contact as it is shown now."""
        key = name_key(contact.name)
        self._contacts[key] = contact.identity
        if contact.pending is None:
            self._claims.pop(key, None)
            self._compared.pop(key, None)
        else:
            self._claims[key] = contact.pending

    def request(self, request: RequestView) -> None:
        """Take note of a conversation request."""
        self._requests[name_key(request.name)] = self._requests[request.id] = request.identity

    def device(self, asked: LinkAsked) -> None:
        """Take note of a new device whose code is shown."""
        self._asking = asked.device

    def answer(self, answer: object) -> None:
        """Take note of an answer that was shown."""
        match answer:
            case ContactView():
                self.contact(answer)
            case SafetyNumberView(name, identity, pending=pending):
                self._contacts[name_key(name)] = identity
                if pending is not None:
                    self._compared[name_key(name)] = pending.identity
            case tuple():
                for each in answer:
                    self.answer(each)
            case RequestView():
                self.request(answer)

    def identity_of(self, name: str) -> IdentityKey | None:
        """Give the identity key that the person of a name was shown with."""
        return self._contacts.get(name_key(name))

    def meant(self, command: c.Command[Any]) -> c.Command[Any]:
        """Give a command with the identity key that its user believes the name to have, where one was shown.

        For a claimed identity it is the one whose number was shown last: that one was compared.
        """
        match command:
            case (
                c.Send(name, identity=None)
                | c.Schedule(name, identity=None)
                | c.Rename(name, identity=None)
                | c.Call(_, str(name), identity=None)
            ):
                return replace(command, identity=self._contacts.get(name_key(name)))
            case c.TrustIdentity(name, None, None) | c.RejectIdentity(name, None):
                key = name_key(name)
                return replace(command, identity=self._compared.get(key) or self._claims.get(key))
            case c.Accept(name, None) | c.Decline(name, None):
                key = name_key(name)
                return replace(command, identity=self._requests.get(key) or self._contacts.get(key))
            case (
                c.MarkVerified(name, _, None, None)
                | c.Block(name, None)
                | c.Unblock(name, None)
                | c.AllowDirect(name, _, None)
            ):
                return replace(command, identity=self._contacts.get(name_key(name)))
            case c.LinkApprove(device=None):
                return replace(command, device=self._asking)
            case _:
                return command
