"""However it ends, one is told why, and what others wrote is on no traceback."""

from pathlib import Path

import pytest

from babilu.api import events as e
from babilu.bot.fake_client import FakeClient
from babilu.kernel.errors import AccountError, BabiluError, ErrorCode
from babilu.presentation.strings import Strings
from babilu.terminal.app.completion import complete
from babilu.terminal.app.editor import command_of, edit
from babilu.terminal.app.preferences import FILE, TerminalPreferences, keep_preferences, read_preferences
from babilu.terminal.app.themes import COLOURS, HUES_OF, OFFERED, TerminalLook, look_for
from tests.fakes.client_factory import FakeClientFactory
from tests.unit.terminal.app.stage import Stage, on_stage


async def test_a_profile_that_cannot_be_opened_ends_it_with_the_reason(tmp_path: Path) -> None:
    client = FakeClient()
    factory = FakeClientFactory(client)
    factory.refuse(AccountError(ErrorCode.WRONG_CREDENTIALS, "Name and password do not fit."))
    async with on_stage(client, tmp_path, factory=factory) as stage:
        error = stage.app.error
    assert isinstance(error, BabiluError)
    assert error.code is ErrorCode.WRONG_CREDENTIALS


async def test_a_client_that_breaks_ends_it_with_the_reason(tmp_path: Path) -> None:
    client = FakeClient()
    async with on_stage(client, tmp_path) as stage:
        client.tell(e.Warned("disk_full", "The disk is full.", fatal=True))
        await stage.settle()
        error = stage.app.error
    assert isinstance(error, BabiluError)
    assert error.code is ErrorCode.DISK_FULL


async def test_an_error_of_our_own_is_kept_and_its_traceback_is_not_drawn(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    errors: list[BaseException | None] = []

    async def break_it() -> None:
        async with on_stage(FakeClient(), tmp_path) as stage:
            secret = "what bob wrote"
            stage.app.call_later(lambda: len(secret) // 0)
            await stage.settle()
            errors.append(stage.app.error)

    with pytest.raises(ZeroDivisionError):
        await break_it()
    assert isinstance(errors[0], ZeroDivisionError)
    assert "Traceback" not in capfd.readouterr().err
    assert "the terminal client failed" in caplog.text


def test_preferences_are_kept_and_nonsense_is_ignored(tmp_path: Path) -> None:
    usual = TerminalPreferences(TerminalLook.DARK)
    assert read_preferences(tmp_path, usual) == usual
    keep_preferences(tmp_path, TerminalPreferences(TerminalLook.LIGHT, bell=False))
    assert read_preferences(tmp_path, usual) == TerminalPreferences(TerminalLook.LIGHT, bell=False)
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    for nonsense in ("", "[]", "{", '{"look": 7, "bell": "yes"}', '{"look": ["dark"]}', '{"look": "plain"}'):
        (tmp_path / FILE).write_text(nonsense, encoding="utf-8")
        assert read_preferences(tmp_path, usual) == usual


async def test_other_colours_are_shown_at_once_and_kept(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "hi")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        assert COLOURS[TerminalLook.DARK].canvas in backgrounds(stage)
        await stage.press("ctrl+p", *"colours", "enter", *"light", "enter")
        assert COLOURS[TerminalLook.LIGHT].canvas in backgrounds(stage)
        assert COLOURS[TerminalLook.DARK].canvas not in backgrounds(stage)
    assert read_preferences(tmp_path, TerminalPreferences(TerminalLook.DARK)).look is TerminalLook.LIGHT


def backgrounds(stage: Stage) -> set[str]:
    """Give the colours that something stands on."""
    strips = stage.app.screen._compositor.render_strips()
    styles = [segment.style for strip in strips for segment in strip if segment.style]
    return {style.bgcolor.triplet.hex for style in styles if style.bgcolor and style.bgcolor.triplet}


def test_colours_suit_the_terminal() -> None:
    assert look_for({"TERM": "linux"}) is TerminalLook.CONTRAST_DARK
    assert look_for({"TERM": "xterm", "COLORFGBG": "0;15"}) is TerminalLook.LIGHT
    assert look_for({"TERM": "xterm"}) is TerminalLook.DARK


@pytest.mark.parametrize("look", OFFERED)
def test_every_text_has_enough_contrast_with_what_it_stands_on(look: TerminalLook) -> None:
    c = COLOURS[look]
    pairs = [
        *((ink, behind) for behind in (c.canvas, c.side, c.bar, c.raised, c.chosen) for ink in (c.text,)),
        *((ink, behind) for behind in (c.canvas, c.side, c.raised) for ink in (c.faint, c.accent, c.other, c.good)),
        *((ink, behind) for behind in (c.canvas, c.side) for ink in (c.read, c.warning, c.bad)),
        *((hue, behind) for behind in (c.canvas, c.chosen, c.raised) for hue in HUES_OF[look]),
        (c.faint, c.bar),
        (c.accent, c.bar),
        (c.on_accent, c.accent),
        (c.on_bad, c.bad),
        (c.on_alarm, c.alarm),
        (c.on_notice, c.notice),
        (c.on_quiet, c.quiet),
    ]
    assert {pair: round(contrast(*pair), 2) for pair in pairs if contrast(*pair) < 4.5} == {}


def contrast(one: str, other: str) -> float:
    """Give the contrast ratio of two colours (WCAG 2.2, success criterion 1.4.3)."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    ("text", "completed"),
    [
        ("@bo", "@bob "),
        ("@c", "@car"),
        ("/verif", "/verif"),
        ("/stat", "/stat"),
        ("/verify bo", "/verify bob "),
        ("/listen bo", "/listen bo"),
        ("hello bo", "hello bo"),
        ("@bob bo", "@bob bo"),
        ("hello @b", "hello @bob "),
        ("hello @c", "hello @c"),
        ("one\n@bo", "one\n@bob "),
        ("", ""),
    ],
)
def test_a_word_is_completed_as_far_as_there_is_one_way_on(text: str, completed: str) -> None:
    assert complete(text, ["bob", "carol", "carla"], ["bob"]) == completed


def test_an_editor_changes_a_text_over_a_private_file_that_is_gone_afterwards(tmp_path: Path) -> None:
    script = "import os,sys; p=sys.argv[1]; assert os.stat(p).st_mode & 0o777 == 0o600; open(p,'a').write(' more\\n')"
    assert edit("text", tmp_path, ["python3", "-c", script]) == "text more"
    assert list(tmp_path.iterdir()) == []
    assert command_of({"VISUAL": "code --wait", "EDITOR": "vi"}) == ["code", "--wait"]
    with pytest.raises(BabiluError) as refused:
        edit("text", tmp_path, ["/no/such/editor"])
    assert Strings("es").error(refused.value).startswith("No se puede usar el editor: ")
    assert list(tmp_path.iterdir()) == []


async def test_what_the_client_tells_while_the_screen_is_taken_down_is_shown_to_nobody(tmp_path: Path) -> None:
    async with on_stage(FakeClient(), tmp_path) as stage:
        await stage.app._shutdown()
        stage.app.client_model.refresh()
        stage.client.settle()
        turns: list[float] = []
        stage.app._bridge.turn = turns.append  # type: ignore[assignment, method-assign]
        stage.app.on_client_app_woken()
        assert not stage.app.is_running
        assert turns == []
