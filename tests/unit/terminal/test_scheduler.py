from hypothesis import given
from hypothesis import strategies as st

from babilu.api import commands as c
from babilu.api.credentials import Passphrase
from babilu.kernel.ids import MessageId
from babilu.presentation.shown_people import name_key
from babilu.terminal.ordered_command import Choose, OrderedCommand
from babilu.terminal.scheduler import MESSAGES_AT_ONCE, Scheduler


def send(to: str, text: str = "x") -> OrderedCommand:
    return OrderedCommand("send", c.Send(to, text), about=to)


CONTACTS = OrderedCommand("contacts", c.Contacts())


class Runner:
    def __init__(self, *known: str) -> None:
        self.known = {name_key(name) for name in known}
        self.started: list[OrderedCommand] = []
        self.sequence = Scheduler(self.started.append, lambda key: key in self.known)
        self.sequence.begin()

    def add(self, *orders: OrderedCommand) -> None:
        for order in orders:
            self.sequence.add(order)


def test_orders_run_one_after_another() -> None:
    runner = Runner("bob")
    orders = [send("bob"), CONTACTS, OrderedCommand("history", c.History("bob"), about="bob"), send("bob")]
    runner.add(*orders)
    for count, order in enumerate(orders, 1):
        assert runner.started == orders[:count]
        assert not runner.sequence.idle
        runner.sequence.done(order)
    assert runner.sequence.idle


def test_messages_to_contacts_do_not_wait_for_each_other_but_everything_else_waits_for_them() -> None:
    runner = Runner("bob", "dora")
    messages = [send("bob"), send("bob"), send("dora"), send("bob")]
    runner.add(*messages, CONTACTS, send("bob", "last"))
    assert runner.started == messages
    for order in reversed(messages):
        assert CONTACTS not in runner.started
        runner.sequence.done(order)
    assert runner.started == [*messages, CONTACTS]


def test_no_more_messages_are_under_way_than_make_sense() -> None:
    runner = Runner("bob")
    messages = [send("bob") for _ in range(MESSAGES_AT_ONCE + 2)]
    runner.add(*messages)
    assert runner.started == messages[:MESSAGES_AT_ONCE]
    runner.sequence.done(messages[5])
    assert runner.started == messages[: MESSAGES_AT_ONCE + 1]


def test_nothing_starts_before_the_beginning() -> None:
    started: list[OrderedCommand] = []
    sequence = Scheduler(started.append, lambda _: True)
    sequence.add(CONTACTS)
    assert started == []
    assert not sequence.idle
    sequence.begin()
    sequence.begin()
    assert started == [CONTACTS]


def test_an_order_about_a_stranger_steps_aside_and_later_ones_about_it_wait_behind() -> None:
    runner = Runner("bob")
    first, second, history = (
        send("Carol", "1"),
        send("carol", "2"),
        OrderedCommand("history", c.History("carol"), about="CAROL"),
    )
    other = send("bob")
    runner.add(first, second, other, history, CONTACTS)
    assert runner.started == [first, other]
    assert history not in runner.started
    runner.sequence.done(other)
    assert runner.started == [first, other, CONTACTS]
    runner.known.add("carol")
    runner.sequence.done(first)
    assert runner.started[-1] is second
    late = send("carol", "3")
    runner.add(late)
    runner.sequence.done(CONTACTS)
    assert runner.started[-1] is second
    for order in (second, history, late):
        assert runner.started[-1] is order
        runner.sequence.done(order)
    assert runner.sequence.idle


def test_changing_the_password_holds_up_nobody() -> None:
    runner = Runner("bob")
    change = OrderedCommand("password", c.ChangePassword(Passphrase("a"), Passphrase("b")))
    runner.add(change, CONTACTS)
    assert runner.started == [change, CONTACTS]


