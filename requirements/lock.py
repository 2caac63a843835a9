"""Every lock file follows from pyproject.toml, and all of them agree on every version.

Run it as `python3 main.py lock`: it keeps the versions that are locked and still allowed; with `--upgrade` it takes
the newest ones. The base lock is resolved first and constrains the others.
"""

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BASE = "requirements.txt"
DEV = "requirements/dev.txt"
LOCKS: dict[str, tuple[str, ...]] = {
    BASE: ("--extra", "cluster"),
    "requirements/desktop.txt": ("--extra", "cluster", "--extra", "desktop"),
    DEV: ("--extra", "cluster", "--extra", "desktop", "--extra", "heic", "--group", "dev"),
}
"""What each lock holds beside the base: extras, which belong to the program, and groups, which belong to its makers."""

RELAY = "requirements/relay.txt"
"""What a machine needs that runs a relay and nothing else: part of the base."""

BUILD = "requirements/build.txt"
"""What makes wheel and source archive."""

GROUPS: dict[str, tuple[str, ...]] = {RELAY: ("--group", "relay"), BUILD: ("--group", "build")}
"""Locks that hold a group and nothing of the program's own dependencies."""


def compile_lock(lock: str, parts: tuple[str, ...], *, upgrade: bool) -> int:
    """Resolve one lock for every platform and every supported Python, and return uv's exit code."""
    source = () if lock in GROUPS else ("pyproject.toml",)
    command = [
        *(sys.executable, "-m", "uv", "--system-certs", "pip", "compile", *source),
        *("--universal", "--python-version", "3.11", "--generate-hashes"),
        *("--no-emit-index-url", "--no-emit-find-links", "--no-annotate"),
        *("--custom-compile-command", "python3 main.py lock"),
        *("--quiet", "--output-file", lock),
        *parts,
    ]
    if lock != BASE:
        command += ["--constraints", DEV if lock == BUILD else BASE]
    if upgrade:
        command.append("--upgrade")
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def main() -> int:
    """Refresh all locks; the first one that cannot be resolved ends the run."""
    parser = argparse.ArgumentParser(prog="main.py lock", description="Refresh the lock files from pyproject.toml.")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that pyproject.toml allows")
    arguments = parser.parse_args()
    for lock, parts in {**LOCKS, **GROUPS}.items():
        if code := compile_lock(lock, parts, upgrade=arguments.upgrade):
            return code
        print(lock)
    return 0


if __name__ == "__main__":
    sys.exit(main())
