"""Attack on the linking of a device: whoever carries its messages stands between the two, with keys of their own."""

from collections.abc import Iterable
from typing import Final

from babilu.api import commands, events
from babilu.api.client import LinkWish
from babilu.attack.forged_identity import ForgedIdentity
from babilu.attack.outcome import Outcome, not_played
from babilu.attack.testbed import AttackTestbed, wait_until
from babilu.identity.link_codes import LinkPlace
from babilu.identity.link_messages import LinkAsk, LinkOffer, LinkReveal, decode_link_message
from babilu.identity.linking import NewDeviceLinking, OldDeviceLinking
from babilu.identity.shapes import SignedDeviceList
from babilu.wire.relay_frames import LinkAnsweredFrame, LinkAskedFrame, RelayFrame

NOWHERE: Final = LinkPlace("", bytes(32))
"""Where the operator's own ends are: they compare no code."""


class LinkingMiddle:
    """The operator's two ends: to the old device it is the new one, to the new device it is the old one.

    Args:
        forged: Whom the operator would link, and to whom.
        honest: The device list of the person.

    Attributes:
        played: Messages that were put in place of others.
    """

    def __init__(self, forged: ForgedIdentity, honest: SignedDeviceList) -> None:
        self._as_new: NewDeviceLinking = forged.as_new_device(NOWHERE)
        self._as_old: OldDeviceLinking = forged.as_old_device(honest, NOWHERE)
        self._offer = b""
        self._reveal = b""
        self.played = 0

    def down(self, _: str, frame: RelayFrame) -> Iterable[RelayFrame]:
        """Put the own message in the place of each that would tell one end of the other."""
        match frame:
            case LinkAskedFrame(link, message):
                return (LinkAskedFrame(link, self._asked(message)),)
            case LinkAnsweredFrame(link, device, message):
                return (LinkAnsweredFrame(link, device, self._answered(message)),)
            case _:
                return (frame,)

    def _asked(self, encoded: bytes) -> bytes:
        message = decode_link_message(encoded)
        if isinstance(message, LinkAsk):
            self._offer = self._as_old.ask_came(message)
            self.played += 1
            return self._as_new.ask()
        if isinstance(message, LinkReveal) and self._reveal:
            self._as_old.reveal_came(message)
            self.played += 1
            return self._reveal
        return encoded

    def _answered(self, encoded: bytes) -> bytes:
        message = decode_link_message(encoded)
        if isinstance(message, LinkOffer) and self._offer:
            self._reveal, _ = self._as_new.offer_came(message)
            self.played += 1
            return self._offer
        return encoded


def link_own_device(testbed: AttackTestbed) -> Outcome:
    """Stand between the two devices of somebody who links one, and show each the operator's keys."""
    alice, _ = testbed.couple()
    honest = testbed.list_of(alice)
    if honest is None:
        return not_played("nobody has a device list")
    middle = LinkingMiddle(ForgedIdentity(testbed.randomness), honest)
    testbed.proxy.down = middle.down
    laptop = testbed.link(alice, LinkWish("Laptop"))
    shown = wait_until(lambda: bool(laptop.of(events.LinkCodeShown)) and bool(alice.of(events.LinkAsked)))
    testbed.leave_alone()
    if not shown or not middle.played:
        return not_played("no code was shown")
    here, there = alice.of(events.LinkAsked)[-1], laptop.of(events.LinkCodeShown)[-1]
    alice.ask(commands.LinkRefuse())
    devices = alice.ask(commands.Devices())
    if here.digits == there.digits or here.words == there.words or len(devices) > 1:
        return Outcome(False, "Both showed the same code.")
    return Outcome(True, "The two devices showed different codes, and nothing was linked.")