def test_what_needs_no_client_is_never_put_aside() -> None:
    runner = Runner()
    choose = OrderedCommand("to", Choose("stranger"), about="stranger")
    runner.add(choose)
    runner.sequence.done(choose)
    assert runner.sequence.idle


def test_an_order_that_is_done_while_it_starts_lets_the_next_one_start() -> None:
    done: list[OrderedCommand] = []

    def start(order: OrderedCommand) -> None:
        done.append(order)
        sequence.done(order)

    sequence = Scheduler(start, lambda _: True)
    orders = [send("bob", str(number)) for number in range(2_000)]
    for order in orders:
        sequence.add(order)
    sequence.begin()
    assert done == orders
    assert sequence.idle


@given(st.data())
def test_each_name_keeps_its_order_whatever_is_done_first(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(["bob", "carol", "dave", ""]), max_size=30))
    orders = [
        send(name, str(n)) if name else OrderedCommand("contacts", c.Contacts(), n) for n, name in enumerate(names)
    ]
    runner = Runner("bob")
    runner.add(*orders)
    finished: list[OrderedCommand] = []
    while not runner.sequence.idle:
        running = [order for order in runner.started if order not in finished]
        order = data.draw(st.sampled_from(running))
        finished.append(order)
        runner.sequence.done(order)
    assert sorted(map(orders.index, finished)) == list(range(len(orders)))
    for name in set(names):
        of_name = [order for order in runner.started if order.about == name]
        assert of_name == [order for order in orders if order.about == name]


def test_fetching_a_file_holds_up_nobody() -> None:
    runner = Runner("bob")
    one, two = (OrderedCommand("fetch", c.FetchFile(MessageId(bytes(16)), index, "/folder")) for index in range(2))
    again = OrderedCommand("fetch", c.FetchFile(MessageId(bytes(16)), 0, "/folder"))
    runner.add(one, two, again, CONTACTS, send("bob"))
    assert runner.started == [one, two, CONTACTS]
    runner.sequence.done(CONTACTS)
    assert runner.started[3:] == [runner.started[3]]
    runner.sequence.done(one)
    assert runner.started[-1] is again
    assert not runner.sequence.idle


def test_a_forward_that_may_fetch_files_holds_up_only_whom_it_goes_to() -> None:
    runner = Runner("bob", "dora")
    forward = OrderedCommand("forward", c.Forward(MessageId(bytes(16)), ("Bob", "dora")))
    after, other = send("bob", "after"), send("dora")
    runner.add(forward, after, other)
    assert runner.started == [forward, other]
    runner.sequence.done(forward)
    assert runner.started == [forward, other, after]


def test_a_message_whose_files_are_sealed_is_not_overtaken_by_the_next_to_the_same_person() -> None:
    runner = Runner("bob", "dora")
    files = OrderedCommand("send", c.Send("bob", "", files=("/a",)), about="bob")
    after, other = send("bob", "after"), send("dora")
    runner.add(files, after, other)
    assert runner.started == [files, other]
    runner.sequence.done(files)
    assert runner.started == [files, other, after]


def test_adding_somebody_new_to_a_group_holds_up_nothing_but_that_group() -> None:
    runner = Runner("bob", "#picnic")
    newcomer = OrderedCommand("add", c.AddToGroup("#picnic", ("bob", "dave")), about="#picnic")
    known = OrderedCommand("add", c.AddToGroup("#picnic", ("bob",)), about="#picnic")
    join = OrderedCommand("join", c.JoinGroup("babilu://x"))
    runner.add(newcomer, join, send("#picnic"), send("bob"))
    assert [order.action for order in runner.started] == [newcomer.action, join.action, c.Send("bob", "x")]
    runner.sequence.done(runner.started[-1])
    runner.sequence.done(newcomer)
    assert runner.started[-1].action == c.Send("#picnic", "x")
    runner.sequence.done(runner.started[-1])
    runner.add(known, CONTACTS)
    assert runner.started[-1] is known
