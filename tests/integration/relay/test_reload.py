import dataclasses
from pathlib import Path

import pytest

from babilu.identity.invitation import Invitation
from babilu.kernel.errors import ErrorCode, UsageError
from babilu.kernel.limits import Limits
from babilu.relay.base.certificate import load_certificate, make_certificate
from babilu.relay.base.settings import Registration, RelaySettings, TlsFiles
from babilu.wire.client_frames import StatusFrame
from babilu.wire.relay_frames import Error, LoggedIn, StatusIs
from tests.integration.relay.conftest import House
from tests.relay_client import Person, refused


def settings_of(house: House) -> RelaySettings:
    return RelaySettings("127.0.0.1", 0, house.home, house.limits, house.registration)


def certificate_in(folder: Path) -> TlsFiles:
    """Make a certificate as an authority would give it: two files."""
    pem = make_certificate()
    head = pem.index(b"-----BEGIN CERTIFICATE")
    files = TlsFiles(folder / "fullchain.pem", folder / "privkey.pem")
    files.key.write_bytes(pem[:head])
    files.certificate.write_bytes(pem[head:])
    return files


async def test_limits_and_name_hold_from_the_reload_on_and_no_connection_notices(house: House) -> None:
    relay = await house.start()
    _, alice = await house.register("alice")

    fixed = relay.reload(dataclasses.replace(settings_of(house), limits=Limits(max_users=1), name="Anew"))

    assert fixed == ()
    alice.send(StatusFrame(7))
    assert await alice.answer(7, StatusIs) == StatusIs(7, 1, 1)
    with refused(ErrorCode.SERVER_FULL):
        await house.register("bob")


async def test_a_connection_that_is_open_is_held_to_the_new_limits(house: House) -> None:
    relay = await house.start()
    _, alice = await house.register("alice")
    relay.reload(dataclasses.replace(settings_of(house), limits=Limits(frame_bytes=2_000)))
    alice.write((2_001).to_bytes(4, "big"))
    (error,) = await alice.closed()
    assert isinstance(error, Error)
    assert error.code == "too_large"


async def test_registration_follows_a_reload(house: House) -> None:
    relay = await house.start(registration=Registration.OPEN)
    relay.reload(dataclasses.replace(settings_of(house), registration=Registration.INVITE))

    with refused(ErrorCode.INVITATION_NEEDED):
        await house.register("alice")


async def test_a_renewed_certificate_is_shown_to_new_connections_while_old_ones_go_on(
    house: House, tmp_path: Path
) -> None:
    relay = await house.start()
    before = relay.fingerprint
    _, alice = await house.register("alice")
    greeted = await house.pending_peer()
    bob = Person("bob")
    files = certificate_in(tmp_path)

    relay.reload(dataclasses.replace(settings_of(house), tls=files))

    assert relay.fingerprint == load_certificate(files.certificate, files.key).pin.hex() != before
    assert await alice.quiet() == []
    register = greeted.register_frame(bob)
    greeted.send(register)
    await greeted.answer(register.request, LoggedIn)
    await house.register("carol")


async def test_other_addresses_are_told_at_a_login_and_by_invitations_and_follow_a_reload(house: House) -> None:
    relay = await house.start(registration=Registration.OPEN)
    alice, _ = await house.register("alice")
    host, port = relay.address
    assert (await relay.invite()).also == ()

    others = ("chat2.example.org:5050", "[2001:db8::5]:443")
    fixed = relay.reload(dataclasses.replace(settings_of(house), also=(*others, f"{host}:{port}")))

    assert fixed == ()
    _, logged_in = await house.enter(alice)
    assert logged_in.also == (*others, f"{host}:{port}")
    bob = await house.pending_peer()
    registered = await bob.register(Person("bob"))
    assert registered.also == logged_in.also
    # Whoever has the invitation knows that one already.
    assert Invitation.decode((await relay.invite()).encode()).also == others


async def test_an_invitation_leaves_out_addresses_rather_than_grow_too_long_to_be_read(house: House) -> None:
    relay = await house.start()
    others = tuple(f"{'a' * 60}.{'b' * 60}.node{number}.example.org:5050" for number in range(8))
    relay.reload(dataclasses.replace(settings_of(house), also=others))
    read = Invitation.decode((await relay.invite()).encode())
    assert read.also == others[: len(read.also)]
    assert 0 < len(read.also) < len(others)


@pytest.mark.parametrize("spoil", ["missing", "another key", "noise"])
async def test_a_certificate_that_cannot_be_used_changes_nothing(house: House, tmp_path: Path, spoil: str) -> None:
    relay = await house.start()
    before = relay.fingerprint
    files = certificate_in(tmp_path)
    match spoil:
        case "missing":
            files.certificate.unlink()
        case "another key":
            files.key.write_bytes(make_certificate())
        case _:
            files.certificate.write_bytes(b"noise")

    with pytest.raises(UsageError):
        relay.reload(dataclasses.replace(settings_of(house), tls=files, name="Anew"))

    assert relay.fingerprint == before
    assert (await (await house.connect()).hello()).relay == "Babilu"


async def test_what_only_a_new_start_can_follow_is_named(house: House, tmp_path: Path) -> None:
    relay = await house.start()

    assert relay.reload(dataclasses.replace(settings_of(house), port=1, home=tmp_path / "other")) == ("port", "home")
    assert relay.address[1] != 1
