from dataclasses import dataclass
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from babilu.api import commands, events, group_views, views
from babilu.crypto.secret import Passphrase
from babilu.kernel.errors import UsageError
from babilu.kernel.limits import INTEGER_MAX
from babilu.rpc import messages
from babilu.rpc.json_codec import MisshapenError, RecordCodec, shape_of
from babilu.rpc.methods import methods, notifications

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
WHOLE = st.integers(-INTEGER_MAX, INTEGER_MAX)
PASSPHRASES = st.builds(Passphrase, st.text("abc é", min_size=1).filter(str.strip))
VIEWS = [each for each in (vars(group_views) | vars(views)).values() if isinstance(each, type)]


def values_of(record: RecordCodec) -> st.SearchStrategy[Any]:
    """Make values of a dataclass, each field by its type."""
    st.register_type_strategy(str, TEXTS)
    st.register_type_strategy(int, WHOLE)
    st.register_type_strategy(Passphrase, PASSPHRASES)
    return st.from_type(record.kind)


def every_record() -> list[RecordCodec]:
    shown = [shape_of(each) for each in VIEWS if hasattr(each, "__dataclass_fields__")]
    found = [*(method.params for method in methods().values()), *notifications().values(), *shown]
    return [record for record in found if isinstance(record, RecordCodec)]


@pytest.mark.parametrize("record", every_record(), ids=lambda record: record.kind.__name__)
def test_every_command_event_and_view_comes_back_as_it_went(record: RecordCodec) -> None:
    @settings(max_examples=10)
    @given(values_of(record))
    def comes_back(value: object) -> None:
        line = messages.to_line(messages.request(1, "m", record.write(value)))
        assert line.isascii()
        assert line.count(b"\n") == 1
        call = messages.read_request(line)
        assert isinstance(call, messages.RpcRequest)
        assert record.read(dict(call.params)) == value

    comes_back()


def test_no_command_and_no_event_is_left_out() -> None:
    names = {method.command.__name__ for method in methods().values()}
    assert {kind.__name__ for kind in commands.Command.__subclasses__()} <= names
    assert {record.kind for record in notifications().values()} == set(get_args(events.Event))
    assert len(notifications()) == len(get_args(events.Event))


@pytest.mark.parametrize(
    ("kind", "given", "place"),
    [
        (commands.Send, {"to": "bob"}, "params: text is missing"),
        (commands.Send, {"to": "bob", "text": 1}, "text: a text is needed"),
        (commands.Send, {"to": "bob", "text": None}, "text: a text is needed"),
        (
            commands.Send,
            {"to": "bob", "text": "hi", "when": 1},
            "params: there is no member but to, text, identity, reply_to, mentions, timer, files, as_files, request_id",
        ),
        (commands.Send, ["bob", "hi"], "params: an object is needed"),
        (commands.TakeUnshown, {"limit": True}, "limit: a whole number is needed"),
        (commands.TakeUnshown, {"limit": 1.0}, "limit: a whole number is needed"),
        (commands.TakeUnshown, {"limit": 2**63}, "limit: a whole number is needed"),
        (commands.MarkVerified, {"name": "bob", "verified": 1}, "verified: true or false is needed"),
        (commands.Retry, {"message": "0A"}, "message: bytes in lower-case hexadecimal are needed"),
        (commands.Retry, {"message": "0 0a"}, "message: bytes in lower-case hexadecimal are needed"),
        (commands.Retry, {"message": "abc"}, "message: bytes in lower-case hexadecimal are needed"),
        (commands.Call, {"address": {"host": "::1"}}, "address: port is missing"),
        (commands.Call, {"address": {"host": "::1", "port": "1"}}, "address.port: a whole number is needed"),
        (commands.Contacts, {"x": 1}, "params: there is no member but request_id"),
        (commands.ChangePassword, {"old": 1, "new": "b"}, "old: a text is needed"),
        (
            events.MessageStateChanged,
            {},
            "params: conversation, conversation_id, error, held_until, message, state is missing",
        ),
        (events.PresenceChanged, {"name": "bob", "state": "away"}, "state: online or offline is needed"),
    ],
)
def test_what_has_another_shape_is_refused_by_its_place(kind: type, given: object, place: str) -> None:
    with pytest.raises(MisshapenError) as refused:
        shape_of(kind).read(given)
    assert refused.value.text == f"{place}."


def test_a_refusal_shows_nothing_of_a_password() -> None:
    with pytest.raises(UsageError) as refused:
        shape_of(commands.CheckPassphrase).read({"passphrase": "secret\x00word"})
    assert "secret" not in str(refused.value)


def test_members_with_a_default_may_be_left_out() -> None:
    assert shape_of(commands.History).read({"conversation": "bob"}) == commands.History("bob")
    assert shape_of(commands.Contacts).read({}) == commands.Contacts()


def test_a_place_within_an_array_is_named() -> None:
    with pytest.raises(MisshapenError) as refused:
        shape_of(tuple[views.Address, ...]).read([{"host": "a", "port": 1}, {"host": "b"}], "result")
    assert refused.value.text == "result[1]: port is missing."


def test_an_answer_of_two_kinds_comes_back_as_the_one_that_it_was() -> None:
    answers = methods()["accept"].answer

    @settings(max_examples=20)
    @given(st.from_type(views.ContactView) | st.from_type(group_views.GroupView))
    def comes_back(answer: object) -> None:
        assert answers.read(answers.write(answer)) == answer

    comes_back()
    with pytest.raises(MisshapenError, match="`ContactView` or `GroupView` is needed"):
        answers.read({"name": "bob"})


@dataclass(frozen=True)
class Strange:
    anything: dict[str, int]


@pytest.mark.parametrize("kind", [float, Strange, int | str, tuple[int, str], list[int], object])
def test_a_type_that_the_protocol_has_no_shape_for_is_a_defect_found_at_once(kind: object) -> None:
    with pytest.raises(TypeError, match="no shape"):
        shape_of(kind)
