import hashlib
import os
from dataclasses import replace

import pytest

from babilu.identity.invitation import Invitation
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.limits import DAY_MS
from babilu.relay.base import admin_requests
from babilu.relay.base.certificate import load_certificate, make_certificate
from babilu.relay.base.settings import RelaySettings, TlsFiles
from babilu.relay.node.backup import restore_backup
from babilu.wire.relay_frames import NextPin
from tests.integration.relay.conftest import House
from tests.integration.relay.test_admin import admin
from tests.relay_client import RANDOMNESS, Person


async def certificates(house: House, request: admin_requests.AdminRequest) -> admin_requests.CertificatesAre:
    return await admin(house, request, admin_requests.CertificatesAre)


async def prepare(house: House) -> bytes:
    """Announce the next certificate; returns its pin."""
    prepared = (await certificates(house, admin_requests.PrepareCertificate())).following
    assert prepared is not None
    os.utime(house.home / "certificate.next.pem", (house.clock.now / 1000, house.clock.now / 1000))
    return bytes.fromhex(prepared)


async def test_the_next_certificate_is_announced_to_those_who_are_there_and_those_who_come(house: House) -> None:
    await house.start()
    alice, client = await house.register("alice")

    pin = await prepare(house)

    assert await client.expect(NextPin) == NextPin(pin)
    _, logged_in = await house.enter(alice)
    assert logged_in.next_pin == pin
    assert (await (await house.connect()).register(Person("bob"))).next_pin == pin
    made = await admin(house, admin_requests.Invite(), admin_requests.InvitationIs)
    assert Invitation.decode(made.text).next_pin == pin


async def test_a_prepared_certificate_takes_its_place_when_its_time_has_come(house: House) -> None:
    relay = await house.start()
    before = relay.fingerprint
    alice, client = await house.register("alice")
    pin = await prepare(house)

    with pytest.raises(BabiluError, match="30 more days") as too_early:
        await certificates(house, admin_requests.RenewCertificate())
    assert too_early.value.code is ErrorCode.CONFLICT
    house.clock.pass_ms(30 * DAY_MS)
    renewed = await certificates(house, admin_requests.RenewCertificate())

    assert (renewed.fingerprint, renewed.following) == (pin.hex(), None)
    assert before != relay.fingerprint == pin.hex()
    assert await client.expect(NextPin) == NextPin(pin)
    assert await client.quiet() == []
    fresh, logged_in = await house.enter(alice)
    assert hashlib.sha256(fresh.certificate).digest() == pin
    assert logged_in.next_pin is None


async def test_a_certificate_that_is_prepared_stays_prepared_over_a_start_a_reload_and_a_backup(house: House) -> None:
    await house.start()
    pin = await prepare(house)
    place = house.home.with_name("backup")
    await admin(house, admin_requests.BackUpRequest(str(place)), admin_requests.BackedUp)

    assert (await prepare(house)) == pin
    await house.stop()
    restore_backup(place, house.home, RANDOMNESS, replace=True)
    await house.start()

    assert (await certificates(house, admin_requests.Certificates())).following == pin.hex()


async def test_who_connected_before_a_renewal_and_logs_in_after_it_is_told_what_comes_next(house: House) -> None:
    await house.start()
    alice, _ = await house.register("alice")
    early = await house.pending_peer()
    pin = await prepare(house)
    await certificates(house, admin_requests.RenewCertificate(early=True))

    assert (await early.login_device(alice)).next_pin == pin


async def test_a_withdrawn_certificate_is_announced_no_more(house: House) -> None:
    await house.start()
    alice, client = await house.register("alice")
    pin = await prepare(house)

    assert (await certificates(house, admin_requests.WithdrawCertificate())).following is None

    assert await client.expect(NextPin) == NextPin(pin)
    assert await client.expect(NextPin) == NextPin(None)
    assert (await house.enter(alice))[1].next_pin is None
    with pytest.raises(BabiluError, match="No certificate is prepared"):
        await certificates(house, admin_requests.RenewCertificate(early=True))


async def test_what_was_done_about_certificates_is_noted(house: House) -> None:
    await house.start()
    await prepare(house)
    await certificates(house, admin_requests.RenewCertificate(early=True))

    held = await admin(house, admin_requests.ReadAudit(), list[dict[str, object]])

    assert [entry["action"] for entry in held] == ["certificate prepare", "certificate renew"]


async def test_a_certificate_from_elsewhere_is_announced_by_its_file_and_follows_by_a_reload(house: House) -> None:
    relay = await house.start()
    alice, client = await house.register("alice")
    file = house.home.with_name("elsewhere.pem")
    file.write_bytes(make_certificate())
    pin = load_certificate(file).pin
    settings = RelaySettings("127.0.0.1", 0, house.home, house.limits)

    relay.reload(replace(settings, announced=file))
    assert await client.expect(NextPin) == NextPin(pin)
    with pytest.raises(BabiluError, match=r"tls\.next"):
        await certificates(house, admin_requests.PrepareCertificate())
    relay.reload(replace(settings, tls=TlsFiles(file, file)))

    assert await client.quiet() == []
    assert relay.fingerprint == pin.hex()
    assert (await house.enter(alice))[1].next_pin is None
    with pytest.raises(BabiluError):
        relay.reload(replace(settings, announced=house.home / "missing.pem"))
    assert relay.fingerprint == pin.hex()
