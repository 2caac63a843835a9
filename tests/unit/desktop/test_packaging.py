"""What a desktop wants to know of an application is valid, and agrees with itself."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SHARE = ROOT / "share"


@pytest.mark.skipif(shutil.which("desktop-file-validate") is None, reason="desktop-file-utils is not installed")
def test_the_desktop_entry_is_valid() -> None:
    entry = SHARE / "applications/org.babilu.Babilu.desktop"
    done = subprocess.run(["desktop-file-validate", str(entry)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.skipif(shutil.which("appstreamcli") is None, reason="appstream is not installed")
def test_the_metadata_is_valid() -> None:
    metadata = SHARE / "metainfo/org.babilu.Babilu.metainfo.xml"
    command = ["appstreamcli", "validate", "--no-net", "--no-color", "--explain", str(metadata)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    issues = set(re.findall(r"^[EW]: [^ ]+ ([a-z-]+)", done.stdout, re.MULTILINE))

    # There is no page of Babilu on the web yet, which AppStream from 1.0 on asks for.
    issues.discard("url-homepage-missing")
    assert issues == set(), done.stdout
    assert "Validation" in done.stdout, done.stderr


def test_the_icon_of_the_package_is_the_icon_of_the_program() -> None:
    packaged = SHARE / "icons/hicolor/scalable/apps/org.babilu.Babilu.svg"
    assert packaged.read_bytes() == (ROOT / "src/babilu/desktop/data/babilu.svg").read_bytes()
