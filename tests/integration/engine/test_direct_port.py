import contextlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from babilu.api import commands, events
from babilu.api.client import DirectProfile
from babilu.api.views import Address
from babilu.crypto.secret import Passphrase
from babilu.engine.conversation.effects import GiveHint
from babilu.engine.conversation.wakeups import ListCame
from babilu.engine.transport import direct_calls
from babilu.engine.transport.direct_handshake import OwnFace
from babilu.identity.codec import encode_shape
from babilu.identity.device_list import find_device, verify_device_list
from babilu.identity.direct import DirectRole, DirectTranscript, decode_direct_body, sign_hello
from babilu.identity.shapes import DeviceEntry
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.errors import DeliveryError, ErrorCode, UsageError
from babilu.kernel.limits import Limits
from babilu.wire.codec import direct_frames, encode
from babilu.wire.direct_frames import Bye, DirectEnvelope, DirectHello, Greet, Pending, SealedHello
from tests.integration.engine.party import Party, befriend, direct
from tests.integration.engine.strangers import RANDOMNESS, Line, Stranger, Wires, wires

BRIEF = Limits(pending_ms=300)


@pytest.fixture
def net() -> Iterator[Wires]:
    with wires() as made:
        yield made


def entry_of(party: Party) -> DeviceEntry:
    own = party.engine._base.own
    entry = find_device(verify_device_list(own.device_list), own.device)
    assert entry is not None
    return entry


def secrets_of(party: Party) -> list[bytes]:
    """What a stranger must not learn: name, keys, ids, and anything that is made of them."""
    own = party.engine._base.own
    return [
        party.name.encode(),
        own.identity_key,
        own.device,
        own.signing.public,
        own.agreement.public,
        own.device_list.body,
        b"babilu",
    ]


def assert_silent(party: Party, line: Line) -> None:
    for secret in secrets_of(party):
        for body in line.heard:
            assert secret not in body


# What a stranger hears.


def test_a_stranger_raises_a_request_and_learns_nothing(tmp_path: Path, net: Wires) -> None:
    with direct(tmp_path, "zephyrine", limits=BRIEF) as (alice,):
        line, caller = net.dial(alice.address), Stranger("eve")
        line.hello(caller, port=4711)
        request = alice.hear(events.RequestArrived).request
        assert (request.name, request.address) == ("eve", Address("127.0.0.1", 4711))
        assert len(request.safety_number) == 60
        assert line.hear_all() == [Pending(), Bye("pending")]
        assert_silent(alice, line)
        assert alice.ask(commands.Contacts()) == ()
        assert alice.ask(commands.Requests()) == (request,)


def heard_by(net: Wires, party: Party, caller: Stranger, to: DeviceEntry | None = None) -> list[bytes]:
    """Everything that a caller hears, but for the random greeting."""
    line = net.dial(party.address)
    line.hello(caller, to)
    line.hear_all()
    assert_silent(party, line)
    return line.heard[1:]


def test_strangers_declined_blocked_and_whoever_called_another_hear_the_very_same(tmp_path: Path, net: Wires) -> None:
    with direct(tmp_path, "zephyrine", limits=BRIEF) as (alice,):
        stranger, declined, blocked, lost = (Stranger(name) for name in ("eve", "dave", "mallory", "walter"))
        expected = heard_by(net, alice, stranger)
        heard_by(net, alice, declined)
        alice.ask(commands.Decline("dave"))
        line = net.dial(alice.address)
        line.hello(blocked)
        alice.hear(events.RequestArrived, lambda event: event.request.name == "mallory")
        alice.ask(commands.Accept("mallory"))
        alice.ask(commands.Block("mallory"))
        line.close()
        requests = len(alice.of(events.RequestArrived))
        assert heard_by(net, alice, declined) == expected
        assert heard_by(net, alice, blocked) == expected
        assert heard_by(net, alice, stranger, entry_of(alice)) == expected
        elsewhere = Stranger("somebody else").own
        wrong = verify_device_list(elsewhere.device_list).devices[0]
        assert heard_by(net, alice, lost, wrong) == expected
        assert len(alice.of(events.RequestArrived)) == requests


def test_whoever_is_not_wanted_is_told_so_after_a_commit_as_strangers_are(tmp_path: Path, net: Wires) -> None:
    with direct(tmp_path, "alice", limits=BRIEF) as (alice,):
        declined = Stranger("dave")
        heard_by(net, alice, declined)
        alice.ask(commands.Decline("dave"))
        written = {unwanted(alice)}
        for to in (None, verify_device_list(Stranger("nobody").own.device_list).devices[0]):
            line = net.dial(alice.address)
            line.hello(declined, to)
            assert line.hear() == Pending()
            written.add(unwanted(alice))
        assert len(written) == 3


