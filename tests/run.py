"""One command runs every check, says how long each took, and fails when any of them fails.

Run it as `python3 main.py test`. What follows `--` goes to pytest: `python3 main.py test --only tests -- tests/unit`.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = Path("tests/system-packages.txt")
IMPORT_LINTER = "from importlinter.cli import lint_imports_command; lint_imports_command()"
STAGES = ("lint", "format", "types", "contracts", "tests")


def main() -> int:
    """Run the stages that are asked for, all of them by default, and return 1 when one failed."""
    options = parse()
    os.chdir(ROOT)
    if options.fuzz:
        return 0 if run_stage("fuzz", [sys.executable, "tests/faults/fuzz/run.py", str(options.fuzz)]) else 1
    if options.mutants is not None:
        return 0 if run_stage("mutants", python("tests.mutants.run", *options.mutants)) else 1
    if options.everywhere is not None:
        command = python("tests.everywhere", *options.everywhere, "--", *options.pytest)
        return 0 if run_stage("everywhere", command) else 1
    if "tests" in options.only:
        prepare_system(install=options.system or os.environ.get("CI") == "true")
    if options.faults is not None:
        selection = ["-k", options.k] if options.k else []
        command = python("tests.faults.run", *options.faults, *selection, "--", *options.pytest)
        return 0 if run_stage("faults", command) else 1
    commands = {
        "lint": python("ruff", "check", "--quiet"),
        "format": python("ruff", "format", "--check", "--quiet"),
        "types": python("mypy"),
        # Its cache keeps imports as unresolved that were written before the module they name.
        "contracts": [sys.executable, "-c", IMPORT_LINTER, "--no-logo", "--no-cache"],
        "tests": python("pytest", *pytest_arguments(options)),
    }
    compiling = compile_tests() if {"types", "tests"} <= set(options.only) else None
    results = {}
    # Types take half a minute of one processor: beside the tests they cost no time of anybody's.
    types = begin(commands["types"]) if {"types", "tests"} <= set(options.only) else None
    for stage in (stage for stage in STAGES if stage in options.only):
        if stage == "types" and types is not None:
            continue
        if stage == "tests" and compiling is not None:
            compiling.wait()
        results[stage] = run_stage(stage, commands[stage])
    if types is not None:
        results["types"] = finish("types", types)
    in_order = [stage for stage in STAGES if stage in results]
    print(" · ".join(f"{stage} {'passed' if results[stage] else 'FAILED'}" for stage in in_order))
    return 0 if all(results.values()) else 1


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="main.py test", description="Run every check of the project.")
    parser.add_argument("--only", action="append", choices=STAGES, help="run this stage alone (may be repeated)")
    parser.add_argument("-k", metavar="EXPRESSION", help="run the tests whose names match; implies --only tests")
    parser.add_argument(
        "--faults",
        metavar="PART",
        nargs="*",
        help="run all tests under faults, with full counts, or these parts of them, instead of the others",
    )
    parser.add_argument("--soak", metavar="MINUTES", type=float, help="mix load and faults for so long instead")
    parser.add_argument("--fuzz", metavar="SECONDS", type=int, help="fuzz every decoder for so long instead")
    parser.add_argument(
        "--mutants", metavar="NAME", nargs="*", help="try all deliberate breaks (or those named): each must be caught"
    )
    parser.add_argument(
        "--everywhere", metavar="MACHINE", nargs="*", help="run start and test on bare Debians and on other Pythons"
    )
    parser.add_argument("--system", action="store_true", help="install missing Debian packages (needs root)")
    parser.add_argument("pytest", nargs="*", metavar="-- ARGUMENT", help="arguments for pytest")
    options = parser.parse_args()
    chosen = options.k or options.faults is not None or options.soak
    options.only = options.only or (["tests"] if chosen else list(STAGES))
    return options


def python(module: str, *arguments: str) -> list[str]:
    """Give the command that runs a module with the Python that runs this."""
    return [sys.executable, "-m", module, *arguments]


def pytest_arguments(options: argparse.Namespace) -> list[str]:
    """Give what pytest is told: every processor takes part, and two tests more, since many wait for processes."""
    selection = ["-k", options.k] if options.k else []
    if options.soak:
        return ["-n", "0", "--quiet", "tests/faults/test_soak.py", f"--soak={options.soak}", *options.pytest]
    workers = str((os.cpu_count() or 1) + 2)
    # Whoever has done its share takes over from others: what waits for processes runs beside what needs a processor.
    return ["-n", workers, "--dist", "worksteal", "--quiet", *selection, *options.pytest]


def compile_tests() -> "subprocess.Popen[bytes]":
    """Have pytest rewrite and compile all tests once, beside the stages that use one processor.

    In a fresh clone each of its workers would do so at the same time, for itself.
    """
    command = python("pytest", "--collect-only", "--quiet", "-n", "0")
    return subprocess.Popen(command, env=surroundings(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def begin(command: list[str]) -> "subprocess.Popen[str]":
    """Begin a stage whose output is shown once it has finished."""
    return subprocess.Popen(command, env=surroundings(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(stage: str, begun: "subprocess.Popen[str]") -> bool:
    """Show what a stage said that was begun, and tell whether it passed."""
    said, _ = begun.communicate()
    print(f"== {stage}\n{said}== {stage} {'FAILED' if begun.returncode else 'passed'}\n", flush=True)
    return begun.returncode == 0


def run_stage(stage: str, command: list[str]) -> bool:
    """Run one stage with its output in view, and tell whether it passed."""
    print(f"== {stage}", flush=True)
    begun = time.monotonic()
    code = subprocess.run(command, env=surroundings(), check=False).returncode
    print(f"== {stage} {'FAILED' if code else 'passed'} in {time.monotonic() - begun:.1f} s\n", flush=True)
    return code == 0


def surroundings() -> dict[str, str]:
    """Give the environment of every stage."""
    path = os.pathsep.join(filter(None, [str(ROOT / "src"), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path}
    # Each of the hundreds of processes that tests start would compile the whole program anew.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def prepare_system(*, install: bool) -> None:
    """Bring the Debian packages that tests use, or say loudly how to; tests that need them skip where they lack."""
    wanted = [line for line in PACKAGES.read_text().splitlines() if line and not line.startswith("#")]
    if shutil.which("dpkg-query") is None:
        print(f"== This is no Debian: tests of the desktop need what {PACKAGES} names.\n", flush=True)
        return
    missing = sorted(set(wanted) - installed_packages())
    if not missing:
        return
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *missing]
    if install and os.geteuid() == 0:
        print(f"== system packages: installing {' '.join(missing)}", flush=True)
        quiet_apt(["apt-get", "update"])
        if quiet_apt(command):
            return
    print(f"== MISSING SYSTEM PACKAGES: some tests cannot run. Install them with\n   sudo {shlex.join(command)}\n")


def installed_packages() -> set[str]:
    """Give the names of all installed packages, and the names that they provide."""
    query = ["dpkg-query", "--show", "--showformat", "${db:Status-Abbrev}\t${Package}\t${Provides}\n"]
    listing = subprocess.run(query, capture_output=True, text=True, check=True).stdout
    names: set[str] = set()
    for line in listing.splitlines():
        status, package, provides = line.split("\t")
        if status.startswith("ii"):
            names.update([package, *(name.split()[0] for name in provides.split(",") if name.strip())])
    return names


def quiet_apt(command: list[str]) -> bool:
    """Run apt-get, show what it said only when it failed, and tell whether it did well."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stdout[-2000:], done.stderr[-2000:], sep="\n", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
