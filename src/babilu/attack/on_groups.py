"""Attacks on groups: letting somebody in, hiding what changes, bringing back what is over, and a member who forks."""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec

from babilu.api import commands, events
from babilu.attack.on_mail import FAR
from babilu.attack.outcome import Outcome, not_played
from babilu.attack.testbed import RESTRAINT_S, AttackTestbed, Guest, wait_until
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.states import GroupChangeKind, GroupRole, MessageState
from babilu.wire.client_frames import Ack, ClientFrame, Resume, Submit
from babilu.wire.relay_frames import Deliver, RelayFrame


@dataclass(frozen=True, slots=True)
class Room:
    """A group of three.

    Attributes:
        label: By what all of them know it.
        alice: Who has begun it.
        bob: A member.
        carol: Another one.
    """

    label: str
    alice: Guest
    bob: Guest
    carol: Guest

    def listed(self, guest: Guest) -> set[str]:
        """Give the names of those whom somebody's screen lists."""
        return {member.name for member in guest.ask(commands.GetGroup(self.label)).members}

    def title(self, guest: Guest) -> str:
        """Give the title that somebody's screen shows."""
        return guest.ask(commands.GetGroup(self.label)).title


def _room(testbed: AttackTestbed) -> Room | None:
    """Have new people begin a group and agree to be in it; None where that does not come about."""
    testbed.spoil_couple()
    alice, bob = testbed.couple()
    testbed.spoil_couple()
    carol = testbed.invite("carol")
    label = alice.ask(commands.StartGroup("Picnic", (bob.name, carol.name))).conversation
    for guest in (bob, carol):
        if not guest.hears(events.GroupInvited):
            return None
        guest.ask(commands.Accept(guest.of(events.GroupInvited)[0].invitation.id))
    alice.say(label, "hello all")
    return Room(label, alice, bob, carol) if all(each.shows(label, "hello all") for each in (bob, carol)) else None


def smuggle_member(testbed: AttackTestbed) -> Outcome:
    """Hand a member's letters to an account of the operator's own."""
    room = _room(testbed)
    if room is None:
        return not_played("the group did not come about")
    mallory = testbed.invite("mallory")
    room.alice.say(mallory.name, "hello")
    if not mallory.shows(room.alice.name, "hello"):
        return not_played("the operator's own account cannot be reached")
    other = testbed.submissions(room.alice, mallory.name)[-1]
    to = {"name": other.name, "device": other.device, "list_version": other.list_version}
    redirected: list[Submit] = []

    def up(name: str, message: ClientFrame) -> Iterable[ClientFrame]:
        if name != room.alice.name or not isinstance(message, Submit) or message.name != room.carol.name:
            return (message,)
        redirected.append(msgspec.structs.replace(message, **to))
        return (redirected[-1],)

    testbed.proxy.up = up
    sent = room.alice.say(room.label, "for us alone")
    if not room.bob.shows(room.label, "for us alone") or not wait_until(lambda: bool(redirected)):
        return not_played("the letters were not sent")
    known = wait_until(lambda: bool(mallory.ask(commands.GroupInvitations())), RESTRAINT_S)
    testbed.leave_alone()
    if known or any("us" in text for text in mallory.shown(room.label)):
        return Outcome(False, "Somebody got into the group whom no member had let in.")
    if any(mallory.name in room.listed(guest) for guest in (room.alice, room.bob, room.carol)):
        return Outcome(False, "Somebody is listed whom no member had let in.")
    if room.alice.ask(commands.MessageInfo(sent.id)).message.state in {MessageState.DELIVERED, MessageState.READ}:
        return Outcome(False, "It was called delivered to all.")
    return Outcome(True, "Nobody came in, and the text was never called delivered to all.")


def freeze_member(testbed: AttackTestbed) -> Outcome:
    """Keep from a member that another one was removed, and deliver all else."""
    room = _room(testbed)
    if room is None:
        return not_played("the group did not come about")
    kept: list[Deliver] = []

    def down(name: str, message: RelayFrame) -> Iterable[RelayFrame]:
        if name != room.bob.name or not isinstance(message, Deliver) or kept:
            return (message,)
        kept.append(message)
        return ()

    testbed.proxy.down = down
    room.alice.ask(commands.RemoveFromGroup(room.label, (room.carol.name,)))
    if not wait_until(lambda: bool(kept)):
        return not_played("nobody was told of the removal")
    room.alice.say(room.label, "carol is gone")
    shown = room.bob.shows(room.label, "carol is gone")
    still_listed = room.carol.name in room.listed(room.bob)
    testbed.leave_alone()
    if shown and still_listed:
        return Outcome(False, "A text was shown of a group that was not known as it is.")
    if not shown:
        return Outcome(False, "The member learned nothing, though only one letter was kept back.")
    room.bob.say(room.label, "so it is")
    if room.carol.shows(room.label, "so it is", RESTRAINT_S):
        return Outcome(False, "Whoever was removed could still read.")
    return Outcome(True, "The member asked for what was missing before anything was shown.")


