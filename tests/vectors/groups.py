"""Vectors of groups: an entry of each kind, and logs with what they mean.

Identities sign the certificates of devices, and devices sign entries, with keys made from seeds; nothing is left to
chance.
"""

from typing import Any

from babilu.group import changes as c
from babilu.group.entries import EntryPlace, LogEntry, encode_entry, sign_entry
from babilu.group.group_log import EntryTaken, GroupLog
from babilu.group.succession import Succession, create_for
from babilu.identity.device_list import make_device_list, make_entry
from babilu.identity.shapes import DeviceKind
from tests.unit.group.people import keys_of, sample_entries, signer

NOW = 1_795_337_792_000
PEOPLE = ("alice", "bob", "carol", "dave")


def shown_change(change: object) -> Any:
    """Give a change as JSON."""
    from tests.vectors.make import shown  # noqa: PLC0415 -- the two modules know each other

    return shown(change)


def keys() -> list[dict[str, str]]:
    """Give the keys of whoever signs."""
    found = []
    for name in PEOPLE:
        own, signing, agreement = keys_of(name)
        found.append({
            "name": name,
            "identity_seed": own.private_bytes().reveal().hex(),
            "identity": own.public.hex(),
            "signing_seed": signing.private_bytes().reveal().hex(),
            "agreement_private": agreement.private_bytes().reveal().hex(),
            "device": signer(name).certificate.device.hex(),
        })  # fmt: skip
    return found


def entries() -> list[dict[str, Any]]:
    """Give an entry of each kind, one on the other."""
    return [entry_vector(each) for each in sample_entries()]


def entry_vector(entry: LogEntry) -> dict[str, Any]:
    body = entry.body
    return {
        "tag": str(entry.change.__struct_config__.tag),
        "group": None if body.group is None else body.group.hex(),
        "parents": [each.hex() for each in body.parents],
        "grant": None if body.grant is None else [body.grant.entry.hex(), body.grant.place],
        "policy": None if body.policy is None else body.policy.hex(),
        "author": body.author.hex(),
        "at": body.at,
        "change": shown_change(entry.change),
        "encoded": encode_entry(entry).hex(),
        "hash": entry.hash.hex(),
        "begins": entry.begins.hex() if body.group is None else None,
    }


class Writing:
    """A log whose entries are signed, in the order in which they are written."""

    def __init__(self, first: c.CreateGroup) -> None:
        self.first = sign_entry(signer("alice"), None, NOW, first)
        self.log = GroupLog(self.first)

    def put(
        self,
        name: str,
        change: c.Change,
        *,
        on: tuple[LogEntry, ...] | None = None,
        grant: c.GrantName | None = None,
        policy: LogEntry | None = None,
        kind: DeviceKind = DeviceKind.FULL,
    ) -> LogEntry:
        """Write an entry: on all that is known, under the author's most senior grant, unless said otherwise."""
        author = signer(name, kind)
        parents = self.log.heads if on is None else tuple(sorted(each.hash for each in on))
        own = self.log.state.member(author.identity)
        under = grant or (None if own is None or isinstance(change, c.NameDevices) else own.grants[0])
        place = EntryPlace(self.log.group, parents, under, None if policy is None else policy.hash)
        entry = sign_entry(author, place, NOW + len(self.log), change)
        assert isinstance(self.log.add(entry), EntryTaken)
        return entry

    def vector(self, about: str) -> dict[str, Any]:
        """Give the log and what it means."""
        log, succession = self.log, Succession(self.log)
        state, successor = log.state, succession.successor()
        return {
            "about": about,
            "group": log.group.hex(),
            "entries": [encode_entry(each).hex() for each in log.entries],
            "hashes": [each.hash.hex() for each in log.entries],
            "why_not": [None if (why := log.why_not(each.hash)) is None else why.reason.value for each in log.entries],
            "because_of": [
                why.by.hex() if (why := log.why_not(each.hash)) is not None and why.by is not None else None
                for each in log.entries
            ],
            "heads": [each.hex() for each in state.heads],
            "members": [
                {
                    "identity": each.identity.hex(),
                    "role": each.role.value,
                    "rank": [int(each.rank.grant_class), each.rank.depth, each.rank.entry.hex(), each.rank.place],
                }
                for each in state.members
            ],
            "title": state.raw_title,
            "policy": {"adds": state.policy.adds, "posts": state.policy.posts, "pins": state.policy.pins},
            "hidden": sorted(each.message.hex() for each in state.hidden),
            "pinned": sorted(each.message.hex() for each in state.pinned),
            "successor": None if successor is None else successor.hash.hex(),
        }


