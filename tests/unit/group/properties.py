"""What must hold of every group, however its log came about: each is tried on random logs with attacks of its kind.

`seen` counts what came up, so that a search can show that it tried what it says.
"""

from collections import Counter
from collections.abc import Callable

import msgspec

from babilu.group import changes as c
from babilu.group.entries import LogEntry
from babilu.group.following import AskWhomToFollow, Followed, FollowTo, next_step
from babilu.group.group_log import EntryTaken, GroupLog
from babilu.group.state import GroupState
from babilu.group.succession import Succession
from babilu.group.tables import Grant, numbers_of
from babilu.kernel.ids import EntryHash, IdentityKey
from babilu.kernel.limits import DAY_MS
from tests.unit.group.logs import build
from tests.unit.group.people import device_list, identity, named
from tests.unit.group.stories import (
    EVIL,
    NAMES,
    PEOPLE,
    SYBILS,
    WORDS,
    Story,
    a_log,
    is_own_end,
    named_in,
    next_in_rank,
    own_ends,
)

Seen = Counter[str]
Property = Callable[[int, Seen], None]
TARGETS = (*PEOPLE, *SYBILS, "S3")


def looks(state: GroupState) -> tuple[object, ...]:
    """Return what people see of a group."""
    members = {each.identity: each.rank for each in state.members}
    return members, state.raw_title, state.openings, state.hidden, state.pinned


def ranks(log: GroupLog) -> dict[str, object]:
    return {NAMES[each.identity]: each.rank for each in log.state.members}


def grant_of(log: GroupLog, entry: LogEntry) -> Grant | None:
    return log.tables.grant_of(entry)


def counting(log: GroupLog) -> set[EntryHash]:
    return {each.hash for each in log.entries if log.counts(each.hash)}


def sees(log: GroupLog, later: bytes, earlier: bytes) -> bool:
    return log.tables.sees(log.tables.numbers[later], log.tables.numbers[earlier])


def entries_that_count(log: GroupLog) -> list[LogEntry]:
    return [each for each in log.entries if log.counts(each.hash)]


def ended_by_others(log: GroupLog, person: str) -> bool:
    """Tell whether each grant of somebody was ended by a senior who is still there under that very grant."""
    tables, state = log.tables, log.state
    for number in tables.of_person.get(identity(person), ()):
        grant = tables.grants[number]
        if not log.counts(tables.entries[grant.giver].hash):
            continue
        ends = [each for each in entries_that_count(log) if _removes(log, each, person, grant)]
        if not any(_is_still_there(state, each) for each in ends):
            return False
    return True


def _removes(log: GroupLog, entry: LogEntry, person: str, grant: Grant) -> bool:
    under = grant_of(log, entry)
    return (
        entry.change == c.RemoveMember(identity(person))
        and under is not None
        and under.rank < grant.rank
        and not sees(log, grant.rank.entry, entry.hash)
    )


def _is_still_there(state: GroupState, entry: LogEntry) -> bool:
    author = state.member(entry.author)
    return author is not None and entry.body.grant in author.grants


# Any order, and who was removed.


def whoever_was_removed_is_in_only_by_a_grant_that_knows_of_it(seed: int, seen: Seen) -> None:
    log = a_log(seed).log
    for entry in entries_that_count(log):
        if not isinstance(entry.change, c.RemoveMember):
            continue
        under, member = grant_of(log, entry), log.state.member(IdentityKey(entry.change.identity))
        assert under is not None
        for name in () if member is None else member.grants:
            grant = log.tables.grants[log.tables.by_name[name.entry, name.place]]
            assert sees(log, name.entry, entry.hash) or grant.rank < under.rank
            seen["removed and in again"] += 1


