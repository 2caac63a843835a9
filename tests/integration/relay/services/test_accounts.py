import asyncio
from dataclasses import replace

import pytest

from babilu.crypto.keys import SigningKey
from babilu.crypto.password import LoginCost
from babilu.identity.codec import encode_shape
from babilu.identity.login import LoginDeviceBody, RegisterBody, Signer
from babilu.kernel.errors import ErrorCode
from babilu.kernel.limits import DAY_MS, Limits
from babilu.relay.base.settings import Registration
from babilu.wire.client_frames import FetchDeviceList, Hello, LoginDevice, Register, StatusFrame
from babilu.wire.frame_base import Bye
from babilu.wire.relay_frames import DeviceListIs, Error, LoggedIn, Ok, StatusIs
from tests.integration.relay.conftest import House
from tests.relay_client import RANDOMNESS, Device, Person, RefusedError, refused

LOOPBACK_COUNTS = Limits(limit_loopback=True)


def new_key() -> SigningKey:
    return SigningKey.generate(RANDOMNESS)


class TestGreeting:
    async def test_a_hello_is_answered_with_what_the_relay_is(self, house: House) -> None:
        await house.start()
        welcome = await (await house.connect()).hello()
        assert (welcome.version, welcome.relay, welcome.registration) == (1, "Babilu", "open")
        assert (welcome.frame_bytes, welcome.submissions_per_second) == (96 * 1024, 500)

    async def test_each_hello_brings_another_challenge(self, house: House) -> None:
        await house.start()
        one, other = await house.connect(), await house.connect()
        challenges = {(await client.hello()).challenge for client in (one, one, other)}
        assert len(challenges) == 3

    async def test_a_client_of_another_version_is_sent_away(self, house: House) -> None:
        await house.start()
        client = await house.connect()
        client.send(Hello(7, (2, 3), "from the future"))
        (error,) = await client.closed()
        assert isinstance(error, Error)
        assert (error.code, error.request) == ("unsupported", 7)


class TestRegistration:
    async def test_a_free_name_is_registered_and_its_device_is_in(self, house: House) -> None:
        await house.start()
        alice = Person("alice")
        client = await house.connect()
        answer = await client.register(alice)
        assert answer.device_list == alice.device_list
        assert (answer.owner, answer.prekeys_ec, answer.prekeys_kem) == (False, 2, 2)
        assert (await client.resume()).head == 0

    async def test_a_taken_name_and_its_twin_are_refused(self, house: House) -> None:
        await house.start()
        await house.register("alice")
        for name in ("alice", "a1ice"):
            with refused(ErrorCode.NAME_TAKEN):
                await (await house.connect()).register(Person(name))

    @pytest.mark.parametrize(
        "name", ["../etc/x", "@bob", "*", "-rf", "Alice", "a b", "p\u0430ypal", "%s", "a\r\nb", "\x1b[2J"]
    )
    async def test_a_name_that_is_none_is_refused(self, house: House, name: str) -> None:
        await house.start()
        with refused(ErrorCode.NAME_REFUSED):
            await (await house.connect()).register(Person(name))

    async def test_the_login_key_must_sign(self, house: House) -> None:
        await house.start()
        alice, client = Person("alice"), await house.pending_peer()
        frame = client.register_frame(alice)
        forged = client.sign(new_key(), Signer.LOGIN_KEY, frame.body)
        client.send(Register(frame.request, frame.body, forged, frame.device_signature))
        with refused(ErrorCode.WRONG_CREDENTIALS):
            await client.answer(frame.request, LoggedIn)

    async def test_the_device_must_sign(self, house: House) -> None:
        await house.start()
        alice, client = Person("alice"), await house.pending_peer()
        frame = client.register_frame(alice)
        forged = client.sign(new_key(), Signer.DEVICE, frame.body)
        client.send(Register(frame.request, frame.body, frame.login_signature, forged))
        with refused(ErrorCode.WRONG_CREDENTIALS):
            await client.answer(frame.request, LoggedIn)

    async def test_a_registration_holds_on_its_own_connection_only(self, house: House) -> None:
        await house.start()
        one, other = await house.pending_peer(), await house.pending_peer()
        frame = one.register_frame(Person("alice"))
        other.send(frame)
        with refused(ErrorCode.WRONG_CREDENTIALS):
            await other.answer(frame.request, LoggedIn)

    async def test_prekeys_that_the_device_did_not_sign_are_refused(self, house: House) -> None:
        await house.start()
        client = await house.connect()
        with refused(ErrorCode.MALFORMED):
            await client.register(Person("alice"), prekeys=Device().prekeys())

    async def test_a_first_device_without_signed_prekeys_is_refused(self, house: House) -> None:
        await house.start()
        alice = Person("alice")
        with refused(ErrorCode.MALFORMED):
            await (await house.connect()).register(alice, prekeys=alice.device.prekeys(renewed=False))

    async def test_a_list_of_two_devices_is_no_beginning(self, house: House) -> None:
        await house.start()
        alice = Person("alice")
        alice.device_list = alice.make_list(alice.device, Device())
        with refused(ErrorCode.MALFORMED):
            await (await house.connect()).register(alice)

    async def test_a_login_key_of_small_order_is_refused(self, house: House) -> None:
        await house.start()
        alice, client = Person("alice"), await house.pending_peer()
        body = encode_shape(
            RegisterBody("alice", alice.salt, LoginCost(), bytes(32), alice.device_list, alice.device.prekeys(), None)
        )
        client.send(Register(1, body, bytes(64), client.sign(alice.device.signing, Signer.DEVICE, body)))
        with refused(ErrorCode.MALFORMED):
            await client.answer(1, LoggedIn)

    async def test_a_body_that_is_none_is_malformed(self, house: House) -> None:
        await house.start()
        client = await house.pending_peer()
        client.send(Register(1, b"\xc1", bytes(64), bytes(64)))
        with refused(ErrorCode.MALFORMED):
            await client.answer(1, LoggedIn)

    async def test_registrations_of_an_address_are_counted(self, house: House) -> None:
        await house.start(replace(LOOPBACK_COUNTS, registrations=2))
        await house.register("alice")
        await house.register("bob")
        with pytest.raises(RefusedError) as refusal:
            await (await house.connect()).register(Person("carol"))
        assert refusal.value.error.code == "rate_limited"
        wait = refusal.value.error.retry_after_ms
        assert wait is not None
        house.clock.pass_ms(wait)
        await house.register("carol")

    async def test_loopback_is_not_counted_by_itself(self, house: House) -> None:
        await house.start(Limits(registrations=1))
        await house.register("alice")
        await house.register("bob")


