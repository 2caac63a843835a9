import msgspec
import pytest
from msgspec import structs

from babilu.kernel.errors import ErrorCode
from babilu.relay.storage.port import Storage
from babilu.relay.storage.records import (
    MailboxStanding,
    MailPage,
    Outcome,
    Quota,
    Refused,
    Repeated,
    StaleDeviceList,
    Stored,
)
from tests.contract.storage.builders import (
    NOW,
    QUOTA,
    device,
    device_list,
    envelope_id,
    register,
    stand,
    store,
    submission,
)
from tests.contract.storage.conftest import Reopen

ALL = 10_000


async def waiting(storage: Storage, name: str, after: int = 0) -> list[tuple[int, bytes]]:
    page = await storage.mail.read(device(name), after, ALL, 10**9)
    return [(stored_envelope.seq, stored_envelope.envelope) for stored_envelope in page.stored_envelopes]


async def test_envelopes_take_the_next_numbers_of_their_own_mailbox(storage: Storage) -> None:
    await register(storage, "alice", "bob", "carol")
    outcomes = await storage.mail.submit(
        [submission("bob", b"1"), submission("carol", b"2"), submission("bob", b"3")], NOW, QUOTA
    )
    assert outcomes == [Stored(1, NOW), Stored(1, NOW), Stored(2, NOW)]
    assert await waiting(storage, "bob") == [(1, b"1"), (2, b"3")]
    assert await waiting(storage, "carol") == [(1, b"2")]


async def test_numbers_go_on_after_everything_was_deleted_and_the_database_reopened(
    storage: Storage, reopen: Reopen
) -> None:
    await register(storage, "alice", "bob")
    await store(storage, "bob", b"1", b"2")
    await storage.mail.acknowledge([(device("bob"), 2)])
    storage = await reopen()
    assert await storage.mail.submit([submission("bob", b"3")], NOW, QUOTA) == [Stored(3, NOW)]


async def test_what_was_stored_is_there_after_reopening(storage: Storage, reopen: Reopen) -> None:
    await register(storage, "alice", "bob")
    await store(storage, "bob", b"1", b"2")
    assert await waiting(await reopen(), "bob") == [(1, b"1"), (2, b"2")]


async def test_a_repeat_is_answered_as_the_first_time_and_stored_once(storage: Storage, reopen: Reopen) -> None:
    await register(storage, "alice", "bob")
    again = submission("bob", b"1")
    outcomes = await storage.mail.submit([again, again], NOW, QUOTA)
    assert outcomes == [Stored(1, NOW), Repeated(NOW)]
    storage = await reopen()
    assert await storage.mail.submit([again], NOW + 5, QUOTA) == [Repeated(NOW)]
    await storage.mail.acknowledge([(device("bob"), 1)])
    assert await storage.mail.submit([again], NOW + 9, QUOTA) == [Repeated(NOW)]
    assert await waiting(storage, "bob") == []


async def test_the_same_envelope_for_two_devices_is_no_repeat(storage: Storage) -> None:
    (account, _) = await register(storage, "bob", "alice")
    await storage.directory.replace_list(account, device_list("bob").hash, device_list("bob", "phone", version=2))
    outcomes = await storage.mail.submit(
        [submission("bob", b"1", list_version=2), submission("bob", b"1", to_device="phone", list_version=2)],
        NOW,
        QUOTA,
    )
    assert outcomes == [Stored(1, NOW), Stored(1, NOW)]


async def test_another_list_version_is_answered_with_the_current_list(storage: Storage) -> None:
    (account, _) = await register(storage, "bob", "alice")
    fresh = device_list("bob", version=7)
    await storage.mail.submit([submission("bob", b"0")], NOW, QUOTA)
    await storage.directory.replace_list(account, device_list("bob").hash, fresh)
    for version in (1, 6, 8):
        outcomes = await storage.mail.submit([submission("bob", b"1", list_version=version)], NOW, QUOTA)
        assert outcomes == [StaleDeviceList("bob", fresh.signed)]
    assert await storage.mail.submit([submission("bob", b"1", list_version=7)], NOW, QUOTA) == [Stored(2, NOW)]


async def test_an_unlisted_device_under_an_old_list_version_is_answered_with_the_current_list(
    storage: Storage,
) -> None:
    (account, _) = await register(storage, "bob", "alice")
    fresh = device_list("phone", version=2, identity="bob")
    await storage.directory.replace_list(account, device_list("bob").hash, fresh)
    assert await storage.mail.submit([submission("bob", b"1")], NOW, QUOTA) == [StaleDeviceList("bob", fresh.signed)]