def who_is_out_changes_nothing(seed: int, seen: Seen) -> None:
    story = a_log(seed)
    log, r = story.log, story.r
    before, counted = log.state, counting(log)
    out = [each for each in (*PEOPLE, *SYBILS) if log.state.member(identity(each)) is None]
    if not out:
        return
    after = story.copy()
    written = [after.act(r.choice(out), TARGETS, EVIL) for _ in range(r.randint(1, 5))]
    if not any(written):
        return
    if all(ended_by_others(log, each) for each in out):
        seen["out by others and writing"] += 1
        assert looks(after.state) == looks(before), "who is out changes something"
        assert {each.hash for each in log.entries if after.log.counts(each.hash)} == counted, "or what counts"
        return
    # Who left by themselves can take back what they did, by leaving a second time further back, and nothing else.
    seen["left and writing"] += 1
    left = {each.author for each in entries_that_count(log) if each.change == c.LeaveGroup()}
    never_removed = {
        each for each in left
        if before.member(each) is None and not any(x.change == c.RemoveMember(each) for x in entries_that_count(log))
    }  # fmt: skip
    known = {each.hash for each in log.entries}
    for each in entries_that_count(after.log):
        if each.hash not in known and each.author in never_removed:
            assert is_own_end(each) or isinstance(each.change, c.NameDevices), "who left still acts"


# Coalitions.


def no_coalition_touches_anybody_senior_to_all_of_it(seed: int, seen: Seen) -> None:
    story = a_log(seed)
    log, r = story.log, story.r
    before = ranks(log)
    inside = [each for each in before if each in PEOPLE]
    out = [each for each in PEOPLE if each not in before and ended_by_others(log, each)]
    bad = r.sample(inside, min(len(inside), r.randint(1, 3))) + out[:1]
    best = min((before[each] for each in bad if each in before), default=None)  # type: ignore[type-var]  # ranks
    if best is None or any(each in bad for each in own_ends(log)):
        return
    after = story.copy()
    written = [after.act(r.choice(bad), TARGETS, EVIL) for _ in range(r.randint(1, 5))]
    if not any(written):
        return
    seen["coalitions"] += 1
    now = ranks(after.log)
    for person, rank in before.items():
        if rank < best and person not in bad:  # type: ignore[operator]  # ranks
            assert now.get(person) == rank, "a senior was touched"
    for entry in entries_that_count(log):
        under = grant_of(log, entry)
        if under is None or NAMES[entry.author] in bad or under.rank >= best:  # type: ignore[operator]  # ranks
            continue
        assert after.log.counts(entry.hash), "an act of a senior does not count any more"
        if isinstance(entry.change, c.HideMessages):
            seen["hidden by seniors"] += 1
            assert set(entry.change.messages) <= after.state.hidden, "hidden by a senior and shown again"
    _check_plain_members(log, after.log, bad, seen)


def _check_plain_members(log: GroupLog, after: GroupLog, bad: list[str], seen: Seen) -> None:
    before, now = log.state, after.state
    plain = all(not each.is_admin for each in before.members if NAMES[each.identity] in bad)
    own = any(NAMES[each.author] in bad and each.listed is None for each in entries_that_count(log))
    if not plain or own or c.PolicyField.ADDS in before.openings:
        return
    seen["coalitions of plain members"] += 1
    for person in set(ranks(log)) | set(ranks(after)):
        assert person in bad or ranks(after).get(person) == ranks(log).get(person), "plain members change others"
    assert (now.hidden, now.openings) == (before.hidden, before.openings), "plain members set something"
    if c.PolicyField.PINS not in before.openings:
        seen["plain members where admins pin"] += 1
        assert now.pinned == before.pinned, "plain members pin"


# What a senior undoes.


def what_a_demoted_admin_did_beside_it_is_gone(seed: int, seen: Seen) -> None:
    story = a_log(seed)
    log, r = story.log, story.r
    admins = [each for each in log.state.members if each.rank[0] == 1]
    if not admins or len(log.heads) > 8:
        return
    who, above = r.choice(admins), log.state.members[0]
    if not (above.rank < who.rank and above.is_admin):
        return
    change = c.DemoteAdmin(who.identity) if r.random() < 0.5 else c.RemoveMember(who.identity)
    if isinstance(change, c.DemoteAdmin) and c.PolicyField.PINS in log.state.openings:
        change = c.RemoveMember(who.identity)
    alone, spoilt = story.copy(), story.copy()
    for _ in range(5):
        spoilt.act(NAMES[who.identity], PEOPLE, ("hide", "pin", "policy", "title"))
    end = alone.put(NAMES[above.identity], change, log.heads, above.grants[0], device="1")
    if end is None or not alone.log.counts(end.hash):
        return
    spoilt.log.add(end)
    seen["spoilt and undone"] += 1
    assert looks(spoilt.state) == looks(alone.state), "what a demoted admin did beside it stands"