def unwanted(party: Party) -> bytes | None:
    with party.engine._base.database.read() as unit:
        return unit.settings.get("direct.unwanted")


def test_an_accepted_stranger_is_answered_within_the_same_call(tmp_path: Path, net: Wires) -> None:
    with direct(tmp_path, "alice") as (alice,):
        line = net.dial(alice.address)
        line.hello(Stranger("eve"))
        assert line.hear() == Pending()
        contact = alice.accept_next()
        assert (contact.name, contact.accepted, contact.direct_allowed) == ("eve", True, True)
        answer = line.hear()
        assert isinstance(answer, DirectHello)
        assert decode_direct_body(answer.body).name == "alice"
        alice.until_connected("eve")
        assert alice.ask(commands.Requests()) == ()
        assert alice.hear(events.RequestClosed).request == alice.of(events.RequestArrived)[0].request.id


def test_a_device_that_is_removed_while_it_is_connected_is_cut_off(tmp_path: Path, net: Wires) -> None:
    with direct(tmp_path, "alice", limits=BRIEF) as (alice,):
        removed = Stranger("eve")
        heard_by(net, alice, removed)
        alice.accept_next()
        line = net.dial(alice.address)
        line.hello(removed)
        alice.until_connected("eve")
        with alice.engine._base.database.read() as unit:
            (contact,) = unit.contacts.all()
        newer = removed.with_another_device().own.device_list
        alice.engine._effect_runner.run([GiveHint(contact, ListCame(newer))])
        assert line.hear_all()[-1] == Bye("done")
        alice.until_disconnected("eve")


def test_a_removed_device_is_not_let_in_again_by_the_list_that_named_it(tmp_path: Path, net: Wires) -> None:
    with direct(tmp_path, "zephyrine", limits=BRIEF) as (alice,), net.listening() as place:
        removed = Stranger("eve")
        present = removed.with_another_device()
        expected = heard_by(net, alice, present)
        alice.accept_next()
        line = net.dial(alice.address)
        line.hello(present)
        assert isinstance(line.hear(), DirectHello)
        alice.until_connected("eve")
        line.close()
        alice.until_disconnected("eve")
        for _ in range(2):
            assert heard_by(net, alice, removed) == expected
        alice.ask(commands.Call(place.address))
        answer(place.accept(), removed)
        failed = alice.hear(events.CallFailed)
        assert (failed.code, failed.retry_in_ms) == ("rolled_back", None)
        assert not alice.connected("eve")
        assert alice.of(events.AlarmRaised) == [events.AlarmRaised(AlarmKind.LIST_ROLLED_BACK, "eve", "rolled_back")]


@pytest.mark.parametrize("attempt", range(5))
def test_a_stranger_who_is_accepted_in_the_same_moment_does_not_wait(tmp_path: Path, net: Wires, attempt: int) -> None:
    del attempt
    with direct(tmp_path, "alice") as (alice,):

        def accept_at_once(cursor: int, event: events.Event) -> None:
            del cursor
            if isinstance(event, events.RequestArrived):
                alice.client.request(commands.Accept(event.request.id))

        subscription = alice.client.subscribe(accept_at_once)
        line = net.dial(alice.address)
        line.hello(Stranger("eve"))
        frames = [line.hear()]
        if frames == [Pending()]:
            frames.append(line.hear())
        assert isinstance(frames[-1], DirectHello)
        subscription.cancel()


def test_one_stranger_raises_one_request_however_often_they_call(tmp_path: Path, net: Wires) -> None:
    with direct(tmp_path, "alice", limits=BRIEF) as (alice,):
        eve = Stranger("eve")
        for _ in range(3):
            line = net.dial(alice.address)
            line.hello(eve)
            assert line.hear() == Pending()
        assert len(alice.ask(commands.Requests())) == 1
        assert len(alice.of(events.RequestArrived)) == 1


def test_a_caller_who_waits_must_not_talk(tmp_path: Path, net: Wires) -> None:
    with direct(tmp_path, "alice") as (alice,):
        line = net.dial(alice.address)
        line.hello(Stranger("eve"))
        assert line.hear() == Pending()
        line.say(DirectEnvelope(b"let me in"))
        assert line.hear_all() == [Bye("pending")]


