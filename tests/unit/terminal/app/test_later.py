import ast
import asyncio
import itertools
from pathlib import Path
from typing import Any, cast

import pytest
from textual import timer

import babilu.terminal
from babilu.bot.fake_client import FakeClient
from babilu.terminal.app.later import call_after
from tests.unit.terminal.app.stage import on_stage


class Pump:
    """Notes what is to come between its messages."""

    def __init__(self) -> None:
        self.called = asyncio.Event()

    def call_next(self, act: Any) -> None:
        act()
        self.called.set()


async def test_what_is_due_already_happens() -> None:
    pump, done = Pump(), list[str]()
    call_after(-1, cast("Any", pump), lambda: done.append("done"))
    await pump.called.wait()
    assert done == ["done"]


async def test_what_was_called_off_does_not_happen() -> None:
    pump, done = Pump(), list[str]()
    call_after(0, cast("Any", pump), lambda: done.append("first")).cancel()
    call_after(0, cast("Any", pump), lambda: done.append("second"))
    await pump.called.wait()
    assert done == ["second"]


async def test_the_list_is_read_anew_although_the_machine_stood_still_when_the_wait_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = FakeClient(accounts=["zoe"])
    client.add_contact("bob")
    async with on_stage(client, tmp_path) as stage:
        run, stood = timer.Timer._run, itertools.count()

        async def late_from_the_start(self: timer.Timer) -> None:
            if self._repeat == 0:
                # What Textual finds where it was kept from running between its first two looks at the clock.
                monkeypatch.setattr("textual.timer._time.get_time", lambda: float(next(stood)))
            await run(self)

        monkeypatch.setattr(timer.Timer, "_run", late_from_the_start)
        client.add_contact("carol")
        await stage.settle()
        assert stage.shows("carol")


def test_nothing_that_must_happen_is_left_to_a_timer_that_may_leave_it_out() -> None:
    sources = Path(babilu.terminal.__file__).parent.rglob("*.py")
    found = [
        f"{path.name}:{node.lineno}"
        for path in sources
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "set_timer"
    ]
    assert found == []
