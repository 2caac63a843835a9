"""What `doctor --attack` plays comes to nothing, and a program that is broken on purpose fails each of its checks."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any
from unittest import mock

import pytest
from sqlcipher3 import dbapi2

from babilu.api.commands import TrustIdentity
from babilu.api.events import MessageArrived
from babilu.attack.attacks import ATTACKS, Attack
from babilu.attack.outcome import Outcome
from babilu.attack.testbed import AttackTestbed
from babilu.cli import attack_report, main
from babilu.crypto import aead, password
from babilu.engine.commands import queries
from babilu.engine.conversation import device_lists, trust
from babilu.engine.conversation.groups import entries as group_entries
from babilu.engine.conversation.groups import group_receiving
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.files import folder
from babilu.engine.runtime.event_bus import EventBus
from babilu.engine.transport import account_requests, relay_session
from babilu.engine.transport.relay_pins import RelayPins
from babilu.group import judging
from babilu.group.judging import ContentVerdict
from babilu.identity import device_list, direct, linking
from babilu.identity.login import login_transcript
from babilu.identity.shapes import DeviceListBody, SignedDeviceList
from babilu.kernel.states import MessageState
from babilu.net import relay_connection
from babilu.presentation.strings import LANGUAGES, Strings
from babilu.relay.services import challenge
from babilu.session import sessions
from babilu.store.deliveries import Deliveries, Standing
from babilu.system import SystemClock, SystemRandomness
from babilu.wire.client_frames import Hello
from babilu.wire.frame_base import VERSION
from tests.faults.model.mutants import gaps_are_accepted_silently

Patch = AbstractContextManager[Any]


def _patched(*patches: Patch) -> ExitStack:
    stack = ExitStack()
    for patch in patches:
        stack.enter_context(patch)
    return stack


def _databases_have_no_key() -> Patch:
    class Keyless(dbapi2.Connection):  # type: ignore[misc]  # the module has no types
        def set_key(self, key: str) -> None:
            pass

    connect = dbapi2.connect
    return mock.patch.object(dbapi2, "connect", lambda *where, **how: connect(*where, factory=Keyless, **how))


def _files_are_not_compared() -> Patch:
    def unsealed(key: object, nonce: bytes, ciphertext: bytes, associated_data: bytes) -> bytes:
        del key, nonce, associated_data
        return ciphertext[:-16]

    return _patched(mock.patch.object(aead, "open_sealed", unsealed), mock.patch.object(folder, "_check_digest"))


def _prekeys_need_no_signature() -> Patch:
    return mock.patch.object(sessions, "verify_bundle")


def _lists_need_no_signature() -> Patch:
    return mock.patch.object(device_list, "verify")


def _any_version_will_do() -> Patch:
    class Equal(int):
        def __ne__(self, other: object) -> bool:
            return False

        __hash__ = int.__hash__

    greeting = mock.patch.object(relay_connection, "Hello", lambda number, _, client: Hello(number, (VERSION,), client))
    return _patched(greeting, mock.patch.object(relay_connection, "VERSION", Equal(VERSION)))


def _logins_leave_the_greeting_out() -> Patch:
    def careless(hello: bytes, welcome: bytes, certificate: bytes, body: bytes) -> bytes:
        del welcome
        return login_transcript(hello, b"", certificate, body)

    return _patched(
        *(
            mock.patch.object(module, "login_transcript", careless)
            for module in (account_requests, relay_session, challenge)
        )
    )


def _cheap_keys_will_do() -> Patch:
    return _patched(mock.patch.object(password, "MEMORY_KIB_MIN", 8), mock.patch.object(password, "PASSES_MIN", 1))


def _safety_numbers_are_all_the_same() -> Patch:
    return mock.patch.object(queries, "safety_number", return_value="0" * 60)


def _another_identity_is_taken() -> Patch:
    claim = trust.claim_identity

    def adopt(turn: ConversationTransaction, signed: SignedDeviceList, body: DeviceListBody) -> None:
        claim(turn, signed, body)
        trust.trust_identity(turn, TrustIdentity(turn.contact.name))

    return mock.patch.object(device_lists, "claim_identity", adopt)


def _messages_are_told_twice() -> Patch:
    tell = EventBus.tell

    def twice(self: EventBus, *told: Any) -> None:
        tell(self, *told)
        if any(isinstance(each, MessageArrived) for each in told):
            tell(self, *told)

    return mock.patch.object(EventBus, "tell", twice)


def _held_counts_as_delivered() -> Patch:
    standing = Deliveries.standing

    def hasty(self: Deliveries, *message: Any) -> Standing | None:
        found = standing(self, *message)
        held = found is not None and found.state is MessageState.HELD
        return Standing(MessageState.DELIVERED) if held else found

    return mock.patch.object(Deliveries, "standing", hasty)


def _whatever_is_unknown_is_shown() -> Patch:
    judge = judging.judge_content

    def taken(*claim: Any) -> ContentVerdict:
        verdict = judge(*claim)
        return ContentVerdict.TAKEN if verdict is ContentVerdict.HEADS_UNKNOWN else verdict

    return mock.patch.object(group_receiving, "judge_content", taken)


def _old_lists_will_do() -> Patch:
    return mock.patch.object(device_lists, "check_successor")


def _any_certificate_will_do() -> Patch:
    connect = RelayPins.connect

    def trusting(self: RelayPins, *arguments: Any) -> Any:
        self.pin = None
        return connect(self, *arguments)

    # The relay's key signs its certificate, so that one without the other gives a stranger away as well.
    signature = mock.patch.object(relay_connection, "verify_certificate_of")
    return _patched(mock.patch.object(RelayPins, "connect", trusting), signature)


def _hellos_need_no_signature() -> Patch:
    return mock.patch.object(direct, "verify")


def _forks_ring_nothing() -> Patch:
    return mock.patch.object(group_entries, "_tell_of_fork")


def _codes_say_nothing_of_what_was_shown() -> Patch:
    return mock.patch.object(linking, "transcript_of", return_value=bytes(32))


BREAKS: dict[str, Callable[[], Patch]] = {
    "plaintext": _databases_have_no_key,
    "swapped-prekeys": _prekeys_need_no_signature,
    "smuggled-device": _lists_need_no_signature,
    "older-version": _any_version_will_do,
    "changed-greeting": _logins_leave_the_greeting_out,
    "cheap-password": _cheap_keys_will_do,
    "swapped-first-contact": _safety_numbers_are_all_the_same,
    "swapped-identity": _another_identity_is_taken,
    "replay": _messages_are_told_twice,
    "redirect": _held_counts_as_delivered,
    "kept-back": gaps_are_accepted_silently,
    "spoiled-file": _files_are_not_compared,
    "smuggled-member": _held_counts_as_delivered,
    "frozen-member": _whatever_is_unknown_is_shown,
    "replayed-entries": _messages_are_told_twice,
    "forked-log": _forks_ring_nothing,
    "frozen-list": _old_lists_will_do,
    "linked-device": _codes_say_nothing_of_what_was_shown,
    "other-certificate": _any_certificate_will_do,
    "direct-middle": _hellos_need_no_signature,
}
"""What each attack notices, when the program is broken like that."""

QUICK = {"swapped-prekeys", "older-version", "direct-middle"}
"""Broken programs that are tried every day, the others with the full counts."""

HARMLESS = {"plaintext", "smuggled-device", "older-version", "changed-greeting", "cheap-password", "swapped-identity"}
"""Attacks that one couple of people is enough for, and that wait for nothing."""


def _play(name: str) -> bool:
    attack = next(attack for attack in ATTACKS if attack.name == name)
    with AttackTestbed(SystemClock(), SystemRandomness()) as stage:
        return attack.play(stage).held


def test_attacks_that_take_little_time_come_to_nothing() -> None:
    with AttackTestbed(SystemClock(), SystemRandomness()) as stage:
        outcomes = {attack.name: attack.play(stage) for attack in ATTACKS if attack.name in HARMLESS}
    assert outcomes.keys() == HARMLESS
    assert [name for name, outcome in outcomes.items() if not outcome.held] == []


@pytest.mark.long
@pytest.mark.timeout(900)
def test_every_attack_comes_to_nothing_and_the_report_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--attack", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert {attack["attack"] for attack in report["attacks"]} == {attack.name for attack in ATTACKS}
    assert [attack for attack in report["attacks"] if not attack["held"]] == []
    assert report["held"]


def test_every_attack_is_named_in_every_language() -> None:
    assert [each for each in ATTACKS for name in LANGUAGES if f"attack.{each.name}" not in Strings(name)] == []


def test_the_report_for_people_names_what_has_failed(capsys: pytest.CaptureFixture[str]) -> None:
    failing = Attack("replay", "Try what works", lambda _: Outcome(False, "It worked."))
    raising = Attack("redirect", "Try what ends badly", mock.Mock(side_effect=TimeoutError))
    with mock.patch.object(attack_report, "ATTACKS", (failing, raising)):
        assert main(["doctor", "--attack"]) == 2
    report = capsys.readouterr().out
    assert "error  Deliver messages again\n       It worked." in report
    assert "error  Deliver a message to somebody else\n" in report
    assert "0 of 2 attacks" in report


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in QUICK else pytest.mark.long) for name in BREAKS]
)
def test_a_program_that_is_broken_like_that_fails_its_check(name: str) -> None:
    with BREAKS[name]():
        assert not _play(name)


def test_each_attack_has_a_broken_program_to_notice() -> None:
    assert BREAKS.keys() == {attack.name for attack in ATTACKS}