def test_what_is_no_hello_ends_the_call(tmp_path: Path, net: Wires) -> None:
    with direct(tmp_path, "zephyrine", limits=Limits(login_ms=300)) as (alice,):
        for frame in (DirectEnvelope(b"hi"), Pending(), Greet(bytes(32)), DirectHello(b"", bytes(64))):
            line = net.dial(alice.address)
            line.say(frame)
            assert line.hear_all()[1:] == [Bye("pending")]
            assert_silent(alice, line)
        mute = net.dial(alice.address)
        assert mute.hear_all()[1:] == [Bye("pending")]
        assert alice.of(events.RequestArrived) == []


# Hellos that do not hold.


def hello_with(caller: Stranger, line: Line, **changes: object) -> DirectHello:
    greet = line.hear()
    assert isinstance(greet, Greet)
    body = msgspec.structs.replace(caller.body(RANDOMNESS.token(32)), **changes)
    return caller.hello(line.socket.certificate, greet, body)


def test_hellos_that_do_not_hold_raise_no_request(tmp_path: Path, net: Wires) -> None:
    with direct(tmp_path, "alice") as (alice,):
        eve, other = Stranger("eve"), Stranger("other")
        bad: list[dict[str, object]] = [
            {"device_list": other.own.device_list},
            {"device": other.own.device},
            {"prekeys": other.bundle()},
            {"version": 2},
            {"name": "\x1b[2Jeve"},
            {"name": "Eve Online"},
            {"name": "bob~2"},
        ]
        for changes in bad:
            line = net.dial(alice.address)
            line.say(hello_with(eve, line, **changes))
            assert line.hear_all() == [Bye("pending")], changes
        line = net.dial(alice.address)
        hello = hello_with(eve, line)
        line.say(DirectHello(hello.body, bytes(64)))
        assert line.hear_all() == [Bye("pending")]
        replay = net.dial(alice.address)
        replay.hear()
        replay.say(hello)
        assert replay.hear_all() == [Bye("pending")]
        assert alice.of(events.RequestArrived) == []
        last = net.dial(alice.address)
        last.hello(eve)
        assert last.hear() == Pending()


def test_somebody_in_the_middle_who_passes_everything_on_gets_nowhere(tmp_path: Path, net: Wires) -> None:
    with direct(tmp_path, "alice", "bob") as (alice, bob), net.listening() as middle:
        alice.ask(commands.Call(middle.address))
        near, far = middle.accept(), net.dial(bob.address)
        near.say(far.hear())
        far.say(near.hear())
        # What alice has signed names the certificate that she saw, and that was another.
        assert far.hear_all() == [Bye("pending")]
        assert bob.of(events.RequestArrived) == []
        alice.ask(commands.HangUp(str(middle.address)))


def test_ones_own_key_is_refused_on_both_ends(tmp_path: Path, net: Wires) -> None:
    with direct(tmp_path, "alice") as (alice,):
        alice.ask(commands.Call(alice.address))
        failed = alice.hear(events.CallFailed)
        assert failed.retry_in_ms is not None or failed.code in {"bad_key", "bad_signature"}
        assert alice.ask(commands.Contacts()) == ()
        assert alice.of(events.RequestArrived) == []
        alice.ask(commands.HangUp(str(alice.address)))
        with net.listening() as mirror:
            alice.ask(commands.Call(mirror.address))
            line = mirror.accept()
            line.say(Greet(bytes(32)))
            hello = line.hear()
            assert isinstance(hello, DirectHello)
            line.say(hello)
            failed = alice.hear(events.CallFailed, lambda event: event.address == mirror.address)
            assert failed.code in {"bad_key", "bad_signature"}
            assert failed.retry_in_ms is None
        assert alice.ask(commands.Contacts()) == ()


# Calling.


def face(party: Party) -> OwnFace:
    own = party.engine._base.own
    return OwnFace(party.name, own.identity_key, own.device, own.signing, own.agreement, own.device_list)


def answer(line: Line, stranger: Stranger) -> None:
    """Play the called side honestly, with a stranger's keys."""
    nonce = RANDOMNESS.token(32)
    line.say(Greet(nonce))
    hello = line.hear()
    assert isinstance(hello, DirectHello)
    theirs = decode_direct_body(hello.body)
    body = encode_shape(stranger.body(nonce))
    transcript = DirectTranscript(line.socket.certificate, theirs.nonce, nonce, hello.body, body)
    line.say(DirectHello(body, sign_hello(stranger.own.signing, DirectRole.SERVER, transcript)))


