import shutil
import subprocess
import sys
from pathlib import Path

import pytest

RULES = Path(__file__).parent.parent / "conftest.py"

LEAKING = """
import threading

def test_leaks():
    threading.Thread(target=threading.Event().wait, name="forgotten", daemon=True).start()
"""

TIDY = """
import threading

def test_ends_what_it_starts():
    thread = threading.Thread(target=int, name="remembered")
    thread.start()
    thread.join()
"""


def run_under_the_rules(folder: Path, test: str) -> subprocess.CompletedProcess[str]:
    """Run one test module in a folder of its own, with the rules of this project's tests."""
    shutil.copy(RULES, folder)
    patience = "THREAD_END_SECONDS = 30.0"
    rules = (folder / "conftest.py").read_text()
    assert patience in rules
    (folder / "conftest.py").write_text(rules.replace(patience, "THREAD_END_SECONDS = 0.01"))
    (folder / "test_threads.py").write_text(test)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:pytest-qt", "-p", "no:cacheprovider", str(folder)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_test_that_leaks_a_thread_fails_and_names_it(tmp_path: Path) -> None:
    done = run_under_the_rules(tmp_path, LEAKING)

    assert "threads outlived the test: forgotten" in done.stdout
    assert done.returncode == pytest.ExitCode.TESTS_FAILED


def test_a_test_that_ends_its_threads_passes(tmp_path: Path) -> None:
    assert run_under_the_rules(tmp_path, TIDY).returncode == pytest.ExitCode.OK