def person(name: str) -> c.NamedPerson:
    return c.NamedPerson(signer(name).identity, name)


def begin(*names: str, policy: c.InitialPolicy | None = None) -> Writing:
    members = tuple(map(person, names))
    return Writing(c.CreateGroup("Picnic", members, 0, policy or c.InitialPolicy(), "alice", None, "", b"", None, None))


def logs() -> list[dict[str, Any]]:
    """Give logs with what they mean."""
    return [
        a_quiet_log(), a_removal_beside_an_act(), a_closed_policy(), a_stolen_device(), an_own_end_twice(), going_on(),
    ]  # fmt: skip


def a_quiet_log() -> dict[str, Any]:
    writing = begin("bob", "carol")
    writing.put("alice", c.AppointAdmin(signer("bob").identity))
    writing.put("bob", c.SetTitle("Sunday picnic"))
    message = c.MessageName(bytes(range(16)))
    writing.put("bob", c.SetPin(message, True))
    writing.put("bob", c.AddMember(person("dave")))
    writing.put("bob", c.HideMessages((message,)))
    writing.put("carol", c.LeaveGroup())
    return writing.vector("Each entry on all before it: all count.")


def a_removal_beside_an_act() -> dict[str, Any]:
    writing = begin("bob", "carol")
    known = writing.put("alice", c.AppointAdmin(signer("bob").identity))
    grant = c.GrantName(known.hash, 0)
    kept = writing.put("bob", c.SetTitle("known to the removal"))
    writing.put("alice", c.RemoveMember(signer("bob").identity), on=(kept,))
    added = writing.put("bob", c.AddMember(person("dave")), on=(kept,), grant=grant)
    writing.put("bob", c.SetTitle("not known to the removal"), on=(added,), grant=grant)
    return writing.vector("An admin is removed: what the removal has in its past stands, what is beside it does not.")


def a_closed_policy() -> dict[str, Any]:
    writing = begin("bob", "carol", policy=c.InitialPolicy(adds=True))
    writing.put("alice", c.SetPolicy(c.PolicyField.ADDS, False))
    bob = c.GrantName(writing.first.hash, 2)
    writing.put("bob", c.AddMember(person("dave")), on=(writing.first,), grant=bob, policy=writing.first)
    return writing.vector("Members may add, and no longer: who adds beside the closing adds nobody.")


def a_stolen_device() -> dict[str, Any]:
    writing = begin("bob", "carol")
    writing.put("alice", c.AppointAdmin(signer("bob").identity))
    before = writing.log.entries[-1]
    grant = c.GrantName(before.hash, 0)
    own, signing, agreement = keys_of("bob", DeviceKind.COMPANION)
    companions = make_device_list(own, 1, [make_entry(own, signing, agreement.public, DeviceKind.COMPANION)])
    writing.put("bob", c.NameDevices(companions), kind=DeviceKind.COMPANION)
    writing.put("bob", c.SetTitle("stolen"), on=(before,), grant=grant)
    return writing.vector(
        "A list of bob's devices does not name one of them: what it signs beside that does not count."
    )


def an_own_end_twice() -> dict[str, Any]:
    writing = begin("bob", "carol")
    appoint = writing.put("alice", c.AppointAdmin(signer("bob").identity))
    creators = c.GrantName(writing.first.hash, 0)
    title = writing.put("alice", c.SetTitle("before"), on=(appoint,))
    writing.put("alice", c.LeaveGroup(), on=(title,), grant=creators)
    writing.put("alice", c.LeaveGroup(), on=(appoint,), grant=creators)
    return writing.vector("The owner leaves, and again from further back: that takes back what is between the two.")


def going_on() -> dict[str, Any]:
    writing = begin("bob", "carol", "dave")
    writing.put("alice", c.AppointAdmin(signer("carol").identity))
    writing.put("alice", c.LeaveGroup())
    author = signer("carol")
    new = sign_entry(author, None, NOW + 100, create_for(writing.log.state, author.identity))
    writing.put("carol", c.MoveOn(new.encoded))
    vector = writing.vector("The owner has left, and the next in rank goes on: everybody follows.")
    vector["goes_on_as"] = new.begins.hex()
    return vector
