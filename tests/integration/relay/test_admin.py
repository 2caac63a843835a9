import asyncio
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from babilu.cli.admin_link import ask
from babilu.cli.check_results import Verdict
from babilu.cli.checks import as_it_runs, check_address
from babilu.crypto.keys import SigningKey
from babilu.crypto.password import LoginCost
from babilu.identity.invitation import Invitation
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, ProfileError, UsageError
from babilu.presentation.strings import Strings
from babilu.relay.base import admin_requests
from babilu.relay.base.admin_requests import AccountRole
from babilu.relay.base.settings import Registration, RelaySettings
from babilu.relay.node.backup import restore_backup, verify_backup
from babilu.relay.node.server import Relay
from babilu.relay.storage.administration import AccountSummary, AuditEntry, Statistics
from babilu.relay.storage.records import OpenInvitation as Waiting
from babilu.wire.frame_base import Bye
from babilu.wire.relay_frames import Notice
from tests.integration.relay.conftest import House
from tests.relay_client import RANDOMNESS, Person, RawClient, envelopes, refused

T = TypeVar("T")

KNOCK = """
import os, socket, sys
os.setuid(65534)
with socket.socket(socket.AF_UNIX) as link:
    link.connect(sys.argv[1])
    try:
        link.sendall(b'{"do":"status"}' + bytes([10]))
        sys.stdout.buffer.write(link.recv(1000))
    except (BrokenPipeError, ConnectionResetError):
        pass
"""


async def admin(house: House, request: admin_requests.AdminRequest, kind: type[T]) -> T:
    return await asyncio.to_thread(ask, house.home, request, kind)


def unfinished(folder: Path) -> set[Path]:
    return set(folder.glob("*.unfinished"))


async def refusal(house: House, request: admin_requests.AdminRequest) -> ErrorCode:
    with pytest.raises(BabiluError) as refused_with:
        await admin(house, request, admin_requests.Done)
    return refused_with.value.code


async def test_a_disabled_account_is_sent_away_and_let_in_again_when_it_is_enabled(house: House) -> None:
    await house.start()
    alice, client = await house.register("alice")

    await admin(house, admin_requests.DisableUser("ALICE"), admin_requests.Done)

    assert (await client.closed())[-1] == Bye("account_disabled")
    for enter in (RawClient.login, RawClient.login_device, RawClient.reset_identity):
        with refused(ErrorCode.ACCOUNT_DISABLED):
            await enter(await house.connect(), alice)
    with refused(ErrorCode.WRONG_CREDENTIALS):
        await (await house.connect()).login(alice, SigningKey.generate(RANDOMNESS))
    await admin(house, admin_requests.EnableUser("alice"), admin_requests.Done)
    await (await house.connect()).login_device(alice)


async def test_a_deleted_account_is_gone_with_its_connections(house: House) -> None:
    await house.start()
    alice, client = await house.register("alice")

    await admin(house, admin_requests.DeleteUser("alice"), admin_requests.Done)

    assert (await client.closed())[-1] == Bye("device_unknown")
    with refused(ErrorCode.DEVICE_UNKNOWN):
        await (await house.connect()).login_device(alice)
    assert await admin(house, admin_requests.ListUsers(), list[AccountSummary]) == []


async def test_a_reset_replaces_the_password_and_leaves_devices_alone(house: House) -> None:
    await house.start()
    alice, client = await house.register("alice")
    fresh, salt = SigningKey.generate(RANDOMNESS), RANDOMNESS.token(32)

    await admin(house, admin_requests.ResetLogin("alice", salt, LoginCost(), fresh.public), admin_requests.Done)

    assert await client.quiet() == []
    with refused(ErrorCode.WRONG_CREDENTIALS):
        await (await house.connect()).login(alice)
    newcomer = await house.connect()
    assert (await newcomer.salt("alice")).salt == salt
    await newcomer.login(alice, fresh)


async def test_an_invitation_is_good_as_often_as_was_said_until_it_is_revoked(house: House) -> None:
    await house.start(registration=Registration.INVITE)
    made = await admin(house, admin_requests.Invite(60_000, 3), admin_requests.InvitationIs)
    token = Invitation.decode(made.text).token

    for name in ("alice", "bob"):
        await (await house.connect()).register(Person(name), token)
    (waiting,) = await admin(house, admin_requests.ListInvitations(), list[Waiting])
    assert (waiting.invitation, waiting.uses) == (made.invitation, 1)
    await admin(house, admin_requests.Revoke(made.invitation), admin_requests.Done)

    with refused(ErrorCode.INVITATION_NEEDED):
        await (await house.connect()).register(Person("carol"), token)
    assert await refusal(house, admin_requests.Revoke(made.invitation)) is ErrorCode.NOT_FOUND


