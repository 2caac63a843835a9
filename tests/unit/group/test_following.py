import random
from unittest import mock

from babilu.group import changes as c
from babilu.group import succession as succession_module
from babilu.group.entries import LogEntry
from babilu.group.fold import LogFold
from babilu.group.following import AskWhomToFollow, ComeBack, Followed, FollowTo, StayHere, next_step
from babilu.group.group_log import GroupLog
from babilu.group.succession import Succession
from babilu.kernel.limits import FOLLOWING_OPEN_MS
from tests.unit.group.logs import Group, build
from tests.unit.group.people import NOW, device_list, identity
from tests.unit.group.stories import Story


def gone(*admins: str) -> Group:
    """Give a group whose owner has left."""
    group = Group("A", "B", "C", admins=admins)
    group.write("O", c.LeaveGroup())
    return group


def move(group: Group, author: str, device: str = "1") -> LogEntry:
    entry = Story(random.Random(len(group.log) + ord(device)), group.log).move(author, device)
    assert entry is not None
    return entry


def test_the_one_that_holds_is_followed_once() -> None:
    group = gone("A")
    assert next_step(Succession(group.log), None, NOW) == StayHere()
    moved = move(group, "A")
    group.log.add(moved)
    followed = Followed(moved.hash, NOW)
    assert next_step(Succession(group.log), None, NOW) == FollowTo(moved, followed, instead=False)
    assert next_step(Succession(group.log), followed, NOW + 1) == StayHere()


def taken_back() -> tuple[Group, LogEntry, LogEntry]:
    """Give a group that has gone on twice: the first who went on had left as well, beside that."""
    group = gone("A", "B")
    without = build(group.log.entries)
    group.write("A", c.LeaveGroup(), device="2")
    right = move(group, "B")
    aside = Group("A", "B", "C")
    aside.log = without
    wrong = move(aside, "A")
    group.log.add(wrong)
    return group, wrong, right


def test_what_its_author_took_back_is_left_for_a_week_and_not_later() -> None:
    group, wrong, right = taken_back()
    followed = Followed(wrong.hash, NOW)
    assert next_step(Succession(group.log), followed, NOW + FOLLOWING_OPEN_MS) == ComeBack()
    assert next_step(Succession(group.log), followed, NOW + FOLLOWING_OPEN_MS + 1) == StayHere()
    group.log.add(right)
    late = NOW + FOLLOWING_OPEN_MS
    expected = FollowTo(right, Followed(right.hash, NOW), instead=True)
    assert next_step(Succession(group.log), followed, late) == expected
    assert next_step(Succession(group.log), followed, late + 1) == StayHere()


def test_nobody_goes_on_behind_one_that_was_taken_back() -> None:
    group, _, _ = taken_back()
    succession = Succession(group.log)
    assert succession.standing() == ()
    # It would not hold, and whoever wrote it would be asked to write it again.
    assert not succession.may_go_on(group.log.state.members[0].identity)


def test_of_two_by_one_author_everybody_follows_the_same() -> None:
    group = gone("A")
    one, two = move(group, "A"), move(group, "A", "2")
    group.log.add(one)
    group.log.add(two)
    first, second = sorted((one, two), key=lambda each: each.hash)
    assert next_step(Succession(group.log), None, NOW) == FollowTo(first, Followed(first.hash, NOW), instead=False)
    changed = FollowTo(first, Followed(first.hash, NOW), instead=True)
    assert next_step(Succession(group.log), Followed(second.hash, NOW), NOW) == changed


def test_two_authors_at_once_are_asked_about_and_nobody_who_followed_is() -> None:
    group = gone("A", "B")
    first = move(group, "A")
    group.log.add(first)
    # The owner ends their own grant a second time, far back and just after a removal that serves B.
    creators = c.GrantName(group.first.hash, 0)
    removal = group.write("O", c.RemoveMember(identity("A")), on=[group.first.hash], grant=creators, device="2")
    leave = group.write("O", c.LeaveGroup(), on=[removal.hash], grant=creators, device="2")
    aside = Group("A", "B", "C")
    aside.log = build([group.first, removal, leave])
    second = move(aside, "B")
    group.log.add(second)
    assert not group.log.counts(removal.hash)
    step = next_step(Succession(group.log), None, NOW)
    assert isinstance(step, AskWhomToFollow)
    assert [each.author for each in step.moves] == [identity("A"), identity("B")]
    assert next_step(Succession(group.log), Followed(first.hash, NOW), NOW) == StayHere()


