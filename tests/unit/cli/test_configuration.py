import dataclasses
import json
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path

import pytest

from babilu.cli import main
from babilu.cli.config_keys import ConfigKind, Value, keys
from babilu.cli.configuration import (
    COMMAND_LINE,
    DEFAULT,
    Configuration,
    ConfigurationError,
    find_file,
    read_configuration,
    shown,
)
from babilu.cli.exit_codes import ExitCode
from babilu.kernel.errors import UsageError
from babilu.kernel.limits import DAY_MS, Limits
from babilu.relay.base.certificate import make_certificate
from babilu.relay.base.settings import Registration, TlsFiles


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in keys().values():
        monkeypatch.delenv(key.variable, raising=False)
    monkeypatch.delenv("BABILU_CONFIG", raising=False)


def read(
    folder: Path,
    toml: str | None = None,
    environment: Mapping[str, str] | None = None,
    given: Mapping[str, Value] | None = None,
) -> Configuration:
    file = None
    if toml is not None:
        file = folder / "babilu.toml"
        file.write_text(toml)
    return read_configuration(file, environment or {}, given or {}, folder)


def test_the_mark_that_editors_of_windows_put_before_a_file_is_no_part_of_it(tmp_path: Path) -> None:
    configuration = read(tmp_path, "\ufeff[relay]\r\nport = 6060\r\n").check()
    assert configuration.relay(lambda: tmp_path).port == 6060


def test_where_nobody_decides_the_defaults_hold(tmp_path: Path) -> None:
    settings = read(tmp_path).check().relay(lambda: tmp_path)

    assert settings.limits == Limits()
    assert (settings.host, settings.port, settings.home) == ("127.0.0.1", 5050, tmp_path / "relay_5050")
    assert settings.registration is None
    assert settings.tls is None


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    toml = '[relay]\nname = "file"\nport = 1\n[limits]\nmax_users = 1\nlogin_ms = 1000'
    environment = {"BABILU_RELAY_PORT": "2", "BABILU_LIMITS_MAX_USERS": "2"}

    read_ = read(tmp_path, toml, environment, {"limits.max_users": 3})

    settings = read_.check().relay(lambda: tmp_path)
    assert (settings.name, settings.port, settings.limits.max_users, settings.limits.login_ms) == ("file", 2, 3, 1000)
    origins = [read_.origins[path] for path in ("relay.name", "relay.port", "limits.max_users", "relay.host")]
    assert origins == [str(tmp_path / "babilu.toml"), "BABILU_RELAY_PORT", COMMAND_LINE, DEFAULT]


def test_every_limit_has_a_key_with_a_meaning() -> None:
    for field in dataclasses.fields(Limits):
        key = keys()[f"limits.{field.name}"]
        assert len(key.meaning) > 10, field.name
        assert key.default == field.default


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Limits)])
def test_every_limit_reaches_the_relay_from_file_and_environment(tmp_path: Path, field: str) -> None:
    key = keys()[f"limits.{field}"]
    value = not key.default if key.kind is ConfigKind.SWITCH else int(str(key.default or 0)) + 1
    written = str(value).lower()

    from_file = read(tmp_path, f"[limits]\n{field} = {written}").tables().limits
    from_environment = read(tmp_path, environment={key.variable: written}).tables().limits

    assert getattr(from_file, field) == getattr(from_environment, field) == value