class TestInvitations:
    async def test_without_one_a_closed_relay_answers_alike_for_free_and_taken_names(self, house: House) -> None:
        await house.start(registration=Registration.OPEN)
        await house.register("alice")
        await house.start(registration=Registration.INVITE)
        answers = []
        for name in ("alice", "bob", "a1ice"):
            with pytest.raises(RefusedError) as refusal:
                await (await house.connect()).register(Person(name))
            answers.append(refusal.value.error)
        assert len(set(answers)) == 1
        assert answers[0].code == "invitation_needed"

    async def test_the_owners_invitation_makes_the_owner_and_is_gone(self, house: House) -> None:
        relay = await house.start(registration=Registration.INVITE)
        invitation = relay.owner_invitation
        assert invitation is not None
        assert (invitation.host, invitation.port) == relay.address
        assert invitation.pin.hex() == relay.fingerprint
        client = await house.connect()
        assert (await client.register(Person("alice"), invitation.token)).owner
        assert relay.owner_invitation is None
        with refused(ErrorCode.INVITATION_NEEDED):
            await (await house.connect()).register(Person("bob"), invitation.token)

    async def test_the_owners_invitation_stays_the_same_over_restarts(self, house: House) -> None:
        relay = await house.start(registration=Registration.INVITE)
        before = relay.owner_invitation
        relay = await house.start()
        assert before is not None
        assert relay.owner_invitation is not None
        assert relay.owner_invitation.token == before.token

    async def test_on_an_open_relay_only_the_owners_invitation_makes_the_owner(self, house: House) -> None:
        relay = await house.start(registration=Registration.OPEN)
        invitation = relay.owner_invitation
        assert invitation is not None
        assert not (await (await house.connect()).register(Person("first"))).owner
        owner = Person("owner")
        assert (await (await house.connect()).register(owner, invitation.token)).owner
        _, again = await house.enter(owner)
        assert again.owner

    async def test_one_invitation_used_fifty_times_at_once_makes_one_account(self, house: House) -> None:
        relay = await house.start(registration=Registration.INVITE)
        invitation = await relay.invite()
        clients = [await house.pending_peer() for _ in range(50)]
        frames = [
            client.register_frame(Person(f"user{number}"), invitation.token) for number, client in enumerate(clients)
        ]
        for client, frame in zip(clients, frames, strict=True):
            client.send(frame)
        outcomes = await asyncio.gather(
            *(client.answer(frame.request, LoggedIn) for client, frame in zip(clients, frames, strict=True)),
            return_exceptions=True,
        )
        assert sum(isinstance(outcome, LoggedIn) for outcome in outcomes) == 1
        refusals = [outcome.error.code for outcome in outcomes if isinstance(outcome, RefusedError)]
        assert refusals == ["invitation_needed"] * 49

    async def test_an_invitation_expires(self, house: House) -> None:
        relay = await house.start(registration=Registration.INVITE)
        invitation = await relay.invite(lifetime_ms=DAY_MS)
        house.clock.pass_ms(DAY_MS)
        with refused(ErrorCode.INVITATION_NEEDED):
            await (await house.connect()).register(Person("alice"), invitation.token)

    async def test_invitations_are_listed_and_revoked(self, house: House) -> None:
        relay = await house.start(registration=Registration.INVITE)
        invitation = await relay.invite(uses=3)
        (waiting,) = await relay.invitations.waiting()
        assert waiting.uses == 3
        await (await house.connect()).register(Person("alice"), invitation.token)
        (waiting,) = await relay.invitations.waiting()
        assert waiting.uses == 2
        assert await relay.invitations.revoke(waiting.invitation)
        with refused(ErrorCode.INVITATION_NEEDED):
            await (await house.connect()).register(Person("bob"), invitation.token)

    async def test_tokens_lie_nowhere_in_the_relays_folder(self, house: House) -> None:
        relay = await house.start(registration=Registration.INVITE)
        owner = relay.owner_invitation
        assert owner is not None
        tokens = [(await relay.invite()).token, owner.token]
        await house.stop()
        kept = b"".join(file.read_bytes() for file in sorted(house.home.rglob("*")) if file.is_file())
        assert not any(token in kept for token in tokens)


