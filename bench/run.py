"""Runs one measurement, `main.py bench NAME`, of those below; alone, the relay's."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

MEASUREMENTS = {
    "relay": "relay.py",
    "client": "client.py",
    "calls": "calls.py",
    "desktop": "desktop.py",
    "files": "files.py",
    "pictures": "pictures.py",
    "groups": "groups.py",
    "archives": "archives.py",
    "imports": "imports.py",
    "linking": "linking.py",
    "capacity": "capacity.py",
}
EXIT_USAGE = 2
HELP = f"""usage: main.py bench [{"|".join(MEASUREMENTS)}] [options]

Measure Babilu; alone, the relay. `main.py bench relay --help` tells the options of a measurement.
"""


def main(arguments: list[str]) -> int:
    """Run what the first argument names, each in a process of its own, with the other arguments."""
    if arguments[:1] in (["-h"], ["--help"]):
        sys.stdout.write(HELP)
        return 0
    name, options = (
        ("relay", arguments) if not arguments or arguments[0].startswith("-") else (arguments[0], arguments[1:])
    )
    script = MEASUREMENTS.get(name)
    if script is None:
        sys.stderr.write(f"There is no measurement {name!r}: {', '.join(MEASUREMENTS)}.\n")
        return EXIT_USAGE
    command = [sys.executable, str(Path(__file__).with_name(script)), *options]
    return subprocess.run(command, cwd=ROOT, check=False).returncode  # a measurement of ours


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