def test_durations_and_sizes_may_be_written_as_people_say_them(tmp_path: Path) -> None:
    limits = read(tmp_path, '[limits]\nmail_kept_ms = "3 days"\nmailbox_bytes = "1 GiB"').check().tables().limits

    assert (limits.mail_kept_ms, limits.mailbox_bytes) == (3 * DAY_MS, 1 << 30)


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        ("[limits]\nmax_user = 3", "there is no key limits.max_user; the nearest is max_users."),
        ("[limit]\nmax_users = 3", "there is no table [limit]; the nearest is limits."),
        ("[relay]\nzzzzzzzz = 3", "there is no key relay.zzzzzzzz."),
        ("relay = 3", "relay is a table"),
        ('[relay]\nport = "many"', "relay.port takes a whole number"),
        ("[relay]\nport = 65536", "relay.port takes a value from 0 to 65535"),
        ("[relay]\nport = true", "relay.port takes a whole number"),
        ("[relay]\nname = 3", "relay.name takes a text"),
        (f'[relay]\nname = "{"n" * 65}"', "relay.name takes a text of 64 characters"),
        ('[relay]\nname = "two\\nlines"', "relay.name takes a text"),
        ('[relay]\nregistration = "closed"', "relay.registration takes one of: auto, open, invite"),
        ('[limits]\nlimit_loopback = "yes"', "limits.limit_loopback takes true or false"),
        ('[cluster]\nalso = "b.example.org:5050"', "cluster.also takes a list of addresses, 8 at most"),
        ("[cluster]\nalso = [5050]", "cluster.also takes a list of addresses"),
        (f"[cluster]\nalso = {[f'b{n}.example.org:5050' for n in range(9)]}", "cluster.also takes a list of addresses"),
        ('[cluster]\nalso = ["0.0.0.0:5050"]', "cluster.also: 0.0.0.0:5050 is not an address"),
        ('[cluster]\nproxies = "10.0.0.0/24"', "cluster.proxies takes a list of networks, 64 at most"),
        ('[cluster]\nproxies = ["10.0.0.1/24"]', "cluster.proxies: 10.0.0.1/24 is not the network of a balancer"),
        ('[cluster]\nproxies = ["::/0"]', "cluster.proxies: ::/0 is not the network of a balancer"),
        ('[cluster]\nproxies = ["balancer.example.org"]', "is not the network of a balancer"),
        ('[cluster]\nalso = ["b.example.org"]', "cluster.also: b.example.org is not an address"),
        ("[limits]\nmax_users = 0", "limits.max_users takes a value of 1 or more"),
        ("[limits]\nmax_users = 9223372036854775808", "limits.max_users is larger than a relay can keep"),
        ("[limits]\nframe_bytes = 5", "limits.frame_bytes takes a value from 96 KiB to 1 MiB"),
        ('[limits]\nlogin_ms = "a while"', "limits.login_ms takes milliseconds"),
        ('[tls]\nkey = "key.pem"', "tls.key names a key"),
        ("[limits]\nsilence_ms = 1000", "limits.silence_ms must be longer than limits.ping_ms"),
    ],
)  # fmt: skip
def test_what_is_unknown_or_makes_no_sense_is_refused_with_a_hint(tmp_path: Path, toml: str, sentence: str) -> None:
    (problem,) = read(tmp_path, toml).problems

    assert sentence in problem.text


def test_an_unknown_variable_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    (problem,) = read(tmp_path, environment={"BABILU_LIMITS_MAXUSERS": "3", "BABILU_PASSWORD": "not ours"}).problems

    assert problem.text == "There is no variable BABILU_LIMITS_MAXUSERS; the nearest is BABILU_LIMITS_MAX_USERS."


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read(tmp_path, '[relay]\nport = -1\nnam = "x"', {"BABILU_LOG_LEVEL": "loud"}).check()

    assert len(refused.value.problems) == 3
    assert "2 more" in refused.value.text


def test_addresses_are_a_list_in_the_file_and_separated_by_commas_in_the_environment(tmp_path: Path) -> None:
    also = ("b.example.org:5050", "[2001:db8::5]:443")
    from_file = read(tmp_path, '[cluster]\nalso = ["B.example.org:5050", "[2001:DB8::5]:443", "B.example.org:5050"]')
    from_environment = read(tmp_path, environment={"BABILU_CLUSTER_ALSO": "b.example.org:5050, [2001:db8::5]:443"})

    for configuration in (from_file, from_environment):
        assert configuration.check().relay(lambda: tmp_path).also == also
        assert shown(keys()["cluster.also"], configuration.values["cluster.also"]) == ", ".join(also)


def test_a_balancer_is_a_network_or_one_address(tmp_path: Path) -> None:
    configuration = read(tmp_path, '[cluster]\nproxies = ["10.0.0.0/24", "192.0.2.7", "2001:DB8::/64"]')

    settings = configuration.check().relay(lambda: tmp_path)
    assert settings.proxies == tuple(map(ip_network, ("10.0.0.0/24", "192.0.2.7/32", "2001:db8::/64")))


