"""What is handed out: built once by its own command, and used as whoever gets it would."""

import json
import runpy
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.e2e.processes import ROOT, surroundings

DEADLINE_S = 300.0
CAN_DECRYPT = {"sqlcipher3", "doubleratchet", "textual", "prompt-toolkit", "segno", "pyside6-essentials"}
"""Packages of clients: what opens a profile or draws messages."""
DECODERS = {"pillow", "pillow-heif", "numpy", "soundfile"}
"""What decodes pictures and sound."""

Build = Callable[[str], Path]


@pytest.fixture(scope="session")
def packaging() -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(ROOT / "packaging" / "build.py")))


@pytest.fixture(scope="session")
def archives(tmp_path_factory: pytest.TempPathFactory, packaging: SimpleNamespace) -> tuple[Path, Path]:
    """Wheel and source archive, built into a folder of the test's own."""
    folder = tmp_path_factory.mktemp("dist")
    packaging.build_wheel.__globals__["DIST"] = folder
    wheel, source = packaging.build_wheel()
    return wheel, source


def tracked() -> set[str]:
    """Name the files that belong to the project."""
    if shutil.which("git") is None:
        pytest.skip("nothing here reads the history")
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("this is no clone")
    return {line for line in listing.stdout.splitlines() if (ROOT / line).is_file()}


def test_the_wheel_brings_what_a_system_shows_of_a_program(archives: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(archives[0]) as wheel:
        names = {name.partition(".data/data/")[2] for name in wheel.namelist()}
        assert "babilu/py.typed" in wheel.namelist()
    assert {
        "share/applications/org.babilu.Babilu.desktop",
        "share/icons/hicolor/scalable/apps/org.babilu.Babilu.svg",
        "share/man/man1/babilu.1",
        "share/man/man5/babilu.toml.5",
        "share/babilu/systemd/babilu-relay.service",
    } <= names


def test_the_source_archive_is_the_whole_project(archives: tuple[Path, Path]) -> None:
    with tarfile.open(archives[1]) as source:
        names = {name.partition("/")[2] for name in source.getnames()}
    assert {name for name in tracked() - names if not name.startswith(".")} == set()


def test_what_a_relay_needs_is_part_of_the_base_and_could_not_decrypt(packaging: SimpleNamespace) -> None:
    relay = {(name, number) for name, number, _ in packaging.pins_of(packaging.RELAY_LOCK.read_text())}
    base = {(name, number) for name, number, _ in packaging.pins_of((ROOT / "requirements.txt").read_text())}
    assert relay < base
    assert {name for name, _ in relay}.isdisjoint(CAN_DECRYPT | DECODERS)


def test_a_bill_of_materials_names_every_package_and_what_its_files_carry_inside(packaging: SimpleNamespace) -> None:
    lock = ROOT / "requirements.txt"
    bill: dict[str, Any] = packaging.bill_of(lock, "base")
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert [each["name"] for each in bill["components"]] == [name for name, _, _ in packaging.pins_of(lock.read_text())]
    assert all(each["properties"] for each in bill["components"])
    assert packaging.bill_of(lock, "base") == bill
    (cipher,) = [each for each in bill["components"] if each["name"] == "sqlcipher3"]
    assert [inside["name"] for inside in cipher["components"]] == ["openssl"]
    (pillow,) = [each for each in bill["components"] if each["name"] == "pillow"]
    assert {"libwebp", "libtiff"} <= {inside["name"] for inside in pillow["components"]}
    assert "PIL._imaging" not in {inside["name"] for inside in pillow["components"]}
    assert json.dumps(bill)


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="this is no Debian")
@pytest.mark.timeout(DEADLINE_S)
def test_the_relays_debian_package_runs_from_where_it_is_unpacked(
    archives: tuple[Path, Path], packaging: SimpleNamespace, tmp_path: Path
) -> None:
    del archives  # built into the same folder
    package = packaging.build_one_deb("babilu-relay")
    root = tmp_path / "root"
    subprocess.run(["dpkg-deb", "--extract", package, root], check=True)
    control = subprocess.run(["dpkg-deb", "--field", package], capture_output=True, text=True, check=True).stdout
    assert "@" not in control.replace("maintainers@", "")
    unit = (root / "usr/lib/systemd/system/babilu-relay.service").read_text()
    assert "ExecStart=/opt/babilu-relay/bin/babilu start" in unit
    assert (root / "usr/bin/babilu-relay").readlink() == Path("/opt/babilu-relay/bin/babilu")
    python = root / "opt/babilu-relay/bin/python"
    listed = "import importlib.metadata as m; print(*[d.metadata['Name'].lower() for d in m.distributions()])"
    installed = set(subprocess.run([python, "-c", listed], capture_output=True, text=True, check=True).stdout.split())
    assert "babilu" in installed
    assert installed.isdisjoint(CAN_DECRYPT | DECODERS)
    configuration = root / "etc/babilu/babilu.toml"
    checked = subprocess.run(
        [python, "-m", "babilu", "config", "check", configuration, "--home", tmp_path / "relay"],
        env=surroundings(None),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")
    arguments = ["start", "127.0.0.1", "0", "5", "--json", "--home", str(tmp_path / "relay")]
    command = [str(python), "-m", "babilu", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=surroundings(None)) as relay:
        try:
            assert relay.stdout is not None
            assert json.loads(relay.stdout.readline())["event"] == "ready"
        finally:
            relay.terminate()
        assert relay.wait(DEADLINE_S) == 0


def test_the_images_recipe_keeps_the_relays_promises() -> None:
    recipe = (ROOT / "packaging" / "Containerfile").read_text()
    assert "relay.txt" in recipe
    assert "--require-hashes --only-binary :all:" in recipe
    assert recipe.index("USER 1000") < recipe.index("ENTRYPOINT")
    assert "HEALTHCHECK" in recipe
    assert "VOLUME /var/lib/babilu" in recipe


def test_every_kind_is_built_by_one_command(capsys: pytest.CaptureFixture[str], packaging: SimpleNamespace) -> None:
    assert set(packaging.KINDS) == {"wheel", "sbom", "deb", "image"}
    done = subprocess.run(
        [sys.executable, "main.py", "package", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert all(kind in done.stdout for kind in packaging.KINDS)
    del capsys
