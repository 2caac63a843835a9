import json
import re
import runpy
import shutil
import subprocess
from pathlib import Path

import pytest

from babilu.rpc.methods import methods, notifications

ROOT = Path(__file__).parents[2]
PAGES: dict[str, str] = runpy.run_path(str(ROOT / "tools" / "reference.py"))["everything"]()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_follows_from_the_code_is_up_to_date(page: str) -> None:
    assert (ROOT / page).read_text(encoding="utf-8") == PAGES[page], "run tools/reference.py"


def test_there_is_no_manual_page_of_a_command_that_is_gone() -> None:
    pages = {str(page.relative_to(ROOT)) for page in (ROOT / "share" / "man").rglob("*.[15]")}
    assert pages == {page for page in PAGES if page.startswith("share/man/")}


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is missing")
def test_manual_pages_are_written_as_roff_wants_them() -> None:
    for page in sorted((ROOT / "share" / "man").rglob("*.[15]")):
        command = ["groff", "-man", "-Tutf8", "-ww", str(page)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert (done.stderr, bool(done.stdout.strip())) == ("", True), page.name


def test_every_method_and_event_is_described_with_schemas_that_are_there() -> None:
    described = json.loads(PAGES["docs/openrpc.json"])
    assert [method["name"] for method in described["methods"]] == list(methods())
    assert set(described["x-notifications"]) == set(notifications())
    named = set(re.findall(r"#/components/schemas/(\w+)", PAGES["docs/openrpc.json"]))
    assert named == set(described["components"]["schemas"])
    assert all(schema for schema in described["components"]["schemas"].values())


def test_the_reference_has_every_command_and_every_key() -> None:
    commands = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    for command in ("start", "stop", "restart", "status", "doctor", "config check", "admin users reset", "connect"):
        assert f" babilu {command}\n" in commands
    assert "`mail_kept_ms`" in (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