def a_closed_policy_is_closed_wherever_one_writes(seed: int, seen: Seen) -> None:
    story = a_log(seed)
    log, r = story.log, story.r
    above = log.state.owner
    if above is None or not above.is_admin or len(log.heads) > 8:
        return
    field, kind = r.choice([(c.PolicyField.ADDS, "add"), (c.PolicyField.PINS, "pin")])
    shut = story.copy()
    for everybody in r.choice([[True, False], [False]]):
        shut.put(NAMES[above.identity], c.SetPolicy(field, everybody), None, above.grants[0])
    now = shut.state
    if field in now.openings:
        return
    plain = [NAMES[each.identity] for each in now.members if NAMES[each.identity] in PEOPLE]
    plain = [each for each in plain if all(grant.rank[0] == 2 for grant in _grants(shut.log, each))]
    targets = ("S8",) if kind == "add" else PEOPLE
    written = [shut.act(r.choice(plain), targets, (kind,)) for _ in range(3)] if plain else []
    if any(written):
        seen[f"closed and tried {kind}"] += 1
        assert looks(shut.state) == looks(now), "a closed policy was used"


def _grants(log: GroupLog, person: str) -> list[Grant]:
    return [log.tables.grants[each] for each in log.tables.of_person.get(identity(person), ())]


def a_device_off_the_list_does_nothing_more(seed: int, seen: Seen) -> None:
    story = a_log(seed)
    log, r = story.log, story.r
    who = r.choice(PEOPLE)
    newest = max((each.listed.version for each in log.entries if each.listed is not None), default=0)
    story.put(who, device_list(who, newest + 1, "2"), log.heads[:8], device="2")
    if len(log.heads) > 1:
        return
    before = log.state
    kinds = ("title", "add", "remove", "appoint", "policy")
    written = [story.act(who, TARGETS, kinds, device="1") for _ in range(3)]
    if any(written):
        seen["stolen devices"] += 1
        assert looks(story.state) == looks(before), "a stolen device changes something"


def a_device_linked_later_acts(seed: int, seen: Seen) -> None:
    """An own addition to the rules: a list in the log binds those devices alone that no newer list names."""
    story = a_log(seed)
    log, r = story.log, story.r
    members = [NAMES[each.identity] for each in log.state.members if each.is_admin]
    if not members or len(log.heads) > 8:
        return
    who = r.choice(members)
    newest = max((each.listed.version for each in log.entries if each.listed is not None), default=0)
    for version, devices in ((newest + 1, "2"), (newest + 2, "23")):
        story.put(who, device_list(who, version, devices), log.heads[:8], device="2")
    # Nothing else that was ever listed stands beside these, and so the new device acts.
    entry = story.put(who, c.SetTitle("linked"), log.heads[:8], device="3")
    assert entry is not None
    seen["linked later"] += 1
    assert log.counts(entry.hash), "a device that was linked later cannot act"


# Going on without the owner.


def a_gone_owner(seed: int) -> tuple[Story, str, LogEntry] | None:
    """A group whose owner has gone, and whose next in rank has gone on; None where nobody could."""
    story = Story.begin(seed, PEOPLE[1:])
    r = story.r
    for each in r.sample(PEOPLE[1:], r.randint(0, 3)):
        story.put("O", c.AppointAdmin(identity(each)))
    for _ in range(r.randint(0, 8)):
        story.act(r.choice(PEOPLE), (*PEOPLE, *SYBILS), WORDS, honest=True)
    if r.random() < 0.4:
        story.act(r.choice(PEOPLE[1:]), PEOPLE, ("leave",), honest=True)
    creators = c.GrantName(story.log.entries[0].hash, 0)
    if len(story.log.heads) <= 8 and story.log.state.members:
        story.put("O", r.choice([c.LeaveGroup(), c.LeaveGroup(), c.DemoteAdmin(identity("O"))]), None, creators)
    for _ in range(r.choice([0, 0, 1, 3])):
        story.act(r.choice(PEOPLE), (*PEOPLE, "S1"), (*WORDS, "leave"), honest=True)
    if r.random() < 0.5:
        who = next_in_rank(story.log)
        if who is not None:
            story.put(who, r.choice([c.LeaveGroup(), c.DemoteAdmin(identity(who))]))
    founder = next_in_rank(story.log)
    moved = None if founder is None else story.move(founder)
    if founder is None or moved is None or not isinstance(story.log.add(moved), EntryTaken):
        return None
    return (story, founder, moved) if Succession(story.log).successor() == moved else None


