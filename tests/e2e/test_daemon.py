import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.cli import main
from babilu.cli.exit_codes import ExitCode
from babilu.cli.pid_file import find_holder, is_stale, wait_until_free
from babilu.crypto.password import LoginCost, login_key
from babilu.crypto.secret import Passphrase
from babilu.identity.invitation import Invitation
from babilu.relay.base.certificate import load_certificate, make_certificate
from babilu.wire.frame_base import Bye
from tests.e2e.daemons import DEADLINE_S, Daemons, address_of
from tests.e2e.processes import ROOT, Processes, surroundings
from tests.e2e.terminals import TerminalProcess
from tests.relay_client import Person, RawClient


@pytest.fixture
def daemons(tmp_path: Path) -> Iterator[Daemons]:
    with Daemons(tmp_path) as made:
        yield made


def in_session_of_its_own(pid: int) -> bool:
    return os.getsid(pid) != os.getsid(0)


async def relay_name(address: tuple[str, int]) -> str:
    async with RawClient.connect(address) as client:
        return (await client.hello()).relay


def test_a_daemon_listens_when_its_parent_returns_and_owns_nothing_of_its_parent(daemons: Daemons) -> None:
    ready = daemons.start("--name", "Kitchen")

    pid = daemons.pid()
    assert ready["pid"] == pid
    assert asyncio.run(relay_name(address_of(ready))) == "Kitchen"
    assert in_session_of_its_own(pid)
    assert Path(f"/proc/{pid}/cwd").resolve() == daemons.home
    assert "Umask:\t0077" in Path(f"/proc/{pid}/status").read_text()
    assert {Path(f"/proc/{pid}/fd/{number}").resolve() for number in (0, 1, 2)} == {Path(os.devnull)}
    modes = {file.name: file.stat().st_mode & 0o777 for file in daemons.home.iterdir()}
    assert modes["relay.pid"] == modes["relay.log"] == 0o600
    assert daemons.home.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_a_daemon_starts_also_where_a_standard_stream_is_closed(daemons: Daemons, closed: str) -> None:
    arguments = ["start", "127.0.0.1", "0", "5", "--daemon", "--home", str(daemons.home)]
    command = ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, str(ROOT / "main.py"), *arguments]
    done = subprocess.run(command, env=surroundings(None), timeout=DEADLINE_S, capture_output=True, check=False)
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert daemons.pid()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="there is no /proc")
def test_a_relay_that_was_told_to_ignore_hang_ups_outlives_its_terminal(daemons: Daemons) -> None:
    arguments = ["start", "127.0.0.1", "0", "5", "--home", str(daemons.home)]
    with TerminalProcess(arguments, ignores_hang_up=True) as relay:
        relay.see("listens at")
        status = Path(f"/proc/{daemons.pid()}/status").read_text()
        ignored = int(status.partition("SigIgn:")[2].split()[0], 16)
        assert ignored & 1 << (signal.SIGHUP - 1)
        os.kill(daemons.pid(), signal.SIGTERM)
        assert relay.wait() == 0


def test_stop_returns_when_the_daemon_is_gone_and_says_so_when_there_is_none(daemons: Daemons) -> None:
    ready = daemons.start()

    assert daemons.do("stop")["pid"] == ready["pid"]

    assert find_holder(daemons.home) is None
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address_of(ready))
    assert daemons.do("stop")["pid"] is None