@pytest.mark.parametrize(("account", "to_device"), [("nobody", "nobody"), ("bob", "nobody"), ("bob", "alice")])
async def test_an_unknown_account_or_device_is_not_found(storage: Storage, account: str, to_device: str) -> None:
    await register(storage, "alice", "bob")
    outcomes = await storage.mail.submit([submission(account, b"1", to_device=to_device)], NOW, QUOTA)
    assert outcomes == [Refused(ErrorCode.NOT_FOUND)]


def share(sender: str, recipient: str = "bob") -> bytes:
    return submission(recipient, b"x", sender=sender, number=0).share


def told(outcomes: list[Outcome]) -> list[str]:
    return ["refused" if outcome == Refused(ErrorCode.QUOTA) else type(outcome).__name__ for outcome in outcomes]


@pytest.mark.parametrize("quota", [Quota(2, 10**6, 10, 10**6), Quota(10, 8, 10, 10**6)], ids=["messages", "bytes"])
async def test_a_full_mailbox_refuses_until_something_is_deleted(
    storage: Storage, reopen: Reopen, quota: Quota
) -> None:
    await register(storage, "alice", "bob", "carol", "dave")
    await storage.mail.know(device("bob"), frozenset(map(share, ("alice", "carol", "dave"))))
    await storage.mail.submit([submission("bob", b"1234"), submission("bob", b"5678", sender="carol")], NOW, quota)
    third = submission("bob", b"abcd", sender="dave")
    assert told(await storage.mail.submit([third], NOW, quota)) == ["refused"]
    storage = await reopen()
    assert told(await storage.mail.submit([third], NOW, quota)) == ["refused"]
    await storage.mail.acknowledge([(device("bob"), 1)])
    assert await storage.mail.submit([third], NOW, quota) == [Stored(3, NOW)]


SHARE = pytest.mark.parametrize(
    "quota", [Quota(1_000, 10**6, 2, 10**6), Quota(1_000, 10**6, 10, 8)], ids=["messages", "bytes"]
)


@SHARE
async def test_the_share_of_somebody_whom_the_owner_knows_counts_what_waits(
    storage: Storage, reopen: Reopen, quota: Quota
) -> None:
    await register(storage, "alice", "bob")
    await storage.mail.know(device("bob"), frozenset({share("alice")}))
    await storage.mail.submit([submission("bob", b"1234"), submission("bob", b"5678")], NOW, quota)
    third = submission("bob", b"abcd")
    assert told(await storage.mail.submit([third], NOW, quota)) == ["refused"]
    storage = await reopen()
    assert told(await storage.mail.submit([third], NOW, quota)) == ["refused"]
    await storage.mail.acknowledge([(device("bob"), 1)])
    assert await storage.mail.submit([third], NOW, quota) == [Stored(3, NOW)]


@SHARE
async def test_the_share_of_anybody_else_counts_what_was_sent_whether_it_was_fetched_or_not(
    storage: Storage, quota: Quota
) -> None:
    await register(storage, "alice", "bob")
    await storage.mail.submit([submission("bob", b"1234"), submission("bob", b"5678")], NOW, quota)
    third = submission("bob", b"abcd")
    assert told(await storage.mail.submit([third], NOW, quota)) == ["refused"]
    await storage.mail.acknowledge([(device("bob"), 2)])
    assert told(await storage.mail.submit([third], NOW, quota)) == ["refused"]
    assert await storage.mail.submit([third], NOW + quota.sender_ms, quota) == [Stored(3, NOW + quota.sender_ms)]


async def test_whoever_is_not_known_any_more_does_not_see_when_the_rest_is_fetched(storage: Storage) -> None:
    quota = Quota(1_000, 10**6, 2, 10**6)
    await register(storage, "alice", "bob")
    await storage.mail.know(device("bob"), frozenset({share("alice")}))
    await storage.mail.submit([submission("bob", b"1"), submission("bob", b"2")], NOW, quota)
    await storage.mail.know(device("bob"), frozenset())
    third = submission("bob", b"3")
    assert told(await storage.mail.submit([third], NOW, quota)) == ["refused"]
    await storage.mail.acknowledge([(device("bob"), 2)])
    assert told(await storage.mail.submit([third], NOW, quota)) == ["refused"]


