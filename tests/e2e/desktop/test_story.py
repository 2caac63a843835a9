"""Two desktop clients and a relay on a real screen, from the first key to the last."""

from pathlib import Path

import pytest

from tests.e2e.desktop.stage import Person, Stage, missing_tools
from tests.e2e.desktop.story import Stand, tell
from tests.e2e.processes import Processes

pytestmark = pytest.mark.skipif(bool(missing_tools()), reason=f"not installed: {', '.join(missing_tools())}")


@pytest.mark.timeout(600)
def test_two_people_get_to_know_each_other_and_talk_in_every_way(processes: Processes, tmp_path: Path) -> None:
    scenes: list[str] = []

    def look(scene: str, person: Person) -> None:
        person.picture(tmp_path / f"{scene}.png")
        scenes.append(scene)

    with Stage(tmp_path) as stage:
        try:
            tell(Stand(stage, processes, tmp_path), look)
        except BaseException:
            stage.picture("root", tmp_path / "failed.png")
            raise
    assert scenes == [
        "first-message",
        "chat",
        "verify",
        "request",
        "offline",
        "connection",
        "direct",
        "search",
        "lock",
    ]
    assert b"Traceback" not in (tmp_path / "stage.log").read_bytes()