@pytest.mark.parametrize("failure", ["port", "folder", "log", "key"])
def test_the_parent_ends_with_the_reason_and_the_exit_code_of_a_daemon_that_fails(
    daemons: Daemons, failure: str
) -> None:
    options: tuple[str, ...] = ()
    port = "0"
    with socket.socket() as other:
        match failure:
            case "port":
                other.bind(("127.0.0.1", 0))
                other.listen()
                port = str(other.getsockname()[1])
                expected = (ExitCode.USAGE, "in use already")
            case "folder":
                pid = daemons.start()["pid"]
                expected = (ExitCode.PROFILE_IN_USE, f"Another relay uses the folder {daemons.home} as process {pid}.")
            case "log":
                options = ("--log-file", "missing/relay.log")
                expected = (ExitCode.USAGE, "The log file cannot be written")
            case _:
                daemons.home.mkdir(mode=0o700)
                (daemons.home / "relay.key").write_bytes(b"short")
                expected = (ExitCode.SESSION, "is not a relay's key")
        home = str(daemons.home)
        done = daemons.run("start", "127.0.0.1", port, "10", "--daemon", "--home", home, *options, "--json")

    assert done.returncode == expected[0]
    assert expected[1] in done.stderr
    assert json.loads(done.stdout)["event"] == "error"


def test_a_pid_file_that_a_killed_daemon_left_behind_is_in_nobodys_way(daemons: Daemons) -> None:
    daemons.start()
    os.kill(daemons.pid(), signal.SIGKILL)
    assert wait_until_free(daemons.home, DEADLINE_S)

    assert is_stale(daemons.home)
    assert daemons.do("stop")["pid"] is None
    assert daemons.start()["pid"] == daemons.pid()


def test_restart_runs_it_again_as_it_was_started_from_wherever_it_is_asked(daemons: Daemons) -> None:
    (daemons.folder / "elsewhere").mkdir()
    before = daemons.do("start", "127.0.0.1", "0", "7", "--daemon", "--name", "Kitchen", "--log-file", "own.log")
    daemons.cwd = daemons.folder / "elsewhere"

    after = daemons.do("restart")

    assert after["pid"] != before["pid"]
    assert (after["name"], after["max_users"]) == ("Kitchen", 7)
    assert after["fingerprint"] == before["fingerprint"]
    assert (daemons.folder / "own.log").exists()
    assert not (daemons.cwd / "own.log").exists()


def test_restart_lets_a_relay_go_on_that_could_not_start_again(daemons: Daemons) -> None:
    configuration = daemons.folder / "babilu.toml"
    configuration.write_text("[relay]\nname = 'Kitchen'\n")
    before = daemons.start("--config", str(configuration))
    configuration.write_text("[relay]\nhst = '127.0.0.1'\n")

    refused = daemons.run("restart", "--home", str(daemons.home))

    assert refused.returncode == ExitCode.USAGE
    assert "hst" in refused.stderr
    assert daemons.pid() == before["pid"]
    assert asyncio.run(relay_name(address_of(before))) == "Kitchen"


@pytest.mark.parametrize("ending", ["stopped", "killed"])
def test_restart_starts_a_relay_as_it_was_started_last_also_after_its_end(daemons: Daemons, ending: str) -> None:
    before = daemons.start("--invite-only", "--name", "Kitchen")
    if ending == "stopped":
        daemons.do("stop")
    else:
        os.kill(daemons.pid(), signal.SIGKILL)
        assert wait_until_free(daemons.home, DEADLINE_S)

    after = daemons.do("restart")

    assert after["pid"] != before["pid"]
    assert (after["name"], after["registration"]) == ("Kitchen", "invite")


def test_a_relay_in_the_foreground_is_stopped_like_a_daemon_but_not_restarted(
    processes: Processes, daemons: Daemons
) -> None:
    relay = processes.relay()

    refused = daemons.run("restart", "--home", str(daemons.home))
    assert refused.returncode == ExitCode.USAGE
    assert "is not a daemon" in refused.stderr
    assert daemons.do("stop")["pid"] == relay.process.pid
    assert relay.wait() == ExitCode.DONE


def test_sigterm_tells_clients_when_to_come_back(daemons: Daemons) -> None:
    ready = daemons.start()

    async def hear_the_end() -> list[object]:
        async with RawClient.connect(address_of(ready)) as client:
            await client.register(Person("alice"))
            os.kill(daemons.pid(), signal.SIGTERM)
            return list(await client.closed())

    assert asyncio.run(hear_the_end())[-1] == Bye("shutting_down", 2_000)
    assert wait_until_free(daemons.home, DEADLINE_S)