def test_a_device_list_of_the_authors_beside_it_takes_it_back() -> None:
    group = gone("A")
    start = group.log.heads
    moved = move(group, "A", "1")
    group.log.add(moved)
    group.write("A", device_list("A", 1, "12"), on=start, device="2")
    assert Succession(group.log).stands(moved.hash)
    group.write("A", device_list("A", 2, "2"), on=start, device="2")
    assert not Succession(group.log).stands(moved.hash)
    assert next_step(Succession(group.log), None, NOW) == StayHere()


def test_what_was_done_beside_it_is_named_and_carried_over_by_its_author() -> None:
    group = gone("A", "B")
    start = group.log.heads
    moved = move(group, "A")
    removal = group.write("B", c.RemoveMember(identity("C")), on=start)
    group.write("B", c.SetTitle("Tea"))
    group.log.add(moved)
    succession = Succession(group.log)
    beside = succession.beside(moved)
    assert (beside.out, beside.come) == (frozenset({identity("C")}), frozenset())
    assert succession.to_carry_over(moved, identity("B")) == (removal.change,)
    assert succession.to_carry_over(moved, identity("A")) == ()


def test_nobody_may_go_on_who_is_not_next() -> None:
    group = gone("A", "B")
    assert Succession(group.log).may_go_on(identity("A"))
    assert not Succession(group.log).may_go_on(identity("B"))
    assert not Succession(group.log).may_go_on(identity("O"))
    group.log.add(move(group, "A"))
    assert not Succession(group.log).may_go_on(identity("A"))


def test_a_new_group_begins_with_everything_that_was_set() -> None:
    group = Group("A", "B", "C", admins=("A", "B"))
    group.write("O", c.SetTitle("Tea"))
    group.write("O", c.SetTopic("Cake"))
    group.write("O", c.SetPicture(b"picture"))
    group.write("O", c.SetLifetime(60_000))
    group.write("O", c.SetPolicy(c.PolicyField.PINS, True))
    group.write("O", c.AddMember(c.NamedPerson(identity("D"), "dave", "[::1]:5051")))
    group.write("O", c.LeaveGroup())
    before = group.log.state
    moved = move(group, "A")
    group.log.add(moved)
    assert Succession(group.log).successor() == moved
    assert moved.create is not None
    new = GroupLog(moved.create).state
    assert [each.identity for each in new.members] == [each.identity for each in before.members]
    assert [each.is_admin for each in new.members] == [each.is_admin for each in before.members]
    assert (new.title, new.topic, new.picture, new.lifetime) == ("Tea", "Cake", b"picture", 60_000)
    assert new.policy == before.policy == c.InitialPolicy(pins=True)
    dave = new.member(identity("D"))
    assert dave is not None
    assert (dave.named.account, dave.named.address) == ("dave", "[::1]:5051")


def test_stepping_down_beside_it_takes_it_back() -> None:
    group = gone("A")
    start = group.log.heads
    moved = move(group, "A")
    group.log.add(moved)
    group.write("A", c.DemoteAdmin(identity("A")), on=start, device="2")
    assert Succession(group.log).holds(moved.hash)
    assert Succession(group.log).successor() is None


def test_nobody_leads_away_whose_senior_has_not_gone() -> None:
    group = gone("A", "B")
    moved = move(group, "B")
    group.log.add(moved)
    assert Succession(group.log).successor() is None


def test_who_was_appointed_in_vain_is_in_nobodys_way() -> None:
    group = gone("A", "B")
    start = group.log.entries[1].hash
    grant = group.grant("A")
    group.write("B", c.LeaveGroup())
    group.write("A", c.LeaveGroup())
    # Beside their leaving, and so in vain; yet the grant is more senior than that of the next in rank.
    void = group.write("A", c.AppointAdmin(identity("D")), on=[start], grant=grant, device="2")
    assert not group.log.counts(void.hash)
    moved = move(group, "C")
    group.log.add(moved)
    assert Succession(group.log).successor() == moved


def test_whoever_is_not_next_costs_no_fold() -> None:
    group = gone("A", "B")
    moves = [move(group, "C", str(number)) for number in range(5)]
    with mock.patch.object(succession_module, "LogFold", wraps=LogFold) as folds:
        for each in moves:
            group.log.add(each)
        assert Succession(group.log).successor() is None
    assert folds.call_count == 0


def test_nobody_leads_away_who_has_stepped_down() -> None:
    group = gone("A")
    group.write("A", c.DemoteAdmin(identity("A")))
    again = move(group, "A")
    group.log.add(again)
    assert Succession(group.log).successor() is None
    right = move(group, "B")
    group.log.add(right)
    assert Succession(group.log).successor() == right