def test_a_call_to_a_bare_address_makes_a_contact_of_whoever_answers(tmp_path: Path, net: Wires) -> None:
    with direct(tmp_path, "alice") as (alice,), net.listening() as called:
        alice.ask(commands.Call(called.address))
        answer(called.accept(), Stranger("carol"))
        alice.until_connected("carol")
        contact = alice.contact("carol")
        assert (contact.accepted, contact.direct_allowed, contact.address) == (True, True, called.address)


def test_who_answered_a_bare_address_is_called_again_under_a_seal_and_nobody_else_there(
    tmp_path: Path, net: Wires, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct_calls, "FIRST_PAUSE_SECONDS", 0.01)
    with direct(tmp_path, "zephyrine") as (alice,), net.listening() as place:
        alice.ask(commands.Call(place.address))
        line = place.accept()
        answer(line, Stranger("carol"))
        alice.until_connected("carol")
        line.say(Bye("shutting_down"))
        line.close()
        alice.until_disconnected("carol")
        later = place.accept()
        later.say(Greet(bytes(32)))
        assert isinstance(later.hear(), SealedHello)
        assert_silent(alice, later)
        alice.ask(commands.HangUp("carol"))


def test_a_known_contact_is_called_under_a_seal_that_hides_who_calls(tmp_path: Path, net: Wires) -> None:
    with direct(tmp_path, "zephyrine", "balthazar") as (alice, bob), net.listening() as elsewhere:
        befriend(bob, alice)
        alice.ask(commands.HangUp("balthazar"))
        alice.until_disconnected("balthazar")
        bob.until_disconnected("zephyrine")
        alice.ask(commands.Call(elsewhere.address, "balthazar"))
        line = elsewhere.accept()
        line.say(Greet(bytes(32)))
        assert isinstance(line.hear(), SealedHello)
        assert_silent(alice, line)
        assert_silent(bob, line)
        line.say(Pending(), Bye("pending"))
        failed = alice.hear(events.CallFailed)
        assert failed.code == "unavailable"
        assert failed.retry_in_ms is not None
        alice.ask(commands.HangUp("balthazar"))


def test_somebody_else_than_the_dialled_contact_is_refused_for_good(tmp_path: Path, net: Wires) -> None:
    with direct(tmp_path, "alice", "bob") as (alice, bob), net.listening() as elsewhere:
        befriend(bob, alice)
        alice.ask(commands.HangUp("bob"))
        alice.until_disconnected("bob")
        alice.ask(commands.Call(elsewhere.address, "bob"))
        line, mallory = elsewhere.accept(), Stranger("bob")
        nonce = RANDOMNESS.token(32)
        line.say(Greet(nonce))
        line.hear()
        body = encode_shape(mallory.body(nonce))
        # Mallory cannot open the seal; even with the caller's bytes known, the identity is another one.
        transcript = DirectTranscript(line.socket.certificate, bytes(32), nonce, b"", body)
        line.say(DirectHello(body, sign_hello(mallory.own.signing, DirectRole.SERVER, transcript)))
        failed = alice.hear(events.CallFailed)
        assert failed.code in {"identity_changed", "bad_signature"}
        assert failed.retry_in_ms is None
        assert [contact.name for contact in alice.ask(commands.Contacts())] == ["bob"]


def test_a_blocked_contact_that_answers_a_call_is_left_at_once(tmp_path: Path) -> None:
    with direct(tmp_path, "alice", "bob") as (alice, bob):
        befriend(bob, alice)
        alice.ask(commands.Block("bob"))
        alice.until_disconnected("bob")
        with pytest.raises(DeliveryError) as refused:
            alice.ask(commands.Call(bob.address, "bob"))
        assert refused.value.code is ErrorCode.BLOCKED
        alice.ask(commands.Call(bob.address))
        assert alice.hear(events.CallFailed).code == "blocked"
        assert not alice.connected("bob")


# Limits.


def test_silent_connections_make_room_for_those_who_speak(tmp_path: Path, net: Wires) -> None:
    with direct(tmp_path, "alice", limits=Limits(half_open=3)) as (alice,):
        silent = [net.dial(alice.address) for _ in range(6)]
        for line in silent:
            with contextlib.suppress(Exception):
                line.hear()
        caller = net.dial(alice.address)
        caller.hello(Stranger("eve"))
        assert caller.hear() == Pending()
        assert all(line.hear_all() == [] for line in silent[:3])