def test_sighup_reloads_configuration_certificate_and_log_and_no_connection_notices(daemons: Daemons) -> None:
    config, log = daemons.folder / "own.toml", daemons.folder / "own.log"
    config.write_text('[relay]\nname = "Before"\n[log]\nfile = "own.log"\nlevel = "info"\n')
    ready = daemons.start("--config", str(config))
    pem = daemons.folder / "own.pem"
    pem.write_bytes(make_certificate())
    pem.chmod(0o600)
    log.rename(daemons.folder / "old.log")
    config.write_text(
        '[relay]\nname = "After"\n[tls]\ncertificate = "own.pem"\n[log]\nfile = "own.log"\nlevel = "info"\n'
    )

    async def reload() -> bytes:
        async with RawClient.connect(address_of(ready)) as alice:
            await alice.register(Person("alice"))
            os.kill(daemons.pid(), signal.SIGHUP)
            async with asyncio.timeout(DEADLINE_S):
                while await relay_name(address_of(ready)) != "After":
                    pass
            assert await alice.quiet() == []
            async with RawClient.connect(address_of(ready)) as newcomer:
                await newcomer.register(Person("bob"))
                assert newcomer.certificate != alice.certificate
                return newcomer.certificate

    certificate = asyncio.run(reload())

    assert certificate == load_certificate(pem).der
    assert "settings were read anew" in log.read_text()


def test_a_configuration_that_cannot_be_used_changes_nothing_at_sighup(daemons: Daemons) -> None:
    config = daemons.folder / "own.toml"
    config.write_text('[relay]\nname = "Before"\n')
    ready = daemons.start("--config", str(config))
    config.write_text('[relay]\nnamee = "After"\n')
    log = daemons.home / "relay.log"

    os.kill(daemons.pid(), signal.SIGHUP)

    async def still_there() -> str:
        async with asyncio.timeout(DEADLINE_S):
            while "namee" not in log.read_text():
                await relay_name(address_of(ready))
        return await relay_name(address_of(ready))

    assert asyncio.run(still_there()) == "Before"


@pytest.mark.parametrize("command", [["start", "--daemon"], ["stop"], ["restart"]])
def test_a_system_without_daemons_refuses_in_a_sentence(
    command: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delattr(os, "fork")

    assert main([*command, "--home", str(tmp_path)]) == ExitCode.USAGE
    assert capsys.readouterr().err.startswith("This system has no daemons: ")


def test_an_operator_goes_through_a_relays_life_on_the_command_line(daemons: Daemons) -> None:
    ready = daemons.start("--invite-only")
    made = daemons.do("admin", "invitations", "create", "--expires", "2 days", "--uses", "2")
    alice = Person("alice")

    async def register() -> None:
        async with RawClient.connect(address_of(ready)) as client:
            await client.register(alice, Invitation.decode(made["text"]).token)

    asyncio.run(register())
    about = daemons.do("status")
    assert (about["running"], about["pid"], about["registration"]) == (True, daemons.pid(), "invite")
    (user,) = daemons.do("admin", "users", "list")["users"]
    assert (user["name"], user["role"], user["disabled"]) == ("alice", "member", False)
    password = daemons.do("admin", "users", "reset", "alice")["password"]

    async def log_in() -> None:
        async with RawClient.connect(address_of(ready)) as client:
            salt = await client.salt("alice")
            cost = LoginCost(salt.memory_kib, salt.passes, salt.lanes)
            await client.login(alice, login_key(Passphrase(password), "alice", salt.salt, cost))

    asyncio.run(log_in())
    backup = daemons.do("admin", "backup")
    assert backup["verified"]
    daemons.do("stop")
    assert daemons.run("status", "--home", str(daemons.home)).returncode == ExitCode.UNAVAILABLE
    assert daemons.do("admin", "restore", "--replace", backup["folder"])["aside"] is not None
    assert daemons.start()["fingerprint"] == ready["fingerprint"]
    assert [entry["action"] for entry in daemons.do("admin", "audit")["entries"]] == ["invite", "reset login"]