def follows(log: GroupLog) -> LogEntry | None:
    return Succession(log).successor()


def nobody_else_leads_members_elsewhere(seed: int, seen: Seen) -> None:
    """Whoever did not end their own grant twice: alone or together, on any heads."""
    begun = a_gone_owner(seed)
    if begun is None:
        seen["no move"] += 1
        return
    story, founder, moved = begun
    seen["moves"] += 1
    assert moved.create is not None
    assert named_in(moved.create) == set(ranks(story.log)), "somebody was smuggled in or out"
    r, ghosts = story.r, own_ends(story.log)
    bad = r.sample([each for each in (*PEOPLE, *SYBILS) if each != founder], r.randint(1, 4))
    after, wrote = story.copy(), 0
    for _ in range(r.randint(1, 6)):
        who = r.choice(bad)
        kinds = (*WORDS, *(() if who in ghosts else ("leave",)))
        targets = tuple(each for each in (*PEOPLE, "S1", "S3") if each != who)
        done = after.evil_move(who) if r.random() < 0.5 else after.act(who, targets, kinds)
        wrote += done is not None
    seen["attacks without a ghost"] += bool(wrote)
    assert follows(after.log) == moved, "somebody else leads away"
    entries = list(after.log.entries) * 2
    r.shuffle(entries)
    assert follows(build(entries)) == moved, "another order leads elsewhere"
    succession = Succession(after.log)
    for _ in range(3):
        past = after.log.tables.past_of(after.some_parents())
        part = build([after.log.tables.entries[each] for each in numbers_of(past | 1)])
        known = follows(part)
        if known is not None and known != moved:
            seen["a part of the log follows what its author took back"] += 1
            assert not succession.stands(known.hash), "who knows less is led elsewhere"
            assert NAMES[known.author] in ghosts, "by somebody who did not leave"


def only_the_right_people_go_on(seed: int, seen: Seen) -> None:
    begun = a_gone_owner(seed)
    if begun is None:
        return
    story, founder, moved = begun
    assert moved.create is not None
    good = moved.create.change
    assert isinstance(good, c.CreateGroup)
    assert good.continues is not None
    replace = msgspec.structs.replace
    wrong = [
        replace(good, members=(*good.members, named("S9"))),
        replace(good, members=good.members[:-1], admins=min(good.admins, len(good.members[:-1]))),
        replace(good, title="another"),
        replace(good, policy=replace(good.policy, pins=not good.policy.pins)),
        replace(good, policy=replace(good.policy, posts=not good.policy.posts)),
        replace(good, continues=replace(good.continues, group=bytes(32))),
        replace(good, admins=(good.admins + 1) % (len(good.members) + 1)),
    ]
    for change in wrong:
        if change == good:
            continue
        other = Story(story.r, build(story.log.entries[:-1]))
        bad = other.move(founder, create_change=change)
        assert bad is not None
        assert isinstance(other.log.add(bad), EntryTaken)
        seen["wrong people or settings"] += 1
        assert follows(other.log) is None, "a wrong beginning is followed"
    start = Story(story.r, build(story.log.entries[:1]))
    early = start.move("O")
    assert early is not None
    start.log.add(early)
    assert follows(start.log) is None, "an owner who has not gone goes on"
    _after_the_founder(story, founder, moved, seen)


def _after_the_founder(story: Story, founder: str, moved: LogEntry, seen: Seen) -> None:
    later = story.copy()
    later.put(founder, c.LeaveGroup(), None, moved.body.grant)
    after_him = next_in_rank(later.log)
    again = None if after_him is None else later.move(after_him)
    if again is not None and isinstance(later.log.add(again), EntryTaken):
        seen["left the old group afterwards"] += 1
        assert follows(later.log) == moved, "went on twice"
        assert not Succession(later.log).holds(again.hash), "went on twice"


