import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = runpy.run_path(str(ROOT / "tools" / "reference.py"))["PAGES"]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_follows_from_the_code_is_up_to_date(page: str) -> None:
    assert (ROOT / page).read_text(encoding="utf-8") == PAGES[page](), "run tools/reference.py"


def test_the_reference_has_every_command_and_every_key() -> None:
    commands = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    for command in ("start", "stop", "restart", "status", "doctor", "config check", "admin users reset", "connect"):
        assert f" babilu {command}\n" in commands
    assert "`mail_kept_ms`" in (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