class TestLogin:
    async def test_a_listed_device_comes_in(self, house: House) -> None:
        await house.start()
        alice, _ = await house.register("alice")
        _, answer = await house.enter(alice)
        assert answer.device_list == alice.device_list
        assert (answer.prekeys_ec, answer.prekeys_kem) == (2, 2)

    async def test_the_password_shows_the_account_and_opens_no_mail(self, house: House) -> None:
        await house.start()
        alice, _ = await house.register("alice")
        client = await house.connect()
        answer = await client.login(alice)
        assert answer.device_list == alice.device_list
        with refused(ErrorCode.NOT_ALLOWED):
            await client.resume()
        client.send(FetchDeviceList(90, "alice"))
        assert (await client.answer(90, DeviceListIs)).device_list == alice.device_list

    async def test_a_wrong_password_is_wrong_for_known_and_unknown_names_alike(self, house: House) -> None:
        await house.start()
        await house.register("alice")
        answers = []
        for name in ("alice", "nobody"):
            client = await house.connect()
            with pytest.raises(RefusedError) as refusal:
                await client.login(Person(name))
            answers.append(refusal.value.error)
        assert answers[0] == answers[1]
        assert answers[0].code == "wrong_credentials"

    async def test_a_device_that_is_not_listed_is_unknown_like_one_of_an_unknown_name(self, house: House) -> None:
        await house.start()
        alice, _ = await house.register("alice")
        answers = []
        for name in ("alice", "nobody"):
            with pytest.raises(RefusedError) as refusal:
                await (await house.connect()).login_device(alice, Device(), name=name)
            answers.append(refusal.value.error)
        assert answers[0] == answers[1]
        assert answers[0].code == "device_unknown"

    async def test_a_device_that_signs_with_another_key_is_refused(self, house: House) -> None:
        await house.start()
        alice, _ = await house.register("alice")
        client = await house.pending_peer()
        body = encode_shape(LoginDeviceBody("alice", alice.device.id))
        client.send(LoginDevice(5, body, client.sign(new_key(), Signer.DEVICE, body)))
        with refused(ErrorCode.WRONG_CREDENTIALS):
            await client.answer(5, LoggedIn)

    async def test_a_signature_of_another_kind_is_none(self, house: House) -> None:
        await house.start()
        alice, _ = await house.register("alice")
        client = await house.pending_peer()
        body = encode_shape(LoginDeviceBody("alice", alice.device.id))
        client.send(LoginDevice(5, body, client.sign(alice.device.signing, Signer.LOGIN_KEY, body)))
        with refused(ErrorCode.WRONG_CREDENTIALS):
            await client.answer(5, LoggedIn)

    async def test_a_challenge_is_good_for_one_attempt(self, house: House) -> None:
        await house.start()
        alice, _ = await house.register("alice")
        client = await house.pending_peer()
        body = encode_shape(LoginDeviceBody("alice", alice.device.id))
        client.send(
            LoginDevice(5, body, bytes(64)),
            LoginDevice(6, body, client.sign(alice.device.signing, Signer.DEVICE, body)),
        )
        with refused(ErrorCode.WRONG_CREDENTIALS):
            await client.answer(5, LoggedIn)
        with refused(ErrorCode.NOT_ALLOWED):
            await client.answer(6, LoggedIn)
        await client.login_device(alice)

    async def test_nobody_logs_in_without_a_hello(self, house: House) -> None:
        await house.start()
        client = await house.connect()
        client.send(LoginDevice(5, b"", bytes(64)))
        with refused(ErrorCode.NOT_ALLOWED):
            await client.answer(5, LoggedIn)

    async def test_nobody_logs_in_twice_on_one_connection(self, house: House) -> None:
        await house.start()
        alice, client = await house.register("alice")
        with refused(ErrorCode.NOT_ALLOWED):
            await client.login_device(alice)

    async def test_a_salt_is_the_registered_one_or_an_invented_lasting_one(self, house: House) -> None:
        await house.start()
        alice, _ = await house.register("alice")
        salts = []
        for _ in range(2):
            client = await house.pending_peer()
            known, unknown = await client.salt("alice"), await client.salt("nobody")
            assert known.salt == alice.salt
            assert (known.memory_kib, known.passes, known.lanes) == (unknown.memory_kib, unknown.passes, unknown.lanes)
            assert len(unknown.salt) == len(known.salt)
            salts.append(unknown.salt)
            await house.start()
        assert salts[0] == salts[1]
        other = await (await house.pending_peer()).salt("nobody2")
        assert other.salt != salts[0]

    async def test_a_name_is_normalised_for_a_salt(self, house: House) -> None:
        await house.start()
        alice, _ = await house.register("alice")
        assert (await (await house.pending_peer()).salt("ALICE")).salt == alice.salt

    async def test_names_that_are_known_cost_the_relay_no_more_than_others(self, house: House) -> None:
        await house.start()
        await house.register("alice")
        client = await house.connect()
        done: list[str] = []
        await house.trace(done)
        cost = {}
        for name in ("alice", "nobody"):
            done.clear()
            await client.salt(name)
            with refused(ErrorCode.WRONG_CREDENTIALS):
                await client.login(Person(name))
            with refused(ErrorCode.DEVICE_UNKNOWN):
                await client.login_device(Person(name))
            cost[name] = len(done)
        assert cost["alice"] == cost["nobody"] > 0


