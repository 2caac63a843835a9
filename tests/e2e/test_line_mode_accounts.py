"""Who gets in: names, passwords, invitations, and how many at once; each refusal has its exit code."""

from pathlib import Path

from babilu.store.profile_files import ProfileLock, ProfilePaths
from tests.e2e.processes import JsonProcess, Processes

CREDENTIALS, IN_USE, UNAVAILABLE, SESSION, USAGE = 3, 4, 5, 1, 2


def refusal(process: JsonProcess) -> tuple[str, int]:
    """Wait until a client was refused; give the code of its fatal error and its exit code."""
    error = process.take("error", fatal=True)
    code = process.wait()
    assert error["text"]
    assert not [line for line in process.errors if "Traceback" in line], process.describe()
    return error["code"], code


def test_a_wrong_password_for_a_taken_name_is_wrong_credentials(processes: Processes) -> None:
    relay = processes.relay()
    processes.client(relay, "alice").stop()
    elsewhere = ("connect", relay.host, relay.port, "alice")
    stranger = processes.run(*elsewhere, home="elsewhere", password="a guess", ready=False)
    assert refusal(stranger) == ("wrong_credentials", CREDENTIALS)
    at_home = processes.client(relay, "alice", password="a guess", ready=False)
    assert refusal(at_home) == ("wrong_credentials", CREDENTIALS)
    relay.stop()
    offline = processes.client(relay, "alice", password="a guess", ready=False)
    assert refusal(offline) == ("wrong_credentials", CREDENTIALS)


def test_the_right_password_elsewhere_needs_to_start_over_and_contacts_are_warned(processes: Processes) -> None:
    relay = processes.relay()
    bob = processes.client(relay, "bob")
    alice = processes.client(relay, "alice")
    bob.take("link", state="online")
    alice.send("bob", "it is me")
    bob.take("message", text="it is me")
    bob.send("alice", "so I see")
    alice.take("message", text="so I see")
    alice.stop()
    again = ("connect", relay.host, relay.port, "alice")
    unknown = processes.run(*again, home="elsewhere", password="the password of alice", ready=False)
    assert refusal(unknown) == ("device_unknown", SESSION)
    (why,) = unknown.of("error")
    assert why["reason"] == "other_device"
    assert "--start-over" in why["text"]
    anew = processes.run(*again, "--start-over", home="elsewhere", password="the password of alice")
    anew.take("link", state="online")
    anew.send("bob", "another key")
    bob.take("identity_changed", name="alice")
    bob.do("send", to="alice", text="wait", tag="stopped")
    bob.take("error", code="identity_changed", tag="stopped")
    bob.do("trust", name="alice")
    bob.take("message", text="another key")
    bob.send("alice", "trusted")
    anew.take("message", text="trusted")


def test_a_profile_is_held_by_one_line_mode_and_a_daemon_hosts_it_for_others(processes: Processes) -> None:
    relay = processes.relay()
    bob = processes.client(relay, "bob")
    first = processes.client(relay, "alice")
    assert refusal(processes.client(relay, "alice", ready=False)) == ("profile_in_use", IN_USE)
    wrong = processes.client(relay, "alice", ready=False, password="not the password of alice")
    assert refusal(wrong) == ("wrong_credentials", CREDENTIALS)
    first.stop()
    host = processes.run("daemon", home="alice", password="the password of alice")
    attached = processes.client(relay, "alice")
    attached.take("link", state="online")
    attached.send("bob", "by the daemon")
    bob.take("message", text="by the daemon")
    host.kill()
    assert refusal(attached) == ("host_ended", SESSION)
    processes.client(relay, "alice").take("link", state="online")


def test_a_profile_that_is_held_and_not_hosted_is_in_use(processes: Processes) -> None:
    relay = processes.relay()
    processes.client(relay, "alice").stop()
    with ProfileLock.acquire(ProfilePaths.for_relay(processes.home("alice"), "alice", relay.host, int(relay.port))):
        assert refusal(processes.client(relay, "alice", ready=False)) == ("profile_in_use", IN_USE)


def test_an_unreachable_relay_at_the_first_use_is_unavailable_and_leaves_no_profile(processes: Processes) -> None:
    relay = processes.relay()
    relay.stop()
    assert refusal(processes.client(relay, "alice", ready=False)) == ("unavailable", UNAVAILABLE)
    assert not list(processes.home("alice").glob("*.db*"))


def test_one_user_more_than_there_is_room_for_is_turned_away(processes: Processes) -> None:
    relay = processes.relay(users=1)
    alice = processes.client(relay, "alice")
    alice.take("link", state="online")
    assert refusal(processes.client(relay, "bob", ready=False))[0] == "server_full"
    alice.stop()
    bob = processes.client(relay, "bob")
    bob.take("registered", name="bob")
    late = processes.client(relay, "alice")
    assert late.take("link", state="offline")["code"] == "server_full"


def test_an_invitation_only_relay_takes_the_invited(processes: Processes) -> None:
    relay = processes.relay("--invite-only")
    assert relay.of("ready")[0]["registration"] == "invite"
    assert refusal(processes.client(relay, "mallory", ready=False))[0] == "invitation_needed"
    alice = processes.run("connect", relay.invitation, "alice", home="alice")
    alice.take("registered", name="alice")
    assert refusal(processes.run("connect", relay.invitation, "bob", home="bob", ready=False))[0] in {
        "invitation_needed",
        "not_allowed",
    }
    alice.stop()
    processes.client(relay, "alice").take("link", state="online")


def test_an_invitation_pins_the_certificate(processes: Processes) -> None:
    relay, other = processes.relay(), Processes(processes.folder / "other").relay()
    try:
        forged = relay.invitation.replace(f":{relay.port}/", f":{other.port}/")
        assert refusal(processes.run("connect", forged, "alice", home="alice", ready=False))[0] == "certificate_changed"
    finally:
        other.dispose()


def test_names_that_cannot_be_used_are_refused_with_a_sentence(processes: Processes) -> None:
    relay = processes.relay()
    for name in ["-rf", "../etc/x", "a b", "x" * 33, "b\u043eb"]:
        refused = processes.run("connect", relay.host, relay.port, "--", name, home="x", ready=False)
        assert refusal(refused)[0] in {"name_refused", "usage"}, name


def test_a_password_on_the_command_line_earns_a_hint(processes: Processes) -> None:
    relay = processes.relay()
    alice = processes.run("connect", relay.host, relay.port, "alice", "correct horse", home="alice")
    assert len(alice.errors) == 1
    assert "command line" in alice.errors[0]
    alice.stop()
    quiet = processes.client(relay, "alice", password="correct horse")
    quiet.stop()
    assert quiet.errors == []


def test_a_password_file_serves_scripts(processes: Processes, tmp_path: Path) -> None:
    relay = processes.relay()
    file = tmp_path / "password"
    file.write_text("battery staple\nnot this\n")
    place = ("connect", relay.host, relay.port, "alice")
    first = processes.run(*place, "--password-file", str(file), home="alice", environment={"BABILU_PASSWORD": None})
    first.stop()
    processes.run(*place, home="alice", password="battery staple").stop()
    missing = processes.run(*place, "--password-file", str(tmp_path / "none"), home="alice", ready=False)
    assert refusal(missing) == ("usage", USAGE)
