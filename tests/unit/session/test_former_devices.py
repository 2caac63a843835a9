"""A device that this profile was before it was set back opens what was sealed for it, and sends nothing."""

from dataclasses import replace

import pytest

from babilu.kernel.errors import CryptoError
from babilu.session.sessions import can_encrypt, open_envelope
from tests.unit.session.devices import Device, make_device


def set_back(device: Device, name: str) -> Device:
    """Give a device's profile the keys of a new one."""
    new = make_device(name)
    own = replace(new.own, identity_key=device.own.identity_key, former=(device.own,))
    return replace(device, own=own)


@pytest.mark.parametrize("met", [True, False])
def test_what_was_sealed_for_a_former_device_is_read_and_nothing_is_sent_as_it(met: bool) -> None:
    alice, bob = make_device("alice"), make_device("bob")
    if met:
        assert bob.read(alice, alice.write(bob, b"before")) == b"before"
    waiting = [alice.write(bob, text) for text in (b"one", b"two")]
    returned = set_back(bob, "bob's new device")
    for session in returned.rows.sessions_with(alice.id):
        returned.rows.save_session(replace(session, sending=False, closed=True, replaced_at=returned.now))
    assert open_envelope(returned.own, waiting[0]).recipient == bob.id
    assert [returned.read(alice, envelope) for envelope in waiting] == [b"one", b"two"]
    assert not can_encrypt(returned.rows, alice.id)


def test_what_was_sealed_for_a_stranger_is_opened_by_no_device() -> None:
    alice, carol = make_device("alice"), make_device("carol")
    returned = set_back(make_device("bob"), "bob's new device")
    with pytest.raises(CryptoError):
        open_envelope(returned.own, alice.write(carol, b"for carol"))