def a_stolen_device_of_the_founder_leads_nobody(seed: int, seen: Seen) -> None:
    begun = a_gone_owner(seed)
    if begun is None:
        return
    story, founder, moved = begun
    clean = Story(story.r, build(story.log.entries[:-1]))
    newest = max((each.listed.version for each in clean.log.entries if each.listed is not None), default=0)
    clean.put(founder, device_list(founder, newest + 1, "2"), clean.log.heads[:8], device="2")
    right = clean.move(founder, "2")
    if right is not None and isinstance(clean.log.add(right), EntryTaken) and follows(clean.log) == right:
        # The thief leaves the list out of the heads.
        both = build([*clean.log.entries, moved])
        seen["thief"] += 1
        assert follows(both) == right, "a stolen device leads away"


def a_group_goes_on_again_and_again(seed: int, seen: Seen) -> None:
    begun = a_gone_owner(seed)
    if begun is None:
        return
    story, founder, moved = begun
    assert moved.create is not None
    old = [each.identity for each in story.log.state.members if NAMES[each.identity] != founder]
    new = Story(story.r, GroupLog(moved.create))
    assert [each.identity for each in new.state.members if NAMES[each.identity] != founder] == old, "rank is lost"
    assert new.state.raw_title == story.log.state_at(tuple(map(EntryHash, moved.body.parents))).raw_title
    new.put(founder, c.LeaveGroup(), None, c.GrantName(moved.create.hash, 0))
    second = next_in_rank(new.log)
    if second is not None:
        again = new.move(second)
        assert again is not None
        new.log.add(again)
        assert follows(new.log) == again, "the chain is broken"
        seen["chains"] += 1


# Those who end their own grant twice.


def plan(story: Story, who: str, founder: str, bad: list[str]) -> bool:
    """Sign a second end far back, and have an accomplice go on from just there; tell whether that holds."""
    r, log = story.r, story.log
    at: bytes = r.choice(log.entries).hash
    mine = [log.tables.grants[log.tables.by_name[x.entry, x.place]] for x in story.grants_in([at], who)]
    if not mine:
        return False
    under = min(mine).name
    helps: list[c.Change] = [
        c.AppointAdmin(identity(r.choice(bad))),
        c.RemoveMember(identity(founder)),
        c.SetTitle("x"),
    ]
    for change in (r.choice(helps), c.LeaveGroup()):
        entry = story.put(who, change, [at], under)
        at = at if entry is None else entry.hash
    state = log.state_at((EntryHash(at),))
    rest = (each.identity for each in state.members if each.identity not in state.stepped_down)
    friend = next(rest, None)
    if friend is None or NAMES[friend] == founder:
        return False
    moved = story.move_on(NAMES[friend], [at], state)
    if moved is None or not isinstance(log.add(moved), EntryTaken):
        return False
    return Succession(log).holds(moved.hash)


def ghosts_undo_nothing_for_those_who_followed(seed: int, seen: Seen) -> None:
    """Whoever left by themselves signs further ends, wherever they like, with accomplices."""
    begun = a_gone_owner(seed)
    if begun is None:
        return
    story, founder, moved = begun
    r, ghosts = story.r, sorted(own_ends(story.log) - {founder})
    bad = r.sample([each for each in (*PEOPLE, *SYBILS) if each != founder], r.randint(1, 4))
    haunted, allied = story.copy(), [*ghosts, *bad]
    for _ in range(r.randint(1, 8)):
        who = r.choice(allied)
        if r.random() < 0.4:
            haunted.evil_move(who)
        else:
            targets = tuple(each for each in PEOPLE if each != who)
            haunted.act(who, targets, ("leave", "leave", "remove", "appoint", "demote"))
    if ghosts and r.random() < 0.7:
        seen["ghosts with a plan that holds"] += plan(haunted, r.choice(ghosts), founder, bad)
    succession = Succession(haunted.log)
    got = succession.successor()
    if got == moved:
        seen["ghosts without effect"] += 1
        return
    seen["ghosts move those who have not followed yet"] += 1
    assert succession.holds(moved.hash), "the first one was undone"
    assert succession.stands(moved.hash), "the first one was undone"
    twice = [
        each for each in own_ends(haunted.log)
        if sum(is_own_end(x) and NAMES[x.author] == each for x in haunted.log.entries) > 1
    ]  # fmt: skip
    assert twice, "without a second end"


