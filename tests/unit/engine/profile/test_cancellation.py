import pytest

from babilu.engine.profile.cancellation import CancellableOpening
from babilu.kernel.errors import ErrorCode, LinkError


def test_giving_up_cuts_what_is_waited_for() -> None:
    beginning = CancellableOpening()
    beginning.set_running_or_notify_cancel()
    cut: list[str] = []
    beginning.cut_by(lambda: cut.append("the relay"))
    beginning.cancel()
    assert cut == ["the relay"]


def test_what_is_waited_for_after_that_is_cut_at_once() -> None:
    beginning = CancellableOpening()
    beginning.set_running_or_notify_cancel()
    beginning.cancel()
    cut: list[str] = []
    beginning.cut_by(lambda: cut.append("the relay"))
    assert cut == ["the relay"]
    with pytest.raises(LinkError) as refusal:
        beginning.keep()
    assert refusal.value.code is ErrorCode.CLOSED


def test_a_client_that_waits_for_nobody_is_left_alone() -> None:
    beginning = CancellableOpening()
    beginning.set_running_or_notify_cancel()
    cut: list[str] = []
    beginning.cut_by(lambda: cut.append("the relay"))
    beginning.keep()
    beginning.cancel()
    assert cut == []
