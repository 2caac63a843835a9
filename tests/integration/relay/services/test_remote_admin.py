import asyncio

import msgspec
import pytest

from babilu.kernel.errors import ErrorCode
from babilu.kernel.limits import Limits
from babilu.relay.base import admin_requests
from babilu.relay.base.admin_requests import AccountRole
from babilu.relay.storage.administration import AccountSummary, AuditEntry
from babilu.wire.client_frames import AdministerFrame
from babilu.wire.frame_base import Bye
from babilu.wire.relay_frames import Administered, Notice
from tests.integration.relay.conftest import House
from tests.integration.relay.test_admin import admin
from tests.relay_client import Person, RawClient, RefusedError, envelopes, refused


async def order(client: RawClient, request: admin_requests.AdminRequest) -> bytes:
    """Give an order over the wire; returns its answer in JSON."""
    encoded = msgspec.json.encode(request)
    return (await client.request(lambda number: AdministerFrame(number, encoded), Administered)).answer


async def staffed(house: House) -> tuple[RawClient, RawClient, Person, RawClient]:
    """Start a relay with olga the owner, mia the moderator and ben, all connected."""
    relay = await house.start()
    invitation = relay.owner_invitation
    assert invitation is not None
    owner = await house.connect()
    assert (await owner.register(Person("olga"), invitation.token)).owner
    _, moderator = await house.register("mia")
    ben, member = await house.register("ben")
    await order(owner, admin_requests.AppointUser("mia", AccountRole.MODERATOR))
    return owner, moderator, ben, member


async def test_the_holder_of_the_owners_invitation_appoints_and_the_moderator_sends_a_member_away(house: House) -> None:
    owner, moderator, _, member = await staffed(house)

    await order(moderator, admin_requests.DisableUser("ben"))

    assert (await member.closed())[-1] == Bye("account_disabled")
    entries = msgspec.json.decode(await order(owner, admin_requests.ReadAudit()), type=list[AuditEntry])
    assert [(each.officer, each.action, each.subject) for each in entries] == [
        ("olga", "role moderator", "mia"),
        ("mia", "disable", "ben"),
    ]


@pytest.mark.parametrize(
    "request_",
    [admin_requests.DeleteUser("ben"), admin_requests.ReadAudit(), admin_requests.SetQuota("ben", 1),
     admin_requests.DisableUser("olga"),
     admin_requests.BackUpRequest("/tmp/backup"), admin_requests.RenewCertificate(early=True)],
)  # fmt: skip
async def test_a_moderator_is_refused_what_is_the_owners_or_the_machines(
    house: House, request_: admin_requests.AdminRequest
) -> None:
    _, moderator, _, _ = await staffed(house)

    with refused(ErrorCode.NOT_ALLOWED):
        await order(moderator, request_)


async def test_a_member_is_refused_even_a_look(house: House) -> None:
    _, _, _, member = await staffed(house)

    for request in (
        admin_requests.ListUsers(),
        admin_requests.Broadcast("I am the operator."),
        admin_requests.StatusRequest(),
    ):
        with refused(ErrorCode.NOT_ALLOWED):
            await order(member, request)


async def test_power_ends_with_the_role_on_connections_that_are_open(house: House) -> None:
    owner, moderator, _, _ = await staffed(house)
    await order(moderator, admin_requests.ListUsers())

    await order(owner, admin_requests.AppointUser("mia", AccountRole.MEMBER))

    with refused(ErrorCode.NOT_ALLOWED):
        await order(moderator, admin_requests.ListUsers())


async def test_nobody_learns_the_owners_invitation_over_the_wire(house: House) -> None:
    await house.start()
    _, moderator = await house.register("mia")
    await admin(house, admin_requests.AppointUser("mia", AccountRole.MODERATOR), admin_requests.Done)

    status = msgspec.json.decode(
        await order(moderator, admin_requests.StatusRequest()), type=admin_requests.RelayStatus
    )

    assert status.owner_invitation is None
    assert house.relay.owner_invitation is not None


@pytest.mark.parametrize("text", [b"", b"{}", b"[" * 60_000, b'{"do":"dance"}'])
async def test_noise_is_refused_and_the_connection_stays(house: House, text: bytes) -> None:
    owner, _, _, _ = await staffed(house)

    with refused(ErrorCode.UNSUPPORTED):
        await owner.request(lambda number: AdministerFrame(number, text), Administered)
    await order(owner, admin_requests.StatusRequest())


async def test_orders_are_given_at_a_pace(house: House) -> None:
    house.limits = Limits(orders=2)
    owner, _, _, _ = await staffed(house)
    await order(owner, admin_requests.StatusRequest())

    with pytest.raises(RefusedError) as too_many:
        await order(owner, admin_requests.StatusRequest())
    assert too_many.value.error.code == ErrorCode.RATE_LIMITED.value
    assert too_many.value.error.retry_after_ms
    house.clock.pass_ms(too_many.value.error.retry_after_ms)
    await order(owner, admin_requests.StatusRequest())


async def test_a_notice_of_a_moderator_reaches_everybody(house: House) -> None:
    _, moderator, _, member = await staffed(house)

    await order(moderator, admin_requests.Broadcast("Back at noon."))

    assert await member.expect(Notice) == Notice("Back at noon.")


async def test_a_quota_of_an_account_holds_and_the_accounts_list_shows_it(house: House) -> None:
    owner, moderator, ben, member = await staffed(house)
    member.writer.transport.abort()
    await order(owner, admin_requests.SetQuota("ben", 1, None))

    await moderator.submit(ben, envelopes(1)[0])
    with refused(ErrorCode.QUOTA):
        await moderator.submit(ben, envelopes(1, 300)[0])

    users = msgspec.json.decode(await order(owner, admin_requests.ListUsers("alf", 1)), type=list[AccountSummary])
    assert [(user.name, user.mailbox_messages, user.mail_messages) for user in users] == [("ben", 1, 1)]


async def test_a_long_list_of_users_fits_a_frame(house: House) -> None:
    owner, *_ = await staffed(house)
    makers = [await house.connect() for _ in range(3)]
    await asyncio.gather(
        *(maker.register(Person(f"{place}" + "ñ" * 31)) for place, maker in zip("abc", makers, strict=True))
    )

    answer = await order(owner, admin_requests.ListUsers())

    longest = max(len(msgspec.json.encode(user)) for user in msgspec.json.decode(answer, type=list[AccountSummary]))
    assert longest * admin_requests.USERS_MAX < 96 * 1024