def replay_entries(testbed: AttackTestbed) -> Outcome:
    """Deliver all letters of a group again, also those from before somebody was removed."""
    room = _room(testbed)
    if room is None:
        return not_played("the group did not come about")

    def up(name: str, message: ClientFrame) -> Iterable[ClientFrame]:
        return () if name == room.bob.name and isinstance(message, Ack) and message.cursor >= FAR else (message,)

    testbed.proxy.up = up
    room.alice.ask(commands.RemoveFromGroup(room.label, (room.carol.name,)))
    room.alice.say(room.label, "two of us")
    if not room.bob.shows(room.label, "two of us"):
        return not_played("the letters did not arrive")
    letters = testbed.call(lambda: [message for name, message in testbed.proxy.told if name == room.bob.name])
    for number, letter in enumerate(message for message in letters if isinstance(message, Deliver)):
        testbed.push(room.bob, msgspec.structs.replace(letter, seq=FAR + number))

    def is_undone() -> bool:
        shown = room.bob.shown(room.label)
        return len(shown) != len(set(shown)) or len(_removals(room.bob)) > 1 or room.carol.name in room.listed(room.bob)

    undone = wait_until(is_undone, RESTRAINT_S)
    testbed.leave_alone()
    if undone or not _removals(room.bob):
        return Outcome(False, "What is over came back.")
    return Outcome(True, "Nobody came back, and nothing was told twice.")


def _removals(guest: Guest) -> list[events.LineAdded]:
    lines = guest.of(events.LineAdded)
    return [each for each in lines if each.message.change and each.message.change.kind is GroupChangeKind.REMOVED]


def fork_log(testbed: AttackTestbed) -> Outcome:
    """Help a member to show two others two logs: a copy of their profile goes on from before, and nobody is told so."""
    room = _room(testbed)
    if room is None:
        return not_played("the group did not come about")
    name = room.carol.name
    room.alice.ask(commands.SetRole(room.label, name, GroupRole.ADMIN))
    if not wait_until(lambda: room.carol.ask(commands.GetGroup(room.label)).role is GroupRole.ADMIN):
        return not_played("nobody was made an admin")
    room.carol.leave()
    copy = testbed.folder / f"copy of {name}"
    shutil.copytree(room.carol.home, copy)
    for reader in (room.alice, room.bob):
        testbed.proxy.up = _to_one(name, reader.name)
        forking = testbed.come_back(room.carol)
        forking.ask(commands.ChangeGroup(room.label, title=f"for {reader.name}"))
        heard = wait_until(lambda reader=reader: room.title(reader) == f"for {reader.name}")  # type: ignore[misc]
        forking.leave()
        if not heard:
            return not_played("the members were not told of two titles")
        shutil.rmtree(forking.home)
        shutil.copytree(copy, forking.home)
    testbed.leave_alone()
    for one, other in ((room.alice, room.bob), (room.bob, room.alice)):
        one.say(room.label, f"I am {one.name}")
        if not other.shows(room.label, f"I am {one.name}"):
            return Outcome(False, "Those to whom two logs were shown could not talk to each other any more.")
    rung = [_rings_for_fork(guest, name) for guest in (room.alice, room.bob)]
    if not all(rung):
        return Outcome(False, "A member showed two logs, and not everybody was warned.")
    if not wait_until(lambda: room.title(room.alice) == room.title(room.bob)):
        return Outcome(False, "The members still see two groups.")
    return Outcome(True, "An alarm named the member at both, and both see the same group.")


def _to_one(sender: str, reader: str) -> Callable[[str, ClientFrame], Iterable[ClientFrame]]:
    """Have what a member hands over reach one other alone, and hide that it comes from an older copy."""

    def up(name: str, message: ClientFrame) -> Iterable[ClientFrame]:
        if name != sender:
            return (message,)
        match message:
            case Submit(name=to):
                return (message,) if to == reader else ()
            case Ack():
                return ()
            case Resume():
                return (msgspec.structs.replace(message, number=FAR),)
            case _:
                return (message,)

    return up


def _rings_for_fork(guest: Guest, name: str) -> bool:
    """Tell whether somebody is warned in time that a member shows two logs."""

    def rings() -> bool:
        return any(each.alarm is AlarmKind.GROUP_FORK and each.name == name for each in guest.of(events.AlarmRaised))

    return wait_until(rings)