async def test_whoever_is_appointed_owner_voids_the_invitation_that_waited_for_one(house: House) -> None:
    relay = await house.start(registration=Registration.OPEN)
    invitation = relay.owner_invitation
    assert invitation is not None
    await house.register("alice")

    await admin(house, admin_requests.AppointUser("alice", AccountRole.OWNER), admin_requests.Done)

    assert relay.owner_invitation is None
    logged_in = await (await house.connect()).register(Person("bob"), invitation.token)
    assert not logged_in.owner


async def test_a_notice_reaches_everybody_who_is_connected(house: House) -> None:
    await house.start()
    _, alice = await house.register("alice")

    assert await admin(
        house, admin_requests.Broadcast("Back at noon."), admin_requests.NoticeSent
    ) == admin_requests.NoticeSent(1)

    assert await alice.expect(Notice) == Notice("Back at noon.")


async def test_the_audit_log_tells_who_did_what_and_holds_no_text_and_no_token(house: House) -> None:
    await house.start()
    await house.register("alice")
    await admin(house, admin_requests.Broadcast("PLANTED"), admin_requests.NoticeSent)
    made = await admin(house, admin_requests.Invite(), admin_requests.InvitationIs)
    await admin(house, admin_requests.DisableUser("alice"), admin_requests.Done)

    entries = await admin(house, admin_requests.ReadAudit(), list[AuditEntry])

    now, uid, number = house.clock.now, os.geteuid(), str(made.invitation)
    assert [(each.action, each.subject) for each in entries] == [
        ("broadcast", ""),
        ("invite", number),
        ("disable", "alice"),
    ]
    assert {(each.at, each.uid) for each in entries} == {(now, uid)}
    await house.stop()
    assert b"PLANTED" not in (house.home / "relay.db").read_bytes()


async def test_status_and_statistics_tell_how_the_relay_is(house: House) -> None:
    relay = await house.start()
    await house.register("alice")

    about = await admin(house, admin_requests.StatusRequest(), admin_requests.RelayStatus)
    counted = await admin(house, admin_requests.StatisticsRequest(), Statistics)

    assert (about.host, about.port, about.online, about.fingerprint) == (*relay.address, 1, relay.fingerprint)
    assert about.since == house.clock.now
    assert counted.accounts == counted.devices == 1


async def test_an_examination_judges_a_relay_by_what_it_was_told_at_its_start(house: House) -> None:
    configured = RelaySettings("127.0.0.1", 0, house.home)
    told = replace(configured, registration=Registration.OPEN, public_host="203.0.113.7", public_is_guess=True)
    relay = Relay(told, house.clock, RANDOMNESS)
    await relay.start()
    try:
        runs = await asyncio.to_thread(as_it_runs, configured)
    finally:
        await relay.stop()

    assert (runs.public_host, runs.public_is_guess, runs.registration) == ("203.0.113.7", True, Registration.OPEN)
    (finding,) = check_address(runs)
    assert (finding.verdict, finding.seen(Strings())) == (Verdict.WORRY, next(check_address(told)).seen(Strings()))
    assert as_it_runs(configured) == configured


@pytest.mark.parametrize(
    "line",
    [b"", b"\n", b"{}\n", b'{"do":"dance"}\n', b'{"do":"status","x":1}\n', b"[" * 60_000 + b"\n", b"x" * 70_000,
     b'{"do":"broadcast","text":""}\n', b'{"do":"appointuser","name":"a","role":"king"}\n'],
)  # fmt: skip
async def test_noise_is_answered_by_a_refusal(house: House, line: bytes) -> None:
    await house.start()
    reader, writer = await asyncio.open_unix_connection(str(house.home / "admin.sock"))
    writer.write(line)
    writer.write_eof()
    answer = await reader.read()
    writer.close()

    assert b'"code":"malformed"' in answer
    await admin(house, admin_requests.StatusRequest(), admin_requests.RelayStatus)


async def test_the_socket_is_its_owners_alone_and_goes_with_the_relay(house: House) -> None:
    await house.start()
    place = house.home / "admin.sock"

    assert place.stat().st_mode & 0o777 == 0o600
    await house.stop()
    assert not place.exists()
    with pytest.raises(LinkError, match="No relay runs"):
        ask(house.home, admin_requests.StatusRequest(), admin_requests.RelayStatus)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
async def test_another_user_is_not_heard_even_where_the_modes_would_let_in(house: House) -> None:
    await house.start()
    place = house.home / "admin.sock"
    place.chmod(0o666)
    opened = [folder for folder in place.parents if not folder.stat().st_mode & 0o001]
    modes = [folder.stat().st_mode for folder in opened]
    for folder in opened:
        folder.chmod(0o755)
    try:
        command = [sys.executable, "-c", KNOCK, str(place)]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False)
    finally:
        for folder, mode in zip(opened, modes, strict=True):
            folder.chmod(mode)

    assert done.returncode == 0, done.stderr
    assert done.stdout == b""


