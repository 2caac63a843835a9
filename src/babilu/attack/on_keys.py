"""Attacks on keys: others' keys under known names, others' devices in known lists, lists that are out of date."""

import shutil
from collections.abc import Iterable

import msgspec

from babilu.api import commands, events
from babilu.attack.forged_identity import ForgedIdentity
from babilu.attack.outcome import Outcome, not_played
from babilu.attack.testbed import RESTRAINT_S, AttackTestbed, Guest, wait_until
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.ids import DeviceId
from babilu.wire.client_frames import ClientFrame, FetchBundle
from babilu.wire.relay_frames import BundleIs, Deliver, DeviceListIs, RelayFrame, StaleDevices


def swap_prekeys(testbed: AttackTestbed) -> Outcome:
    """Give out prekeys that the operator has made, for a device that is somebody's."""
    alice, _ = testbed.couple()
    carol = testbed.invite("carol")
    forgery = ForgedIdentity(testbed.randomness)
    given: list[BundleIs] = []

    def down(name: str, message: RelayFrame) -> Iterable[RelayFrame]:
        if name != alice.name or not isinstance(message, BundleIs):
            return (message,)
        given.append(msgspec.structs.replace(message, bundle=forgery.bundle(DeviceId(message.bundle.device))))
        return (given[-1],)

    testbed.proxy.down = down
    alice.say(carol.name, "hello carol")
    if not wait_until(lambda: bool(given)):
        return not_played("nobody asked for prekeys")
    sent = wait_until(lambda: bool(testbed.submissions(alice, carol.name)), RESTRAINT_S)
    testbed.leave_alone()
    if sent:
        return Outcome(False, "A message was encrypted with prekeys that nobody's device had signed.")
    return Outcome(True, "They were refused, and nothing was encrypted with them.")


def smuggle_device(testbed: AttackTestbed) -> Outcome:
    """Add a device of the operator's to somebody's list."""
    alice, bob = testbed.couple()
    forgery = ForgedIdentity(testbed.randomness)
    honest = testbed.list_of(bob)
    if honest is None:
        return not_played("no device list was seen")
    warned = len(alice.of(events.AlarmRaised))
    testbed.push(alice, StaleDevices(None, bob.name, forgery.smuggled_into(honest)))
    noticed = wait_until(lambda: len(alice.of(events.AlarmRaised)) > warned)
    alice.say(bob.name, "for bob's devices alone")
    arrived = bob.shows(alice.name, "for bob's devices alone")
    if any(message.device == forgery.device for message in testbed.submissions(alice, bob.name)):
        return Outcome(False, "A message was encrypted for the operator's device.")
    if not noticed or not arrived:
        return Outcome(False, "Nobody was warned." if arrived else "The conversation did not go on.")
    return Outcome(True, "The list was refused with a warning, and the conversation went on.")


def swap_first_contact(testbed: AttackTestbed) -> Outcome:
    """Stand between two who have never talked, with keys of the operator's own."""
    alice, _ = testbed.couple()
    dave = testbed.invite("dave")
    forgery = ForgedIdentity(testbed.randomness)
    honest = testbed.list_of(dave)
    if honest is None:
        return not_played("no device list was seen")
    forged = forgery.device_list(honest)

    def down(name: str, message: RelayFrame) -> Iterable[RelayFrame]:
        if name == alice.name and isinstance(message, DeviceListIs | StaleDevices) and message.name == dave.name:
            return (msgspec.structs.replace(message, device_list=forged),)
        return () if name == alice.name and isinstance(message, Deliver) else (message,)

    def up(name: str, message: ClientFrame) -> Iterable[ClientFrame]:
        if name == alice.name and isinstance(message, FetchBundle) and message.name == dave.name:
            testbed.proxy.push(alice.name, BundleIs(message.request, forgery.bundle(forgery.device)))
            return ()
        return (message,)

    testbed.proxy.down, testbed.proxy.up = down, up
    dave.say(alice.name, "hello from dave")
    alice.say(dave.name, "hello dave")
    caught = wait_until(
        lambda: any(message.device == forgery.device for message in testbed.submissions(alice, dave.name))
    )
    digits = [alice.ask(commands.Verify(dave.name)).digits, dave.ask(commands.Verify(alice.name)).digits]
    testbed.leave_alone()
    testbed.spoil_couple()
    if not caught:
        return not_played("nobody was taken in at the first contact")
    if digits[0] == digits[1]:
        return Outcome(False, "Both see the same safety number.")
    return Outcome(True, "It works until they compare the safety number: the two see different ones.")


