import pytest

from babilu.api.views import LinkState
from babilu.kernel.errors import ErrorCode
from babilu.presentation.link_troubles import WAYS_OUT, WayOut, link_trouble


@pytest.mark.parametrize("code", WAYS_OUT)
@pytest.mark.parametrize("state", [LinkState.OFFLINE, LinkState.CONNECTING])
def test_a_refusal_stands_until_the_link_is_up(code: str, state: LinkState) -> None:
    trouble = link_trouble(state, code, "So it is.")
    assert trouble is not None
    assert (trouble.code, trouble.text, trouble.way_out) == (code, "So it is.", WAYS_OUT[code])
    assert link_trouble(LinkState.ONLINE, code, "So it was.") is None


@pytest.mark.parametrize("code", [None, ErrorCode.UNAVAILABLE.value, ErrorCode.SHUTTING_DOWN.value])
def test_a_line_that_is_merely_down_needs_no_banner(code: str | None) -> None:
    assert link_trouble(LinkState.OFFLINE, code, "") is None


def test_another_certificate_alone_is_an_alarm() -> None:
    troubles = [link_trouble(LinkState.OFFLINE, code, "") for code in WAYS_OUT]
    urgent = {trouble.code for trouble in troubles if trouble is not None and trouble.urgent}
    assert urgent == {ErrorCode.CERTIFICATE_CHANGED.value}
    assert WAYS_OUT[ErrorCode.CERTIFICATE_CHANGED.value] is WayOut.FINGERPRINT