class Client:
    """A client with a part of the log, which follows as it learns."""

    def __init__(self, first: LogEntry) -> None:
        self.log = GroupLog(first)
        self.followed: Followed | None = None
        self.changes = 0
        self.asked = False

    def take(self, log: GroupLog, bits: int, now: int) -> None:
        """Learn a part of a log."""
        for number in numbers_of(bits):
            self.log.add(log.tables.entries[number])
        match next_step(Succession(self.log), self.followed, now):
            case FollowTo(followed=followed, instead=instead):
                self.followed = followed
                self.changes += instead
            case AskWhomToFollow():
                self.asked = True

    def leader(self) -> str | None:
        if self.followed is None:
            return None
        entry = self.log.entry(self.followed.moved)
        return None if entry is None else NAMES[entry.author]


def clients_with_parts_of_the_log_end_in_one_group(seed: int, seen: Seen) -> None:
    begun = a_gone_owner(seed)
    if begun is None:
        return
    story, founder, _ = begun
    r, log = story.r, story.log
    twin = Story(r, build(log.entries[:-1])).move(founder, "2") if r.random() < 0.3 else None
    if twin is not None:
        log.add(twin)
    ghosts = own_ends(log) - {founder}
    bad = r.sample([each for each in PEOPLE if each != founder], r.randint(1, 3))
    for _ in range(r.randint(0, 5)):
        who = r.choice(bad)
        kinds = ("remove", "appoint", "title", *(() if who in ghosts else ("leave",)))
        if r.random() < 0.6:
            story.evil_move(who)
        else:
            story.act(who, tuple(each for each in PEOPLE if each != who), kinds)
    everything = (1 << len(log)) - 1
    clients = [Client(log.entries[0]) for _ in range(6)]
    for client in clients:
        for day in sorted(r.uniform(0, 5) for _ in range(3)):
            client.take(log, log.tables.past_of(story.some_parents()), int(day * DAY_MS))
        client.take(log, everything, 6 * DAY_MS)
    seen["clients that changed over"] += sum(each.changes > 0 for each in clients)
    assert not any(each.asked for each in clients), "asked without a ghost"
    assert {each.leader() for each in clients} == {founder}, "a split"
    assert len({each.followed and each.followed.moved for each in clients}) == 1, "a split among twins"
    _later(story, founder, sorted(ghosts | {founder} | set(bad)), bad, clients, seen)


def _later(story: Story, founder: str, evil: list[str], bad: list[str], clients: list[Client], seen: Seen) -> None:
    """Anybody, the founder too, signs further ends anywhere and has accomplices: who followed stays."""
    r, late = story.r, story.copy()
    for _ in range(8):
        who = r.choice(evil)
        if r.random() < 0.5:
            late.evil_move(who)
        else:
            targets = tuple(each for each in PEOPLE if each != who)
            late.act(who, targets, ("leave", "leave", "demote", "remove", "appoint"))
    if r.random() < 0.7:
        seen["ghosts with a plan"] += plan(late, r.choice(evil), r.choice([founder, "S9"]), bad)
    everything = (1 << len(late.log)) - 1
    before = clients[0].followed
    assert before is not None
    for client in clients:
        client.take(late.log, everything, 30 * DAY_MS)
    assert {each.followed and each.followed.moved for each in clients} == {before.moved}, "led away later"
    late_comer = Client(late.log.entries[0])
    late_comer.take(late.log, everything, 30 * DAY_MS)
    seen["who was away is asked"] += late_comer.asked
    if not late_comer.asked and late_comer.leader() not in {founder, None}:
        seen["who was away follows another"] += 1
        assert not Succession(late.log).stands(before.moved), "another although the first stands"


PROPERTIES: tuple[Property, ...] = (
    whoever_was_removed_is_in_only_by_a_grant_that_knows_of_it,
    who_is_out_changes_nothing,
    no_coalition_touches_anybody_senior_to_all_of_it,
    what_a_demoted_admin_did_beside_it_is_gone,
    a_closed_policy_is_closed_wherever_one_writes,
    a_device_off_the_list_does_nothing_more,
    a_device_linked_later_acts,
    nobody_else_leads_members_elsewhere,
    only_the_right_people_go_on,
    a_stolen_device_of_the_founder_leads_nobody,
    a_group_goes_on_again_and_again,
    ghosts_undo_nothing_for_those_who_followed,
    clients_with_parts_of_the_log_end_in_one_group,
)