@pytest.mark.parametrize("toml", ["[relay", "\x00", "a = " + "[" * 5000])
def test_what_is_no_toml_is_refused_in_a_sentence(tmp_path: Path, toml: str) -> None:
    with pytest.raises(UsageError, match="is not TOML"):
        read(tmp_path, toml)


def test_paths_in_the_file_are_relative_to_it_and_others_to_the_working_folder(tmp_path: Path) -> None:
    file = tmp_path / "etc" / "babilu.toml"
    file.parent.mkdir()
    file.write_text('[tls]\ncertificate = "chain.pem"\nkey = "/keys/key.pem"')

    read_ = read_configuration(file, {"BABILU_RELAY_HOME": "state"}, {}, tmp_path)

    settings = read_.check().relay(lambda: tmp_path)
    assert settings.tls == TlsFiles(tmp_path / "etc" / "chain.pem", Path("/keys/key.pem"))
    assert settings.home == tmp_path / "state"


def test_invitations_may_name_what_lies_in_front_of_the_relay(tmp_path: Path) -> None:
    settings = read(tmp_path, '[relay]\npublic_host = "chat.example.org"\npublic_port = 443').relay(lambda: tmp_path)

    assert (settings.public_host, settings.public_port) == ("chat.example.org", 443)


def test_registration_may_be_decided_or_left_to_the_address(tmp_path: Path) -> None:
    invited = read(tmp_path, '[relay]\nregistration = "invite"')
    assert invited.relay(lambda: tmp_path).registration is Registration.INVITE
    assert read(tmp_path, '[relay]\nregistration = "auto"').relay(lambda: tmp_path).registration is None


def test_check_says_that_all_is_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "babilu.toml"
    file.write_text("[relay]\nport = 0\n")

    assert main(["config", "check", str(file)]) == ExitCode.DONE
    assert capsys.readouterr().out == f"{file} is in good order.\n"


def test_check_finds_the_file_in_the_relays_folder_and_shows_every_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "babilu.toml").write_text("[relay]\nprot = 1\nport = -1\n")

    assert main(["config", "check", "--home", str(tmp_path), "--json"]) == ExitCode.USAGE

    said = json.loads(capsys.readouterr().out)
    assert said["file"] == str(tmp_path / "babilu.toml")
    assert ["prot" in problem or "-1" in problem or "from 0" in problem for problem in said["problems"]] == [True, True]


def test_check_looks_at_the_certificate_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "babilu.toml"
    file.write_text('[tls]\ncertificate = "chain.pem"')

    assert main(["config", "check", str(file)]) == ExitCode.USAGE
    assert "cannot be read" in capsys.readouterr().out
    (tmp_path / "chain.pem").write_bytes(make_certificate())
    assert main(["config", "check", str(file)]) == ExitCode.DONE


def test_show_tells_every_key_and_who_decided_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BABILU_LIMITS_MAIL_KEPT_MS", "3 days")

    assert main(["config", "show", "--home", str(tmp_path)]) == ExitCode.DONE

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(keys())
    assert ["limits.mail_kept_ms", "3", "days", "BABILU_LIMITS_MAIL_KEPT_MS"] in [line.split() for line in lines]


@pytest.mark.parametrize("as_json", [False, True])
def test_show_keeps_the_databases_password_to_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, as_json: bool
) -> None:
    monkeypatch.setenv("BABILU_STORAGE_URL", "postgresql://babilu:geheim@db1,db2/babilu?sslmode=require")

    command = ["config", "show", "--home", str(tmp_path), *(["--json"] if as_json else [])]
    assert main(command) == ExitCode.DONE

    out = capsys.readouterr().out
    assert "geheim" not in out
    assert "db1,db2/babilu?sslmode=require" in out


def test_a_named_file_that_is_missing_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show", "--config", str(tmp_path / "none.toml")]) == ExitCode.USAGE
    assert capsys.readouterr().err.startswith("There is no configuration file ")


def test_a_folder_that_cannot_be_looked_into_has_no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> bool:
        raise PermissionError

    monkeypatch.setattr(Path, "is_file", refuse)

    assert find_file(None, {}, [Path("closed")]) is None
    with pytest.raises(UsageError, match="There is no configuration file"):
        find_file(Path("closed/babilu.toml"), {}, [])