async def test_a_crowd_of_strangers_fills_a_mailbox_for_nobody_else(storage: Storage) -> None:
    quota = Quota(4_000, 10**7, 400, 10**6)
    await register(storage, "alice", "bob")
    await storage.mail.know(device("bob"), frozenset({share("alice")}))
    taken = []
    for sender in (f"mallory{number}" for number in range(60)):
        flood = [submission("bob", b"%d %s" % (n, sender.encode()), sender=sender) for n in range(450)]
        taken.append(told(await storage.mail.submit(flood, NOW, quota)).count("Stored"))
    assert taken[:4] == [400, 375, 166, 93]
    assert taken[-1] == 4
    assert sum(taken) < 1_500
    assert told(await storage.mail.submit([submission("bob", b"hello", sender="newcomer")], NOW, quota)) == ["Stored"]
    friend = [submission("bob", b"%d" % number) for number in range(400)]
    assert told(await storage.mail.submit(friend, NOW, quota)) == ["Stored"] * 400


async def test_a_second_account_does_not_see_by_its_share_that_the_mail_of_the_first_was_fetched(
    storage: Storage, reopen: Reopen
) -> None:
    quota = Quota(4_000, 10**7, 400, 10**6, 10_000_000)
    await register(storage, "alice", "bob")
    await storage.mail.submit([submission("bob", b"hello", sender="first")], NOW, quota)
    flood = [submission("bob", b"%d" % number, sender="second") for number in range(376)]
    assert told(await storage.mail.submit(flood, NOW, quota)) == ["Stored"] * 375 + ["refused"]
    storage = await reopen()
    again = [submission("bob", b"again", sender="second")]
    assert told(await storage.mail.submit(again, NOW, quota)) == ["refused"]
    await storage.mail.acknowledge([(device("bob"), 376)])
    assert told(await storage.mail.submit(again, NOW + 599_999, quota)) == ["refused"]
    assert told(await storage.mail.submit(again, NOW + 10_000_000, quota)) == ["Stored"]


async def test_a_part_is_kept_for_those_whom_the_owner_knows(storage: Storage) -> None:
    quota = Quota(16, 10**6, 10, 10**6)
    await register(storage, "alice", "bob")
    await storage.mail.know(device("bob"), frozenset({share("alice")}))
    login_queue = [submission("bob", b"%d" % number, sender=f"mallory{number}") for number in range(20)]
    assert told(await storage.mail.submit(login_queue, NOW, quota)) == ["Stored"] * 12 + ["refused"] * 8
    assert told(await storage.mail.submit([submission("bob", b"hello")], NOW, quota)) == ["Stored"]


async def test_ones_own_devices_are_known(storage: Storage) -> None:
    quota = Quota(1_000, 10**6, 1, 10**6)
    await register(storage, "alice")
    own = [structs.replace(submission("alice", b"%d" % number), own=True) for number in range(3)]
    assert told(await storage.mail.submit(own[:2], NOW, quota)) == ["Stored", "refused"]
    await storage.mail.acknowledge([(device("alice"), 1)])
    assert told(await storage.mail.submit(own[2:], NOW, quota)) == ["Stored"]