class TestGuessing:
    async def guess(self, house: House, name: str, times: int) -> list[str]:
        codes = []
        client = await house.connect()
        for _ in range(times):
            try:
                await client.login(Person(name))
            except RefusedError as refusal:
                codes.append(refusal.error.code)
        return codes

    async def test_an_account_takes_a_few_wrong_passwords_and_then_one_each_interval(self, house: House) -> None:
        await house.start()
        await house.register("alice")
        assert await self.guess(house, "alice", 7) == ["wrong_credentials"] * 5 + ["rate_limited"] * 2
        house.clock.pass_ms(house.limits.failed_login_ms)
        assert await self.guess(house, "alice", 2) == ["wrong_credentials", "rate_limited"]

    async def test_unknown_names_are_counted_like_known_ones(self, house: House) -> None:
        await house.start()
        assert await self.guess(house, "nobody", 6) == ["wrong_credentials"] * 5 + ["rate_limited"]

    async def test_a_known_device_is_not_locked_out_by_guesses(self, house: House) -> None:
        await house.start(LOOPBACK_COUNTS)
        alice, _ = await house.register("alice")
        await self.guess(house, "alice", 10)
        with refused(ErrorCode.RATE_LIMITED):
            await (await house.connect()).login(alice)
        _, answer = await house.enter(alice)
        assert answer.device_list == alice.device_list

    async def test_what_a_device_asks_is_not_held_up_by_guesses_of_strangers_and_counted_for_itself(
        self, house: House
    ) -> None:
        await house.start(LOOPBACK_COUNTS)
        alice, client = await house.register("alice")
        await self.guess(house, "alice", 10)
        new = new_key()
        await client.change_password(alice, alice.login_key, new, Ok)
        for _ in range(house.limits.failed_logins):
            with refused(ErrorCode.WRONG_CREDENTIALS):
                await client.delete_account(alice, alice.login_key, Ok)
        with refused(ErrorCode.RATE_LIMITED):
            await client.delete_account(alice, new, Ok)
        house.clock.pass_ms(house.limits.failed_login_ms)
        await client.delete_account(alice, new, Ok)

    async def test_an_address_is_counted_over_all_names(self, house: House) -> None:
        await house.start(LOOPBACK_COUNTS)
        codes = [(await self.guess(house, f"name{number}", 1))[0] for number in range(7)]
        assert codes == ["wrong_credentials"] * 5 + ["rate_limited"] * 2

    async def test_right_passwords_are_not_counted(self, house: House) -> None:
        await house.start(LOOPBACK_COUNTS)
        alice, _ = await house.register("alice")
        for _ in range(8):
            await (await house.connect()).login(alice)

    async def test_guesses_at_once_are_counted_one_by_one(self, house: House) -> None:
        await house.start()
        await house.register("alice")
        clients = [await house.connect() for _ in range(20)]
        outcomes = await asyncio.gather(*(client.login(Person("alice")) for client in clients), return_exceptions=True)
        codes = sorted(outcome.error.code for outcome in outcomes if isinstance(outcome, RefusedError))
        assert codes == ["rate_limited"] * 15 + ["wrong_credentials"] * 5


