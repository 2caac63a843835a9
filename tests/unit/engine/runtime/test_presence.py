import asyncio
from pathlib import Path
from typing import Any, cast

from babilu.api.events import PresenceChanged
from babilu.api.views import PresenceState
from babilu.engine.commands.relay_callbacks import RelayCallbacks
from babilu.engine.runtime.presence import CHANGE_MS, CHANGES_AT_ONCE, Presences
from babilu.kernel.limits import NAMES_WATCHED
from tests.unit.engine.homes import Writer, a_home, know

ONLINE, OFFLINE = PresenceState.ONLINE, PresenceState.OFFLINE


def flips(presences: Presences, account: str, changes: int, now_ms: int) -> int:
    """Have an account come and go; tell how often that was told, the last time as come."""
    states = [OFFLINE if number % 2 else ONLINE for number in range(changes)][::-1]
    return sum(presences.came_or_went(account, state, now_ms) for state in states)


def test_only_those_who_are_watched_are_present() -> None:
    presences = Presences()
    presences.watch(["alice", "bob"])
    assert presences.came_or_went("alice", ONLINE, 0)
    for number in range(2 * NAMES_WATCHED):
        assert not presences.came_or_went(f"stranger{number}", ONLINE, 0)
    assert presences.presence("alice") is ONLINE
    assert presences.presence("stranger7") is None
    presences.watch(["bob"])
    assert presences.presence("alice") is None


def test_what_is_told_already_is_not_told_again() -> None:
    presences = Presences()
    presences.watch(["alice"])
    assert [presences.came_or_went("alice", ONLINE, 0) for _ in range(3)] == [True, False, False]
    presences.forget()
    assert presences.came_or_went("alice", ONLINE, 0)


def test_of_a_thousand_changes_a_few_are_told_and_the_latest_when_it_is_due() -> None:
    presences = Presences()
    presences.watch(["alice", "bob"])
    assert flips(presences, "alice", 1_001, 0) == CHANGES_AT_ONCE
    assert presences.presence("alice") is OFFLINE
    assert presences.came_or_went("bob", ONLINE, 0)
    assert presences.later(0) == ([], CHANGE_MS)
    assert presences.later(CHANGE_MS - 1) == ([], 1)
    assert presences.later(CHANGE_MS) == ([("alice", ONLINE)], None)
    assert presences.presence("alice") is ONLINE
    assert presences.later(2 * CHANGE_MS) == ([], None)
    assert flips(presences, "alice", 1_000, 100 * CHANGE_MS) == CHANGES_AT_ONCE


def test_nothing_is_told_later_that_was_undone_by_then() -> None:
    presences = Presences()
    presences.watch(["alice"])
    flips(presences, "alice", 1_001, 0)
    assert not presences.came_or_went("alice", OFFLINE, 0)
    assert presences.later(CHANGE_MS) == ([], None)
    flips(presences, "alice", 1_001, CHANGE_MS)
    presences.forget()
    assert presences.later(2 * CHANGE_MS) == ([], None)


class AtOnce:
    """Does what a thread would do."""

    def post(self, job: Any) -> bool:
        job()
        return True


async def test_an_operator_who_flips_a_contact_costs_a_few_lines_and_the_last_state_is_told(tmp_path: Path) -> None:
    with a_home(tmp_path) as home:
        bob = Writer("carol")
        with home.base.database.write() as unit:
            account = know(home, unit, bob).account
        assert account is not None
        home.base.presences.watch([account])
        callbacks = RelayCallbacks(home.base, *cast("Any", (AtOnce(), *(None,) * 5)))
        for number in range(1_001):
            callbacks.presence(account, "offline" if number % 2 else "online")

        def told() -> list[PresenceState]:
            return [event.state for event in home.told if isinstance(event, PresenceChanged)]

        assert told() == [ONLINE, OFFLINE] * (CHANGES_AT_ONCE // 2)
        home.clock.now += CHANGE_MS
        callbacks.tell_presence_later()
        assert told()[CHANGES_AT_ONCE:] == [ONLINE]
        await asyncio.sleep(0)