def swap_identity(testbed: AttackTestbed) -> Outcome:
    """Put another identity under a known name."""
    alice, bob = testbed.couple()
    testbed.spoil_couple()
    forgery = ForgedIdentity(testbed.randomness)
    honest = testbed.list_of(bob)
    if honest is None:
        return not_played("no device list was seen")
    testbed.push(alice, StaleDevices(None, bob.name, forgery.device_list(honest)))
    noticed = alice.hears(events.IdentityChanged)
    try:
        alice.say(bob.name, "for bob alone")
        stopped = False
    except BabiluError as error:
        stopped = error.code is ErrorCode.IDENTITY_CHANGED
    sent = wait_until(
        lambda: any(message.device == forgery.device for message in testbed.submissions(alice, bob.name)), RESTRAINT_S
    )
    if sent or not stopped:
        return Outcome(False, "Messages went on under the other identity.")
    if not noticed:
        return Outcome(False, "Nobody was told of the other identity.")
    return Outcome(True, "It was shown, and sending stopped until somebody approves it.")


def freeze_device_list(testbed: AttackTestbed) -> Outcome:
    """Go on showing a device list that its owner has replaced, and show it again to who has seen the new one."""
    alice, bob = testbed.couple()
    testbed.spoil_couple()
    old = testbed.list_of(bob)
    if old is None:
        return not_played("no device list was seen")

    def down(name: str, message: RelayFrame) -> Iterable[RelayFrame]:
        about_bob = isinstance(message, StaleDevices | DeviceListIs) and message.name == bob.name
        if name == alice.name and about_bob:
            return (msgspec.structs.replace(message, device_list=old),)
        return (message,)

    testbed.proxy.down = down
    reborn = _as_new_device(testbed, bob, alice)
    if not wait_until(lambda: testbed.list_of(reborn) != old):
        return not_played("no new device list was made")
    reborn.say(alice.name, "from my new device")
    if not alice.shows(bob.name, "from my new device"):
        return Outcome(False, "A message from the new device was not shown.")
    alice.say(bob.name, "to your new device")
    if not reborn.shows(alice.name, "to your new device"):
        return Outcome(False, "Messages went on to the device that is gone.")
    warned = len(alice.of(events.AlarmRaised))
    testbed.push(alice, StaleDevices(None, bob.name, old))
    noticed = wait_until(lambda: len(alice.of(events.AlarmRaised)) > warned)
    alice.say(bob.name, "still to your new device")
    arrived = reborn.shows(alice.name, "still to your new device")
    testbed.leave_alone()
    if not noticed or not arrived:
        return Outcome(False, "Nobody was warned of the old list." if arrived else "The old list was taken.")
    return Outcome(True, "The new device showed its list itself, and the old one was refused with a warning.")


def _as_new_device(testbed: AttackTestbed, guest: Guest, friend: Guest) -> Guest:
    """Bring a guest back from an old copy of its profile, by which it becomes a new device of the same person."""
    copy = testbed.folder / f"copy of {guest.name}"
    guest.leave()
    shutil.copytree(guest.home, copy)
    between = testbed.come_back(guest)
    between.say(friend.name, "soon forgotten")
    friend.shows(guest.name, "soon forgotten")
    between.leave()
    shutil.rmtree(guest.home)
    copy.rename(guest.home)
    restored = testbed.open(guest.name)
    rolled_back = ErrorCode.ROLLED_BACK.value
    wait_until(
        lambda: restored.is_online() or any(each.code == rolled_back for each in restored.of(events.LinkChanged))
    )
    restored.leave()
    return testbed.come_back(guest)