async def test_a_folder_too_deep_for_unix_sockets_is_no_hindrance(house: House) -> None:
    house.home = house.home.joinpath(*["deep" * 10] * 4)
    await house.start()

    await admin(house, admin_requests.StatusRequest(), admin_requests.RelayStatus)


async def test_a_relay_is_backed_up_while_it_runs_destroyed_restored_and_goes_on(house: House, tmp_path: Path) -> None:
    relay = await house.start()
    fingerprint, epoch = relay.fingerprint, relay._up.services.accounts._storage.epoch
    alice, sender = await house.register("alice")
    bob, receiver = await house.register("bob")
    receiver.writer.transport.abort()
    mail = envelopes(3)
    await sender.submit(bob, *mail)
    place = tmp_path / "backup"

    made = await admin(house, admin_requests.BackUpRequest(str(place)), admin_requests.BackedUp)
    await sender.submit(bob, envelopes(1, 700)[0])
    await house.stop()
    shutil.rmtree(house.home)
    assert verify_backup(place).size == made.size
    assert restore_backup(place, house.home, RANDOMNESS, replace=False) is None

    relay = await house.start()
    assert relay.fingerprint == fingerprint
    assert relay._up.services.accounts._storage.epoch != epoch
    back = await house.connect()
    assert (await back.login_device(bob)).epoch == relay._up.services.accounts._storage.epoch
    await back.resume()
    assert [delivered.envelope for delivered in await back.deliveries(3)] == list(mail)
    assert {file.stat().st_mode & 0o777 for file in place.iterdir()} == {0o600}
    assert alice.name in {user.name for user in await admin(house, admin_requests.ListUsers(), list[AccountSummary])}


async def test_a_backup_never_overwrites_and_leaves_nothing_half_done(house: House, tmp_path: Path) -> None:
    await house.start()
    (tmp_path / "backup").mkdir()

    assert await refusal(house, admin_requests.BackUpRequest(str(tmp_path / "backup"))) is ErrorCode.USAGE
    assert await refusal(house, admin_requests.BackUpRequest("relative")) is ErrorCode.USAGE
    (tmp_path / "file").touch()
    assert await refusal(house, admin_requests.BackUpRequest(str(tmp_path / "file" / "backup"))) is ErrorCode.USAGE
    assert unfinished(tmp_path) == set()


@pytest.mark.parametrize("spoil", ["flip", "cut", "missing", "manifest", "stranger", "newer"])
async def test_a_backup_that_was_changed_is_not_restored(house: House, tmp_path: Path, spoil: str) -> None:
    await house.start()
    place = tmp_path / "backup"
    await admin(house, admin_requests.BackUpRequest(str(place)), admin_requests.BackedUp)
    await house.stop()
    database, manifest = place / "relay.db", place / "backup.json"
    match spoil:
        case "flip":
            octets = bytearray(database.read_bytes())
            octets[5000] ^= 1
            database.write_bytes(octets)
        case "cut":
            database.write_bytes(database.read_bytes()[:-1])
        case "missing":
            (place / "relay.key").unlink()
        case "manifest":
            manifest.write_text("{")
        case "stranger":
            manifest.write_text(manifest.read_text().replace("relay.key", "../relay.key"))
        case _:
            manifest.write_text(manifest.read_text().replace('"format": 1', '"format": 2'))

    with pytest.raises((ProfileError, UsageError)):
        restore_backup(place, tmp_path / "new", RANDOMNESS, replace=False)
    assert not (tmp_path / "new").exists()


async def test_a_relay_that_is_there_is_put_aside_only_when_asked_and_never_while_it_runs(
    house: House, tmp_path: Path
) -> None:
    await house.start()
    place = tmp_path / "backup"
    await admin(house, admin_requests.BackUpRequest(str(place)), admin_requests.BackedUp)
    with pytest.raises(ProfileError) as in_use:
        restore_backup(place, house.home, RANDOMNESS, replace=True)
    assert in_use.value.code is ErrorCode.PROFILE_IN_USE
    await house.register("late")
    await house.stop()

    with pytest.raises(UsageError, match="--replace"):
        restore_backup(place, house.home, RANDOMNESS, replace=False)
    aside = restore_backup(place, house.home, RANDOMNESS, replace=True)

    assert aside is not None
    assert {"relay.db", "relay.key", "certificate.pem"} <= {file.name for file in aside.iterdir()}
    await house.start()
    assert await admin(house, admin_requests.ListUsers(), list[AccountSummary]) == []