class TestUsers:
    async def test_one_account_more_than_there_may_be_is_told_after_its_signature(self, house: House) -> None:
        await house.start()
        carol, gone = await house.register("carol")
        gone.writer.close()
        await house.start(Limits(max_users=2))
        await house.register("alice")
        await house.register("bob")
        with refused(ErrorCode.SERVER_FULL):
            await house.enter(carol)
        with refused(ErrorCode.WRONG_CREDENTIALS):
            await (await house.connect()).login(Person("carol"))

    async def test_a_full_relay_keeps_no_registration(self, house: House) -> None:
        await house.start(Limits(max_users=1))
        _, alice = await house.register("alice")
        with refused(ErrorCode.SERVER_FULL):
            await (await house.connect()).register(Person("bob"))
        alice.writer.close()
        await alice.writer.wait_closed()
        await house.until_online(0)
        await house.register("bob")

    async def test_registrations_at_once_take_no_more_places_than_there_are(self, house: House) -> None:
        await house.start(Limits(max_users=3))
        clients = [await house.connect() for _ in range(8)]
        outcomes = await asyncio.gather(
            *(client.register(Person(f"user{number}")) for number, client in enumerate(clients)),
            return_exceptions=True,
        )
        assert sum(isinstance(outcome, LoggedIn) for outcome in outcomes) == 3
        assert house.relay.online == 3

    async def test_an_account_that_is_connected_replaces_itself_on_a_full_relay(self, house: House) -> None:
        await house.start(Limits(max_users=1))
        alice, first = await house.register("alice")
        await house.enter(alice)
        assert await first.closed() == [Bye("replaced")]
        assert house.relay.online == 1

    async def test_one_connection_by_password_more_than_an_account_may_have_is_refused(self, house: House) -> None:
        await house.start(Limits(connections_per_account=2))
        alice, first = await house.register("alice")
        second, third = await house.connect(), await house.connect()
        await second.login(alice)
        with refused(ErrorCode.BUSY):
            await third.login(alice)
        await house.enter(alice)
        assert await first.closed() == [Bye("replaced")]
        second.send(Bye("done"))
        await second.closed()
        await house.until(lambda: len(list(house.relay._up.services.sessions.everybody())) == 1)
        await third.login(alice)

    async def test_devices_come_in_however_many_connections_a_password_has_opened(self, house: House) -> None:
        await house.start(Limits(connections_per_account=1))
        alice, first = await house.register("alice")
        first.send(Bye("done"))
        await house.until_online(0)
        await (await house.connect()).login(alice)
        await house.enter(alice)

    async def test_two_devices_of_an_account_are_one_user(self, house: House) -> None:
        await house.start(Limits(max_users=1))
        alice, _ = await house.register("alice")
        client = await house.connect()
        await client.login(alice)
        client.send(StatusFrame(50))
        status = await client.answer(50, StatusIs)
        assert (status.online, status.max_users) == (1, 1)


