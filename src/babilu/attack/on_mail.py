"""Attacks on letters: reading them, and delivering them again, elsewhere, in another order, or not at all."""

import secrets
from collections.abc import Iterable
from typing import Final

import msgspec

from babilu.api import commands, events
from babilu.attack.outcome import Outcome, not_played
from babilu.attack.search import places_of, read_all
from babilu.attack.testbed import RESTRAINT_S, AttackTestbed, wait_until
from babilu.kernel.states import MessageState
from babilu.wire.client_frames import Ack, ClientFrame, Submit
from babilu.wire.relay_frames import Deliver, RelayFrame

PLANTED: Final = 6
FAR: Final = 1_000_000
"""Mailbox numbers that a relay of a few letters does not come to."""


def search_for_plaintext(testbed: AttackTestbed) -> Outcome:
    """Plant texts, and look for them on every disk and line, and in what the relay's operator sees."""
    alice, bob = testbed.couple()
    texts = [f"planted-{secrets.token_hex(12)}" for _ in range(PLANTED)]
    for text in texts:
        alice.say(bob.name, text)
    if not bob.shows(alice.name, texts[-1]):
        return not_played("the planted texts did not arrive")
    places = read_all([testbed.folder])
    places["the line"] = testbed.call(lambda: bytes(testbed.proxy.tapped))
    places["the operator's view"] = testbed.call(lambda: bytes(testbed.proxy.seen))
    # Names must be known to the relay: the search that does not find them finds nothing.
    if not places_of(alice.name, {"view": places["the operator's view"]}):
        return not_played("the search does not find what is there")
    wanted = [*texts, *(f"passphrase of {guest.name}" for guest in (alice, bob))]
    found = sorted({place for text in wanted for place in places_of(text, places)})
    if found:
        return Outcome(False, f"Found in {', '.join(found)}.")
    size = sum(map(len, places.values())) // 1024
    return Outcome(True, f"{len(wanted)} texts were looked for in {len(places)} places of {size} KiB, and not found.")


def replay_letters(testbed: AttackTestbed) -> Outcome:
    """Deliver every letter again, as it was and under new numbers."""
    alice, bob = testbed.couple()
    testbed.spoil_couple()
    texts = [f"once {number}" for number in range(3)]

    def twice(name: str, message: RelayFrame) -> Iterable[RelayFrame]:
        return (message, message) if name == bob.name and isinstance(message, Deliver) else (message,)

    def up(name: str, message: ClientFrame) -> Iterable[ClientFrame]:
        return () if name == bob.name and isinstance(message, Ack) and message.cursor >= FAR else (message,)

    testbed.proxy.down, testbed.proxy.up = twice, up
    for text in texts:
        alice.say(bob.name, text)
    if not bob.shows(alice.name, texts[-1]):
        return not_played("the letters did not arrive")
    letters = testbed.call(lambda: [message for name, message in testbed.proxy.told if name == bob.name])
    for number, letter in enumerate(message for message in letters if isinstance(message, Deliver)):
        testbed.push(bob, msgspec.structs.replace(letter, seq=FAR + number))
    doubled = wait_until(lambda: len(bob.shown(alice.name)) != len(set(bob.shown(alice.name))), RESTRAINT_S)
    testbed.leave_alone()
    if doubled or [text for text in bob.shown(alice.name) if text in texts] != texts:
        return Outcome(False, f"Shown were {', '.join(bob.shown(alice.name))}.")
    return Outcome(True, "Each was shown once.")


def redirect_letters(testbed: AttackTestbed) -> Outcome:
    """Take a letter to somebody else than it was written to."""
    alice, bob = testbed.couple()
    testbed.spoil_couple()
    carol = testbed.invite("carol")
    alice.say(carol.name, "hello carol")
    if not carol.shows(alice.name, "hello carol"):
        return not_played("carol cannot be reached")
    other = testbed.submissions(alice, carol.name)[-1]
    redirected: list[Submit] = []

    def up(name: str, message: ClientFrame) -> Iterable[ClientFrame]:
        if name != alice.name or not isinstance(message, Submit) or message.name != bob.name:
            return (message,)
        to = {"name": other.name, "device": other.device, "list_version": other.list_version}
        redirected.append(msgspec.structs.replace(message, **to))
        return (redirected[-1],)

    testbed.proxy.up = up
    sent = alice.say(bob.name, "for bob alone")
    if not wait_until(lambda: bool(redirected)):
        return not_played("nothing was sent")
    shown = carol.shows(alice.name, "for bob alone", RESTRAINT_S)
    testbed.leave_alone()
    if shown or any("bob" in text for text in carol.shown(alice.name)):
        return Outcome(False, "Somebody else could read it.")
    if alice.ask(commands.MessageInfo(sent.id)).message.state in {MessageState.DELIVERED, MessageState.READ}:
        return Outcome(False, "It was called delivered.")
    alice.say(carol.name, "still there")
    if not carol.shows(alice.name, "still there"):
        return Outcome(False, "The conversation in which it turned up did not go on.")
    return Outcome(True, "Nobody else could read it, and it was never called delivered.")


def keep_back_letters(testbed: AttackTestbed) -> Outcome:
    """Leave a letter out, and deliver those after it in another order."""
    alice, bob = testbed.couple()
    testbed.spoil_couple()
    held: list[Deliver] = []

    def down(name: str, message: RelayFrame) -> Iterable[RelayFrame]:
        if name != bob.name or not isinstance(message, Deliver):
            return (message,)
        held.append(message)
        match len(held):
            case 2 | 3:
                return ()
            case 4:
                return msgspec.structs.replace(message, seq=held[2].seq), msgspec.structs.replace(
                    held[2], seq=message.seq
                )
            case _:
                return (message,)

    testbed.proxy.down = down
    texts = [f"number {number}" for number in range(5)]
    for text in texts:
        alice.say(bob.name, text)
        alice.ask(commands.Status())
    noticed = bob.hears(events.GapNoticed)
    testbed.leave_alone()
    if len(held) < len(texts):
        return not_played("the letters were not sent one by one")
    shown = [text for text in bob.shown(alice.name) if text in texts]
    if shown != [texts[0], *texts[2:]]:
        return Outcome(False, f"Shown were {', '.join(shown)}.")
    if not noticed:
        return Outcome(False, "Nobody was told that one is missing.")
    return Outcome(True, "The missing one was shown as a gap, and all others in their order.")
