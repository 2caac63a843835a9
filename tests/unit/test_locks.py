import re
import runpy
import tomllib
from pathlib import Path

import pytest

import main

ROOT = Path(main.__file__).parent
PIN = re.compile(r"^([a-z0-9.-]+)==([^ ]+)( ; [^\\]+)? \\$", re.MULTILINE)
LOCKING = runpy.run_path(str(ROOT / "requirements" / "lock.py"))
PARTS = LOCKING["LOCKS"]
EVERY_LOCK = [*PARTS, *LOCKING["GROUPS"]]


def pins(lock: str) -> set[tuple[str, str, str]]:
    """Read name, version and marker of everything that a lock holds."""
    return set(PIN.findall((ROOT / lock).read_text()))


def test_the_launcher_and_the_command_that_makes_the_locks_speak_of_the_same_ones() -> None:
    assert tuple(PARTS) == main.LOCKS


@pytest.mark.parametrize(("smaller", "larger"), [(main.BASE, main.DESKTOP), (main.DESKTOP, main.DEV)])
def test_a_larger_lock_holds_the_smaller_one_so_that_it_may_stand_in_for_it(smaller: str, larger: str) -> None:
    assert pins(smaller) <= pins(larger)


@pytest.mark.parametrize("lock", main.LOCKS)
def test_a_lock_holds_all_that_the_project_asks_for(lock: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    kinds = {"--extra": project["project"]["optional-dependencies"], "--group": project["dependency-groups"]}
    parts = zip(PARTS[lock][::2], PARTS[lock][1::2], strict=True)
    asked = [*project["project"]["dependencies"], *(name for kind, part in parts for name in kinds[kind][part])]
    names = {re.split(r"[<>=!~; \[]", requirement)[0].lower() for requirement in asked}

    assert names <= {name for name, _, _ in pins(lock)}


def test_every_extra_is_in_a_lock_so_that_a_clone_has_all_that_the_pages_speak_of() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    # HEIC is left to those who ask for it: its decoder brings libraries under the GPL.
    assert set(project["optional-dependencies"]) - {"heic"} <= set(PARTS[main.DESKTOP])
    assert set(project["optional-dependencies"]) <= set(PARTS[main.DEV])


@pytest.mark.parametrize("lock", EVERY_LOCK)
def test_every_pin_of_a_lock_has_hashes(lock: str) -> None:
    entries = re.split(r"\n(?=[a-z])", (ROOT / lock).read_text())[1:]

    assert len(entries) == len(pins(lock))
    assert all("--hash=sha256:" in entry for entry in entries)


@pytest.mark.parametrize("lock", EVERY_LOCK)
def test_a_lock_names_no_index_and_no_folder_of_the_machine_that_made_it(lock: str) -> None:
    assert not re.search(r"https?:|file:|--index|--find-links|(^|\s)/", (ROOT / lock).read_text())


def test_all_locks_agree_on_every_version() -> None:
    versions: dict[str, set[str]] = {}
    for lock in EVERY_LOCK:
        for name, version, marker in pins(lock):
            versions.setdefault(name + marker, set()).add(version)

    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_what_builds_the_wheel_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = project["build-system"]["requires"]

    assert project["dependency-groups"]["build"] == asked
    assert {re.split("[<>=]", name)[0] for name in asked} <= {name for name, _, _ in pins(LOCKING["BUILD"])}


def test_the_forge_tries_every_python_that_the_locks_serve() -> None:
    workflow = (ROOT / ".github" / "workflows" / "test.yml").read_text()
    served = [f'"{main.OLDEST[0]}.{minor}"' for minor in range(main.OLDEST[1], main.NEWEST[1] + 1)]
    assert f"python: [{', '.join(served)}]" in workflow