class TestResetIdentity:
    async def test_starts_over_with_another_identity_and_sends_old_devices_away(self, house: House) -> None:
        await house.start()
        alice, old = await house.register("alice")
        _, bob = await house.register("bob")
        await bob.submit(alice, b"lost")
        await old.deliveries(1)
        anew = Person("alice")
        client = await house.connect()
        answer = await client.reset_identity(anew, alice.login_key)
        assert (answer.device_list, answer.prekeys_ec) == (anew.device_list, 2)
        assert await old.closed() == [Bye("device_unknown")]
        resumed = await client.resume()
        assert (resumed.acknowledged, resumed.head) == (0, 0)
        with refused(ErrorCode.DEVICE_UNKNOWN):
            await house.enter(alice)

    async def test_is_allowed_after_a_login_by_password_for_the_same_account(self, house: House) -> None:
        await house.start()
        alice, _ = await house.register("alice")
        client = await house.connect()
        await client.login(alice)
        anew = Person("alice")
        await client.reset_identity(anew, alice.login_key)
        await client.resume()

    async def test_of_another_account_than_is_logged_in_is_not_allowed(self, house: House) -> None:
        await house.start()
        alice, _ = await house.register("alice")
        bob, _ = await house.register("bob")
        client = await house.connect()
        await client.login(alice)
        with refused(ErrorCode.NOT_ALLOWED):
            await client.reset_identity(Person("bob"), bob.login_key)

    async def test_needs_the_password(self, house: House) -> None:
        await house.start()
        alice, client = await house.register("alice")
        with refused(ErrorCode.WRONG_CREDENTIALS):
            await (await house.connect()).reset_identity(Person("alice"))
        assert (await client.quiet()) == []
        await house.enter(alice)


class TestChangePassword:
    async def test_takes_the_new_one_from_then_on(self, house: House) -> None:
        await house.start()
        alice, _ = await house.register("alice")
        new = new_key()
        await (await house.connect()).change_password(alice, alice.login_key, new, Ok)
        with refused(ErrorCode.WRONG_CREDENTIALS):
            await (await house.connect()).login(alice)
        await (await house.connect()).login(alice, new)

    async def test_is_allowed_on_a_live_connection_with_a_new_hello(self, house: House) -> None:
        await house.start()
        alice, client = await house.register("alice")
        await client.change_password(alice, alice.login_key, new_key(), Ok)

    async def test_needs_the_old_password_and_the_new_key(self, house: House) -> None:
        await house.start()
        alice, client = await house.register("alice")
        with refused(ErrorCode.WRONG_CREDENTIALS):
            await client.change_password(alice, new_key(), new_key(), Ok)
        await (await house.connect()).login(alice)

    async def test_of_another_account_is_not_allowed(self, house: House) -> None:
        await house.start()
        bob, _ = await house.register("bob")
        _, client = await house.register("alice")
        with refused(ErrorCode.NOT_ALLOWED):
            await client.change_password(bob, bob.login_key, new_key(), Ok)


class TestDeleteAccount:
    async def test_leaves_nothing_and_frees_the_name(self, house: House) -> None:
        await house.start()
        alice, live = await house.register("alice")
        client = await house.connect()
        await client.delete_account(alice, alice.login_key, Ok)
        assert await client.closed() == [Bye("done")]
        assert await live.closed() == [Bye("device_unknown")]
        with refused(ErrorCode.DEVICE_UNKNOWN):
            await house.enter(alice)
        await house.register("alice")

    async def test_needs_the_password(self, house: House) -> None:
        await house.start()
        alice, client = await house.register("alice")
        with refused(ErrorCode.WRONG_CREDENTIALS):
            await client.delete_account(alice, new_key(), Ok)
        await house.enter(alice)

    async def test_of_the_owner_brings_another_owners_invitation(self, house: House) -> None:
        relay = await house.start()
        invitation = relay.owner_invitation
        assert invitation is not None
        alice, client = Person("alice"), await house.connect()
        await client.register(alice, invitation.token)
        await client.delete_account(alice, alice.login_key, Ok)
        assert relay.owner_invitation is not None
        assert relay.owner_invitation.token != invitation.token