async def test_of_senders_whom_the_owner_does_not_know_only_so_many_are_counted_and_those_with_most_are_kept(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("babilu.relay.storage.mailbox_quota.SENDERS_KEPT", 10)
    quota = Quota(10_000, 10**6, 5, 10**6)
    await register(storage, "alice", "bob")
    await storage.mail.submit([submission("bob", b"%d" % number) for number in range(5)], NOW, quota)
    for number in range(100):
        await storage.mail.submit([submission("bob", b"from %d" % number, sender=f"m{number}")], NOW, quota)
    await storage.mail.acknowledge([(device("bob"), 105)])
    assert told(await storage.mail.submit([submission("bob", b"more")], NOW, quota)) == ["refused"]


async def test_a_repeat_is_answered_even_where_the_mailbox_is_full(storage: Storage) -> None:
    await register(storage, "alice", "bob")
    first = submission("bob", b"1")
    full = Quota(1, 10**6, 10, 10**6)
    assert await storage.mail.submit([first, submission("bob", b"2"), first], NOW, full) == [
        Stored(1, NOW),
        Refused(ErrorCode.QUOTA),
        Repeated(NOW),
    ]


async def test_one_sender_fills_only_its_share(storage: Storage) -> None:
    await register(storage, "alice", "bob", "mallory")
    quota = Quota(100, 10**6, 2, 10**6)
    flood = [submission("bob", b"%d" % number, sender="mallory") for number in range(5)]
    outcomes = await storage.mail.submit([*flood, submission("bob", b"hello")], NOW, quota)
    assert outcomes == [Stored(1, NOW), Stored(2, NOW), *[Refused(ErrorCode.QUOTA)] * 3, Stored(3, NOW)]


async def test_acknowledging_deletes_up_to_the_cursor_and_no_further_than_was_given_out(storage: Storage) -> None:
    await register(storage, "alice", "bob")
    await store(storage, "bob", b"1", b"2", b"3")
    assert await storage.mail.acknowledge([(device("bob"), 2), (device("nobody"), 5)]) == {device("nobody")}
    assert await waiting(storage, "bob") == [(3, b"3")]
    assert await storage.mail.acknowledge([(device("bob"), 1)]) == frozenset()
    await storage.mail.acknowledge([(device("bob"), 99)])
    assert await waiting(storage, "bob") == []
    assert await storage.mail.submit([submission("bob", b"4")], NOW, QUOTA) == [Stored(4, NOW)]


async def test_how_far_mailboxes_are_is_told_of_those_that_there_are(storage: Storage) -> None:
    await register(storage, "alice", "bob")
    await store(storage, "bob", b"1", b"2")
    await storage.mail.resume(device("bob"), 0, None, 0)
    await storage.mail.acknowledge([(device("bob"), 2)])
    standings = await storage.mail.standings([device("alice"), device("bob"), device("nobody")])
    assert standings == {device("alice"): MailboxStanding(0), device("bob"): MailboxStanding(2)}
    assert await storage.mail.standings([]) == {}


async def test_reading_goes_on_after_a_number_and_is_bounded_by_count_and_size(storage: Storage) -> None:
    await register(storage, "alice", "bob")
    await store(storage, "bob", b"1111", b"2222", b"3333")
    by_count = await storage.mail.read(device("bob"), 1, 1, 10**6)
    assert ([stored_envelope.seq for stored_envelope in by_count.stored_envelopes], by_count.head) == ([2], 3)
    by_size = await storage.mail.read(device("bob"), 0, 10, 9)
    assert [stored_envelope.seq for stored_envelope in by_size.stored_envelopes] == [1, 2]
    at_least_one = await storage.mail.read(device("bob"), 0, 10, 1)
    assert [stored_envelope.seq for stored_envelope in at_least_one.stored_envelopes] == [1]
    assert at_least_one.stored_envelopes[0].stored_at == NOW


async def test_reading_an_unknown_mailbox_finds_nothing(storage: Storage) -> None:
    assert await storage.mail.read(device("nobody"), 3, 10, 100) == MailPage((), 3)


async def test_resuming_deletes_what_the_client_has(storage: Storage) -> None:
    await register(storage, "alice", "bob")
    await store(storage, "bob", b"1", b"2", b"3")
    resumed = await storage.mail.resume(device("bob"), 2, envelope_id(b"2"), 0)
    assert stand(resumed) == (2, 3)
    assert await waiting(storage, "bob") == [(3, b"3")]


async def test_a_new_device_resumes_from_nothing(storage: Storage) -> None:
    await register(storage, "alice", "bob")
    assert stand(await storage.mail.resume(device("bob"), 0, None, 0)) == (0, 0)
    assert await storage.mail.resume(device("nobody"), 0, None, 0) == Refused(ErrorCode.NOT_FOUND)


async def test_a_cursor_below_what_was_deleted_is_rolled_back(storage: Storage) -> None:
    await register(storage, "alice", "bob")
    await store(storage, "bob", b"1", b"2", b"3")
    await storage.mail.acknowledge([(device("bob"), 2)])
    assert await storage.mail.resume(device("bob"), 1, envelope_id(b"1"), 0) == Refused(ErrorCode.ROLLED_BACK)
    assert await waiting(storage, "bob") == [(3, b"3")]


async def test_a_number_below_the_highest_submitted_is_rolled_back(storage: Storage, reopen: Reopen) -> None:
    await register(storage, "alice", "bob")
    await storage.mail.submit([submission("bob", b"1", number=7)], NOW, QUOTA)
    storage = await reopen()
    assert await storage.mail.resume(device("alice"), 0, None, 6) == Refused(ErrorCode.ROLLED_BACK)
    assert stand(await storage.mail.resume(device("alice"), 0, None, 7)) == (0, 0)


async def test_the_number_a_client_names_at_resuming_is_remembered(storage: Storage) -> None:
    await register(storage, "alice")
    await storage.mail.resume(device("alice"), 0, None, 9)
    assert await storage.mail.resume(device("alice"), 0, None, 8) == Refused(ErrorCode.ROLLED_BACK)


async def test_a_refused_submission_does_not_raise_the_number(storage: Storage) -> None:
    await register(storage, "alice", "bob")
    await storage.mail.submit([submission("nobody", b"1", number=7)], NOW, QUOTA)
    assert stand(await storage.mail.resume(device("alice"), 0, None, 0)) == (0, 0)


class TestARelayRestoredFromABackup:
    async def test_renumbers_what_waits_above_a_cursor_it_never_gave_out(self, storage: Storage) -> None:
        await register(storage, "alice", "bob")
        await store(storage, "bob", b"1", b"2", b"3")
        resumed = await storage.mail.resume(device("bob"), 50, envelope_id(b"fifty"), 0)
        assert stand(resumed) == (50, 53)
        assert await waiting(storage, "bob") == [(51, b"1"), (52, b"2"), (53, b"3")]
        assert await storage.mail.submit([submission("bob", b"4")], NOW, QUOTA) == [Stored(54, NOW)]

    async def test_renumbers_where_another_envelope_has_the_number(self, storage: Storage, reopen: Reopen) -> None:
        await register(storage, "alice", "bob")
        await store(storage, "bob", b"1", b"2", b"3")
        assert stand(await storage.mail.resume(device("bob"), 2, envelope_id(b"another"), 0)) == (2, 5)
        storage = await reopen()
        assert await waiting(storage, "bob") == [(3, b"1"), (4, b"2"), (5, b"3")]

    async def test_renumbers_onto_numbers_that_are_in_use(self, storage: Storage) -> None:
        await register(storage, "alice", "bob")
        await store(storage, "bob", *(b"%d" % number for number in range(1, 8)))
        assert stand(await storage.mail.resume(device("bob"), 1, envelope_id(b"x"), 0)) == (1, 8)
        assert await waiting(storage, "bob") == [(number + 1, b"%d" % number) for number in range(1, 8)]

    async def test_knows_renumbered_envelopes_by_their_new_numbers(self, storage: Storage) -> None:
        await register(storage, "alice", "bob")
        await store(storage, "bob", b"1", b"2", b"3")
        await storage.mail.resume(device("bob"), 50, envelope_id(b"fifty"), 0)
        assert stand(await storage.mail.resume(device("bob"), 52, envelope_id(b"2"), 0)) == (52, 53)
        assert await waiting(storage, "bob") == [(53, b"3")]

    async def test_still_answers_a_repeat_of_a_renumbered_envelope(self, storage: Storage) -> None:
        await register(storage, "alice", "bob")
        await store(storage, "bob", b"1")
        await storage.mail.resume(device("bob"), 50, envelope_id(b"fifty"), 0)
        assert await storage.mail.submit([submission("bob", b"1")], NOW + 1, QUOTA) == [Repeated(NOW)]


class TestExpiry:
    async def test_deletes_old_letters_and_keeps_their_numbers_used(self, storage: Storage, reopen: Reopen) -> None:
        await register(storage, "alice", "bob")
        await store(storage, "bob", b"old", b"older", now=NOW - 10)
        assert await storage.mail.expire(NOW, ALL) == 2
        storage = await reopen()
        page = await storage.mail.read(device("bob"), 0, ALL, 10**6)
        assert page == MailPage((), 2)
        await store(storage, "bob", b"new")
        assert await waiting(storage, "bob") == [(3, b"new")]

    async def test_stops_at_the_first_letter_that_is_young_enough(self, storage: Storage) -> None:
        await register(storage, "alice", "bob")
        await store(storage, "bob", b"old", now=NOW - 10)
        await store(storage, "bob", b"new", now=NOW)
        assert await storage.mail.expire(NOW, ALL) == 1
        assert await waiting(storage, "bob") == [(2, b"new")]

    async def test_is_done_in_portions(self, storage: Storage) -> None:
        await register(storage, "alice", "bob")
        await store(storage, "bob", b"1", b"2", b"3", now=NOW - 10)
        assert [await storage.mail.expire(NOW, 2) for _ in range(3)] == [2, 1, 0]

    async def test_makes_room_in_the_mailbox(self, storage: Storage) -> None:
        await register(storage, "alice", "bob")
        one = Quota(1, 10**6, 1, 10**6)
        await storage.mail.know(device("bob"), frozenset({share("alice")}))
        await storage.mail.submit([submission("bob", b"1")], NOW - 10, one)
        await storage.mail.expire(NOW, ALL)
        assert await storage.mail.submit([submission("bob", b"2")], NOW, one) == [Stored(2, NOW)]

    async def test_lets_a_client_resume_at_a_number_that_expired(self, storage: Storage) -> None:
        await register(storage, "alice", "bob")
        await store(storage, "bob", b"1", b"2", now=NOW - 10)
        await storage.mail.expire(NOW, ALL)
        await store(storage, "bob", b"3")
        assert stand(await storage.mail.resume(device("bob"), 2, None, 0)) == (2, 3)
        assert await waiting(storage, "bob") == [(3, b"3")]


class TestRememberedRepeats:
    async def test_are_forgotten_after_their_time_and_not_before(self, storage: Storage) -> None:
        await register(storage, "alice", "bob")
        await store(storage, "bob", b"old", now=NOW - 10)
        await store(storage, "bob", b"new", now=NOW)
        await storage.mail.acknowledge([(device("bob"), 2)])
        assert await storage.mail.forget_repeats(NOW, 0, ALL)
        assert await storage.mail.submit([submission("bob", b"new")], NOW, QUOTA) == [Repeated(NOW)]
        assert await storage.mail.submit([submission("bob", b"old")], NOW, QUOTA) == [Stored(3, NOW)]

    async def test_are_gone_through_in_portions(self, storage: Storage) -> None:
        await register(storage, "alice", "bob")
        await store(storage, "bob", *(b"%d" % number for number in range(5)), now=NOW - 10)
        await storage.mail.acknowledge([(device("bob"), 5)])
        assert [await storage.mail.forget_repeats(NOW, 0, 2) for _ in range(3)] == [False, False, True]
        outcomes = await storage.mail.submit([submission("bob", b"%d" % n) for n in range(5)], NOW, QUOTA)
        assert all(isinstance(outcome, Stored) for outcome in outcomes)

    async def test_of_what_waits_are_not_forgotten_until_it_has_expired(self, storage: Storage) -> None:
        await register(storage, "alice", "bob")
        await store(storage, "bob", b"waits", now=NOW - 10)
        assert await storage.mail.forget_repeats(NOW, NOW - 10, ALL)
        assert await storage.mail.submit([submission("bob", b"waits")], NOW, QUOTA) == [Repeated(NOW - 10)]
        assert await storage.mail.forget_repeats(NOW, NOW, ALL)
        assert await storage.mail.submit([submission("bob", b"waits")], NOW, QUOTA) == [Stored(2, NOW)]

    async def test_are_bounded_however_fast_a_mailbox_is_filled_and_emptied(
        self, storage: Storage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for module in ("sqlite.mail", "sqlite.mailbox", "postgresql.submitting"):
            monkeypatch.setattr(f"babilu.relay.storage.{module}.REMEMBERED", 20)
            monkeypatch.setattr(f"babilu.relay.storage.{module}.REMEMBERED_MORE", 5)
        (alice,) = await register(storage, "alice")
        for number in range(100):
            await store(storage, "alice", b"%d" % number)
            await storage.mail.acknowledge([(device("alice"), number + 1)])
        page = await storage.accounts.holdings(alice, (5, ()), ALL, 10**6)
        seqs = sorted(int(str(row[2])) for table in page.tables if table.name == "stored" for row in table.rows)
        assert seqs[-20:] == list(range(81, 101))
        assert len(seqs) <= 26
        # What waits is remembered, however much it is.
        for number in range(100, 150):
            await store(storage, "alice", b"%d" % number)
        assert await storage.mail.submit([submission("alice", b"100")], NOW, QUOTA) == [Repeated(NOW)]


async def test_calls_take_effect_in_the_order_in_which_they_were_made(storage: Storage) -> None:
    await register(storage, "alice", "bob")
    futures = [storage.mail.submit([submission("bob", b"%d" % number)], NOW, QUOTA) for number in range(200)]
    seqs = [outcome.seq for future in futures for outcome in await future if isinstance(outcome, Stored)]
    assert seqs == list(range(1, 201))


async def test_many_mailboxes_keep_their_numbers_apart(storage: Storage) -> None:
    names = [f"user{number}" for number in range(30)]
    await register(storage, "alice", *names)
    for _ in range(3):
        batch = [
            msgspec.structs.replace(submission(name, b"x"), envelope_id=envelope_id(b"%d" % n))
            for n, name in enumerate(names)
        ]
        await storage.mail.submit(batch, NOW, QUOTA)
    assert [await waiting(storage, name) for name in names] == [[(1, b"x")]] * 30
