import ast
from pathlib import Path

import pytest

import main


def test_the_launcher_parses_on_old_pythons_so_that_they_can_say_what_is_needed() -> None:
    source = Path(main.__file__).read_text()

    ast.parse(source, feature_version=(3, 6))

    assert "from __future__" not in source


@pytest.mark.parametrize(
    ("line", "lock"),
    [
        ([], main.BASE),
        (["start", "127.0.0.1", "0"], main.BASE),
        (["--json", "connect", "desktop"], main.BASE),
        (["desktop"], main.DESKTOP),
        (["test", "-k", "x"], main.DEV),
        (["lock"], main.DEV),
    ],
)
def test_a_command_gets_the_lock_it_needs(line: list[str], lock: str) -> None:
    assert main.lock_for(line) == lock