def test_only_so_many_requests_wait_and_more_strangers_hear_the_same(tmp_path: Path, net: Wires) -> None:
    limits = Limits(pending_ms=300, pending_requests=3)
    with direct(tmp_path, "alice", limits=limits) as (alice,):
        for number in range(5):
            line = net.dial(alice.address)
            line.hello(Stranger(f"stranger{number}"))
            assert line.hear_all() == [Pending(), Bye("pending")]
        names = [request.name for request in alice.ask(commands.Requests())]
        assert names == ["stranger0", "stranger1", "stranger2"]
        assert len(alice.of(events.RequestArrived)) == 3


def test_one_address_has_few_requests_unless_it_is_this_machine(tmp_path: Path, net: Wires) -> None:
    for limited, expected in ((False, 4), (True, 2)):
        limits = Limits(pending_ms=300, pending_requests_per_address=2, limit_loopback=limited)
        with direct(tmp_path / str(limited), "alice", limits=limits) as (alice,):
            for number in range(4):
                line = net.dial(alice.address)
                line.hello(Stranger(f"stranger{number}"))
                assert line.hear() == Pending()
            assert len(alice.ask(commands.Requests())) == expected


def test_when_too_many_wait_everybody_else_is_sent_away_at_once_and_still_asks(tmp_path: Path, net: Wires) -> None:
    with direct(tmp_path, "alice", limits=Limits(waiting_callers=2)) as (alice,):
        waiting = [net.dial(alice.address) for _ in range(2)]
        for number, line in enumerate(waiting):
            line.hello(Stranger(f"stranger{number}"))
            assert line.hear() == Pending()
        late = net.dial(alice.address)
        late.hello(Stranger("late"))
        assert late.hear_all() == [Pending(), Bye("pending")]
        assert [request.name for request in alice.ask(commands.Requests())] == ["stranger0", "stranger1", "late"]
        waiting[0].close()
        alice.ask(commands.Accept("stranger1"))
        assert isinstance(waiting[1].hear(), DirectHello)


# Addresses.


def test_a_taken_port_is_a_usage_error_and_leaves_the_profile_free(tmp_path: Path) -> None:
    with direct(tmp_path, "alice", "bob") as (alice, bob):
        with pytest.raises(UsageError, match="taken by another program"):
            bob.ask(commands.Listen(alice.address))
        with pytest.raises(UsageError, match="taken by another program"):
            Party(tmp_path, DirectProfile("carol", Passphrase("secret"), alice.address))
        carol = Party(tmp_path, DirectProfile("carol", Passphrase("secret"), Address("127.0.0.1", 0)))
        carol.close()


def test_the_server_socket_can_be_moved_and_closed(tmp_path: Path, net: Wires) -> None:
    with direct(tmp_path, "alice") as (alice,):
        before = alice.address
        moved = alice.ask(commands.Listen(Address("127.0.0.1", 0)))
        assert moved != before
        assert alice.of(events.ListeningChanged)[-1].address == moved
        net.dial(moved)
        with pytest.raises(Exception, match="Nobody answers"):
            net.dial(before)
        alice.ask(commands.StopListening())
        assert alice.ask(commands.Status()).listening is None
        with pytest.raises(Exception, match="Nobody answers"):
            net.dial(moved)


def test_two_people_meet_over_ipv6(tmp_path: Path) -> None:
    with direct(tmp_path, "alice", "bob", listen=Address("::1", 0)) as (alice, bob):
        assert alice.address.host == "::1"
        befriend(bob, alice)
        alice.send("bob", "over six")
        bob.until_arrived("alice", ["over six"])
        assert bob.contact("alice").address == alice.address


@pytest.mark.parametrize("host", ["", " ", "a b", "127.0.0.1\0x", "\x1b[2J"])
def test_what_is_no_address_is_refused_at_once(tmp_path: Path, host: str) -> None:
    with direct(tmp_path, "alice", listen=None) as (alice,):
        for command in (commands.Call(Address(host, 5051)), commands.Listen(Address(host, 0))):
            with pytest.raises(UsageError):
                alice.ask(command)
        for port in (-1, 65_536):
            with pytest.raises(UsageError):
                alice.ask(commands.Call(Address("127.0.0.1", port)))


def test_the_greeting_says_nothing_but_a_nonce(tmp_path: Path, net: Wires) -> None:
    with direct(tmp_path, "zephyrine") as (alice,):
        lines = [net.dial(alice.address) for _ in range(2)]
        greetings = [line.hear() for line in lines]
        assert all(isinstance(greeting, Greet) for greeting in greetings)
        assert greetings[0] != greetings[1]
        for line in lines:
            assert_silent(alice, line)
            assert direct_frames.decode(encode(greetings[0])) == greetings[0]
