"""The relay as a program: what it prints, how it ends, and one line for each mistake."""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.e2e.processes import DEADLINE_S, ROOT, Processes, surroundings

USAGE = 2


def run(arguments: Sequence[str], **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command line that ends by itself, away from any terminal."""
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *arguments],
        env=surroundings(variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        start_new_session=True,
    )


def test_it_says_where_it_listens_and_what_people_need_to_know(processes: Processes) -> None:
    relay = processes.relay("--name", "Village", users=7)
    ready = relay.of("ready")[0]
    assert ready["address"].startswith("127.0.0.1:")
    assert ready["name"] == "Village"
    assert ready["max_users"] == 7
    assert ready["registration"] == "open"
    assert ready["invitation"].startswith(f"babilu://127.0.0.1:{relay.port}/#")
    assert len(bytes.fromhex(ready["fingerprint"])) == 32
    owner = processes.run("connect", relay.invitation, "owner", home="owner")
    owner.stop()
    assert relay.stop() == 0
    again = processes.relay()
    assert again.of("ready")[0]["invitation"] is None
    assert again.of("ready")[0]["fingerprint"] == ready["fingerprint"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en_GB.UTF-8",
            ["relay listens at 127.0.0.1:", "Certificate (SHA-256):\n", "at most 100", "Registration: open"],
        ),
        ("es_ES.UTF-8", ["escucha en 127.0.0.1:", "Certificado (SHA-256):\n", "como mucho 100", "Registro: abierto"]),
    ],
)
def test_without_json_it_speaks_the_language_of_the_locale(tmp_path: Path, language: str, said: list[str]) -> None:
    command = [sys.executable, str(ROOT / "main.py"), "start", "127.0.0.1", "0", "--home", str(tmp_path / "relay")]
    environment = surroundings({"LC_ALL": language, "PYTHONUTF8": "1"})
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8") as relay:
        assert relay.stdout is not None
        lines: list[str] = []
        while not lines or " connect 127.0.0.1 " not in lines[-1]:
            lines.append(relay.stdout.readline())
            assert lines[-1], lines
        relay.terminate()
        assert relay.wait(DEADLINE_S) == 0
    text = "".join(lines)
    assert all(part in text for part in said), text
    assert "babilu://127.0.0.1:" in text


def test_each_mistake_is_one_line_with_exit_code_2(tmp_path: Path) -> None:
    home = ["--home", str(tmp_path / "relay")]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for arguments in [
            ["start", "127.0.0.1", str(taken.getsockname()[1]), *home],
            ["start", "192.0.2.1", "0", *home],
            ["start", "127.0.0.1", "0", "-5", *home],
            ["connect", "127.0.0.1", "5050", "alice"],
        ]:
            done = run([*arguments, "--json"])
            assert done.returncode == USAGE, (arguments, done)
            (event,) = [json.loads(line) for line in done.stdout.splitlines()]
            assert (event["event"], event["code"], event["fatal"]) == ("error", "usage", True)
            assert len(done.stderr.splitlines()) == 1, (arguments, done.stderr)
    assert not (tmp_path / "relay").exists()


def test_a_folder_holds_one_relay(processes: Processes) -> None:
    processes.relay()
    second = processes.relay(ready=False)
    assert second.take("error", fatal=True)["code"] == "profile_in_use"
    assert second.wait() == 4


def masked(line: str) -> str:
    """Replace what differs from relay to relay."""
    line = re.sub(r"(?:[0-9A-F]{4} ){15}[0-9A-F]{4}", "FINGERPRINT", line)
    line = re.sub(r"(babilu://127\.0\.0\.1):\d+/#[\w-]+…?", r"\1:PORT/#TOKEN", line)
    return re.sub(r"127\.0\.0\.1(:| )\d+", r"127.0.0.1\1PORT", line)


def test_the_readme_shows_what_start_prints(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    begun = readme.index("    Babilu's relay listens")
    sample = [line[4:] for line in readme[begun : readme.index("\n\n", begun)].splitlines()]
    command = [sys.executable, str(ROOT / "main.py"), "start", "127.0.0.1", "0", "100", "--home", str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env=surroundings({"LANGUAGE": "en"})
    ) as relay:
        try:
            assert relay.stdout is not None
            printed = [relay.stdout.readline().rstrip("\n") for _ in sample]
        finally:
            relay.terminate()
    assert [masked(line) for line in printed] == [masked(line) for line in sample]
